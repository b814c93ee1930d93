// Values typed on the page go into every command that needs them, quoted as runbooks/variables.py quotes an
// alert's. tests/browser holds the two to the same answers.
const quoting = (() => {
  const MAX_VALUE = 1000;
  const PLAIN = /^[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,=-]*$/;
  // What a terminal would obey or a reader could not see.
  const TAKEN_OUT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
  const BLANK = /[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]/g;

  const clean = (value) => value.replace(TAKEN_OUT, "").replace(BLANK, "");
  const single = (text) => text.replaceAll("'", "'\\''");
  const heredoc = (text) => text.replace(/[\\$`]/g, "\\$&");
  const written = {
    bare: (text) => (PLAIN.test(text) ? text : `'${single(text)}'`),
    single,
    double: (text) => text.replace(/[\\"$`]/g, "\\$&").replaceAll("!", "\"'!'\""),
    heredoc,
    ticks: heredoc,
    raw: (text) => text,
    plain: (text) => text,
    typed: (text) => text,
  };

  const quote = (value, context) => {
    const kept = clean(value);
    const text = context.split(" ").reduceRight((inner, kind) => written[kind](inner), kept);
    return { text, marked: kept !== value || !PLAIN.test(kept) };
  };
  return { quote, clean, MAX_VALUE };
})();

{
  const fillVariable = (variable, value) => {
    const { name, quote: context } = variable.dataset;
    const usable = quoting.clean(value) !== "" && value.length <= quoting.MAX_VALUE;
    const { text, marked } = usable ? quoting.quote(value, context) : { text: name, marked: false };
    variable.textContent = text;
    variable.classList.toggle("missing", !usable);
    variable.classList.toggle("quoted", usable && marked);
    variable.title = usable ? (marked ? "Holds more than plain letters: read it first" : "") : "Type it once on this page";
  };

  const allow = (figure) => {
    const button = figure.querySelector("button[data-needs]");
    const missing = figure.querySelector("var.missing") !== null;
    if (button) button.disabled = missing;
    const ask = figure.querySelector("[data-ask]");
    if (ask) ask.hidden = !missing;
  };

  // Kept in the address: a reload, and a link sent to a colleague, have the values, too.
  let timer;
  const keep = (name, value) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const address = new URL(location.href);
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
      if (address.href.length < 8000) history.replaceState(history.state, "", address);
    }, 400);
  };

  const fill = (source) => {
    const name = source.dataset.fill;
    const value = source.value;
    for (const input of document.querySelectorAll(`input[data-fill="${CSS.escape(name)}"]`)) {
      if (input !== source) input.value = value;
      input.closest(".values > form > div")?.classList.toggle("missing", value === "");
    }
    for (const shown of document.querySelectorAll(`[data-shows="${CSS.escape(name)}"]`)) {
      shown.textContent = value || "?";
      shown.classList.toggle("missing", value === "");
    }
    for (const variable of document.querySelectorAll(`var[data-name="${CSS.escape(name)}"]`)) {
      fillVariable(variable, value);
      const figure = variable.closest("figure[data-vars]");
      if (figure) allow(figure);
    }
    for (const list of document.querySelectorAll(".values [data-to-fill]")) {
      const left = list.parentElement.querySelector("[data-shows].missing") !== null;
      list.textContent = left ? list.dataset.toFill : "Filled in:";
    }
    keep(name, value);
  };

  document.addEventListener("input", (event) => {
    const source = event.target;
    if (source instanceof HTMLInputElement && source.dataset.fill) fill(source);
  });
  document.addEventListener("keydown", (event) => {
    const source = event.target;
    if (event.key !== "Enter" || !(source instanceof HTMLInputElement) || !source.dataset.fill) return;
    event.preventDefault();
    const figure = source.closest("figure[data-vars]");
    (figure?.querySelector("button[data-copy]:not(:disabled)") ?? source).focus();
  });
}

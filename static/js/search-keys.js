// Choosing a result while typing: arrows move, Enter opens, Esc clears and then leaves.
{
  const field = () => document.getElementById("query");
  const rows = () => [...document.querySelectorAll("#answer .results > li")];

  const choose = (row) => {
    for (const other of rows()) other.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    announce(row.querySelector("a").textContent);
  };

  // What stands below answers what stands in the field; else Enter would open something never seen.
  const answered = () => document.getElementById("answer")?.dataset.answers === field().value.trim();

  document.addEventListener("keydown", (event) => {
    const input = field();
    if (!input || event.target !== input || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const list = rows();
    const at = list.findIndex((row) => row.hasAttribute("aria-current"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!list.length) return;
      event.preventDefault();
      const next = event.key === "ArrowDown" ? Math.min(at + 1, list.length - 1) : Math.max(at - 1, 0);
      choose(list[next]);
    } else if (event.key === "Enter") {
      if (at < 0 || !input.value.trim() || !answered()) return; // the form asks, as it does without a script
      event.preventDefault();
      list[at].querySelector("a").click();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (input.value) {
        input.value = "";
        input.dispatchEvent(new Event("input", { bubbles: true }));
      } else {
        input.blur();
      }
    }
  });

  // With a question in it the field is there to be changed: one types on behind it.
  const opened = field();
  if (opened?.value && document.activeElement === opened) {
    opened.setSelectionRange(opened.value.length, opened.value.length);
  } else {
    opened?.addEventListener("focus", () => opened.setSelectionRange(opened.value.length, opened.value.length), { once: true });
  }


  // What is not chosen does not stand in the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.matches(".ask")) return;
    for (const [name, value] of new FormData(event.detail.elt)) {
      if (value === "") delete event.detail.parameters[name];
    }
  });

  // Where the pointer or the focus is, there is the choice: two marks would be a riddle.
  document.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element && event.target.closest("#answer .results > li");
    if (row && !row.hasAttribute("aria-current")) choose(row);
  });
}

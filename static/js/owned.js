// A review by keyboard: s, u, h, z, r choose, 1 to 4 tick; beside a list the row that has the focus opens its own.
{
  const panel = () => document.querySelector("[data-panel]");
  const wide = matchMedia("(width >= 64rem)");
  let pending = null;

  const rowOf = (element) => (element instanceof Element ? element.closest("[data-row]") : null);
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const shown = () => document.querySelector("[data-decide]")?.dataset.decide;

  const choose = (row) => {
    if (row.hasAttribute("aria-current")) return;
    for (const other of rows()) other.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    const target = panel();
    if (!target || !wide.matches) return;
    target.setAttribute("aria-busy", "true");
    const address = row.querySelector("a").getAttribute("href");
    htmx.ajax("GET", `${address}?panel=1&row=${rows().indexOf(row)}`, { target, swap: "innerHTML" });
  };

  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row) choose(row);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== panel()) return;
    event.target.removeAttribute("aria-busy");
    announce(event.target.querySelector("#review-name")?.textContent ?? "");
    const key = pending;
    pending = null;
    if (key) press(key);
  });

  const press = (key) => {
    const current = document.querySelector("[data-row][aria-current]");
    if (current && shown() !== current.dataset.row) {
      // Its review is still on the way: the key waits for it, and never decides another one.
      if (wide.matches) pending = key;
      else current.querySelector("a").click();
      return;
    }
    const control = document.querySelector(`[data-decide] [data-key="${key}"]`);
    if (!control || !control.getClientRects().length) return;
    if (control.matches("summary")) {
      const box = control.parentElement;
      if (!box.open) box.open = true;
      box.querySelector("form :is(input:not([type=hidden]), textarea, select)")?.focus();
    } else if (control.matches("a[href]")) {
      control.click();
    } else {
      control.focus();
    }
  };

  const tick = (number) => {
    const boxes = document.querySelectorAll("[data-decide] details[open] input[name=rests_on]");
    if (boxes[number - 1]) {
      boxes[number - 1].checked = !boxes[number - 1].checked;
      boxes[number - 1].focus();
    }
  };

  const typing = (element) =>
    element instanceof HTMLElement && element.matches("textarea, select, input:not([type=checkbox], [type=radio])");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      const open = document.querySelector("[data-decide] details[open]");
      if (open?.contains(event.target)) {
        open.open = false;
        document.querySelector("[data-row][aria-current] a")?.focus();
      }
      return;
    }
    if (typing(event.target)) return;
    if ("suhzr".includes(event.key) && document.querySelector("[data-decide]")) {
      event.preventDefault();
      press(event.key);
    } else if ("1234".includes(event.key)) {
      tick(Number(event.key));
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement && event.target.name === "rests_on") {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("button.main"));
    }
  });

  // After a decision the next review is where the hands are.
  if (new URLSearchParams(location.search).has("row")) {
    document.querySelector("[data-row][aria-current] a")?.focus({ preventScroll: true });
  }
}

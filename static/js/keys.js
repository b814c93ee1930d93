// Keys that work on every page: / searches, j and k walk, c copies, ? shows them all.
{
  const typing = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio])"));

  const focusSearch = () => {
    const field = document.getElementById("query") ?? document.querySelector("[data-search]");
    if (field && field.getClientRects().length) {
      field.focus();
      field.select();
    } else {
      const start = document.querySelector("header.site .brand");
      if (start) location.assign(start.href);
    }
  };

  // What j and k walk over, the first kind that the page has.
  const stops = () => {
    for (const kind of [".results > li", ".step", "table.stack tbody tr:has(a)"]) {
      const found = [...document.querySelectorAll(kind)].filter((stop) => stop.getClientRects().length);
      if (found.length) return found;
    }
    return [];
  };
  const current = (list) => {
    const focused = list.findIndex((stop) => stop.contains(document.activeElement));
    return focused >= 0 ? focused : list.findIndex((stop) => stop.hasAttribute("aria-current") && stop.matches("li"));
  };

  const walk = (by) => {
    const list = stops();
    if (!list.length) return;
    const at = current(list);
    const focusedHere = at >= 0 && list[at].contains(document.activeElement);
    // The pre-selected first result is where j begins, not what it leaves.
    const to = at < 0 || !focusedHere ? Math.max(at, 0) : Math.min(Math.max(at + by, 0), list.length - 1);
    const stop = list[to];
    stop.querySelector("a")?.focus({ preventScroll: true });
    stop.scrollIntoView({ block: stop.matches(".step") ? "start" : "nearest" });
  };

  const copyHere = () => {
    const steps = [...document.querySelectorAll(".step")];
    const focused = steps.find((step) => step.contains(document.activeElement));
    const seen = steps.find((step) => step.getBoundingClientRect().bottom > 80);
    const button = (focused ?? seen)?.querySelector("[data-copy]:not(.suggested *)");
    if (button) copyCommand(button);
  };

  // The list says only what does something on this page, as it stands now.
  document.getElementById("key-list")?.addEventListener("beforetoggle", (event) => {
    for (const key of event.target.querySelectorAll("dt[data-where]")) {
      key.hidden = document.querySelector(key.dataset.where) === null;
      key.nextElementSibling.hidden = key.hidden;
    }
  });

  const actions = {
    "/": focusSearch,
    j: () => walk(1),
    k: () => walk(-1),
    c: copyHere,
    e: () => document.querySelector("a[data-edit]")?.click(),
    "?": () => document.getElementById("key-list")?.togglePopover(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

// The facilitator's hands: every button by a key, and the runbook beside the step under test.
{
  const typing = (element) =>
    element instanceof HTMLElement && element.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  const shown = (element) => element.getClientRects().length > 0;

  const press = (key, also) => {
    const kinds = also ? `[data-press="${CSS.escape(key)}"][data-also]` : `[data-press="${CSS.escape(key)}"]`;
    const control = [...document.querySelectorAll(kinds)].find((one) => shown(one) && !one.disabled);
    if (!control) return false;
    if (control.matches("summary")) {
      const box = control.parentElement;
      box.open = true;
      box.querySelector("textarea, input:not([type=hidden]), :scope > :not(summary) :is(button, a[href])")?.focus();
    } else if ("onlyFocus" in control.dataset) {
      // What one of several does is not done by a key alone: the key leads there, Enter does it.
      control.focus();
    } else if (control.matches("input, textarea, select")) {
      control.focus();
      control.select?.();
    } else {
      control.click();
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
    if (document.querySelector("[popover].dialog:popover-open")) return;
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
    if (event.altKey) {
      if (digit && press(digit, true)) event.preventDefault();
      return;
    }
    if (typing(event.target)) return;
    if ("[]".includes(event.key) && document.querySelector("[data-show]")) {
      walk(event.key === "]" ? 1 : -1);
      event.preventDefault();
    } else if (press(event.key, false)) {
      event.preventDefault();
    }
  });

  // The runbook beside it

  const tabs = () => [...document.querySelectorAll("[data-show]")];
  const boxOf = (label) => document.querySelector(`[data-box="${CSS.escape(label)}"]`);
  const show = (label) => {
    if (!boxOf(label)) return;
    for (const box of document.querySelectorAll("[data-box]")) box.hidden = box.dataset.box !== label;
    for (const tab of tabs()) {
      if (tab.dataset.show === label) tab.setAttribute("aria-current", "step");
      else tab.removeAttribute("aria-current");
    }
    const step = document.getElementById("obs-step");
    if (step) step.value = label;
  };
  const walk = (by) => {
    const all = tabs();
    const at = all.findIndex((tab) => tab.hasAttribute("aria-current"));
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    show(next.dataset.show);
    announce(`Step ${next.dataset.show}`);
  };
  document.addEventListener("click", (event) => {
    const tab = event.target instanceof Element && event.target.closest("[data-show]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(tab.dataset.show);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "obs-step") show(event.target.value);
  });

  // A new inject tests another step: the page follows it. Where the facilitator looked meanwhile, it stays.
  const clocks = document.getElementById("clocks");
  let tested = clocks?.dataset.tested;
  document.addEventListener("drill-shown", () => {
    if (!clocks || clocks.dataset.tested === tested) return;
    tested = clocks.dataset.tested;
    if (tested) show(tested);
  });
}

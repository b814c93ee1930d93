// The reports that publishing closes. The portal ticks those whose step the text changes, but none that the writer
// has ticked or unticked; what is ticked is named beside the button, so that no report is closed unnoticed.
const answering = (form) => {
  const said = document.getElementById("ed-closes");
  const boxes = (within) => [...within.querySelectorAll('[name="answers"]')];
  const ticked = () => new Set(boxes(form).filter((box) => box.checked).map((box) => box.value));

  const tell = () => {
    if (!said) return;
    const closed = boxes(form).filter((box) => box.checked).map((box) => box.dataset.said);
    said.hidden = closed.length === 0;
    said.querySelector("a").textContent = closed.join(", ");
  };

  // What a look at the text found; `sent` was ticked when it was asked for.
  const take = (fresh, sent) => {
    const offered = (within, value) => within.querySelector(`[name="offered"][value="${value}"]`);
    for (const box of boxes(form)) {
      const found = boxes(fresh).find((one) => one.value === box.value);
      if (!found || box.checked !== sent.has(box.value)) continue;
      box.checked = found.checked;
      offered(form, box.value).disabled = offered(fresh, box.value).disabled;
    }
    tell();
  };

  form.addEventListener("change", (event) => { if (event.target.name === "answers") tell(); });
  tell();
  return { ticked, take };
};

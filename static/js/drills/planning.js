// The quarter's plan: a proposed drill is dragged to another week. The select beside it does the same.
{
  let held = null;

  document.querySelectorAll("[data-plan] .line[data-state=open]").forEach((line) => {
    line.draggable = true;
    line.addEventListener("dragstart", (event) => {
      held = line;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", line.id);
    });
    line.addEventListener("dragend", () => {
      held = null;
    });
  });

  document.querySelectorAll("[data-plan] > [data-week]").forEach((week) => {
    week.addEventListener("dragover", (event) => {
      if (!held) return;
      event.preventDefault();
      week.toggleAttribute("data-over", true);
    });
    week.addEventListener("dragleave", () => week.removeAttribute("data-over"));
    week.addEventListener("drop", (event) => {
      week.removeAttribute("data-over");
      if (!held) return;
      event.preventDefault();
      const form = held.querySelector("form");
      form.elements.week.value = week.dataset.week;
      form.requestSubmit(form.querySelector("button[value=move]"));
    });
  });
}

// One tap copies a command. Without this, the text can be selected as usual and the button is not shown.
const copyCommand = (() => {
  // navigator.clipboard exists only over https and on localhost; many portals are plain http inside.
  const copyBySelection = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const worked = document.execCommand("copy");
    area.remove();
    return worked;
  };

  const say = (button, words, said) => {
    clearTimeout(Number(button.dataset.timer));
    button.dataset.said = said;
    // The small button in a sentence has no word that could change.
    if (button.closest(".run")) {
      button.dataset.timer = setTimeout(() => delete button.dataset.said, 2000);
      return;
    }
    const label = button.querySelector("[data-label]") ?? button.lastChild;
    const before = button.dataset.before ?? label.textContent;
    button.dataset.before = before;
    label.textContent = words;
    button.dataset.timer = setTimeout(() => {
      label.textContent = before;
      delete button.dataset.said;
    }, 2000);
  };

  // A terminal's prompt and what it answered are there to be read. Without the last line break, so that a
  // paste into a shell waits for Enter.
  const typedText = (code) => {
    const typed = code.cloneNode(true);
    for (const part of typed.querySelectorAll(".prompt, .output")) part.remove();
    return typed.textContent.replace(/\n+$/, "");
  };

  // In the command's own field, else in the list of values on top of the page.
  const askFor = (command, name) => {
    const here = command.querySelector("input[data-fill]");
    const field = here ?? document.querySelector(`.values input[data-fill="${CSS.escape(name)}"]`);
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
  };

  // The step's own dialogs (templates/runbooks/_ask_first.html) ask before what is reported wrong, or was
  // suggested and never reviewed, is copied. Resolves to the button whose command to copy, if any.
  const askFirst = (button, step) =>
    new Promise((resolve) => {
      const suggested = step.querySelector(".suggested [data-copy]");
      const dialog = step.querySelector(button === suggested ? "dialog[data-suggested]" : "dialog");
      dialog.returnValue = "";
      dialog.addEventListener("close", () => {
        button.focus();
        resolve({ own: button, suggested }[dialog.returnValue]);
      }, { once: true });
      dialog.showModal();
    });

  return async (pressed) => {
    let button = pressed;
    const step = button.closest('.step[data-reported="wrong"]');
    if (step) {
      button = await askFirst(button, step);
      if (!button) return;
    }
    const command = button.closest(".command, .run");
    const code = command?.querySelector("code");
    if (!code) return;
    const missing = command.querySelector("var.missing");
    if (missing) {
      announce(`Type ${missing.dataset.name ?? "the missing value"} first.`);
      askFor(command, missing.dataset.name ?? "");
      return;
    }
    const text = typedText(code);
    let worked = false;
    try {
      await navigator.clipboard.writeText(text);
      worked = true;
    } catch {
      worked = copyBySelection(text);
    }
    if (worked) {
      say(button, "Copied", "yes");
      announce("Command copied.");
    } else {
      getSelection()?.selectAllChildren(code);
      say(button, "Selected", "no");
      announce("The browser does not let this page copy. The command is selected.");
    }
    button.focus();
  };
})();

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-copy]");
  if (button) copyCommand(button);
});

// The editor page. Without this file it is a form: Preview, Propose and Publish work the same.
{
  const form = document.getElementById("ed-form");
  const area = document.getElementById("ed-text");
  const saved = document.getElementById("ed-saved");
  if (form && area) {
    for (const plain of form.querySelectorAll("[data-plain], [data-apply]")) plain.hidden = true;

    const words = {
      kept: () => `Kept ${new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(new Date())}.`,
      offline: () => "The portal cannot be reached: your text is kept in this browser, and sent when it is back.",
      nowhere: () => "The portal cannot be reached, and this browser keeps nothing: copy your text before you close it.",
      refused: (why) => `Not kept on the server: ${why} It is kept in this browser.`,
    };
    const say = (what, why) => {
      if (what === "signed-out") {
        const link = document.createElement("a");
        link.href = form.dataset.signIn;
        link.target = "_blank";
        link.textContent = "Sign in in another tab";
        saved.replaceChildren("You are signed out. Your text is kept in this browser. ", link, ", then go on here.");
      } else {
        saved.textContent = words[what](why);
      }
      saved.dataset.state = what;
    };

    const keeper = keeping(form, area, say);
    const look = looking(form, area, keeper.freshToken);

    // What another window, or this one before it was closed, left in this browser.
    const offered = document.getElementById("ed-begun");
    const other = keeper.others().find((one) => !one.sent || !offered.childElementCount);
    if (other) {
      const notice = document.createElement("p");
      notice.className = "notice";
      const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(other.at));
      const text = document.createElement("span");
      const title = /^title:[ \t]*["']?(.+?)["']?[ \t]*$/m.exec(other.text)?.[1];
      const named = form.dataset.place === "new" && title ? `, “${title}”,` : "";
      text.textContent = `This browser kept a text of yours from ${when}${named} that was neither published nor proposed.`;
      const button = (words, press, kind = "") => {
        const made = document.createElement("button");
        made.type = "button";
        made.className = kind;
        made.textContent = words;
        made.addEventListener("click", press);
        return made;
      };
      const take = () => {
        inserting.put(area, other.text, 0, area.value.length);
        keeper.takeUp(other);
        notice.remove();
      };
      const drop = () => {
        keeper.forget(other.key);
        text.textContent = "Thrown away.";
        notice.replaceChildren(text, button("Take it back", take));
        notice.querySelector("button").focus();
      };
      notice.append(text, button("Take it up", take), button("Throw it away", drop, "plain"));
      offered.prepend(notice);
    }

    form.addEventListener("click", async (event) => {
      const pressed = event.target instanceof Element && event.target.closest("button");
      if (!pressed) return;
      if (pressed.dataset.goto) look.goTo(Number(pressed.dataset.goto));
      else if (pressed.dataset.insert) inserting.insert(area, pressed.dataset.insert);
      else if (pressed.dataset.move) inserting.move(area, Number(pressed.dataset.move));
      else if ("take" in pressed.dataset) {
        event.preventDefault();
        takeSuggested(pressed);
      } else if ("changes" in pressed.dataset) {
        event.preventDefault();
        const shown = document.getElementById("ed-changes");
        if (shown.childElementCount) {
          shown.replaceChildren();
          return;
        }
        const body = new FormData(form);
        const response = await fetch(form.dataset.changes, { method: "POST", body }).catch(() => null);
        if (response?.ok && !response.redirected) {
          const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
          shown.replaceChildren(...fresh.body.childNodes);
        } else {
          announce("What changed cannot be shown: the portal did not answer.");
        }
      }
    });

    area.addEventListener("paste", (event) => inserting.paste(area, event));
    const byKey = { KeyS: "step", KeyC: "command", KeyV: "variable", KeyE: "expect" };
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyS") {
        event.preventDefault();
        keeper.now().then(() => announce(saved.textContent || "Kept."));
        return;
      }
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
        event.preventDefault();
        const decide = form.querySelector("button.main");
        if (decide.disabled) announce(document.getElementById("ed-state").textContent.trim());
        else form.requestSubmit(decide);
        return;
      }
      if (!event.altKey || event.ctrlKey || event.metaKey || document.activeElement !== area) return;
      if (byKey[event.code]) {
        event.preventDefault();
        inserting.insert(area, byKey[event.code]);
      } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        inserting.move(area, event.key === "ArrowUp" ? -1 : 1);
      }
    });

    // Only what differs between the two texts is put in, as one step that can be undone.
    const putDifference = (before, answer) => {
      let from = 0;
      while (from < before.length && before[from] === answer[from]) from += 1;
      let end = 0;
      while (end < Math.min(before.length, answer.length) - from && before[before.length - 1 - end] === answer[answer.length - 1 - end]) end += 1;
      inserting.put(area, answer.slice(from, answer.length - end), from, before.length - end);
    };

    // The command that a report suggests, in place of the step's own.
    const takeSuggested = async (pressed) => {
      const before = area.value;
      const response = await fetch(form.dataset.suggested, { method: "POST", body: new FormData(form) }).catch(() => null);
      const answer = response && !response.redirected ? await response.text() : "The portal did not answer.";
      if (response?.ok && !response.redirected && area.value === before) {
        if (answer !== before) putDifference(before, answer);
        look.goTo(Number(form.dataset.line) || 1, { chosen: false });
        pressed.textContent = "It is in the text";
        announce("The suggested command is in the text.");
      } else if (response?.ok && !response.redirected) {
        await takeSuggested(pressed); // somebody typed meanwhile
      } else {
        saved.textContent = answer;
      }
    };
    if (form.dataset.line) look.goTo(Number(form.dataset.line), { chosen: false });
    // A new text is begun: one writes on where its title ends. A notice above it is read first.
    else if (form.dataset.place === "new" && !offered.childElementCount && !form.querySelector(".problems")) {
      look.goTo(Math.max(1, area.value.split("\n").findIndex((one) => one.startsWith("title:")) + 1), { chosen: false });
    }

    // The form of the front matter writes into the text as soon as a field is left.
    // One after the other: each begins from the text that the one before it made.
    let turn = Promise.resolve();
    form.addEventListener("change", (event) => {
      if (event.target.name?.startsWith("fact-")) turn = turn.then(() => writeFact(event));
    });
    const writeFact = async (event) => {
      const before = area.value;
      // Only what was changed here: the other fields may be older than the text.
      const body = new FormData(form);
      for (const name of new Set(body.keys())) {
        if (name.startsWith("was-") || (name.startsWith("fact-") && name !== event.target.name)) body.delete(name);
      }
      const response = await fetch(form.dataset.facts, { method: "POST", body }).catch(() => null);
      if (!response || response.redirected) return;
      const answer = await response.text();
      if (response.ok && area.value === before) {
        const field = document.activeElement;
        putDifference(before, answer);
        field?.focus();
        if (event.target.placeholder && event.target.value) {
          const more = event.target.cloneNode();
          more.value = "";
          event.target.placeholder = "";
          event.target.after(more);
        }
      } else if (response.ok) {
        await writeFact(event); // somebody typed meanwhile
      } else {
        saved.textContent = answer;
      }
    };
    // Enter in a field is not a decision.
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input:not([type=checkbox], [type=radio])")) event.preventDefault();
    });
  }
}

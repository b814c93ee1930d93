// Observations outlive the connection: each is kept on this device until the portal says that it has it, and
// is sent with an id of its own, so that twice is once.
{
  const form = document.querySelector("form[data-queue]");
  const AGAIN = 3000;

  if (form) {
    const store = `drill-notes-${form.dataset.queue}`;
    const read = () => {
      try { return JSON.parse(localStorage.getItem(store)) ?? []; } catch { return []; }
    };
    const write = (notes) => {
      try {
        if (notes.length) localStorage.setItem(store, JSON.stringify(notes));
        else localStorage.removeItem(store);
        return true;
      } catch {
        return false; // no room, or storage is switched off: the plain form still works
      }
    };
    const box = form.querySelector("[data-waiting]");
    const words = { worked: "Worked", unclear: "Unclear", wrong: "Wrong", blocked: "Blocked", missing: "Missing", skipped: "Skipped", strength: "Strength", decision: "Decision", question: "Question", detour: "Detour" };

    const row = (note) => {
      const item = document.createElement("li");
      for (const [tag, text] of [
        ["b", note.step || "–"],
        ["time", new Date(note.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })],
        ["p", `${words[note.verdict] ?? note.verdict}${note.text ? `. ${note.text}` : ""}${note.refused ? ` (${note.refused})` : ""}`],
      ]) {
        const element = document.createElement(tag);
        element.textContent = text;
        item.append(element);
      }
      if (note.refused) {
        const away = document.createElement("button");
        away.type = "button";
        away.className = "plain";
        away.textContent = "Throw away";
        away.addEventListener("click", () => { write(read().filter((one) => one.client_id !== note.client_id)); draw(); });
        item.lastChild.append(" ", away);
      }
      return item;
    };
    const draw = () => {
      const notes = read();
      box.hidden = !notes.length || (sending && !failed && !notes.some((note) => note.refused));
      box.querySelector("ol").replaceChildren(...notes.map(row));
      box.querySelector("[data-waiting-words]").textContent = notes.some((note) => !note.refused)
        ? "They are kept on this device and sent as soon as the portal answers."
        : "The portal does not take these any more. Copy what matters, then throw them away.";
    };

    let sending = false;
    let failed = false;
    let later = 0;
    const send = async () => {
      if (sending) return;
      sending = true;
      clearTimeout(later);
      failed = false;
      for (;;) {
        const note = read().find((one) => !one.refused);
        if (!note) break;
        // The portal reads from both times how long ago it was: this device's clock need not be right.
        const body = new URLSearchParams({
          ...note, sent: new Date().toISOString(), csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
        });
        try {
          const answer = await fetch(form.action, {
            method: "POST", body, headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(8000),
          });
          if (answer.ok) {
            write(read().filter((one) => one.client_id !== note.client_id));
          } else if (answer.status === 409) {
            const refused = (await answer.json()).error;
            write(read().map((one) => (one.client_id === note.client_id ? { ...one, refused } : one)));
          } else {
            throw new Error(String(answer.status));
          }
        } catch {
          failed = true;
          later = setTimeout(send, AGAIN);
          break;
        }
      }
      sending = false;
      draw();
      if (!failed) document.dispatchEvent(new Event("drill-changed"));
    };

    form.addEventListener("submit", (event) => {
      const verdict = event.submitter?.value;
      if (!verdict) { event.preventDefault(); return; }
      const text = form.elements.text.value.trim();
      if (verdict === "strength" && !text) {
        event.preventDefault();
        form.elements.text.setCustomValidity("Say what was good.");
        form.elements.text.reportValidity();
        return;
      }
      const note = { client_id: drillId(), verdict, step: form.elements.step.value, text, at: new Date().toISOString() };
      if (!write([...read(), note])) return; // the browser sends the form itself
      event.preventDefault();
      form.elements.text.value = "";
      announce(`${words[verdict]} recorded${note.step ? ` at ${note.step}` : ""}`);
      const button = event.submitter;
      button.dataset.said = "yes";
      setTimeout(() => delete button.dataset.said, 900);
      draw();
      send();
    });
    // After the drill there is only the box of what still waits.
    form.elements.text?.addEventListener("input", () => form.elements.text.setCustomValidity(""));
    // Enter alone does not say how it went.
    form.elements.text?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      announce("Say how it went: Alt and a number.");
      form.querySelector(".verdicts button").focus();
    });
    addEventListener("online", send);
    draw();
    if (read().length) send();
  }
}

// Line numbers, notes beside the lines, and the server's look at the text. A key press costs the count of
// line ends and no more: nothing is coloured, nothing is drawn again until the typing rests.
const looking = (form, area, freshToken) => {
  const numbers = document.getElementById("ed-numbers");
  const marks = document.getElementById("ed-marks");
  const track = document.createElement("div");
  marks.append(track);
  const LINE = 22;
  const TOP = 8;
  let lines = 0;

  const number = () => {
    let count = 1;
    const text = area.value;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
    if (count === lines) return;
    lines = count;
    numbers.textContent = Array.from({ length: count }, (_, n) => n + 1).join("\n");
    scroll();
  };

  const scroll = () => {
    numbers.scrollTop = area.scrollTop;
    marks.scrollTop = area.scrollTop;
  };

  const goTo = (line) => {
    form.elements.view.value = "text";
    const all = area.value.split("\n");
    const from = all.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.focus();
    area.setSelectionRange(from, from + (all[line - 1] ?? "").length);
    area.scrollTop = Math.max(0, (line - 4) * LINE);
  };

  // Notes stand beside their line; one that would cover the next pushes it down.
  const mark = () => {
    const found = [...document.querySelectorAll("#ed-findings li[data-line]")]
      .sort((a, b) => a.dataset.line - b.dataset.line)
      .slice(0, 200);
    const notes = found.map((item) => {
      const note = document.createElement("button");
      note.type = "button";
      note.tabIndex = -1;
      note.dataset.kind = item.dataset.kind;
      note.dataset.goto = item.dataset.line;
      const [kind, words] = item.querySelectorAll("b, p > span");
      const lead = document.createElement("b");
      lead.textContent = `${kind.textContent.replace(/\.$/, "")}, line ${item.dataset.line}.`;
      note.append(lead, ` ${words.textContent}`);
      return note;
    });
    track.replaceChildren(...notes);
    const heights = notes.map((note) => note.offsetHeight);
    let free = 0;
    notes.forEach((note, n) => {
      const line = Number(note.dataset.goto);
      const top = Math.max(TOP + (line - 1) * LINE, free);
      note.style.top = `${top}px`;
      free = top + heights[n] + 2;
    });
    track.style.height = `${Math.max(area.scrollHeight, free)}px`;
    scroll();
  };

  const take = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const state = fresh.getElementById("ed-new-state");
    if (!state) return;
    const paper = document.querySelector("#ed-preview .paper");
    const at = paper.scrollTop;
    for (const id of ["ed-findings", "ed-preview"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
    document.querySelector("#ed-preview .paper").scrollTop = at;
    document.getElementById("ed-state").replaceChildren(...state.childNodes);
    if (state.dataset.title) document.querySelector(".opening h1").textContent = state.dataset.title;
    settle();
  };

  const settle = () => {
    const findings = document.getElementById("ed-findings");
    document.getElementById("ed-count").textContent = findings.dataset.count;
    const publish = form.querySelector("[data-publish]");
    if (publish) publish.disabled = findings.dataset.blocking !== "0";
    mark();
  };

  let timer = 0;
  let asking = false;
  let looked = area.value;
  let slow = 0; // ms the last look took: a big text is looked at less often
  const ask = async () => {
    if (asking || area.value === looked) return;
    asking = true;
    const text = area.value;
    const began = performance.now();
    freshToken();
    const body = new FormData(form);
    try {
      const response = await fetch(form.dataset.preview, { method: "POST", body });
      if (response.ok && !response.redirected) {
        take(await response.text());
        looked = text;
      }
    } catch {
      // The portal is away: what keeps the text says so, and the next key asks again.
    }
    slow = performance.now() - began;
    asking = false;
    if (area.value !== text) later();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(3000, Math.max(400, slow)));
  };

  area.addEventListener("input", () => { number(); later(); });
  area.addEventListener("scroll", scroll, { passive: true });
  number();
  settle();
  return { goTo, later };
};

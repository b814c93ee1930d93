// Line numbers, notes beside the lines, and the server's look at the text. A key press costs the count of
// line ends and no more: nothing is coloured, nothing is drawn again until the typing rests.
const looking = (form, area, freshToken) => {
  const gutter = document.getElementById("ed-numbers");
  const numbers = document.createElement("span");
  const bars = document.createElement("span"); // on a phone, where no notes fit, they say where
  gutter.append(numbers, bars);
  const marks = document.getElementById("ed-marks");
  const track = document.createElement("div");
  marks.append(track);
  const LINE = 22;
  const TOP = 8; // above the first line, and BELOW the last
  const BELOW = 40;
  const lines = ruling(area, LINE);
  const answers = answering(form);
  let numbered = "";

  const number = () => {
    const now = lines.rule();
    if (now === numbered) return;
    numbered = now;
    numbers.textContent = now;
    scroll();
  };

  const scroll = () => {
    gutter.scrollTop = area.scrollTop;
    marks.scrollTop = area.scrollTop;
  };

  // A finding's line is chosen, so that one sees it; where one is to write on, nothing is: a key would wipe it.
  const goTo = (line, { chosen = true } = {}) => {
    form.elements.view.value = "text";
    const all = area.value.split("\n");
    const from = all.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.focus();
    const end = from + (all[line - 1] ?? "").length;
    area.setSelectionRange(chosen ? from : end, end);
    area.scrollLeft = 0;
    area.scrollTop = Math.max(0, lines.top(line) - 3 * LINE);
  };

  // Notes stand beside their line; what the list folds behind its like has its line marked alone. A long one is
  // cut where the next begins (the list has all of it), and one that would cover the next even so pushes it down.
  const mark = () => {
    if (!lines.fits(TOP + BELOW)) {
      area.classList.add("unwrapped");
      number();
    }
    const found = [...document.querySelectorAll("#ed-findings li[data-line]")]
      .sort((a, b) => a.dataset.line - b.dataset.line)
      .slice(0, 200);
    const notes = found.filter((item) => !item.closest(".alike")).map((item) => {
      const note = document.createElement("button");
      note.type = "button";
      note.tabIndex = -1;
      note.dataset.kind = item.dataset.kind;
      note.dataset.goto = item.dataset.line;
      const [kind, words] = item.querySelectorAll("b, p > span");
      const lead = document.createElement("b");
      lead.textContent = `${kind.textContent.replace(/\.$/, "")}, line ${item.dataset.line}.`;
      const said = document.createElement("span");
      const like = item.querySelector(".alike > summary");
      said.append(lead, ` ${words.textContent}`, like ? ` (${like.textContent})` : "");
      note.append(said);
      return note;
    });
    bars.replaceChildren(...found.map((item) => {
      const bar = document.createElement("i");
      bar.dataset.kind = item.dataset.kind;
      bar.style.top = `${TOP + lines.top(Number(item.dataset.line))}px`;
      bar.style.height = `${lines.height(Number(item.dataset.line))}px`;
      return bar;
    }));
    track.replaceChildren(...notes);
    notes.forEach((note, n) => {
      const room = n + 1 < notes.length ? Number(notes[n + 1].dataset.goto) - Number(note.dataset.goto) : 9;
      note.style.setProperty("--lines", Math.max(2, Math.min(9, room)));
    });
    const heights = notes.map((note) => note.offsetHeight);
    let free = 0;
    notes.forEach((note, n) => {
      const line = Number(note.dataset.goto);
      const top = Math.max(TOP + lines.top(line), free);
      note.style.top = `${top}px`;
      free = top + heights[n] + 2;
    });
    track.style.height = `${Math.max(area.scrollHeight, free)}px`;
    scroll();
  };

  const take = (html, ticked) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const state = fresh.getElementById("ed-new-state");
    if (!state) return;
    const paper = document.querySelector("#ed-preview .paper");
    const at = paper.scrollTop;
    for (const { dataset: { code } } of document.querySelectorAll("#ed-findings .alike[open]")) {
      fresh.querySelector(`.alike[data-code="${code}"]`)?.setAttribute("open", "");
    }
    for (const id of ["ed-findings", "ed-preview"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
    document.querySelector("#ed-preview .paper").scrollTop = at;
    followed = "";
    follow();
    answers.take(fresh, ticked);
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

  // The paper follows the cursor: the step that one writes on is in sight.
  let followed = "";
  const lineAt = (at) => {
    let line = 1;
    for (let end = area.value.indexOf("\n"); end >= 0 && end < at; end = area.value.indexOf("\n", end + 1)) line += 1;
    return line;
  };
  const follow = ({ always = false } = {}) => {
    const preview = document.getElementById("ed-preview");
    const places = preview.dataset.places.trim().split(" ").filter(Boolean).map((one) => one.split(":"));
    if (!places.length) return;
    const line = lineAt(area.selectionStart);
    const past = places.findLastIndex(([at]) => Number(at) <= line);
    // Beyond what is drawn of a long text: that part is asked for.
    if ("excerpt" in preview.dataset && (past < 0 || past === places.length - 1) && line !== asked) {
      later();
      return;
    }
    const paper = preview.querySelector(".paper");
    if (past < 0) { // in the front matter: the top
      followed = "";
      paper.scrollTop = 0;
      return;
    }
    const anchor = places[past][1];
    if (anchor === followed && !always) return;
    followed = anchor;
    const there = paper.querySelector(`[id="${CSS.escape(anchor)}"]`);
    if (!there) return;
    const top = there.getBoundingClientRect().top;
    const sheet = paper.getBoundingClientRect();
    if (paper.scrollHeight > paper.clientHeight) {
      if (top < sheet.top || top > sheet.top + sheet.height / 2) paper.scrollTop += top - sheet.top - LINE;
    } else if (always) {
      there.scrollIntoView({ block: "center" });
    }
  };

  let timer = 0;
  let asking = false;
  let looked = area.value;
  let asked = 1; // the line that the last look was round
  let slow = 0; // ms the last look took: a big text is looked at less often
  const ask = async () => {
    const line = lineAt(area.selectionStart);
    const moved = line !== asked && "excerpt" in document.getElementById("ed-preview").dataset;
    if (asking || (area.value === looked && !moved)) return;
    asking = true;
    asked = line;
    const text = area.value;
    const began = performance.now();
    freshToken();
    const body = new FormData(form);
    body.set("at", line);
    const ticked = answers.ticked();
    try {
      const response = await fetch(form.dataset.preview, { method: "POST", body });
      if (response.ok && !response.redirected) {
        take(await response.text(), ticked);
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
    timer = setTimeout(ask, Math.min(4000, Math.max(400, 3 * slow)));
  };

  area.addEventListener("input", () => { number(); later(); });
  area.addEventListener("scroll", scroll, { passive: true });
  document.addEventListener("selectionchange", () => { if (document.activeElement === area) follow(); });
  form.addEventListener("change", (event) => { if (event.target.name === "view") follow({ always: true }); });
  // A phone that is turned wraps elsewhere. In the next frame: to mark may itself change the width.
  const turned = () => {
    if (!lines.stale()) return;
    number();
    mark();
  };
  new ResizeObserver(() => requestAnimationFrame(turned)).observe(area);
  number();
  settle();
  return { goTo, later };
};

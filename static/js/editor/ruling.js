// Where each line of the text stands. One row each, where lines run on to the right; on a phone they wrap, and
// the rows are those of a copy, as wide as the text area and set alike. Only lines that changed are measured.
const ruling = (area, LINE) => {
  const copy = document.createElement("div");
  copy.className = "copy";
  copy.setAttribute("aria-hidden", "true");
  area.after(copy);
  let count = 0;
  let width = 0; // that the lines wrap at; 0: they do not
  let known = []; // the lines that were measured, the rows of each, and the rows above it
  let rows = [];
  let above = [];
  let said = "";

  const wrapsAt = () => (getComputedStyle(area).whiteSpace.startsWith("pre-wrap") ? area.clientWidth : 0);

  const measured = (lines) => {
    copy.style.width = `${width}px`;
    copy.replaceChildren(...lines.map((line) => {
      const one = document.createElement("div");
      one.textContent = line;
      return one;
    }));
    const found = [...copy.children].map((one) => Math.max(1, Math.round(one.getBoundingClientRect().height / LINE)));
    copy.replaceChildren();
    return found;
  };

  const counted = () => {
    let found = 1;
    const text = area.value;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found += 1;
    return found;
  };

  const wrapped = () => {
    const lines = area.value.split("\n");
    let from = 0;
    while (from < lines.length && from < known.length && lines[from] === known[from]) from += 1;
    let same = 0;
    const most = Math.min(lines.length, known.length) - from;
    while (same < most && lines[lines.length - 1 - same] === known[known.length - 1 - same]) same += 1;
    const fresh = measured(lines.slice(from, lines.length - same));
    rows = [...rows.slice(0, from), ...fresh, ...rows.slice(known.length - same)];
    known = lines;
    let sum = 0;
    above = rows.map((each) => (sum += each) - each);
    return lines.length;
  };

  // After each key. The numbers, each as many line ends before the next as its line has rows.
  const rule = () => {
    const now = wrapsAt();
    const before = width || now ? -1 : count;
    if (now !== width) {
      width = now;
      known = rows = above = [];
    }
    count = width ? wrapped() : counted();
    if (count !== before) said = Array.from({ length: count }, (_, n) => `${n + 1}${"\n".repeat(rows[n] ?? 1)}`).join("");
    return said;
  };

  const rowsOf = (line) => rows[line - 1] ?? 1;
  const top = (line) => LINE * (width ? (above[Math.min(line, count) - 1] ?? 0) : line - 1);
  return {
    rule,
    top,
    height: (line) => LINE * rowsOf(line),
    // A browser that wraps its text areas in a way of its own: then no line is beside its number.
    fits: (around) => {
      const total = top(count) + LINE * rowsOf(count) + around;
      return !width || area.scrollHeight <= area.clientHeight || Math.abs(area.scrollHeight - total) < LINE / 2;
    },
    stale: () => area.clientWidth > 0 && wrapsAt() !== width,
  };
};

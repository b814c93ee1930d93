// Pieces of a runbook by button and key, steps that change places, and a pasted log that becomes a code block.
const inserting = (() => {
  const STEP = /^(\d+)[.)] /;
  const pieces = {
    step: { text: "1. What to look at or do. {.observe}\n   ```sh\n   command\n   ```\n   Expect: what one sees.\n", pick: "What to look at or do.", whole: true },
    command: { text: "   ```sh\n   command\n   ```\n", pick: "command", whole: true },
    variable: { text: "{{ instance }}", pick: "instance" },
    expect: { text: "   Expect: what one sees. If not: go to R1.\n", pick: "what one sees.", whole: true },
  };
  // What terminals, logs and chats look like, each by the beginning of one of its lines.
  const LOG = new RegExp(
    "^[ \\t]*(?:" + [
      "[\\w.-]+@[\\w.-]+[^\\n]*[$#%] ", "[$%] \\S", "# [a-z./]", "❯ ", "PS [A-Z]:\\\\", "[\\w-]+(?:=|-)[#>] ", ">>> ", // prompts
      "\\[?\\d{1,2}:\\d\\d", "\\[?\\d{1,4}[-./]\\d{1,2}[-./]\\d{1,4},?[ T]", "\\[\\d{1,2}/\\d{1,2},? \\d", "[A-Z][a-z]{2} +\\d+ \\d\\d:\\d\\d:\\d\\d ", // times
      "[IWEF]\\d{4} \\d\\d:\\d\\d", "\\[?(?:INFO|WARN(?:ING)?|ERROR|FATAL|DEBUG|TRACE|CRITICAL)\\b", // levels
      "[\\d.]{7,15} \\S+ \\S+ \\[", "\\{\"[\\w@.-]+\":", "(?:time|ts|level|msg)=", // requests, JSON, logfmt
      "Traceback \\(most", "goroutine \\d+ \\[", "at [\\w$.<>]+\\(", "(?:Caused by|Exception in thread)\\b", // traces
      "[A-Z][A-Z-]+(?: {2,}[A-Z][A-Z()-]+)+", // a table such as kubectl's
      // Slack, Teams, Discord: a name and a time, on one line
      "[^\\n]{1,60}?(?: {2,}| — |\\t| \\[)(?:[Tt]oday at |[Yy]esterday at )?\\[?\\d{1,2}:\\d\\d(?: ?[AaPp]\\.?[Mm]\\.?)?\\]?[ \\t]*$",
      "<[\\w.-]+> \\S", // IRC
    ].join("|") + ")", "m");

  // A runbook or a part of one, which stays what it is.
  const MARKDOWN = /^(?:#{2,6} \S|---[ \t]*$|title: |\d+[.)] .*\{\.(?:observe|change|destructive))/m;

  // One undo step, where the browser still has the old way; else without undo. A long text, too: the old way
  // puts it in line by line, and stands still for seconds.
  const LONG = 4000;
  const put = (area, text, from = area.selectionStart, to = area.selectionEnd) => {
    area.focus();
    area.setSelectionRange(from, to);
    if (text.length > LONG || !document.execCommand("insertText", false, text)) {
      area.setRangeText(text, from, to, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const lineStart = (text, at) => text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = (text, at) => {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end + 1;
  };

  // The steps of the section that holds `at`: [{from, to}], each from its number to the next one's.
  const steps = (text, at) => {
    let begin = 0;
    let end = text.length;
    for (const heading of text.matchAll(/^#{2,3} .*$/gm)) {
      if (heading.index <= at) begin = heading.index;
      else { end = heading.index; break; }
    }
    const found = [];
    let fenced = false;
    let from = begin;
    for (const line of text.slice(begin, end).split(/(?<=\n)/)) {
      if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
      else if (!fenced && STEP.test(line)) found.push({ from, to: end });
      if (found.length > 1) found[found.length - 2].to = Math.min(found[found.length - 2].to, found[found.length - 1].from);
      from += line.length;
    }
    return found;
  };

  const renumbered = (blocks, first) => blocks.map((block, n) => block.replace(STEP, `${first + n}. `));

  const move = (area, by) => {
    const text = area.value;
    const all = steps(text, area.selectionStart);
    const at = all.findIndex((step) => step.from <= area.selectionStart && area.selectionStart < Math.max(step.to, step.from + 1));
    const other = at + by;
    if (at < 0 || other < 0 || other >= all.length) {
      announce(at < 0 ? "Put the cursor into a step first." : "It is at the end of its section.");
      return;
    }
    const [low, high] = by < 0 ? [other, at] : [at, other];
    // A last step without an empty line after it borrows the one of the other.
    const blocks = [text.slice(all[high].from, all[high].to), text.slice(all[low].from, all[low].to)];
    const tail = /\n*$/;
    const ends = [blocks[0].match(tail)[0], blocks[1].match(tail)[0]];
    const swapped = [blocks[0].replace(tail, ends[1]), blocks[1].replace(tail, ends[0])];
    const first = Number(text.slice(all[low].from).match(STEP)[1]);
    const result = renumbered(swapped, first);
    const caret = by < 0 ? all[low].from : all[low].from + result[0].length;
    put(area, result.join(""), all[low].from, all[high].to);
    area.setSelectionRange(caret, caret);
    announce(`Step moved ${by < 0 ? "up" : "down"}.`);
  };

  const insert = (area, name) => {
    const piece = pieces[name];
    if (!piece) return;
    let text = piece.text;
    let from = area.selectionStart;
    let to = area.selectionEnd;
    const chosen = area.value.slice(from, to);
    if (piece.whole) {
      from = to = lineStart(area.value, from) === from ? from : lineEnd(area.value, from);
      if (from && area.value[from - 1] !== "\n") text = `\n${text}`;
      if (name === "step") text = text.replace(/^(\n?)1\./, (_, line) => `${line}${steps(area.value, from).filter((s) => s.from < from).length + 1}.`);
    } else if (/^[\w.-]+$/.test(chosen)) {
      text = `{{ ${chosen} }}`;
    }
    put(area, text, from, to);
    const at = area.value.indexOf(piece.pick, from);
    if (at >= from && at < from + text.length) area.setSelectionRange(at, at + piece.pick.length);
  };

  const paste = (area, event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");
    const before = area.value.slice(0, area.selectionStart);
    const fenced = (before.match(/^\s*(?:```|~~~)/gm) ?? []).length % 2 === 1;
    if (fenced || lines.length < 2 || text.includes("```") || MARKDOWN.test(text) || !LOG.test(text)) return;
    event.preventDefault();
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const inStep = steps(area.value, area.selectionStart).some((s) => s.from < area.selectionStart && area.selectionStart <= s.to);
    const indent = inStep ? "   " : "";
    const block = ["```text", ...lines, "```"].map((one) => (one ? indent + one : one)).join("\n");
    put(area, `${line.trim() ? "\n" : ""}${line.trim() ? block : block.slice(Math.min(line.length, indent.length))}\n`);
    announce("The pasted lines became a code block.");
  };

  return { insert, move, paste, put };
})();

"""Shell around a command: lines, pipes, wrappers, and what the filters leave of an output. Pure."""

from __future__ import annotations

import re

from drills.scenario.commands import program_of
from drills.scenario.printing.look import Look
from drills.scenario.printing.paths import found_at, last_key

_WRAPPED = (
    re.compile(
        r"^\s*(?:sudo\s+(?:-\w+\s+\S+\s+)*)?ssh\s+(?:-\S+(?:\s+(?![\w.@<-]+\s)\S+)?\s+)*\S+\s+(.+)$",
        re.DOTALL,
    ),
    re.compile(
        r"^\s*(?:kubectl|oc|docker|podman|nerdctl|crictl)\b.*?\bexec\b.*?\s--\s+(.+)$", re.DOTALL
    ),
    re.compile(r"^\s*docker(?:[- ]compose)?\s+exec\s+(?:-\S+\s+)*\S+\s+(.+)$", re.DOTALL),
    re.compile(
        r"^\s*oc\s+(?:rsh|debug)\s+(?:-\S+\s+\S+\s+)*\S+\s+(?:--\s+)?(?:chroot\s+\S+\s+)?(?!-)(\S+\s.+)$",
        re.DOTALL,
    ),
    re.compile(
        r"^\s*(?:sudo|time|watch|nohup)\s+(?:-\w+(?:\s+(?:\d\S*|[a-z]\w*))?\s+)*(.+)$", re.DOTALL
    ),
    re.compile(
        r"^\s*(?:knife\s+ssh|pssh|pdsh|clush|salt|ansible)\b.*\s('[^']+'|\"[^\"]+\")\s*$", re.DOTALL
    ),
    re.compile(r"^\s*timeout\s+(?:-\S+\s+)*\S+\s+(.+)$", re.DOTALL),
    re.compile(r"^\s*(?:sh|bash)\s+-\w*c\s+(.+)$", re.DOTALL),
    re.compile(r"^\s*for\s.+?;\s*do\s+(.+?);?\s*done.*$", re.DOTALL),
    re.compile(r"^\s*(?:echo|true|yes)\b[^|]*\|\s*(.+)$", re.DOTALL),
    re.compile(r"^\s*(?:[A-Za-z_]\w*=(?:\"[^\"]*\"|'[^']*'|\S*)\s+)+(\S.*)$", re.DOTALL),
)
_SILENT = re.compile(
    r"^\s*(?:#.*|cd\s.*|export\s.*|set\s+[-+].*|source\s.*|\.\s.*"
    r"|(?:local\s+)?[A-Za-z_]\w*=(?:\"[^\"]*\"|'[^']*'|\$\(.*\)|[^\s]*)|unset\s.*"
    r"|alias\s.*|)\s*$",
    re.DOTALL,
)
#: A sentence between the commands of a block.
_PROSE = re.compile(r"^\s*(?:-\s|\.{2,}\s*$)|^\s*[A-Z][a-z]+(?: [\w'’,.()/-]+){2,}:?\s*$")
_GREP = re.compile(r"^\s*(?:e|f|z)?grep\s+(.*)$", re.DOTALL)


#: A quote that is open for longer is one that nobody closed.
_LONGEST = 3_000


def logical_lines(code: str, most: int = 4) -> list[str]:
    """Commands one after the other: continued and quoted lines joined, comments left out."""
    joined = re.sub(r"[ \t]{0,20}\\[ \t]*\n\s*", " ", code)
    lines: list[str] = []
    held = ""
    for line in joined.split("\n"):
        held = f"{held}\n{line}" if held else line
        # A line that begins with a bracket or a dot, and an open quote, belong to the one before.
        open_quote = held.count("'") % 2 or held.count('"') % 2
        goes_on = open_quote or held.rstrip().endswith(("|", "&&", "\\"))
        if goes_on and len(held) < _LONGEST:
            continue
        if held.strip() and not held.strip().startswith("#") and not _PROSE.match(held):
            lines.append(held.strip())
        held = ""
    if held.strip():
        lines.append(held.strip())
    known = [line for line in lines if program_of(line) or is_silent(line)]
    # Beside commands that are known stands what they printed when the block was written.
    if any(program_of(line) for line in known):
        lines = known
    return lines[:most]


def is_silent(line: str) -> bool:
    """Sets something up and prints nothing."""
    return bool(_SILENT.match(line))


def unwrapped(command: str) -> str:
    """What runs in the end: past sudo, ssh, exec, watch, a loop and assignments."""
    for _ in range(5):
        for wrapper in _WRAPPED:
            if found := wrapper.match(command):
                command = found[1].strip()
                if command[:1] in "'\"" and command.rstrip()[-1:] == command[:1]:
                    command = command.strip()[1:-1]
                break
        else:
            return command
    return command


def parts(command: str, mark: str) -> list[str]:
    """Split where `mark` stands outside quotes and brackets; `||` is no pipe."""
    found, held, quote, depth, at = [], "", "", 0, 0
    while at < len(command):
        letter = command[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth = max(0, depth - 1)
        elif depth == 0 and command.startswith(mark, at) and not _is_or(command, mark, at):
            found.append(held)
            held, at = "", at + len(mark)
            continue
        held += letter
        at += 1
    return [each.strip() for each in (*found, held) if each.strip()]


def _is_or(command: str, mark: str, at: int) -> bool:
    return mark == "|" and "||" in (command[at : at + 2], command[at - 1 : at + 1])


def filtered(output: str, filters: list[str], look: Look) -> str:
    """What a pipe's other commands leave of the first one's output."""
    for each in filters:
        word = each.split(" ", 1)[0].rpartition("/")[2]
        if word == "wc" or re.match(r"^\s*[ef]?grep\s+(?:-\w+\s+)*-\w*c", each):
            output = look.number() or ("0" if look.nothing() or not look.troubled else "7")
        elif word in ("grep", "egrep", "fgrep", "zgrep", "rg"):
            output = _grepped(output, each, look)
        elif word == "uniq" and re.search(r"\s-\w*c", each):
            output = _tallied(output, look)
        elif word in ("head", "tail"):
            output = _cut(output, each, word)
        elif word in ("jq", "yq", "base64", "python", "python3") and look.value():
            output = look.value()
        elif word == "jq":
            output = _part(output, each, look)
    return output


def _tallied(output: str, look: Look) -> str:
    """What `uniq -c` says: one line stands out where there is trouble."""
    kinds = list(
        dict.fromkeys(re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in output.split("\n"))
    )
    counts = (1841, 12, 9) if look.troubled else (14, 12, 9)
    return "\n".join(f"{count:7d} {kind}" for count, kind in zip(counts, kinds, strict=False))


def _part(output: str, each: str, look: Look) -> str:
    """What `jq` leaves of it, by the path's last word."""
    key = last_key(each)
    if key in ("status", "state", "health"):
        return '"failed"' if look.troubled else '"ok"'
    node = "get node" in look.step.text
    value = found_at(key, "<node-1>" if node else look.world.workload, look)
    if key and not value:
        return "null" if look.troubled else '"true"'
    return output if not value else value if value[0] in "[{0123456789" else f'"{value}"'


def _grepped(output: str, each: str, look: Look) -> str:
    found = _GREP.match(each)
    words = [
        w
        for w in re.findall(r"'[^']*'|\"[^\"]*\"|\S+", found[1] if found else "")
        if not w.startswith("-")
    ]
    pattern = words[0].strip("'\"") if words else ""
    options = " ".join(w for w in (found[1] if found else "").split() if w.startswith("-"))
    if not pattern:
        return output
    if re.search(r"-\w*o", options):
        found_name = re.match(r"[\w.:-]*\w[=: ]", pattern)
        if found_name:
            return "\n".join(f"{found_name[0]}<{which}>" for which in ("first", "second", "third"))
    wanted = [p.strip("^$.*\\ ()[]") for p in re.split(r"\\?\|", pattern)]
    wanted = [p.casefold() for p in wanted if p]
    keeps = "v" not in options
    left = [
        line for line in output.split("\n") if any(p in line.casefold() for p in wanted) == keeps
    ]
    if left:
        return "\n".join(left)
    if not keeps or look.nothing() or not look.troubled or not wanted:
        return "(nothing found, exit code 1)"
    plain = re.split(r"\\?\|", pattern)[0].strip("^$.*\\ ()[]")
    if not re.fullmatch(r"[\w .:/-]{2,40}", plain):
        return output
    return "\n".join(
        f"{look.world.clock(2 * n + 1, 19 * n + 4)} {plain}: {said}"
        for n, said in enumerate(look.errors(2))
    )


def _cut(output: str, each: str, word: str) -> str:
    found = re.search(r"-n?\s*(\d{1,4})", each)
    most = int(found[1]) if found else 10
    lines = output.split("\n")
    return "\n".join(lines[:most] if word == "head" else lines[-most:])

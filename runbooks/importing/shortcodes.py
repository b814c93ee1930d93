"""Markup that only one site generator understands, as plain Markdown: every word stays. Pure.

Hugo shortcodes, Docusaurus and MkDocs admonitions, and what MDX adds. Code blocks and code spans are left
alone; what is not known is left as it stands and named, so that a person can look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A longer line is left as it is: patterns over it would cost more than they give.
_LONGEST = 20_000
#: Admonitions in admonitions deeper than this stay as they are written.
MAX_DEPTH = 8

_CAN_HOLD_ANY = re.compile(
    r"\{\{[<%/]|^[ \t]*(?:::|!!!|\?\?\?|===)|^[ \t]*</?[A-Z]|^(?:im|ex)port |\{/\*", re.MULTILINE
)
_FENCE = re.compile(r"[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)")
_SHORTCODE = re.compile(
    r"\{\{([<%])-?[ \t]{0,20}(?P<close>/[ \t]{0,20})?(?P<name>[\w.-]{1,100})(?P<args>[^\n]{0,500}?)[>%]\}\}"
)
_SPAN_OR_CODE = re.compile(rf"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|{_SHORTCODE.pattern}")
_ARGUMENT = re.compile(
    r"""(?:([\w-]+)\s*=\s*)?(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|'([^']*)'|([^\s"`'=]+))"""
)
_COLONS = re.compile(
    r"(?P<indent>[ \t]*):{3,}\s*(?P<kind>[A-Za-z][\w-]*)(?:\[(?P<label>[^\]]*)\])?(?P<rest>.*)"
)
_COLONS_END = re.compile(r"[ \t]*:{3,}\s*")
_MKDOCS = re.compile(
    r"(?P<indent> *)(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[A-Za-z][\w-]*)(?:[ \t]+[\w-]+)*"
    r"(?:[ \t]+\"(?P<title>[^\"]*)\")?[ \t]*"
)
_TAB = re.compile(r"(?P<indent> *)===[+!]?[ \t]+\"(?P<title>[^\"]+)\"[ \t]*")
_JSX = re.compile(
    r"(?P<indent>[ \t]*)<(?P<close>/)?(?P<name>Tabs|TabItem|Admonition)\b(?P<args>[^>]*)>[ \t]*"
)
_MDX_LINE = re.compile(
    r"(?:import\s[^\n]*?\bfrom\s+['\"][^'\"]+['\"]|import\s+['\"][^'\"]+['\"]|export\s+const\s[^\n]*)"
    r";?[ \t]*"
)
_MDX_COMMENT = re.compile(r"\{/\*(.{0,500}?)\*/\}|\{\{/\*(.{0,500}?)\*/\}\}")

#: Shortcodes that set a paragraph apart, as the words that then open it.
QUOTES = frozenset(
    (
        *(
            "notice",
            "note",
            "hint",
            "alert",
            "admonition",
            "callout",
            "warning",
            "tip",
            "info",
            "danger",
        ),
        *("caution", "important", "attention", "expand", "details", "blockquote", "pageinfo"),
    )
)
_TITLED = frozenset({"expand", "details", "blockquote", "pageinfo"})
_CODE = {"highlight": "", "code": "", "mermaid": "mermaid"}
_DROPPED = frozenset({"tabs", "tabpane", "columns", "column", "steps", "cards"})


@dataclass(frozen=True, slots=True)
class _Frame:
    """Lines up to `end` lose `strip` leading blanks and gain `prefix`."""

    end: int
    strip: int
    prefix: str


def plain_markdown(body: str) -> tuple[str, tuple[str, ...]]:
    """`body` with the known markup as plain Markdown, and the names of the shortcodes that are not known."""
    if not _CAN_HOLD_ANY.search(body):
        return body, ()
    lines = list(_apart(body.split("\n")))
    writer = _Writer(lines)
    return "\n".join(writer.write()), tuple(sorted(writer.unknown))


def _apart(lines: list[str]) -> Iterator[str]:
    """Opening and closing shortcodes of admonitions on lines of their own."""
    for code, line in _with_fences(lines):
        quoted = line.lstrip().startswith(">")
        if code or quoted or "{{" not in line or len(line) > _LONGEST:
            yield line
            continue
        pieces, at = [], 0
        for found in _SPAN_OR_CODE.finditer(line):
            if found["name"] and found["name"].lower() in QUOTES | _CODE.keys():
                pieces += [line[at : found.start()], found[0]]
                at = found.end()
        if not pieces:
            yield line
            continue
        indent = line[: len(line) - len(line.lstrip())]
        ending = "\r" if line.endswith("\r") else ""
        for piece in (*pieces, line[at:]):
            if piece.strip():
                yield f"{indent}{piece.strip()}{ending}"


def _with_fences(lines: list[str]) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it belongs to a fenced code block."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            yield True, line
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
            continue
        if found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
            yield True, line
            continue
        yield False, line


class _Writer:
    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.removesuffix("\r") for line in lines]
        self.endings = ["\r" if line.endswith("\r") else "" for line in lines]
        self.code = [code for code, _ in _with_fences(self.lines)]
        self.unknown: set[str] = set()
        self.closers: set[int] = set()
        self.pairs = self._pairs()
        self.frames: list[_Frame] = []

    def write(self) -> Iterator[str]:
        for index, line in enumerate(self.lines):
            quoted = False
            while self.frames and self.frames[-1].end <= index:
                quoted |= self.frames.pop().prefix.endswith("> ")
            rest, prefix = line, ""
            for frame in self.frames:
                rest = _strip(rest, frame.strip)
                prefix += frame.prefix
            plain = self.code[index] or len(line) > _LONGEST
            made = [rest] if plain else self._line(index, rest)
            if quoted and made[0].strip():
                made.insert(0, "")  # else the next paragraph would run on in the quote
            for out in made:
                written = f"{prefix}{out}".rstrip() if prefix else out
                yield written + self.endings[index]

    def _line(self, index: int, line: str) -> list[str]:
        if index in self.closers:
            return self._closed(line)
        if index in self.pairs and len(self.frames) < MAX_DEPTH:
            return self._opened(index, line)
        if found := _MKDOCS.fullmatch(line):
            return self._indented(index, found, _heading_of(found["kind"], found["title"]), "> ")
        if found := _TAB.fullmatch(line):
            return self._indented(index, found, f"**{found['title']}**", "")
        return _tab_item(found) if (found := _JSX.fullmatch(line)) else [self._prose(line)]

    def _prose(self, line: str) -> str:
        if _MDX_LINE.fullmatch(line):
            return f"<!-- {line.strip()} -->"
        if "{" not in line:
            return line
        line = _MDX_COMMENT.sub(lambda m: f"<!-- {(m[1] or m[2] or '').strip()} -->", line)
        return _SPAN_OR_CODE.sub(self._inline, line)

    def _pairs(self) -> dict[int, int]:
        """Line of each opening -> line of its closing, in one pass; a mark without its partner is no mark."""
        pairs: dict[int, int] = {}
        waiting: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            if self.code[index]:
                continue
            opens, name = _mark(line)
            if opens:
                waiting.setdefault(name, []).append(index)
            elif name and waiting.get(name):
                pairs[waiting[name].pop()] = index
        crossing = _without_crossings(pairs)
        self.closers = set(crossing.values())
        return crossing

    def _opened(self, index: int, line: str) -> list[str]:
        indent = line[: len(line) - len(line.lstrip())]
        end = self.pairs[index]
        if (found := _SHORTCODE.search(line)) and found["name"].lower() in _CODE:
            name = found["name"].lower()
            given, named = _arguments(found["args"])
            language = _CODE[name] or named.get("lang") or (given[0] if given else "")
            self.code[index + 1 : end] = [True] * (end - index - 1)
            return [f"{indent}```{language}"]
        self.frames.append(_Frame(end, len(indent), f"{indent}> "))
        return [f"{indent}> {_opening_words(line)}", f"{indent}>"]

    def _closed(self, line: str) -> list[str]:
        found = _SHORTCODE.search(line)
        if found and found["name"].lower() in _CODE:
            return [line[: len(line) - len(line.lstrip())] + "```"]
        return [""]

    def _indented(self, index: int, found: re.Match[str], words: str, mark: str) -> list[str]:
        """A block that is set apart by four more blanks: it ends where they do."""
        if len(self.frames) >= MAX_DEPTH:
            return [found[0]]
        outer = sum(frame.strip for frame in self.frames)
        least = outer + len(found["indent"]) + 4
        end = index + 1
        while end < len(self.lines) and (
            not self.lines[end].strip() or _indent_of(self.lines[end]) >= least
        ):
            end += 1
        while end > index + 1 and not self.lines[end - 1].strip():
            end -= 1
        self.frames.append(_Frame(end, len(found["indent"]) + 4, found["indent"] + mark))
        return [found["indent"] + mark + words, found["indent"] + mark.rstrip()]

    def _inline(self, found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0]
        made = _plain_shortcode(found)
        if made is None:
            self.unknown.add(found["name"])
            return found[0]
        return made


def _tab_item(found: re.Match[str]) -> list[str]:
    _, named = _arguments(found["args"])
    label = named.get("label") or named.get("value") or named.get("title") or ""
    return [""] if found["close"] or not label else [f"{found['indent']}**{label}**", ""]


def _plain_shortcode(found: re.Match[str]) -> str | None:
    name = found["name"].lower()
    given, named = _arguments(found["args"])
    if name in ("ref", "relref") and (given or named.get("path")):
        return _page(given[0] if given else named["path"])
    if name in ("figure", "img", "image") and (given or named.get("src")):
        words = dict.fromkeys(named[k] for k in ("alt", "title", "caption") if named.get(k))
        return f"![{' – '.join(words)}]({named.get('src') or given[0]})"
    if name == "tab" and not found["close"]:
        label = named.get("name") or named.get("title") or named.get("header") or "".join(given[:1])
        return f"**{label}**" if label else ""
    return "" if name in _DROPPED or name == "tab" else None


def _mark(line: str) -> tuple[bool, str]:
    """Does a line open (True) or close a block that has a closing, and of which name; "" when neither."""
    if ":::" in line:
        if _COLONS_END.fullmatch(line):
            return False, ":::"
        return (True, ":::") if _COLONS.fullmatch(line) else (False, "")
    if "{{" in line and (found := _SHORTCODE.fullmatch(line.strip())):
        name = found["name"].lower()
        if name in QUOTES or name in _CODE:
            return not found["close"], name
    if "Admonition" in line and (found := _JSX.fullmatch(line)) and found["name"] == "Admonition":
        return not found["close"], "Admonition"
    return False, ""


def _without_crossings(pairs: dict[int, int]) -> dict[int, int]:
    """Only pairs that lie wholly inside or wholly outside each other."""
    kept: dict[int, int] = {}
    ends: list[int] = []
    for start, end in sorted(pairs.items()):
        while ends and ends[-1] < start:
            ends.pop()
        if not ends or end < ends[-1]:
            kept[start] = end
            ends.append(end)
    return kept


def _opening_words(line: str) -> str:
    if found := _COLONS.fullmatch(line):
        return _heading_of(found["kind"], found["label"] or found["rest"].strip())
    if found := _JSX.fullmatch(line):
        _, named = _arguments(found["args"])
        return _heading_of(named.get("type", "note"), named.get("title"))
    found = _SHORTCODE.search(line)
    name = found["name"].lower() if found else "note"
    given, named = _arguments(found["args"] if found else "")
    title = named.get("title") or named.get("header") or named.get("summary")
    if name in _TITLED:
        return _heading_of("", title or " ".join(given)) if title or given else "**Details**"
    kind = (
        named.get("type")
        or named.get("color")
        or named.get("style")
        or (given[0] if given else name)
    )
    return _heading_of(kind, title or " ".join(given[1:]))


def _heading_of(kind: str, title: str | None) -> str:
    kind, title = kind.strip(), (title or "").strip()
    if not title or title.casefold() == kind.casefold():
        return f"**{kind[:1].upper()}{kind[1:]}**"
    return f"**{kind[:1].upper()}{kind[1:]}: {title}**" if kind else f"**{title}**"


def _arguments(text: str) -> tuple[list[str], dict[str, str]]:
    given: list[str] = []
    named: dict[str, str] = {}
    for key, *values in _ARGUMENT.findall(text):
        value = next((v for v in values if v), "")
        if key:
            named[key.lower()] = value
        elif value and value.strip("/-"):
            given.append(value)
    return given, named


def _page(target: str) -> str:
    path, sign, anchor = target.partition("#")
    last = path.rsplit("/", 1)[-1]
    if path and "." not in last and not path.endswith("/"):
        path += ".md"
    target = f"{path}{sign}{anchor}"
    return f"<{target}>" if " " in target else target


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _strip(line: str, blanks: int) -> str:
    return line[min(blanks, _indent_of(line)) :] if blanks else line

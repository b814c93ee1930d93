"""The instructions of a runbook: its steps and the prose around them, as sentences with their lines.

Code is blanked out in the sentences (every character a `¤`), so that a pattern for words never reads a
command, and still sees that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbooks.document import Command, Document, Section, SectionName, Step
from runbooks.drawing.command_words import is_command
from runbooks.drawing.tiers import only_spoken_of
from runbooks.format.steps import LETTERS

#: Characters of one passage that are read as sentences; nobody writes a longer one by hand.
MOST_READ = 8_000

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{1,400})\1(?!`)")
_TARGET = re.compile(r"\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"\n]{0,300}\")?\)|\]\[[^\[\]\n]{0,200}\]")
_LINK = re.compile(r"\]\([^()\s]|\]\[[^\[\]\n]+\]|https?://\w")
#: Behind a stop, and behind a bold "**Label:**"; not behind "e.g.". A line that begins with "If" is a case.
_END = re.compile(
    r"(?:(?<=[.!?:;])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)|(?<=[.!?:;]\*)|(?<=[.!?:;]\*\*))[ \t\n]+"
    r"|\n(?=[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]|(?:If|Otherwise)\b))|\n\n+"
)
_COMMAND = re.compile(r"[\w./$~{\[(\"'-][^\s]*[ \t]+\S")
#: What stands before a program without arguments: “Run `dmesg`”.
_RUNS = re.compile(
    r"\b(?:run|execute|call|invoke|start|enter|type|use|using|query|(?:out|in)?put of|open|via) "
    r"(?:the )?(?:command |query )?$",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(r"[\w./$~-]+")
#: The same without backticks.
_PLACE = re.compile(r"(?<![\w.:/])/(?:var|etc|opt|srv|usr|home|proc|sys|host|tmp|data|mnt|run)/\w")
_PATH = re.compile(r"[~/][\w.@{}$*-]+/\S+|https?://\S+|\$\{?\w+\}?/\S+")
#: "To undo it, run …" is said of later.
_AFTERWARDS = re.compile(r"\b(?:undo|go(?:es)? back|take it back|expect(?:ed)?)\b", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*+|(?<![\w¤])_+(?=\S)|(?<=\S)_+(?![\w¤])")
_LIST = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_HTML = re.compile(r"[ \t]*</?[a-zA-Z][^>]{0,200}>[ \t]*$|[ \t]*<!--")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` without list marker; code as `¤`, link targets as spaces. `line` is that of the file."""

    text: str
    line: int
    plain: str  # the same with its code, for saying it back
    has_link: bool = False
    has_command: bool = False  # a span of code that one could run: more than one word, or “run `x`”
    has_path: bool = False  # `/var/log/app.log`: something to open
    is_item: bool = False  # one of a list
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    section: SectionName
    line: int
    step: Step | None  # None: prose outside every step
    sentences: tuple[Sentence, ...]
    group: str = ""  # the level-3 heading that it stands under
    followed_by_code: bool = False
    #: Words of the passage as written, code and all.
    text: str = field(default="", repr=False)

    @property
    def has_command(self) -> bool:
        if self.step is not None and self.step.commands:
            return True
        return self.followed_by_code or any(s.has_command for s in self.sentences)

    @property
    def commands(self) -> tuple[Command, ...]:
        """What its sentences have one run: "Run `kubectl delete pod x`", and nothing they warn of."""
        told: dict[str, Command] = {}
        for sentence in self.sentences:
            for command in sentence.commands:
                told.setdefault(command.text, command)
        return tuple(told.values())

    @property
    def has_link(self) -> bool:
        return any(s.has_link for s in self.sentences)

    @property
    def has_path(self) -> bool:
        return any(s.has_path for s in self.sentences)


def read_passages(document: Document) -> Iterator[Passage]:
    """Of Diagnosis, Mitigation and Resolution."""
    body = document.body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    offset = document.body_line
    starts = [section.line for section in document.sections]
    for number, section in enumerate(document.sections):
        if section.name not in LETTERS:
            continue
        stop = starts[number + 1] if number + 1 < len(starts) else len(body) + offset
        yield from _of_section(section, body, section.line + 1, stop, offset)


def _of_section(
    section: Section, body: list[str], start: int, stop: int, offset: int
) -> Iterator[Passage]:
    assert section.name is not None  # noqa: S101 -- LETTERS holds only names
    line, group = start, ""
    for step in section.steps:
        for passage in _prose(section.name, body, line, step.line, offset, group):
            group = passage.group
            yield passage
        group = step.group or group
        yield _of_step(
            step, followed=_code_follows(body, step.line_end + 1 - offset, stop - offset)
        )
        line = step.line_end + 1
    yield from _prose(section.name, body, line, stop, offset, group)


def _of_step(step: Step, *, followed: bool) -> Passage:
    """`followed`: a code block stands below it, not indented and so no part of it."""
    kept: list[str] = []
    fence = ""
    for text in step.markdown.split("\n"):
        fence, inside = fenced(text, fence)
        kept.append("" if inside else text)
    words = "\n".join(kept)
    return Passage(
        step.section,
        step.line,
        step,
        tuple(sentences(words, step.line)),
        step.group,
        followed_by_code=followed,
        text=words,
    )


def _prose(
    name: SectionName, body: list[str], start: int, stop: int, offset: int, group: str
) -> Iterator[Passage]:
    """Paragraphs of the file's lines `start` to `stop`, without code, headings and HTML tags."""
    kept: list[str] = []
    first, fence = start, ""
    for line in range(start, stop):
        text = body[line - offset] if line - offset < len(body) else ""
        was, (fence, inside) = fence, fenced(text, fence)
        ends = inside or not text.strip() or _HEADING.match(text) or _HTML.match(text)
        if not ends:
            if not kept:
                first = line
            kept.append(text)
            continue
        opens_code = inside and not was
        if kept and not _code_follows(body, line - offset, stop - offset, inside=opens_code):
            yield _paragraph(name, kept, first, group, followed=False)
            kept = []
        elif kept:
            yield _paragraph(name, kept, first, group, followed=True)
            kept = []
        if _HEADING.match(text) and not inside:
            group = text.strip().lstrip("#").strip()
    if kept:
        yield _paragraph(name, kept, first, group, followed=False)


def _code_follows(body: list[str], at: int, stop: int, *, inside: bool = False) -> bool:
    """Does a code block stand here, or behind the empty lines that begin here?"""
    if inside:
        return True
    while at < min(stop, len(body)) and not body[at].strip():
        at += 1
    return at < min(stop, len(body)) and _FENCE.match(body[at]) is not None


def _paragraph(
    name: SectionName, kept: list[str], first: int, group: str, *, followed: bool
) -> Passage:
    words = "\n".join(kept)
    return Passage(name, first, None, tuple(sentences(words, first)), group, followed, words)


def fenced(text: str, fence: str) -> tuple[str, bool]:
    """(the fence that is open behind this line, whether the line belongs to a code block)."""
    found = _FENCE.match(text)
    if fence:
        closes = (
            found is not None and found[1].startswith(fence) and not text[found.end() :].strip()
        )
        return ("" if closes else fence), True
    return (found[1], True) if found else ("", False)


def sentences(text: str, line: int) -> Iterator[Sentence]:
    """The sentences of a text that begins on `line`; only its first MOST_READ characters are read."""
    text = text[:MOST_READ]
    spans = list(_SPAN.finditer(text))
    blanked = _SPAN.sub(lambda m: m[1] + "¤" * len(m[2]) + m[1], text)
    words = _TARGET.sub(lambda m: "]" + " " * (len(m[0]) - 1), blanked)
    at = 0
    for end in (*(m for m in _END.finditer(words)), None):
        stop = end.start() if end else len(words)
        if words[at:stop].strip():
            yield _sentence(text, blanked, words, at, stop, line, spans)
        at = end.end() if end else stop


def _is_run(code: str, before: str) -> bool:
    if _ONE_WORD.fullmatch(code):
        return _RUNS.search(before) is not None
    return _COMMAND.match(code.lstrip("#$% ")) is not None


def _is_told_to_run(code: str, before: str) -> bool:
    """ "Run `flagctl delete search`": whatever the program, its sentence says that it is one."""
    return " " in code and _RUNS.search(before) is not None


def _sentence(
    text: str,
    blanked: str,
    words: str,
    at: int,
    stop: int,
    line: int,
    spans: Sequence[re.Match[str]],
) -> Sentence:
    while at < stop and words[at].isspace():
        at += 1
    marker = _LIST.match(words, at, stop)
    begin = marker.end() if marker else at
    own = [
        (m[2].strip(), " ".join(words[begin : m.start()].split()) + " ", m.start())
        for m in spans
        if begin <= m.start() < stop
    ]
    return Sentence(
        text=" ".join(_EMPHASIS.sub("", words[begin:stop]).split()),
        line=line + text.count("\n", 0, at),
        plain=" ".join(text[begin:stop].split()),
        has_link=_LINK.search(blanked, begin, stop) is not None,
        has_command=any(_is_run(code, before) for code, before, _ in own),
        has_path=any(_PATH.fullmatch(code) for code, _, _ in own)
        or _PLACE.search(words, begin, stop) is not None,
        is_item=marker is not None,
        commands=tuple(
            Command(text=code, language="", line=line + text.count("\n", 0, start), variables=())
            for code, before, start in own
            if (is_command(code) or _is_told_to_run(code, before))
            and not only_spoken_of(before)
            and not _AFTERWARDS.search(before)
        ),
    )

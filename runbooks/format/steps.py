"""Steps of a section: list items, or code fences with the paragraph before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from runbooks.format.attributes import Attributes, read_attributes
from runbooks.format.blocks import Block
from runbooks.format.placeholders import variable_names
from runbooks.format.plain import plain_text
from runbooks.format.shapes import Command, Problem, SectionName, Step, Tier

#: Sections that have steps, and the letter their labels begin with.
LETTERS: dict[SectionName, str] = {"diagnosis": "D", "mitigation": "M", "resolution": "R"}

_MARKER = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])")
_EXPECT = re.compile(
    r"\s*[*_]{0,3}expect(?:ed)?(?: (?:result|results|output|value))?[*_]{0,3}[ \t]*:[*_]{0,3}(?:\s+|$)",
    re.IGNORECASE,
)
_LOST_ITEM = re.compile(r" {0,3}\d{1,3}[.)] +\S")
_CODE = ("fence", "code_block")
_LISTS = ("bullet_list", "ordered_list")


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one section. `offset` turns a 0-based body line into a 1-based file line."""

    section: SectionName
    lines: Sequence[str]
    offset: int
    position: int  # of the last step before this section: numbering runs on
    problems: list[Problem]

    def read(self, blocks: Sequence[Block], start: int, end: int) -> tuple[str | Step, ...]:
        """The section's body from line `start` to `end` cut into plain Markdown and steps.

        Empty when the section has no steps.
        """
        self._report_lost_items(blocks)
        spans = list(_item_spans(blocks) if _has_list(blocks) else _fence_spans(blocks))
        parts: list[str | Step] = []
        at = start
        for span in spans:
            self._add_text(parts, at, span.start)
            step = self._step(span)
            parts.append(step)
            at = step.line_end - self.offset + 1
        if spans:
            self._add_text(parts, at, end)
        return tuple(parts)

    def _report_lost_items(self, blocks: Sequence[Block]) -> None:
        """ "10. Do it" under a list whose code is indented for one digit: Markdown reads a paragraph."""
        for block in blocks:
            if block.kind != "paragraph":
                continue
            for line in range(block.start + 1, block.end):
                if _LOST_ITEM.match(self.lines[line]):
                    message = (
                        "This line looks like a step, but Markdown reads it as part of the text above: put an"
                        " empty line before it, and indent what belongs to a step as far as its first word."
                    )
                    self.problems.append(Problem(message, line + self.offset, "step"))
                    break

    def _add_text(self, parts: list[str | Step], start: int, end: int) -> None:
        text = "\n".join(self.lines[start:end]).strip("\n")
        if text.strip():
            parts.append(text)

    def _step(self, span: _Span) -> Step:
        self.position += 1
        end = span.end
        while end > span.start + 1 and not self.lines[end - 1].strip():
            end -= 1
        source = list(self.lines[span.start : end])
        if span.is_item:
            source = _dedent(source)
        first = _first_paragraph(span.children)
        title, attributes = "", Attributes()
        if first is not None:
            title, attributes = self._cut_first_paragraph(source, first, span.start)
        expects = tuple(_expectations(span, source))
        stated = attributes.tier is not None
        default: Tier = "observe" if self.section == "diagnosis" else "change"
        return Step(
            section=self.section,
            position=self.position,
            label=f"{LETTERS[self.section]}{self.position}",
            title=title,
            text=_words(span, title, first),
            markdown="\n".join(source).strip("\n"),
            tier=attributes.tier or default,
            tier_stated=stated,
            access=attributes.access,
            undo=attributes.undo,
            commands=tuple(self._commands(span, {e.fence for e in expects})),
            expect="\n\n".join(e.text for e in expects) or None,
            group=span.group,
            line=span.start + self.offset,
            line_end=end - 1 + self.offset,
        )

    def _cut_first_paragraph(
        self, source: list[str], paragraph: Block, start: int
    ) -> tuple[str, Attributes]:
        """Title and attributes; takes the attributes out of `source`, which keeps its number of lines.

        An `Expect:` line that directly follows the title counts as a paragraph of its own.
        """
        top, bottom = paragraph.start - start, min(paragraph.end - start, len(source))
        for index in range(top + 1, bottom):
            if _EXPECT.match(source[index]):
                bottom = index
                break
        written = "\n".join(source[top:bottom])
        kept, attributes, wrong = read_attributes(written)
        if wrong:
            self.problems.append(
                Problem(wrong, line=bottom - 1 + start + self.offset, field="step")
            )
        cut = kept.split("\n")
        cut += [""] * (bottom - top - len(cut))
        source[top:bottom] = cut
        return "\n".join(line.strip() for line in kept.strip().split("\n")), attributes

    def _commands(self, span: _Span, expected: set[int | None]) -> Iterator[Command]:
        for token in span.tokens:
            if token.type not in _CODE or not token.content.strip():
                continue
            line = (token.map or [0])[0]
            if line in expected:
                continue
            words = token.info.strip().strip("{}").split() if token.info else []
            yield Command(
                text=token.content.rstrip("\n"),
                language=words[0].lstrip(".").lower() if words else "",
                line=line + self.offset,
                variables=variable_names(token.content),
            )


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a step stands: lines (0-based, `end` exclusive) and blocks."""

    start: int
    end: int
    children: tuple[Block, ...]
    tokens: Sequence[Token]
    group: str
    is_item: bool


@dataclass(frozen=True, slots=True)
class _Expectation:
    text: str
    fence: int | None = None  # line of the code block that shows the expected output


def _has_list(blocks: Sequence[Block]) -> bool:
    return any(block.kind in _LISTS for block in blocks)


def _item_spans(blocks: Sequence[Block]) -> Iterator[_Span]:
    group = ""
    for block in blocks:
        if block.kind == "heading":
            group = block.content
        elif block.kind in _LISTS:
            for item in block.children():
                children = tuple(item.children())
                yield _Span(item.start, item.end, children, item.tokens, group, is_item=True)


def _fence_spans(blocks: Sequence[Block]) -> Iterator[_Span]:
    """A step is a code block, the paragraph before it, and an `Expect:` paragraph after it."""
    group = ""
    index = 0
    while index < len(blocks):
        block = blocks[index]
        if block.kind == "heading":
            group = block.content
        if block.kind not in _CODE:
            index += 1
            continue
        first = index
        if first and blocks[first - 1].kind == "paragraph" and not _is_expect(blocks[first - 1]):
            first -= 1
        index += 1
        while index < len(blocks) and _is_expect(blocks[index]):
            index += 1
            if index < len(blocks) and blocks[index].kind in _CODE and _is_open(blocks[index - 1]):
                index += 1
        own = tuple(blocks[first:index])
        tokens = [token for one in own for token in one.tokens]
        yield _Span(own[0].start, own[-1].end, own, tokens, group, is_item=False)


def _is_expect(block: Block) -> bool:
    return block.kind == "paragraph" and _EXPECT.match(block.content) is not None


def _is_open(block: Block) -> bool:
    """An `Expect:` with nothing after it: the next block shows what to expect."""
    found = _EXPECT.match(block.content)
    return found is not None and found.end() == len(block.content)


def _first_paragraph(children: Sequence[Block]) -> Block | None:
    return next((block for block in children if block.kind == "paragraph"), None)


def _expectations(span: _Span, source: Sequence[str]) -> Iterator[_Expectation]:
    direct = {id(block.tokens[0]): index for index, block in enumerate(span.children)}
    for index, token in enumerate(span.tokens):
        if token.type != "paragraph_open":
            continue
        words = _expected_words(span.tokens[index + 1].content)
        if words is None:
            continue
        if words:
            yield _Expectation(words)
            continue
        following = direct.get(id(token), len(span.children)) + 1
        if following < len(span.children):
            block = span.children[following]
            shown = source[block.start - span.start : block.end - span.start]
            fence = block.start if block.kind in _CODE else None
            yield _Expectation("\n".join(shown).strip("\n"), fence)


def _expected_words(paragraph: str) -> str | None:
    """What a paragraph says after its `Expect:`; None without one."""
    found = _EXPECT.match(paragraph)
    if found is not None:
        return paragraph[found.end() :].strip()
    lines = paragraph.split("\n")
    for index, line in enumerate(lines[1:], start=1):
        found = _EXPECT.match(line)
        if found is not None:
            rest = [line[found.end() :], *lines[index + 1 :]]
            return "\n".join(one.strip() for one in rest).strip()
    return None


def _words(span: _Span, title: str, first: Block | None) -> str:
    words = []
    for token in span.tokens:
        if token.type in _CODE:
            words.append(token.content)
        elif token.type == "inline":
            is_first = first is not None and token is first.tokens[1]
            words.append(
                _first_words(token.content, title) if is_first else plain_text(token.content)
            )
        elif token.type == "html_block":
            words.append(token.content)
    return " ".join(" ".join(words).split())


def _first_words(content: str, title: str) -> str:
    """The first paragraph without its attributes, with an `Expect:` line that follows it."""
    lines = content.split("\n")
    rest = next((i for i, line in enumerate(lines) if i and _EXPECT.match(line)), len(lines))
    return plain_text("\n".join([title, *lines[rest:]]))


def _dedent(lines: Sequence[str]) -> list[str]:
    """The lines of a list item as a text of their own: without marker and indentation."""
    marker = _MARKER.match(lines[0])
    width = len(marker[0].expandtabs(4)) if marker else 0
    first = lines[0].expandtabs(4) if "\t" in lines[0][: width + 6] else lines[0]
    rest = first[width:]
    spaces = len(rest) - len(rest.lstrip(" "))
    # Five spaces and more after the marker are one, and an indented code block (CommonMark 5.2).
    padding = 1 if spaces > 4 or not rest.strip() else spaces
    indent = width + padding
    return [first[indent:], *(_without_indent(line, indent) for line in lines[1:])]


def _without_indent(line: str, indent: int) -> str:
    lead = len(line) - len(line.lstrip(" \t"))
    white = line[:lead].expandtabs(4)
    return white[indent:] + line[lead:]

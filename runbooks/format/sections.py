"""The body of a runbook cut at its headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runbooks.format.blocks import Block, top_blocks
from runbooks.format.headings import heading_text, plain_heading, section_name
from runbooks.format.shapes import Problem, Section, SectionName, Step
from runbooks.format.steps import LETTERS, StepReader


@dataclass(frozen=True, slots=True)
class Body:
    """A body as read. `first_heading` is the text of the level-1 heading that is its title, or empty."""

    first_heading: str
    preamble: str
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...]


def read_body(body: str, *, offset: int, title: str) -> Body:
    """Cut `body` (line ends `\\n`) into sections; `offset` is the 1-based line of the file that it starts on.

    An H1 that says the same as `title`, or stands first where there is no title, is not part of the preamble.
    """
    lines = body.split("\n")
    blocks = list(top_blocks(body))
    headings = [block for block in blocks if block.kind == "heading"]
    level = section_level(headings)
    cuts = _cuts(blocks, headings, level)
    before = blocks[: cuts[0]] if cuts else blocks
    end = blocks[cuts[0]].start if cuts else len(lines)
    h1 = next((b for b in before if b.kind == "heading" and b.level == 1), None)
    preamble_lines = lines[:end]
    if h1 is not None and (not title or same_words(h1.content, title)):
        preamble_lines = lines[: h1.start] + lines[h1.end : end]
    sections, problems = _sections(lines, blocks, cuts, offset)
    return Body(
        first_heading=heading_text(h1.content) if h1 else "",
        preamble="\n".join(preamble_lines).strip("\n"),
        sections=sections,
        problems=problems,
    )


def section_level(headings: Sequence[Block]) -> int:
    """The heading level that carries section names: 2, else 3, else 1 where it is not only the title."""
    named = {1: 0, 2: 0, 3: 0}
    for heading in headings:
        if heading.level in named and section_name(heading.content):
            named[heading.level] += 1
    first_is_named = bool(headings and headings[0].level == 1 and section_name(headings[0].content))
    if named[2]:
        return 2
    if named[3]:
        return 3
    if named[1] > first_is_named or (named[1] and all(h.level != 2 for h in headings)):
        return 1
    return 2


def same_words(one: str, other: str) -> bool:
    """Do two titles say the same, however they are spaced and cased: `KubePodDown`, "Kube pod down"."""
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(c for c in plain_heading(text) if c.isalnum())


def _cuts(blocks: Sequence[Block], headings: Sequence[Block], level: int) -> list[int]:
    """Indexes of the headings that open a section: of that level or above, but not the title."""
    title = headings[0] if headings and headings[0].level == 1 and level > 1 else None
    if level == 1 and headings and headings[0].level == 1 and not section_name(headings[0].content):
        title = headings[0]
    return [
        index
        for index, block in enumerate(blocks)
        if block.kind == "heading" and block.level <= level and block is not title
    ]


def _sections(
    lines: Sequence[str], blocks: Sequence[Block], cuts: Sequence[int], offset: int
) -> tuple[tuple[Section, ...], tuple[Problem, ...]]:
    sections: list[Section] = []
    problems: list[Problem] = []
    last: dict[SectionName, int] = {}
    for number, cut in enumerate(cuts):
        heading = blocks[cut]
        stop = cuts[number + 1] if number + 1 < len(cuts) else len(blocks)
        end = blocks[stop].start if stop < len(blocks) else len(lines)
        name = section_name(heading.content)
        parts: tuple[str | Step, ...] = ()
        if name in LETTERS:
            reader = StepReader(name, lines, offset, last.get(name, 0), problems)
            parts = reader.read(blocks[cut + 1 : stop], heading.end, end)
            last[name] = reader.position
        sections.append(
            Section(
                name=name,
                heading=" ".join(heading.content.split()),
                markdown="\n".join(lines[heading.end : end]).strip("\n"),
                line=heading.start + offset,
                steps=tuple(part for part in parts if isinstance(part, Step)),
                parts=parts,
            )
        )
    return tuple(sections), tuple(problems)

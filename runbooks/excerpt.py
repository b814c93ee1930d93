"""The part of a long runbook that somebody is writing on: what a live preview draws of it. Pure."""

from __future__ import annotations

from dataclasses import replace

from runbooks.document import Document, Section, Step
from runbooks.drawing.section_anchors import section_anchors

#: Shorter texts are drawn whole.
LONG = 40_000
#: About so many characters are drawn of a longer one.
_MUCH = 16_000
_STEPS_BEFORE, _STEPS_AFTER = 6, 14
_LINES_BEFORE, _LINES_AFTER = 100, 200


def excerpt(document: Document, line: int) -> Document:
    """`document` with the sections round `line` of the file, and of a long one the steps or lines round it.

    A text that is not long is returned as it is. Labels stay those of the whole.
    """
    sections = document.sections
    if len(document.text) <= LONG or not sections:
        return document
    here = max((n for n, s in enumerate(sections) if s.line <= line), default=0)
    cut = _cut(sections[here], line)
    first = last = here
    size = len(cut.markdown)
    # Whole neighbours, as far as they fit: the one below first, where one writes on.
    while size < _MUCH:
        below = sections[last + 1] if last + 1 < len(sections) else None
        above = sections[first - 1] if first else None
        if below is not None and size + len(below.markdown) <= _MUCH:
            last += 1
            size += len(below.markdown) + 1
        elif above is not None and size + len(above.markdown) <= _MUCH:
            first -= 1
            size += len(above.markdown) + 1
        else:
            break
    shown = (*sections[first:here], cut, *sections[here + 1 : last + 1])
    preamble = document.preamble if first == 0 and len(document.preamble) <= _MUCH else ""
    return replace(document, sections=shown, preamble=preamble)


def _cut(section: Section, line: int) -> Section:
    if len(section.markdown) <= _MUCH:
        return section
    return _cut_steps(section, line) if section.steps else _cut_lines(section, line)


def _cut_steps(section: Section, line: int) -> Section:
    parts = section.parts
    at = max((n for n, p in enumerate(parts) if isinstance(p, Step) and p.line <= line), default=0)
    near = parts[max(0, at - _STEPS_BEFORE) : at + _STEPS_AFTER]
    steps = tuple(part for part in near if isinstance(part, Step))
    return replace(
        section,
        parts=near if steps else (),
        steps=steps,
        markdown="\n".join(part if isinstance(part, str) else part.markdown for part in near),
    )


def _cut_lines(section: Section, line: int) -> Section:
    """From a line that opens no code block's inside, so that prose is not drawn as code."""
    lines = section.markdown.split("\n")
    at = min(max(0, line - section.line - 1), len(lines))
    start = max(0, at - _LINES_BEFORE)
    fences = [n for n, text in enumerate(lines[:start]) if text.lstrip().startswith(("```", "~~~"))]
    if len(fences) % 2:
        start = fences[-1]
    return replace(section, markdown="\n".join(lines[start : at + _LINES_AFTER]))


def places(document: Document) -> list[tuple[int, str]]:
    """(line of the file, id on the page) of each section and step, in the order of the text.

    Ids are those of a page that is drawn without keys.
    """
    found: list[tuple[int, str]] = []
    anchors = section_anchors(document.sections)
    for section, anchor in zip(document.sections, anchors, strict=True):
        found.append((section.line, anchor))
        found += ((step.line, f"step-{step.label.lower()}") for step in section.steps)
    return found

"""What changed between two texts, to the word. Pure Python: imports no Django."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Change = Literal["same", "removed", "added"]
_WORD = re.compile(r"\s+|[\w$./@:-]+|[^\w\s]")
#: Longer lines are compared as a whole: words of minified text tell nobody anything.
_LONGEST_LINE = 2000
#: Lines of context round each change.
CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words; `changed` ones are what the reader looks for."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison, with its number on either side (None where it is not)."""

    change: Change
    spans: tuple[Span, ...]
    before: int | None = None
    after: int | None = None

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines with their context. `skipped` lines that are the same stand before it."""

    lines: tuple[Line, ...]
    skipped: int = 0


def compare(before: str, after: str, *, context: int = CONTEXT) -> tuple[Hunk, ...]:
    """The changes between two texts; empty when they are the same, line ends aside."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    hunks = []
    shown = 0
    for group in matcher.get_grouped_opcodes(context):
        start = group[0][1]
        lines = tuple(line for opcode in group for line in _lines(opcode, old, new))
        if any(line.change != "same" for line in lines):
            hunks.append(Hunk(lines, skipped=start - shown))
        shown = group[-1][2]
    return tuple(hunks)


def counts(hunks: Sequence[Hunk]) -> tuple[int, int]:
    """How many lines were added, and how many removed."""
    changes = [line.change for hunk in hunks for line in hunk.lines]
    return changes.count("added"), changes.count("removed")


def _lines(
    opcode: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]
) -> Iterator[Line]:
    tag, i1, i2, j1, j2 = opcode
    if tag == "equal":
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
            yield Line("same", (Span(old[i]),), i + 1, j + 1)
        return
    # Lines that stand for one another are compared to the word; the surplus of either side is whole.
    pairs = min(i2 - i1, j2 - j1) if tag == "replace" else 0
    words = [_words(old[i1 + n], new[j1 + n]) for n in range(pairs)]
    for i in range(i1, i2):
        n = i - i1
        spans = words[n][0] if n < pairs else (Span(old[i], changed=True),)
        yield Line("removed", spans, before=i + 1)
    for j in range(j1, j2):
        n = j - j1
        spans = words[n][1] if n < pairs else (Span(new[j], changed=True),)
        yield Line("added", spans, after=j + 1)


def _words(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if max(len(before), len(after)) > _LONGEST_LINE:
        return (Span(before, changed=True),), (Span(after, changed=True),)
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.3:
        return (Span(before, changed=True),), (Span(after, changed=True),)
    left: list[Span] = []
    right: list[Span] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        changed = tag != "equal"
        if i1 < i2:
            left.append(Span("".join(old[i1:i2]), changed))
        if j1 < j2:
            right.append(Span("".join(new[j1:j2]), changed))
    return tuple(left), tuple(right)

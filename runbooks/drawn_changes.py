"""What changed between two texts as a reader sees it: step by step, drawn, with the words that changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from runbooks import document, rendering
from runbooks.comparing import Hunk, compare

State = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class DrawnChange:
    """One place of the page ("Diagnosis D1", "Escalation") and its lines of plain text that changed."""

    where: str
    state: State
    hunks: tuple[Hunk, ...]


def drawn_changes(before: str, after: str) -> list[DrawnChange]:
    """In the order of the page after, then what is gone. A text that cannot be read counts as empty."""
    old, new = _places(before), _places(after)
    found = []
    for where in [*new, *(place for place in old if place not in new)]:
        was, now = old.get(where, ""), new.get(where, "")
        if was == now:
            continue
        state: State = "added" if where not in old else "removed" if where not in new else "changed"
        found.append(DrawnChange(where, state, compare(was, now)))
    return found


def _places(text: str) -> dict[str, str]:
    places: dict[str, list[str]] = {}
    for where, line in _lines(text):
        places.setdefault(where, []).append(line)
    return {where: "\n".join(lines) for where, lines in places.items()}


def _lines(text: str) -> Iterator[tuple[str, str]]:
    if not text:
        return
    try:
        parsed = document.parse(text)
    except document.DocumentError:
        return
    yield "Title", parsed.meta.title
    yield from rendering.render(parsed).plain

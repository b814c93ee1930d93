"""What changed between two texts as a reader sees it: step by step, drawn, with the words that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from runbooks import document, rendering
from runbooks.comparing import Hunk, compare

State = Literal["added", "removed", "changed", "numbered anew"]
_LABEL = re.compile(r"[DMR]\d+$")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DrawnChange:
    """One place of the page ("Diagnosis D1", "Escalation") and its lines of plain text that changed.

    `was` is the number that a step had before, where it has another now. With "numbered anew" it names all
    steps of which nothing else changed.
    """

    where: str
    state: State
    hunks: tuple[Hunk, ...] = ()
    was: str = ""


def drawn_changes(
    before: str,
    after: str,
    *,
    keys_before: Mapping[str, str] = _NOTHING,
    keys_after: Mapping[str, str] = _NOTHING,
) -> list[DrawnChange]:
    """In the order of the page after, then what is gone. A text that cannot be read counts as empty.

    The keys, by label, say which step is which: one that is put in front of others changes none of them.
    """
    old, new = _places(before, keys_before), _places(after, keys_after)
    found = []
    anew = []
    for place in [*new, *(place for place in old if place not in new)]:
        where_was, was = old.get(place, ("", ""))
        where, now = new.get(place, (where_was, ""))
        label = _LABEL.search(where_was)
        moved = label[0] if label and where != where_was else ""
        if was == now:
            if moved:
                anew.append(f"{moved} is {where.rpartition(' ')[2]} now")
            continue
        state: State = "added" if place not in old else "removed" if place not in new else "changed"
        found.append(DrawnChange(where, state, compare(was, now), was=moved))
    if anew:
        found.append(DrawnChange("Steps", "numbered anew", was=", ".join(anew)))
    return found


def _places(text: str, keys: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By what makes a place the same: where it stands on the page, and its lines."""
    places: dict[str, tuple[str, list[str]]] = {}
    for where, line in _lines(text):
        label = _LABEL.search(where)
        place = keys.get(label[0], where) if label else where
        places.setdefault(place, (where, []))[1].append(line)
    return {place: (where, "\n".join(lines)) for place, (where, lines) in places.items()}


def _lines(text: str) -> Iterator[tuple[str, str]]:
    if not text:
        return
    try:
        parsed = document.parse(text)
    except document.DocumentError:
        return
    yield "Title", parsed.meta.title
    yield from rendering.render(parsed).plain

"""The ids of a page's sections and accesses. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runbooks.document import Section
from runbooks.naming import slug_of


def section_anchors(sections: Sequence[Section]) -> list[str]:
    """An id for each section: its name, or `section-` and its heading: no author takes one of ours."""
    return _each_once(s.name or f"section-{slug_of(s.heading)[:80]}" for s in sections)


def access_anchors(names: Iterable[str]) -> dict[str, str]:
    """An id for each access that the front matter describes."""
    listed = list(names)
    return dict(zip(listed, _each_once(f"access-{slug_of(name)}" for name in listed), strict=True))


def _each_once(wanted: Iterable[str]) -> list[str]:
    taken: dict[str, int] = {}
    anchors: list[str] = []
    for anchor in wanted:
        taken[anchor] = taken.get(anchor, 0) + 1
        anchors.append(anchor if taken[anchor] == 1 else f"{anchor}-again-{taken[anchor]}")
    return anchors


def anchors_by_heading(sections: Sequence[Section], anchors: Sequence[str]) -> dict[str, str]:
    """What `[text](#some-heading)` means, as Markdown viewers have it: slug of the heading to id."""
    found: dict[str, str] = {}
    for section, anchor in zip(sections, anchors, strict=True):
        found.setdefault(slug_of(section.heading), anchor)
    return found

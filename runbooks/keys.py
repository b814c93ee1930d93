"""Step keys: carried from revision to revision, so that links and reports outlive an edit."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Protocol

from rapidfuzz import fuzz

from runbooks import document

#: Share of characters that two versions of one step have in common at least.
ALIKE = 60.0
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
#: Beyond this many pairs in a section the comparison stops: exact matches only.
_MOST_PAIRS = 40_000


class KeyedStep(Protocol):
    key: str
    section: str
    text: str


def new_key(taken: set[str]) -> str:
    while True:
        key = "".join(secrets.choice(_ALPHABET) for _ in range(6))
        if key not in taken:
            taken.add(key)
            return key


def carry_keys(steps: Sequence[document.Step], previous: Iterable[KeyedStep]) -> dict[str, str]:
    """Label of each step -> its key: that of the same text before, else of the most similar step of its
    section (at least ALIKE per cent), else a new one. Each old key goes to at most one step."""
    old = list(previous)
    taken = {step.key for step in old}
    keys: dict[str, str] = {}
    left = {step.key: step for step in old}
    by_text: dict[tuple[str, str], list[str]] = {}
    for before in old:
        by_text.setdefault((before.section, before.text), []).append(before.key)
    for step in steps:
        same = by_text.get((step.section, step.text))
        if same:
            keys[step.label] = same.pop(0)
            del left[keys[step.label]]
    keys.update(_most_similar([s for s in steps if s.label not in keys], list(left.values())))
    for step in steps:
        if step.label not in keys:
            keys[step.label] = new_key(taken)
    return keys


def _most_similar(steps: list[document.Step], left: list[KeyedStep]) -> dict[str, str]:
    if len(steps) * len(left) > _MOST_PAIRS:
        return {}
    pairs = sorted(
        (
            (fuzz.ratio(step.text, before.text), -abs(i - j), step.label, before.key)
            for i, step in enumerate(steps)
            for j, before in enumerate(left)
            if step.section == before.section
        ),
        reverse=True,
    )
    found: dict[str, str] = {}
    used: set[str] = set()
    for score, _, label, key in pairs:
        if score >= ALIKE and label not in found and key not in used:
            found[label] = key
            used.add(key)
    return found

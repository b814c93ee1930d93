"""Words that operations people use for one another. Pure Python: imports no Django.

A stand-in weighs less than the word itself and is only looked for when the query is read, so a group
costs nothing until somebody types one of its words. Those that ship are in `glossary`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runbooks.search.analysis import stem, words
from runbooks.search.english import PLAIN
from runbooks.search.glossary import ABBREVIATIONS, RIVALS, SHIPPED, STATES

#: How much a stand-in counts beside the literal word.
STAND_IN = 0.55
#: Each word of a stand-in of several words ("out of memory" for oom).
STAND_IN_WORD = 0.35
ABBREVIATION = 0.85


@dataclass(frozen=True, slots=True)
class Synonyms:
    """`phrases`: what somebody may type, in stems -> its stand-ins with their weights."""

    phrases: dict[tuple[str, ...], tuple[tuple[str, float], ...]] = field(default_factory=dict)
    longest: int = 1

    def __contains__(self, word: str) -> bool:
        return (stem(word),) in self.phrases

    def at(
        self, typed: tuple[str, ...], start: int
    ) -> Iterable[tuple[int, tuple[tuple[str, float], ...]]]:
        """(number of words, stand-ins) for every phrase that begins at `start`, the longest first."""
        for length in range(min(self.longest, len(typed) - start), 0, -1):
            if found := self.phrases.get(typed[start : start + length]):
                yield length, found


def read_groups(text: str) -> list[list[str]]:
    """One group a line, parted by commas; empty lines and lines that start with # are left out."""
    lines = (line.strip() for line in text.splitlines())
    return [
        [phrase.strip() for phrase in line.split(",") if phrase.strip()]
        for line in lines
        if line and not line.startswith("#")
    ]


def synonyms_of(groups: Iterable[Iterable[str]]) -> Synonyms:
    """The shipped abbreviations and these groups. Each gives stand-ins both ways; a phrase gives its telling
    words, each at less weight."""
    table: dict[tuple[str, ...], dict[str, float]] = {}
    for group in groups:
        _add_group(table, group, STAND_IN, STAND_IN_WORD)
    for group in read_groups(ABBREVIATIONS):
        _add_group(table, group, ABBREVIATION, STAND_IN)
    return Synonyms(
        phrases={typed: tuple(stand_ins.items()) for typed, stand_ins in table.items()},
        longest=max((len(typed) for typed in table), default=1),
    )


def _add_group(
    table: dict[tuple[str, ...], dict[str, float]],
    group: Iterable[str],
    whole: float,
    part: float,
) -> None:
    phrases = [tuple(words(phrase)) for phrase in group]
    for typed in filter(None, phrases):
        stand_ins = table.setdefault(tuple(stem(word) for word in typed), {})
        for other in phrases:
            weight = whole if len(other) == 1 else part
            for word in other:
                if word not in typed and (len(other) == 1 or word not in PLAIN):
                    stand_ins[word] = max(weight, stand_ins.get(word, 0.0))


def stems_of_states() -> frozenset[str]:
    """ "unreachable", "stuck", "high": they say less than what they are said of. Not the words of phrases:
    "not" of "not running" is no state."""
    single = [words(phrase) for group in read_groups(STATES) for phrase in group]
    return frozenset(stem(found[0]) for found in single if len(found) == 1)


def rivals() -> dict[str, frozenset[str]]:
    """word -> the words of which a runbook must not be when it is this one that is asked about."""
    found: dict[str, frozenset[str]] = {}
    for line in RIVALS.strip().splitlines():
        kinds = [frozenset(kind.split()) for kind in line.split("|")]
        for kind in kinds:
            others = frozenset().union(*(other for other in kinds if other is not kind))
            found |= dict.fromkeys(kind, others)
    return found


def shipped() -> Synonyms:
    return synonyms_of(read_groups(SHIPPED))

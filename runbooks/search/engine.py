"""What an engine of candidates is given and what it answers. Pure Python: imports no Django.

An engine only has to find: at least fifty candidates that may be meant. `ranking.py` orders them, the
same for every engine, so that a slower or smaller engine changes what is seen as little as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

#: Fewer candidates than this and the re-rank has nothing to choose from.
LEAST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text that may be shown as "the line that matched"."""

    text: str
    label: str = ""  # "Diagnosis", or "D3" for a step


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """A runbook as search sees it: plain words, no Markdown, no HTML."""

    pk: int
    slug: str
    title: str
    alerts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()  # slugs
    service_names: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # what its authors say people search with
    tags: tuple[str, ...] = ()
    alert_texts: tuple[
        str, ...
    ] = ()  # summaries and descriptions of its alerts, as written in the rules
    lines: tuple[Line, ...] = ()
    severity: str = ""
    owner: str = ""  # username
    state: str = "live"
    #: Who may see it: ("all",), else marks of teams and people ("t3", "u7").
    seen_by: tuple[str, ...] = ("all",)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader narrowed by; an engine applies them before it counts to fifty."""

    service: str = ""
    severity: str = ""
    owner: str = ""
    state: str = "live"
    #: Marks of which a runbook needs one; None: it may have any. Not the reader's choice, and no difference
    #: between what two readers asked for.
    seen_by: tuple[str, ...] | None = field(default=("all",), compare=False)

    def wanted(self) -> Iterable[tuple[str, str]]:
        for name in ("service", "severity", "owner", "state"):
            if value := getattr(self, name):
                yield name, value


@dataclass(slots=True)
class Group:
    """One word of the query with all that may stand for it: term -> how good a stand-in (0 to 1)."""

    word: str
    variants: dict[str, float]
    weight: float = 1.0  # below 1 for stop words and for bare numbers
    corrected: str = ""  # what was searched for instead, when the word itself is unknown
    known: bool = True
    idf: float = 0.0


@dataclass(frozen=True, slots=True)
class Query:
    """A query understood. `words` are all its words in order, `groups` those that can find something."""

    text: str
    squashed: str
    words: tuple[str, ...]
    groups: tuple[Group, ...]
    dropped: tuple[str, ...] = ()

    @property
    def corrections(self) -> dict[str, str]:
        return {group.word: group.corrected for group in self.groups if group.corrected}


class Vocabulary(Protocol):
    """The words that the library has: what a query is understood against, whichever engine answers."""

    @property
    def size(self) -> int:
        """How many runbooks there are."""

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many runbooks each stands; terms that stand in none are left out."""

    def starting(self, prefix: str, limit: int) -> list[str]:
        """Terms that begin so, the most frequent first."""

    def inflections(self, stems: Iterable[str]) -> dict[str, list[str]]:
        """stem -> the library's words that have it."""

    def near(self, word: str, distance: int) -> list[tuple[str, int]]:
        """(word, edits) within `distance` edits, nearest first; a swap of neighbours is one edit."""


@dataclass(frozen=True, slots=True)
class Match:
    """How one group of the query stands in one runbook: stand-in quality, and `fields` as in documents.py."""

    quality: float
    fields: int


@dataclass(slots=True)
class Candidate:
    """One runbook with what the re-rank weighs. Names and texts are words parted by spaces (analysis.py)."""

    pk: int
    names: Sequence[str]  # the title, then each alert and each "also"
    squashed_names: Sequence[str]
    texts: Sequence[str]  # one for each alert text
    matches: Sequence[Match | None] = field(default_factory=tuple)  # one for each Query.groups


class Engine(Protocol):
    """Where candidates come from. `name` is what the API and the page call it."""

    name: str

    def candidates(self, query: Query, filters: Filters, limit: int) -> list[int]:
        """Primary keys, the likeliest first; at least LEAST_CANDIDATES where there are so many."""

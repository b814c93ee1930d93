"""Which runbooks answer a question, in what order, and why: what does not depend on who looks at the list.

Recent questions are kept: while one types, a letter is taken back and typed again; during an incident many
people ask the same. What is kept is of one state of the index (its counter) and is never asked for another.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from runbooks.search import keeping, ranking, unanswered, wording
from runbooks.search.embedded import Snapshot
from runbooks.search.engine import Filters, Query
from runbooks.search.english import STOP
from runbooks.search.highlighting import Highlighter
from runbooks.search.outside import candidates_from_server
from runbooks.search.understanding import understood

CANDIDATES = 60
#: How much the words of a rule without a runbook count beside its name or text, as it was pasted.
TOLD_WEIGHT = 2.0
#: Each is some ten kilobytes.
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Marked:
    """What a result shows of its match, as HTML."""

    title: str
    title_html: str
    line_label: str
    line_html: str


@dataclass(slots=True)
class Ordered:
    """An order of runbooks with what is said about the question."""

    ranked: list[ranking.Ranked]
    engine: str
    size: int  # runbooks there are to search
    note: str = ""  # a sentence when another engine than the chosen one answered
    corrected: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    words: int = 0
    _highlighter: Highlighter | None = None
    _marked: dict[int, Marked] = field(default_factory=dict)

    @property
    def all_marked(self) -> bool:
        """Whether results can be shown without reading their lines again."""
        return all(found.pk in self._marked for found in self.ranked)

    def marked(self, pk: int, title: str, lines: str = "") -> Marked:
        """`lines` as SearchDocument has them; needed once for each runbook."""
        found = self._marked.get(pk)
        if found is None or found.title != title or self._highlighter is None:
            highlighter = self._highlighter or Highlighter(Query("", "", (), ()))
            label, line = highlighter.best_line(lines)
            found = self._marked[pk] = Marked(title, highlighter.marked(title), label, line)
        return found


class _Recent:
    """The last questions; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, Ordered] = OrderedDict()

    def get(self, key: object) -> Ordered | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: object, ordered: Ordered) -> None:
        with self._lock:
            self._kept[key] = ordered
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


recent = _Recent()


def order(q: str, filters: Filters, limit: int) -> Ordered:
    """`filters.seen_by` says for whom; two who may see the same share an answer."""
    counter = keeping.counter()
    key = (counter, q, filters, filters.seen_by, limit)
    found = recent.get(key)
    if found is None:
        try:
            found = _ordered(q, filters, limit, counter)
        except (
            sqlite3.DatabaseError
        ):  # a broken index, thrown away by now: once more with a new one
            found = _ordered(q, filters, limit, counter)
        if found.engine == Snapshot.name and not found.note:
            recent.put(key, found)
    return found


def _ordered(q: str, filters: Filters, limit: int, counter: str) -> Ordered:
    with keeping.snapshot(counter) as index:
        query = understood(q, index, wording.in_force(index.counter))
        keys, engine, note = _candidates(index, query, filters, limit)
        ranked = ranking.ranked(query, index.details(query, keys), index.idf)
        if told := unanswered.told(q, index.counter):
            ranked = _with_what_is_told(ranked, told, index, filters)
        ranked = ranked[:limit]
        # What only others may read is no word that anybody is told of.
        seen = Filters(state="", seen_by=filters.seen_by)
        heard = index.heard(query.corrections.values(), seen)
        corrected = {word: term for word, term in query.corrections.items() if term in heard}
        size = index.size_for(seen)
    return Ordered(
        ranked=ranked,
        engine=engine,
        size=size,
        note=note,
        corrected=corrected,
        unknown=_unknown(query),
        words=len(query.words),
        _highlighter=Highlighter(query),
    )


def _with_what_is_told(
    ranked: list[ranking.Ranked], told: str, index: Snapshot, filters: Filters
) -> list[ranking.Ranked]:
    """The order for the name or text of an alert that no runbook names: what its rule says of it counts
    more than the few words that were pasted."""
    if ranked and ranked[0].exact:
        return ranked
    query = understood(told, index, wording.in_force(index.counter))
    keys = index.candidates(query, filters, CANDIDATES)
    scores = {one.pk: one.score for one in ranked}
    for one in ranking.ranked(query, index.details(query, keys), index.idf):
        scores[one.pk] = scores.get(one.pk, 0.0) + TOLD_WEIGHT * one.score
    return sorted(
        (ranking.Ranked(pk, score, exact=False) for pk, score in scores.items()),
        key=lambda one: (-one.score, one.pk),
    )


def _unknown(query: Query) -> tuple[str, ...]:
    found = {group.word for group in query.groups}
    return tuple(dict.fromkeys(w for w in query.words if w not in found and w not in STOP))


def _candidates(
    index: Snapshot, query: Query, filters: Filters, limit: int
) -> tuple[list[int], str, str]:
    """Primary keys, which engine gave them, and what to say if that was not the one asked for."""
    wanted = max(CANDIDATES, limit)
    server = candidates_from_server(query, filters, wanted)
    if server.keys is not None:
        return server.keys, server.name, ""
    return index.candidates(query, filters, wanted), index.name, server.note

"""The embedded engine: candidates from packed postings, no server to run. Imports no Django."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import NamedTuple

from runbooks.search.engine import Candidate, Engine, Filters, Match, Query, Vocabulary
from runbooks.search.filters import filter_term
from runbooks.search.postings import EMPTY, runs
from runbooks.search.ranking import field_value
from runbooks.search.remembering import Words
from runbooks.search.store import chunks, marks

#: So many runbooks may be opened as candidates by the terms of one query, the most telling places first;
#: what is left over only adds to those that are open. It bounds the work, whatever is pasted.
OPENED = 4000
#: Of those, so many times the candidates wanted are still in the race when the rest is added.
LEADING = 5
#: What adds less than this share of the best place's worth is left out for those that are left over.
_LEAST = 0.1
#: A name that is the query, or begins with it, is always among the candidates.
_NAMED = 1000.0

Hit = tuple[float, float, int]  # value, quality, fields
Hits = dict[int, Hit]  # primary key -> its best


class _Run(NamedTuple):
    """Runbooks in which a term stands in the same places."""

    worth: float  # what it adds to the sum of a runbook
    group: int
    hit: Hit
    keys: memoryview


class Snapshot(Engine, Vocabulary):
    """One state of the index, inside one `Store.reading()`."""

    name = "embedded"

    def __init__(self, connection: sqlite3.Connection, words: Words, counter: str = "") -> None:
        self._sql = connection
        self._words = words
        self.counter = counter
        self._hits: list[Hits] = []
        self._hits_for: frozenset[int] = frozenset()
        self._size: int | None = None

    def warm(self) -> None:
        """Load what the first search would wait for."""
        self._words.near("warm", 1, self._sql, self.counter)
        self._words.tellings(self._sql, self.counter)

    @property
    def idf(self) -> Mapping[str, float]:
        """How telling a word of a name or an alert text is in this library; any word has a value."""
        return self._words.tellings(self._sql, self.counter)

    # -- Vocabulary

    @property
    def size(self) -> int:
        if self._size is None:
            self._size = int(self._sql.execute("select count(*) from doc").fetchone()[0])
        return self._size

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for chunk in chunks(list(terms)):
            found.update(
                self._sql.execute(
                    f"select term, df from term where term in ({marks(chunk)})",  # noqa: S608
                    chunk,
                )
            )
        return found

    def starting(self, prefix: str, limit: int) -> list[str]:
        """Of one or two letters too much begins: then only words of titles and alerts."""
        rows = self._sql.execute(
            "select term from term where term >= ? and term < ? and named >= ?"
            " order by named desc, df desc limit ?",
            [prefix, prefix + "\U0010ffff", 1 if len(prefix) < 3 else 0, limit],
        )
        return [term for (term,) in rows]

    def inflections(self, stems: Iterable[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for chunk in chunks(list(stems)):
            for its_stem, term in self._sql.execute(
                f"select stem, term from term where stem in ({marks(chunk)})",  # noqa: S608
                chunk,
            ):
                found.setdefault(its_stem, []).append(term)
        return found

    def near(self, word: str, distance: int) -> list[tuple[str, int]]:
        return self._words.near(word, distance, self._sql, self.counter)

    # -- Engine

    def candidates(self, query: Query, filters: Filters, limit: int) -> list[int]:
        """Only groups that say something are asked; without any, the filters alone decide."""
        allowed = self._allowed(filters)
        if not query.words:
            return self._anything(allowed, limit)
        runs_of = self._runs(query)
        opened, rest = _split(runs_of)
        sums: dict[int, float] = {}
        self._hits = [{} for _ in query.groups]
        for run in reversed(opened):  # the best of each group is written last
            self._hits[run.group].update(dict.fromkeys(run.keys, run.hit))
        for group, hits in zip(query.groups, self._hits, strict=True):
            _add(sums, hits, group.idf * group.weight, allowed)
        for pk in self._named(query, limit):
            if allowed is None or pk in allowed:
                sums[pk] = sums.get(pk, 0.0) + _NAMED
        if rest:
            leading = sorted(sums, key=sums.__getitem__, reverse=True)[: limit * LEADING]
            sums = {pk: sums[pk] for pk in leading}
            self._add_rest(query, rest, sums)
        best = sorted(sums, key=sums.__getitem__, reverse=True)[:limit]
        self._hits_for = frozenset(best)
        return best

    def details(self, query: Query, keys: Sequence[int]) -> list[Candidate]:
        """Everything the re-rank weighs of these runbooks, in the same order; whoever found them."""
        wanted = frozenset(keys)
        if not wanted <= self._hits_for:
            self._hits = [{} for _ in query.groups]
            for run in reversed(self._runs(query)):
                self._hits[run.group].update(dict.fromkeys(wanted.intersection(run.keys), run.hit))
        rows = dict(
            self._sql.execute(
                f"select pk, facts from doc where pk in ({marks(keys)})",  # noqa: S608
                list(keys),
            )
        )
        return [self._candidate(pk, rows[pk]) for pk in keys if pk in rows]

    def _candidate(self, pk: int, facts: str) -> Candidate:
        names, squashed_names, texts = json.loads(facts)
        return Candidate(
            pk=pk,
            names=names,
            squashed_names=squashed_names,
            texts=texts,
            matches=[
                Match(hit[1], hit[2]) if (hit := hits.get(pk)) is not None else None
                for hits in self._hits
            ],
        )

    def _allowed(self, filters: Filters) -> set[int] | None:
        """Primary keys that the filters leave; None where they leave all."""
        wanted = [[filter_term(name, value)] for name, value in filters.wanted()]
        if filters.seen_by is not None:
            wanted.append([filter_term("seen", mark) for mark in filters.seen_by])
        known = self.frequencies([term for either in wanted for term in either])
        allowed: set[int] | None = None
        for either in wanted:
            if any(known.get(term, 0) == self.size for term in either):
                continue
            keys = {
                pk for data in self._data(either).values() for _, run in runs(data) for pk in run
            }
            allowed = keys if allowed is None else allowed & keys
        return allowed

    def size_for(self, filters: Filters) -> int:
        """How many the filters leave."""
        allowed = self._allowed(filters)
        return self.size if allowed is None else len(allowed)

    def heard(self, terms: Iterable[str], filters: Filters) -> set[str]:
        """Those that stand in something that the filters leave."""
        wanted = set(terms)
        allowed = self._allowed(filters) if wanted else None
        if allowed is None:
            return wanted
        data = self._data(sorted(wanted))
        return {
            term
            for term, packed in data.items()
            if any(pk in allowed for _, keys in runs(packed) for pk in keys)
        }

    def _anything(self, allowed: set[int] | None, limit: int) -> list[int]:
        rows = self._sql.execute("select pk from doc order by pk desc")
        found = (pk for (pk,) in rows if allowed is None or pk in allowed)
        return list(islice(found, limit))

    def _data(self, terms: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for chunk in chunks(terms):
            found.update(
                self._sql.execute(
                    f"select term, postings from term where term in ({marks(chunk)})",  # noqa: S608
                    chunk,
                )
            )
        return found

    def _runs(self, query: Query) -> list[_Run]:
        """The most worthy first."""
        groups = list(enumerate(query.groups))
        data = self._data(list({term for _, group in groups for term in group.variants}))
        found: list[_Run] = []
        for i, group in groups:
            factor = group.idf * group.weight
            for term, quality in group.variants.items():
                for code, keys in runs(data.get(term, EMPTY)):
                    value = quality * field_value(code)
                    found.append(_Run(value * factor, i, (value, quality, code), keys))
        found.sort(key=lambda run: -run.worth)
        return found

    def _add_rest(self, query: Query, rest: Sequence[_Run], sums: dict[int, float]) -> None:
        """What was not opened still counts for those that are."""
        left: list[Hits] = [{} for _ in query.groups]
        among = frozenset(sums)
        for run in reversed(rest):
            left[run.group].update(dict.fromkeys(among.intersection(run.keys), run.hit))
        for group, found, hits in zip(query.groups, left, self._hits, strict=True):
            new = {pk: found[pk] for pk in found.keys() - hits.keys()}
            _add(sums, new, group.idf * group.weight, None)
            hits.update(new)

    def _named(self, query: Query, limit: int) -> list[int]:
        """Runbooks with a name that is the query, or that begins with it."""
        if not query.squashed:
            return []
        rows = self._sql.execute(
            "select distinct pk from name where squashed >= ? and squashed < ? order by squashed limit ?",
            [query.squashed, query.squashed + "\U0010ffff", limit],
        )
        return [pk for (pk,) in rows]


def _split(found: list[_Run]) -> tuple[list[_Run], list[_Run]]:
    """Those that open candidates, and the rest that is worth adding: long runs that say little wait."""
    budget = OPENED
    opened: list[_Run] = []
    rest: list[_Run] = []
    least = found[0].worth * _LEAST if found else 0.0
    for run in found:
        if len(run.keys) <= budget or not opened:
            budget -= len(run.keys)
            opened.append(run)
        elif run.worth > least:
            rest.append(run)
    return opened, rest


def _add(sums: dict[int, float], hits: Hits, factor: float, allowed: Set[int] | None) -> None:
    keys: Iterable[int] = hits if allowed is None else hits.keys() & allowed
    for pk in keys:
        sums[pk] = sums.get(pk, 0.0) + hits[pk][0] * factor

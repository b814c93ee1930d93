"""What a process remembers of the library's words, so that no search need read them all. Pure."""

from __future__ import annotations

import math
import sqlite3
import threading

from rapidfuzz import process
from rapidfuzz.distance import OSA

_MOST_NEAR = 6


class Tellings(dict[str, float]):
    """term of a title, alert, "also" or alert text -> its idf; any other word has that of an unheard one."""

    def __init__(self, known: dict[str, float], unknown: float) -> None:
        super().__init__(known)
        self._unknown = unknown

    def __missing__(self, term: str) -> float:
        return self._unknown


class Words:
    """What a process remembers of the library's words, for one state of the index: how telling those of names
    are, and their words by length, for corrections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: tuple[str, Tellings] = ("", Tellings({}, 0.0))
        self._spelt: tuple[str, dict[int, list[str]], dict[str, int]] = ("", {}, {})

    def tellings(self, sql: sqlite3.Connection, counter: str) -> Tellings:
        found = self._told
        if found[0] != counter or not counter:
            size = sql.execute("select count(*) from doc").fetchone()[0]
            rows = sql.execute("select term, df from term where told > 0")
            known = {term: math.log(1 + size / (df + 0.5)) for term, df in rows}
            with self._lock:
                found = self._told = (counter, Tellings(known, math.log(1 + 2 * size)))
        return found[1]

    def near(
        self, word: str, distance: int, sql: sqlite3.Connection, counter: str
    ) -> list[tuple[str, int]]:
        by_length, weight = self._spelling(sql, counter)
        found: list[tuple[str, int]] = []
        for length in range(len(word) - distance, len(word) + distance + 1):
            for term, edits, _ in process.extract_iter(
                word, by_length.get(length, ()), scorer=OSA.distance, score_cutoff=distance
            ):
                found.append((term, edits))
        found.sort(key=lambda near: (_distance(word, *near), -weight[near[0]], near[0]))
        return found[:_MOST_NEAR]

    def _spelling(
        self, sql: sqlite3.Connection, counter: str
    ) -> tuple[dict[int, list[str]], dict[str, int]]:
        found = self._spelt
        if found[0] != counter or not counter:
            by_length: dict[int, list[str]] = {}
            weight: dict[str, int] = {}
            for term, df, named in sql.execute(
                "select term, df, named from term where length(term) between 3 and 24"
            ):
                if term.isalpha():
                    by_length.setdefault(len(term), []).append(term)
                    weight[term] = df + 3 * named
            with self._lock:
                found = self._spelt = (counter, by_length, weight)
        return found[1], found[2]


def _distance(typed: str, term: str, edits: int) -> float:
    """Slips are rare in a first letter, and a swap or a wrong key more frequent than a lost one."""
    other_start = 0.0 if term[0] == typed[0] else 0.5
    return edits + other_start + (0.1 if len(term) != len(typed) else 0.0)

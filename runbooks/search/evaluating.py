"""How well search finds what people meant: judged queries against the library that is in the database.

A file of queries has one JSON object a line: {"q": "…", "kind": "human", "expected": ["slug", …]}. A query
counts as found when one of the expected runbooks is among the first.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Kinds in the order of the table; others follow in the order of the file.
_ORDER = ("alert", "words", "prefix", "typo", "summary", "description", "alias", "human", "log")
Search = Callable[[str, int], Sequence[str]]


class BadQueries(ValueError):  # noqa: N818 -- said to whoever named the file
    """The message names the line."""


@dataclass(frozen=True, slots=True)
class Judged:
    q: str
    kind: str
    expected: frozenset[str]  # as `same` writes them


@dataclass(frozen=True, slots=True)
class Outcome:
    judged: Judged
    rank: int  # 1 for the first result; 0 when none of the expected was found
    share: float  # of the expected, found among the first ten
    got: tuple[str, ...]
    ms: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: shares between 0 and 1."""

    kind: str
    count: int
    first: float
    first_3: float
    first_10: float
    reciprocal: float
    all_10: float


def read_queries(path: Path) -> list[Judged]:
    """Raises BadQueries."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(Judged(row["q"], row["kind"], frozenset(map(same, row["expected"]))))
        except (ValueError, KeyError, TypeError) as error:
            raise BadQueries(
                f"Line {number} is not a judged query (q, kind, expected): {error}"
            ) from error
    if not found:
        raise BadQueries("The file holds no queries.")
    return found


def same(slug: str) -> str:
    """Slugs are compared without case, and `_` is `-`."""
    return slug.strip().lower().replace("_", "-")


def evaluate(queries: Iterable[Judged], search: Search) -> list[Outcome]:
    return [_outcome(judged, search) for judged in queries]


def _outcome(judged: Judged, search: Search) -> Outcome:
    started = time.perf_counter()
    got = tuple(same(slug) for slug in search(judged.q, 10))[:10]
    ms = (time.perf_counter() - started) * 1000
    rank = next((i for i, slug in enumerate(got, start=1) if slug in judged.expected), 0)
    share = len(judged.expected & set(got)) / len(judged.expected)
    return Outcome(judged, rank, share, got, ms)


def table(outcomes: Iterable[Outcome]) -> list[Line]:
    """One line for each kind, then all queries alike, then the mean of the kinds."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.judged.kind].append(outcome)
    kinds = [kind for kind in _ORDER if kind in by_kind]
    kinds += [kind for kind in by_kind if kind not in _ORDER]
    lines = [_line(kind, by_kind[kind]) for kind in kinds]
    every = [outcome for kind in kinds for outcome in by_kind[kind]]
    return [*lines, _line("all queries", every), _mean(lines, len(every))]


def _line(kind: str, outcomes: Sequence[Outcome]) -> Line:
    count = len(outcomes)
    ranks = [outcome.rank for outcome in outcomes]
    return Line(
        kind,
        count,
        sum(rank == 1 for rank in ranks) / count,
        sum(0 < rank <= 3 for rank in ranks) / count,
        sum(rank > 0 for rank in ranks) / count,
        sum(1 / rank for rank in ranks if rank) / count,
        sum(outcome.share for outcome in outcomes) / count,
    )


def _mean(lines: Sequence[Line], count: int) -> Line:
    def mean(name: str) -> float:
        values: list[float] = [getattr(line, name) for line in lines]
        return sum(values) / len(values)

    shares = [mean(name) for name in ("first", "first_3", "first_10", "reciprocal", "all_10")]
    return Line("mean of kinds", count, *shares)


_HEADS = ("kind", "n", "recall@1", "recall@3", "recall@10", "MRR@10", "full@10")


def as_text(lines: Iterable[Line], *, markdown: bool = False) -> str:
    rows = [_HEADS, *(_cells(line) for line in lines)]
    if markdown:
        ruler = "|---|" + "--:|" * (len(_HEADS) - 1)
        drawn = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join([drawn[0], ruler, *drawn[1:]])
    return "\n".join(f"{row[0]:14}" + "".join(f"{cell:>11}" for cell in row[1:]) for row in rows)


def _cells(line: Line) -> tuple[str, ...]:
    shares = (line.first, line.first_3, line.first_10, line.reciprocal, line.all_10)
    return (line.kind, str(line.count), *(f"{share:.3f}" for share in shares))


def as_json(lines: Iterable[Line]) -> dict[str, Any]:
    return {
        line.kind: {
            "n": line.count,
            "r1": line.first,
            "r3": line.first_3,
            "r10": line.first_10,
            "mrr": line.reciprocal,
            "full10": line.all_10,
        }
        for line in lines
    }

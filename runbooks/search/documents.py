"""A record analysed once, at publishing. Pure Python: imports no Django.

`codes` says in one byte for each term where it stands: title, an alert's name, the authors' "also" words,
a service, an alert's text, and how often in the body (three bits, length taken into account). One byte is
enough because weights are applied when a query is answered (ranking.py), not here.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from runbooks.search.analysis import joins, squashed, terms, words
from runbooks.search.engine import SearchRecord

#: Rises when analysis.py or this module changes what is stored: rows of an older one are made again.
ANALYSIS_VERSION = 2

TITLE, ALERT, ALSO, SERVICE, TEXT = 128, 64, 32, 16, 8
NAMED = TITLE | ALERT | ALSO
BODY = 7
#: A body of so many words neither loses nor gains; half of its effect is kept (BM25's b = .5).
_USUAL_BODY = 250
_MOST_NAMES = 200
_MOST_TEXT_WORDS = 120


@dataclass(frozen=True, slots=True)
class Analysed:
    """What an engine stores of a runbook. Names: the title, then alerts, then "also"."""

    names: tuple[tuple[str, ...], ...]
    squashed_names: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    codes: dict[str, int]

    def packed_facts(self) -> str:
        return json.dumps(
            [
                [" ".join(n) for n in self.names],
                self.squashed_names,
                [" ".join(t) for t in self.texts],
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )


def analysed(record: SearchRecord) -> Analysed:
    names = [record.title, *record.alerts, *record.also][:_MOST_NAMES]
    codes: dict[str, int] = {}
    _mark(codes, TITLE, record.title, *joined_neighbours(record.title))
    for alert in record.alerts:
        _mark(codes, ALERT, alert, *joined_neighbours(alert))
    for also in record.also:
        _mark(codes, ALSO, also, *joined_neighbours(also))
    _mark(codes, ALSO, record.slug, *record.tags)
    _mark(codes, SERVICE, *record.services, *record.service_names)
    _mark(codes, TEXT, *record.alert_texts)
    _add_body(codes, record)
    return Analysed(
        names=tuple(tuple(words(name)) for name in names),
        squashed_names=tuple(dict.fromkeys(squashed(name) for name in (*names, record.slug))),
        texts=tuple(dict.fromkeys(tuple(words(t)[:_MOST_TEXT_WORDS]) for t in record.alert_texts)),
        codes=codes,
    )


def joined_neighbours(name: str) -> list[str]:
    """`Kube Virt` is also looked for as `kubevirt`: names are short enough to store that."""
    return [joined for _, _, joined in joins(words(name), longest=2)]


def _mark(codes: dict[str, int], field: int, *texts: str) -> None:
    for text in texts:
        for term in terms(text):
            codes[term] = codes.get(term, 0) | field


def _add_body(codes: dict[str, int], record: SearchRecord) -> None:
    counted = Counter(term for line in record.lines for term in terms(line.text))
    norm = 1.2 * (0.5 + 0.5 * sum(counted.values()) / _USUAL_BODY)
    for term, count in counted.items():
        level = 1 + round(6 * (count / (count + norm)))
        codes[term] = codes.get(term, 0) | min(level, BODY)

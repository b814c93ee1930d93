"""Candidates from a Meilisearch server. The query is understood before it gets here, and ranked after.

Documents hold analysed words (analysis.py), so that both engines mean the same by a word; the synonyms,
corrections and half-typed words of the query come as words too. A sentence is asked as several short
queries in one multi-search, because Meilisearch alone decides it by its first words (docs/search.md).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

import requests
from meilisearch import Client
from meilisearch.errors import MeilisearchError

from runbooks.search.analysis import terms
from runbooks.search.engine import LEAST_CANDIDATES, Engine, Filters, Group, Query, SearchRecord

#: What a server can do to us besides answering: all of it means "ask the other engine".
FAILURES = (MeilisearchError, requests.RequestException, ValueError, KeyError, TypeError, OSError)

SETTINGS: dict[str, Any] = {
    "searchableAttributes": ["title", "alerts", "also", "slug", "services", "alert_texts", "body"],
    "displayedAttributes": ["pk", "stamp"],
    # The key, too: what is gone is deleted by a filter, as the library wants it.
    "filterableAttributes": ["pk", "service", "severity", "owner", "state", "seen"],
    "rankingRules": ["words", "typo", "attribute", "proximity", "exactness"],
    # Words are corrected before they get here, against the whole library; twice would be worse.
    "typoTolerance": {"enabled": False},
    "pagination": {"maxTotalHits": 1000},
}
#: Words of one short query; more in one query and the first ones decide alone.
_WORDS = 4
_MOST_QUERIES = 8


class EngineUnavailable(Exception):  # noqa: N818 -- a state, not a mistake
    """The server did not answer in time, refused, or answered nonsense. The message says which."""


def document_of(record: SearchRecord, *, stamp: str) -> dict[str, Any]:
    """What the server stores of a runbook. `stamp` names the analysed state, to find drift by."""
    return {
        "pk": record.pk,
        "stamp": stamp,
        "slug": " ".join(terms(record.slug)),
        "title": " ".join(terms(record.title)),
        "alerts": [" ".join(terms(alert)) for alert in record.alerts],
        "also": [" ".join(terms(also)) for also in record.also],
        "services": [" ".join(terms(s)) for s in (*record.services, *record.service_names)],
        "alert_texts": [" ".join(terms(text)) for text in record.alert_texts],
        "body": " ".join(term for line in record.lines for term in terms(line.text)),
        "service": [service.casefold() for service in record.services],
        "severity": record.severity,
        "owner": record.owner.casefold(),
        "state": record.state,
        "seen": list(record.seen_by),
    }


def filter_of(filters: Filters) -> list[str]:
    """Meilisearch's filter: every value quoted, so that none can say more than a value."""
    found = [f"{name} = {_quoted(value.casefold())}" for name, value in filters.wanted()]
    if filters.seen_by is not None:
        found.append(f"seen IN [{', '.join(_quoted(mark) for mark in filters.seen_by)}]")
    return found


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def queries_of(query: Query) -> list[str]:
    """The short queries that stand for one: all of it when it is short, its rarest words, the likeliest
    stand-ins of each, its alert-like words, and the half-typed last word (always last: a prefix)."""
    groups = list(query.groups)  # the most telling first
    if not groups:
        return [" ".join(query.words[:_WORDS])] if query.words else []
    last = query.words[-1] if query.words else ""
    best = [_best(group) for group in groups]
    asked: list[str] = []
    if len(query.words) <= _WORDS:
        asked.append(" ".join(query.words))
    asked.append(" ".join(best[:_WORDS]))
    if len(groups) > _WORDS:
        asked.append(" ".join(best[_WORDS : 2 * _WORDS]))
    asked += [" ".join(_likeliest(group, 3)) for group in groups[:3]]
    if len(groups) > 1:
        asked.append(" ".join(best[:2]))
    if last and query.text[-1:].isalnum():
        asked.append(" ".join([*(word for word in best[:2] if word != last), last]))
    return list(dict.fromkeys(q for q in asked if q))[:_MOST_QUERIES]


def _best(group: Group) -> str:
    return max(group.variants, key=lambda term: (group.variants[term], term == group.word))


def _likeliest(group: Group, most: int) -> list[str]:
    return sorted(group.variants, key=lambda term: -group.variants[term])[:most]


class MeilisearchEngine(Engine):
    """Asks one server, for at most `timeout` seconds in all."""

    name = "meilisearch"

    def __init__(self, *, url: str, key: str, index: str, timeout: float) -> None:
        self._url, self._key, self.index, self._timeout = url, key, index, timeout
        self._local = threading.local()
        # requests' timeout starts anew with each byte; only a waiting thread bounds the whole answer.
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="meilisearch")

    def client(self, timeout: float | None = None) -> Client:
        """A client of this thread (the library's is not safe to share)."""
        timeout = timeout or self._timeout
        clients: dict[float, Client] = self._local.__dict__.setdefault("clients", {})
        if timeout not in clients:
            clients[timeout] = Client(self._url, self._key or None, timeout=timeout)  # type: ignore[arg-type]
        return clients[timeout]

    def candidates(self, query: Query, filters: Filters, limit: int) -> list[int]:
        """As in engine.Engine. Raises EngineUnavailable."""
        asked = queries_of(query)
        if not asked:
            return []
        limit = max(limit, LEAST_CANDIDATES)
        body = [
            {
                "indexUid": self.index,
                "q": q,
                "limit": limit,
                "filter": filter_of(filters),
                "attributesToRetrieve": ["pk"],
                "matchingStrategy": "frequency",
            }
            for q in asked
        ]
        waiting = self._pool.submit(self._ask, body)
        return merged(self._answer(waiting), limit)

    def _ask(self, body: Sequence[dict[str, Any]]) -> list[list[int]]:
        answer = self.client().multi_search(body)
        return [[int(hit["pk"]) for hit in result["hits"]] for result in answer["results"]]

    def _answer(self, waiting: Future[list[list[int]]]) -> list[list[int]]:
        try:
            return waiting.result(timeout=self._timeout)
        except FutureTimeoutError as error:
            waiting.cancel()
            raise EngineUnavailable("no answer in time") from error
        except FAILURES as error:
            raise EngineUnavailable(reason_of(error)) from error


def reason_of(error: BaseException) -> str:
    """A few words for a log, a page and a check: never the address or the key."""
    code = getattr(error, "code", None)
    status = getattr(error, "status_code", None)
    if code or status:
        return f"the server answered {status}: {code}"
    if "Timeout" in type(error).__name__:
        return "no answer in time"
    if isinstance(error, ValueError):  # before OSError: requests' JSON error is both
        return "the server's answer makes no sense"
    if "Communication" in type(error).__name__ or isinstance(error, OSError):
        return "the server cannot be reached"
    return "the server's answer makes no sense"


def merged(lists: Iterable[Sequence[int]], limit: int) -> list[int]:
    """Several rankings as one: the best place that each has in any of them, then how many have it."""
    place: dict[int, float] = {}
    for keys in lists:
        for rank, pk in enumerate(keys, start=1):
            place[pk] = place.get(pk, 0.0) + 1.0 / (10 + rank)
    return sorted(place, key=lambda pk: (-place[pk], pk))[:limit]

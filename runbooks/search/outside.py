"""The search server, where one is configured: asked first, never waited for, never missed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from runbooks.search.breaker import Breaker
from runbooks.search.engine import Filters, Query
from runbooks.search.meilisearch import EngineUnavailable, MeilisearchEngine

log = logging.getLogger(__name__)
#: Said on the page and logged; people need to know that results may be a little different, no more.
FALLBACK_NOTE = "The search server did not answer, so the portal searched by itself."
breaker = Breaker()


@dataclass(frozen=True, slots=True)
class FromServer:
    """`keys` is None where no server answered; `note` says so where one should have."""

    keys: list[int] | None = None
    name: str = ""
    note: str = ""


@lru_cache(maxsize=4)
def _engine(url: str, key: str, index: str, timeout: float) -> MeilisearchEngine:
    return MeilisearchEngine(url=url, key=key, index=index, timeout=timeout)


def server() -> MeilisearchEngine | None:
    """The configured server, or None where the embedded engine stands alone."""
    if not settings.MEILISEARCH_URL:
        return None
    return _engine(
        settings.MEILISEARCH_URL,
        settings.MEILISEARCH_KEY,
        settings.MEILISEARCH_INDEX,
        settings.MEILISEARCH_TIMEOUT_MS / 1000,
    )


def candidates_from_server(query: Query, filters: Filters, limit: int) -> FromServer:
    engine = server()
    if engine is None:
        return FromServer()
    if not query.words:
        return FromServer()
    if not breaker.may_ask():
        return FromServer(note=FALLBACK_NOTE)
    try:
        keys = engine.candidates(query, filters, limit)
    except EngineUnavailable as error:
        breaker.failed(str(error))
        log.warning("search server: %s", error)
        return FromServer(note=FALLBACK_NOTE)
    breaker.succeeded()
    return FromServer(keys=keys, name=engine.name)

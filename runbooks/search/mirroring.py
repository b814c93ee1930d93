"""The search server's copy of the library: written after commit, rebuilt by a swap, compared for drift.

The database is the truth. Whatever the server misses, has too much or has stale is found by stamps.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from meilisearch import Client
from meilisearch.errors import MeilisearchApiError
from meilisearch.models.task import TaskInfo

from runbooks.search import indexing, wording
from runbooks.search.meilisearch import (
    FAILURES,
    SETTINGS,
    EngineUnavailable,
    MeilisearchEngine,
    document_of,
    reason_of,
)
from runbooks.search.models import SearchDocument
from runbooks.search.outside import server

log = logging.getLogger(__name__)
#: Seconds for one call, and milliseconds for one task of the server, when nobody is waiting for results.
_CALL_SECONDS = 30.0
_TASK_MS = 120_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Drift:
    """Primary keys by what is wrong with them on the server."""

    missing: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return len(self.missing) + len(self.stale) + len(self.extra)


class Mirror:
    """One server's copy. Every method raises EngineUnavailable when the server does not do its part."""

    def __init__(self, engine: MeilisearchEngine) -> None:
        self._engine = engine
        self._client: Client = engine.client(_CALL_SECONDS)

    def write(self, pks: Iterable[int]) -> int:
        """Bring these runbooks up to date: put what is readable, take away the rest. Returns how many."""
        wanted = sorted(set(pks))
        with _said():
            if not self._exists():
                return self.rebuild()
            for batch in _batches(wanted):
                documents = list(_documents(batch))
                present = {document["pk"] for document in documents}
                gone = [pk for pk in batch if pk not in present]
                index = self._client.index(self._engine.index)
                if documents:
                    self._wait(index.add_documents(documents, "pk"))
                if gone:
                    self._wait(index.delete_documents(filter=f"pk IN {gone}"))
        return len(wanted)

    def rebuild(self) -> int:
        """A new index beside the live one, filled, then swapped in: there is no moment without results."""
        name = f"{self._engine.index}_{secrets.token_hex(4)}"
        count = 0
        with _said():
            self._remove_leftovers()
            self._create(name)
            try:
                for batch in _batches(indexing.readable_ids()):
                    documents = list(_documents(batch))
                    self._wait(self._client.index(name).add_documents(documents, "pk"))
                    count += len(documents)
                if not self._exists():
                    self._create(self._engine.index)
                self._wait(self._client.swap_indexes([{"indexes": [self._engine.index, name]}]))
            finally:
                self._wait(self._client.delete_index(name))
        # What was published while the copy was made went to the old index: the comparison brings it over.
        self.reconcile()
        return count

    def drift(self) -> Drift:
        """What the server has that the database does not say, and the other way round."""
        truth = dict(SearchDocument.objects.values_list("pk", "stamp"))
        with _said():
            theirs = dict(self._stamps()) if self._exists() else {}
        return Drift(
            missing=tuple(sorted(truth.keys() - theirs.keys())),
            stale=tuple(
                sorted(pk for pk in truth.keys() & theirs.keys() if truth[pk] != theirs[pk])
            ),
            extra=tuple(sorted(theirs.keys() - truth.keys())),
        )

    def reconcile(self) -> Drift:
        """Find drift and mend it; returns what was found."""
        with _said():
            if self._exists():
                self._configure(self._engine.index)
        found = self.drift()
        if found.size:
            log.warning("search server had drifted: %s runbooks written again", found.size)
            self.write([*found.missing, *found.stale, *found.extra])
        return found

    def _exists(self) -> bool:
        try:
            self._client.get_index(self._engine.index)
        except MeilisearchApiError as error:
            if error.code == "index_not_found":
                return False
            raise
        return True

    def _create(self, name: str) -> None:
        self._wait(self._client.create_index(name, {"primaryKey": "pk"}))
        self._configure(name)

    def _configure(self, name: str) -> None:
        """Settings and synonyms. The server does nothing when they are what it has already."""
        self._wait(self._client.index(name).update_settings(settings_for_server()))

    def _remove_leftovers(self) -> None:
        """Copies that a killed rebuild left behind."""
        listed = self._client.get_indexes({"limit": 1000})["results"]
        for index in listed:
            if index.uid.startswith(f"{self._engine.index}_"):
                self._wait(self._client.delete_index(index.uid))

    def _stamps(self) -> Iterator[tuple[int, str]]:
        index = self._client.index(self._engine.index)
        offset = 0
        while True:
            page = index.get_documents({"offset": offset, "limit": 1000, "fields": ["pk", "stamp"]})
            for document in page.results:
                yield int(document.pk), str(document.stamp)
            offset += 1000
            if offset >= page.total:
                return

    def _wait(self, info: TaskInfo) -> None:
        task = self._client.wait_for_task(info.task_uid, timeout_in_ms=_TASK_MS)
        if task.status != "succeeded":
            code = (task.error or {}).get("code", "no reason")
            raise EngineUnavailable(f"the server could not do its task: {code}")


def mirror() -> Mirror | None:
    """The configured server's copy, or None where the embedded engine stands alone."""
    engine = server()
    return Mirror(engine) if engine else None


def settings_for_server() -> dict[str, Any]:
    """Settings with the synonyms in force, one word to one word: phrases come with the query instead."""
    words = wording.groups_in_force()
    synonyms: dict[str, list[str]] = {}
    for group in words:
        single = [word for word in group if " " not in word]
        for word in single:
            others = [other for other in single if other != word]
            synonyms[word] = sorted({*synonyms.get(word, []), *others})
    return {**SETTINGS, "synonyms": {word: others for word, others in synonyms.items() if others}}


def _documents(pks: Sequence[int]) -> Iterator[dict[str, Any]]:
    stamps = dict(SearchDocument.objects.filter(pk__in=pks).values_list("pk", "stamp"))
    for record in indexing.records_of(pks):
        if record.pk in stamps:
            yield document_of(record, stamp=stamps[record.pk])


def _batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), _BATCH):
        yield pks[start : start + _BATCH]


class _said:  # noqa: N801 -- reads as a word in `with`
    """Turn whatever a server does to us into EngineUnavailable."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, FAILURES) and not isinstance(error, EngineUnavailable):
            raise EngineUnavailable(reason_of(error)) from error

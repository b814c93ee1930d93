"""The embedded index of this process, kept right: compared with the database's counter at every search.

The file is shared by all processes of a machine. Whoever finds it behind the counter brings in what
changed, under the file's own write lock; the others wait for that moment and then read the same state.
A runbook is told from its older self by `SearchDocument.stamp`, so that a rollback, a restored backup or
a lost file need no special care.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection as database

from runbooks.models import IndexCounter
from runbooks.search import store, writing
from runbooks.search.documents import ANALYSIS_VERSION
from runbooks.search.embedded import Snapshot
from runbooks.search.indexing import index_again, outdated_ids
from runbooks.search.models import SearchDocument
from runbooks.search.remembering import Words
from runbooks.search.store import Row, Store

log = logging.getLogger(__name__)
_TRIES = 3
_COUNTER = f"select value, stamp from {IndexCounter._meta.db_table} where id = 1"  # noqa: S608
_CHUNK = 500
_MOST_PARAMETERS = 5000


class _Kept:
    """The store of one database, opened once in a process."""

    def __init__(self, path: Path | None) -> None:
        self.store = Store(path)
        self.words = Words()


_kept: dict[str, _Kept] = {}
_lock = threading.Lock()


def counter() -> str:
    """What the database says now; different after every change. One query, written out: it is asked at
    every search, and building it anew would take longer than answering it."""
    with database.cursor() as cursor:
        cursor.execute(_COUNTER)
        row = cursor.fetchone()
    return f"{row[0]}-{row[1]}" if row else "0-"


@contextmanager
def snapshot(wanted: str = "") -> Iterator[Snapshot]:
    """The index as the database is now, or was when `wanted` (a `counter()`) was asked of it."""
    wanted = wanted or counter()
    found: str | None = ""
    for _ in range(_TRIES):
        kept = _opened()
        try:
            with kept.store.reading() as connection:
                found = store.state(connection, "counter")
                if found == wanted:
                    yield Snapshot(connection, kept.words, wanted)
                    return
        except sqlite3.DatabaseError as error:
            _replace_broken(kept, error)
            if found == wanted:  # the reader met it: the next one finds a new file
                raise
            continue
        if not found:  # a new file: nobody else has looked since the start or the upgrade
            analyse_outdated()
            wanted = counter()
        _refresh_or_replace(kept, wanted)
    # The file moves on as fast as we read it (or cannot be kept): answer from memory of our own.
    private = Store(None)
    refresh(private, wanted)
    with private.reading() as connection:
        yield Snapshot(connection, Words(), wanted)


def _refresh_or_replace(kept: _Kept, wanted: str) -> None:
    try:
        refresh(kept.store, wanted)
    except sqlite3.DatabaseError as error:
        _replace_broken(kept, error)


def warm() -> None:
    """Make the index ready: after a start, an import, an upgrade. Raises what is wrong with the database."""
    analyse_outdated()
    with snapshot() as found:
        found.warm()


def analyse_outdated() -> None:
    """After an upgrade of the analyzer, what is stored is of the older one and cannot be read."""
    outdated = outdated_ids()
    if outdated:
        log.info("analysing %s runbooks for search", len(outdated))
        index_again(outdated)


def refresh(kept: Store, wanted: str) -> None:
    """Bring in what changed, by comparing stamps: added, changed and deleted runbooks."""
    with kept.writing() as connection:
        if store.state(connection, "counter") == wanted:
            return
        theirs = dict(
            SearchDocument.objects.filter(version=ANALYSIS_VERSION).values_list("pk", "stamp")
        )
        mine = store.stamps(connection)
        changed = [pk for pk, stamp in theirs.items() if mine.get(pk) != stamp]
        writing.write(
            connection,
            _rows(changed, everything=len(changed) > _MOST_PARAMETERS),
            mine.keys() - theirs.keys(),
        )
        store.set_state(connection, "counter", wanted)


def _rows(pks: Sequence[int], *, everything: bool) -> Iterator[Row]:
    columns = ("pk", "stamp", "facts", "terms", "codes", "filters")
    rows = SearchDocument.objects.filter(version=ANALYSIS_VERSION).values_list(*columns)
    if everything:
        wanted = set(pks)
        for row in rows.iterator(chunk_size=_CHUNK):
            if row[0] in wanted:
                yield _row(*row)
        return
    for start in range(0, len(pks), _CHUNK):
        for row in rows.filter(pk__in=pks[start : start + _CHUNK]):
            yield _row(*row)


def _row(pk: int, stamp: str, facts: str, terms: str, codes: bytes, filters: Iterable[str]) -> Row:
    return Row(
        pk=pk, stamp=stamp, facts=facts, terms=terms, codes=bytes(codes), filters=tuple(filters)
    )


def _opened() -> _Kept:
    path = index_file()
    key = str(path or f"memory of {database.settings_dict['NAME']}")
    with _lock:
        if key not in _kept:
            _kept[key] = _Kept(None) if path is None else _kept_in(path)
        return _kept[key]


def _kept_in(path: Path) -> _Kept:
    """In the file; in memory where no file can be had. Files of older versions go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        found = _Kept(path)
        with found.store.reading():
            pass
        for old in path.parent.glob(f"index-*-{path.stem.rpartition('-')[2]}.sqlite3*"):
            if not old.name.startswith(path.name):
                old.unlink(missing_ok=True)
    except (OSError, sqlite3.OperationalError) as error:
        log.warning("search keeps its index in memory: %s: %s", path, error)
        return _Kept(None)
    except (
        sqlite3.DatabaseError
    ):  # no database at all: found out again, and replaced, when it is read
        return _Kept(path)
    return found


def index_file() -> Path | None:
    """One file for each database and each version of what is stored; none for a database in memory."""
    name = str(database.settings_dict["NAME"])
    if database.vendor == "sqlite" and ("memory" in name or not name):
        return None
    parts = (database.vendor, name, database.settings_dict["HOST"], database.settings_dict["PORT"])
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=6).hexdigest()
    version = f"{store.SCHEMA_VERSION}.{ANALYSIS_VERSION}"
    folder: Path = settings.DATA_DIR / "search"
    return folder / f"index-{version}-{digest}.sqlite3"


def _replace_broken(kept: _Kept, error: sqlite3.DatabaseError) -> None:
    """A broken cache is thrown away; a busy one (another process is writing) is only tried again."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return
    log.warning("the search index is made again: %s", error)
    path = kept.store.path
    with _lock:
        for key in [key for key, value in _kept.items() if value is kept]:
            del _kept[key]
        if path is not None:
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)


def forget() -> None:
    """Drop what this process has open."""
    with _lock:
        _kept.clear()


os.register_at_fork(
    after_in_child=_kept.clear
)  # a connection must not be used on both sides of a fork

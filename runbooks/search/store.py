"""The embedded index: packed postings in one SQLite file that every process of a machine reads.

A file in WAL mode is what several processes need: one writer at a time, readers that see a whole
state, pages mapped into memory once for all. It is a cache: whoever finds it missing, broken or of another
version makes a new one from the database (indexing.py).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SCHEMA_VERSION = 2
_MAPPED = 256 * 1024 * 1024
_BUSY_MS = 10_000
_PAUSE_S = 0.005

_SCHEMA = """
create table if not exists state (key text primary key, value text) without rowid;
create table if not exists doc (pk integer primary key, stamp text not null, facts text not null);
create table if not exists doc_terms (pk integer primary key, terms text not null);
create table if not exists term (
    id integer primary key, term text not null unique, stem text not null, df integer not null,
    named integer not null, told integer not null, postings blob not null
);
create index if not exists term_by_stem on term(stem, term);
create table if not exists name (
    squashed text not null, pk integer not null, primary key (squashed, pk)
) without rowid;
create index if not exists name_by_pk on name(pk);
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One runbook ready to be stored: what `Analysed` and the database row hold."""

    pk: int
    stamp: str
    facts: str
    terms: str  # parted by spaces
    codes: bytes  # one for each term
    filters: Sequence[str] = ()  # "service=api": stored as terms that nobody can type


class _Connection(sqlite3.Connection):
    """Closed with the thread, or the file, that it was opened for: from 3.13 on Python warns of one that is
    only let go."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it never opened
            self.close()


class Store:
    """One file (or memory, where no file can be had), one connection for each thread."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._local = threading.local()
        self._shared: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        if path is None:
            self._shared = self._opened(":memory:")

    def _opened(self, name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            name,
            timeout=_BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        connection.execute(f"pragma mmap_size={_MAPPED}")
        connection.execute("pragma cache_size=-1024")
        _put_in_wal(connection)
        connection.execute("pragma synchronous=normal")
        connection.executescript(_SCHEMA)
        return connection

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._shared is not None:
            return self._shared
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._opened(str(self.path))
        return found

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All reads inside see the same state."""
        with self._held() as connection:
            connection.execute("begin")
            try:
                yield connection
            finally:
                connection.execute("commit")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        with self._held() as connection:
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        if self._shared is None:
            yield self._connection
            return
        with self._lock:
            yield self._shared


def _put_in_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for its turn here, as it does for a write: of several that open a new file at
    once, all but one are told that it is locked."""
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("pragma journal_mode=wal")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_S)


def stamps(connection: sqlite3.Connection) -> dict[int, str]:
    return dict(connection.execute("select pk, stamp from doc"))


def state(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("select value from state where key = ?", [key]).fetchone()
    return row[0] if row else None


def set_state(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("insert or replace into state values (?, ?)", [key, value])


def chunks(items: Sequence[str], size: int = 900) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def marks(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))

"""Changes to the embedded index: runbooks put in place of their older selves, or taken out.

One pass over the rows, so that ten thousand of them never lie in memory at once, and one rewrite for each
term that they touch, so that a new index costs little more than its writing.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator

from runbooks.search.analysis import stem
from runbooks.search.documents import NAMED, TEXT
from runbooks.search.postings import Postings, changed, gathered, packed
from runbooks.search.store import Row, chunks, marks

#: Filters are terms too; they stand in no field.
_NO_FIELD = 0
_CODE = 32  # bits below the code in an entry

Gathered = defaultdict[str, "array[int]"]  # term -> entries: code << 32 | primary key


def write(connection: sqlite3.Connection, rows: Iterable[Row], gone: Iterable[int]) -> None:
    """Puts the rows in place of what is stored of the same runbooks, and takes `gone` out."""
    added: Gathered = defaultdict(_entries)
    touched: set[str] = set()
    dead = set(gone)
    for pk in dead:
        touched.update(_removed(connection, pk))
    for row in rows:
        old = _removed(connection, row.pk)
        if old:
            dead.add(row.pk)
            touched.update(old)
        _insert(connection, row)
        for term, code in zip(row.terms.split(" "), row.codes, strict=True):
            added[term].append(code << _CODE | row.pk)
        for term in row.filters:
            added[term].append(_NO_FIELD << _CODE | row.pk)
    _merge(connection, added, touched, dead)


def _entries() -> array[int]:
    return array("Q")


def _removed(connection: sqlite3.Connection, pk: int) -> list[str]:
    """Takes a runbook out of the tables by key; answers the terms whose postings still name it."""
    row = connection.execute("select terms from doc_terms where pk = ?", [pk]).fetchone()
    if row is None:
        return []
    for table in ("doc", "doc_terms", "name"):
        connection.execute(f"delete from {table} where pk = ?", [pk])  # noqa: S608 -- our own names
    terms: str = row[0]
    return terms.split(" ")


def _insert(connection: sqlite3.Connection, row: Row) -> None:
    connection.execute("insert into doc values (?, ?, ?)", [row.pk, row.stamp, row.facts])
    connection.execute(
        "insert into doc_terms values (?, ?)", [row.pk, " ".join((row.terms, *row.filters))]
    )
    connection.executemany(
        "insert or ignore into name values (?, ?)",
        [(name, row.pk) for name in json.loads(row.facts)[1]],
    )


def _merge(
    connection: sqlite3.Connection, added: Gathered, touched: set[str], dead: set[int]
) -> None:
    for term, at, postings in _known(connection, added.keys() | touched):
        gone = dead if term in touched else frozenset()
        left = changed(postings, gone=gone, new=gathered(added.pop(term, _entries())))
        if left:
            connection.execute(
                "update term set df = ?, named = ?, told = ?, postings = ? where id = ?",
                [*_counts(left), packed(left), at],
            )
        else:
            connection.execute("delete from term where id = ?", [at])
    fresh = ((term, gathered(entries)) for term, entries in added.items())
    connection.executemany(
        "insert into term (term, stem, df, named, told, postings) values (?, ?, ?, ?, ?, ?)",
        ((term, stem(term), *_counts(new), packed(new)) for term, new in fresh),
    )


def _known(
    connection: sqlite3.Connection, terms: Iterable[str]
) -> Iterator[tuple[str, int, bytes]]:
    if connection.execute("select 1 from term limit 1").fetchone() is None:
        return
    for chunk in chunks(list(terms)):
        yield from connection.execute(
            f"select term, id, postings from term where term in ({marks(chunk)})",  # noqa: S608
            chunk,
        ).fetchall()


def _counts(postings: Postings) -> tuple[int, int, int]:
    """In how many runbooks; in how many names; in how many names or alert texts."""
    every = named = told = 0
    for code, keys in postings.items():
        every += len(keys)
        named += len(keys) if code & NAMED else 0
        told += len(keys) if code & (NAMED | TEXT) else 0
    return every, named, told

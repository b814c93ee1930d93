"""The index file: whatever happened before, it holds what a new one would hold."""

from __future__ import annotations

import random
import sqlite3
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.search import store, writing
from runbooks.search.engine import SearchRecord
from runbooks.search.postings import EMPTY, changed, gathered, packed, runs
from runbooks.search.store import Row, Store
from tests.runbooks.search.library import LIBRARY, record, row_of

WORDS = ("disk", "pod", "api", "slow", "full", "restart", "lag")


def contents(kept: Store) -> dict[str, object]:
    with kept.reading() as connection:
        terms = connection.execute(
            "select term, stem, df, named, told, postings from term order by term"
        ).fetchall()
        names = connection.execute("select squashed, pk from name order by 1, 2").fetchall()
        docs = connection.execute("select pk, stamp, facts from doc order by pk").fetchall()
    return {
        "terms": [(*row[:5], [(code, list(keys)) for code, keys in runs(row[5])]) for row in terms],
        "names": names,
        "docs": docs,
    }


def write(kept: Store, *records: SearchRecord, gone: tuple[int, ...] = ()) -> None:
    with kept.writing() as connection:
        writing.write(connection, [row_of(record) for record in records], gone)


def test_changes_one_by_one_end_where_a_new_index_begins() -> None:
    rng = random.Random(7)
    grown = Store(None)
    write(grown, *LIBRARY)
    now = {record.pk: record for record in LIBRARY}
    for step in range(40):
        pk = rng.randrange(1, 20)
        if pk in now and rng.random() < 0.3:
            del now[pk]
            write(grown, gone=(pk,))
        else:
            words = " ".join(rng.choices(WORDS, k=4))
            now[pk] = record(pk, words, f"Alert{step}", body=words)
            write(grown, now[pk])
    fresh = Store(None)
    write(fresh, *now.values())
    assert contents(grown) == contents(fresh)


def test_taking_everything_out_leaves_nothing() -> None:
    kept = Store(None)
    write(kept, *LIBRARY)
    write(kept, gone=tuple(record.pk for record in LIBRARY))
    assert contents(kept) == {"terms": [], "names": [], "docs": []}


def test_a_failed_write_changes_nothing() -> None:
    def rows() -> Iterator[Row]:
        yield row_of(LIBRARY[1])
        raise ZeroDivisionError

    kept = Store(None)
    write(kept, LIBRARY[0])
    before = contents(kept)
    with pytest.raises(ZeroDivisionError), kept.writing() as connection:
        writing.write(connection, rows(), [LIBRARY[0].pk])
    assert contents(kept) == before


def test_a_reader_sees_one_state_while_another_connection_writes(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    one, other = Store(path), Store(path)
    write(one, LIBRARY[0])
    with one.reading() as connection:
        assert len(store.stamps(connection)) == 1
        write(other, LIBRARY[1])
        assert len(store.stamps(connection)) == 1
    with one.reading() as connection:
        assert len(store.stamps(connection)) == 2


def test_a_file_that_is_no_index_is_said_to_be_broken(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(sqlite3.DatabaseError), Store(path).reading():
        pass


CODE_OF = st.dictionaries(st.integers(1, 2**32 - 1), st.integers(0, 255), max_size=80)


def unpacked(data: bytes) -> dict[int, int]:
    for _, keys in runs(data):
        assert list(keys) == sorted(keys)
    return {key: code for code, keys in runs(data) for key in keys}


def entries(code_of: dict[int, int]) -> array[int]:
    return array("Q", [code << 32 | key for key, code in code_of.items()])


@given(CODE_OF, CODE_OF)
def test_postings_change_as_a_dictionary_does(old: dict[int, int], new: dict[int, int]) -> None:
    data = packed(gathered(entries(old)))
    assert unpacked(data) == old
    gone = {*list(old)[::2], *new}
    left = packed(changed(data, gone=gone, new=gathered(entries(new))))
    assert unpacked(left) == {k: c for k, c in old.items() if k not in gone} | new
    assert unpacked(EMPTY) == {}

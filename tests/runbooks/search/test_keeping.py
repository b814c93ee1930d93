"""The index of every process is right at every search, whatever happened to its file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbooks.models import IndexCounter, Runbook
from runbooks.search import keeping, store, writing
from runbooks.search.documents import ANALYSIS_VERSION
from runbooks.search.finding import find
from runbooks.search.models import SearchDocument
from runbooks.search.store import Store
from tests.factories import UserFactory, published
from tests.runbooks.search.library import LIBRARY, record, row_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def index_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index in a file, as a portal on disk has it."""
    path = tmp_path / "search" / "index.sqlite3"
    monkeypatch.setattr(keeping, "index_file", lambda: path)
    keeping.forget()
    yield path
    keeping.forget()


class Process:
    """Another process of this machine: what it has open is its own, the file is everybody's."""

    def __init__(self) -> None:
        self.kept: dict[str, keeping._Kept] = {}

    def slugs(self, q: str) -> list[str]:
        before = dict(keeping._kept)
        keeping._kept.clear()
        keeping._kept.update(self.kept)
        try:
            return [result.slug for result in find(q).results]
        finally:
            self.kept = dict(keeping._kept)
            keeping._kept.clear()
            keeping._kept.update(before)


def test_every_process_finds_what_any_published(index_file: Path) -> None:
    one, other = Process(), Process()
    owner = UserFactory(username="ada")
    published(slug="one", owner=owner, title="Disk full", alert="DiskFull")
    assert one.slugs("disk") == other.slugs("disk") == ["one"]
    published(slug="two", owner=owner, title="Disk broken", alert="DiskBroken")
    assert sorted(one.slugs("disk")) == ["one", "two"]
    assert sorted(other.slugs("disk")) == ["one", "two"]
    published(slug="one", owner=owner, title="Queue grows", alert="QueueGrows")
    assert other.slugs("disk") == ["two"]
    assert one.slugs("disk") == ["two"]
    assert index_file.exists()


def test_a_lost_file_is_made_again(index_file: Path) -> None:
    published(title="Disk full", alert="DiskFull")
    assert Process().slugs("disk") == ["api-latency"]
    for file in index_file.parent.iterdir():
        file.unlink()
    assert Process().slugs("disk") == ["api-latency"]


@pytest.mark.parametrize("rubbish", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_broken_file_is_made_again(index_file: Path, rubbish: bytes) -> None:
    index_file.parent.mkdir(parents=True)
    index_file.write_bytes(rubbish)
    published(title="Disk full", alert="DiskFull")
    assert Process().slugs("disk") == ["api-latency"]


def test_a_restored_backup_takes_back_what_came_after(index_file: Path) -> None:
    first = published(slug="disk", title="Disk full", alert="DiskFull")
    backup = IndexCounter.objects.values("value", "stamp").get(pk=1)
    published(slug="later", title="Disk lost", alert="DiskLost")
    process = Process()
    assert sorted(process.slugs("disk")) == ["disk", "later"]
    SearchDocument.objects.exclude(pk=first.pk).delete()
    Runbook.objects.exclude(pk=first.pk).update(live_revision=None)
    IndexCounter.objects.filter(pk=1).update(**backup)
    assert process.slugs("disk") == ["disk"]


def test_a_folder_that_cannot_be_written_costs_only_the_sharing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    monkeypatch.setattr(keeping, "index_file", lambda: blocked / "search" / "index.sqlite3")
    keeping.forget()
    published(title="Disk full", alert="DiskFull")
    assert [result.slug for result in find("disk").results] == ["api-latency"]
    keeping.forget()


def test_a_folder_without_room_for_a_file_costs_only_the_sharing(index_file: Path) -> None:
    index_file.mkdir(parents=True)  # a folder stands where the file should be
    published(title="Disk full", alert="DiskFull")
    process = Process()
    assert process.slugs("disk") == ["api-latency"]
    assert [kept.store.path for kept in process.kept.values()] == [None]


def test_files_of_older_versions_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, current, other = (
        tmp_path / f"index-{name}.sqlite3" for name in ("1.1-abc", "2.2-abc", "1.1-def")
    )
    old.touch()
    other.touch()
    monkeypatch.setattr(keeping, "index_file", lambda: current)
    keeping.forget()
    find("anything")
    assert (old.exists(), current.exists(), other.exists()) == (False, True, True)
    keeping.forget()


def test_an_upgrade_of_the_analyzer_analyses_again(index_file: Path) -> None:
    published(title="Disk full", alert="DiskFull")
    SearchDocument.objects.update(version=ANALYSIS_VERSION - 1, terms="", codes=b"")
    keeping.warm()
    assert Process().slugs("disk") == ["api-latency"]


def test_warming_twice_changes_nothing(index_file: Path) -> None:
    published()
    keeping.warm()
    before = IndexCounter.current()
    keeping.warm()
    assert IndexCounter.current() == before


def test_readers_never_see_half_a_change(tmp_path: Path) -> None:
    """Threads read while one writes: postings and documents always agree."""
    path = tmp_path / "index.sqlite3"
    kept = Store(path)
    with kept.writing() as connection:
        writing.write(connection, [row_of(record) for record in LIBRARY], [])
    wrong: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with kept.reading() as connection:
                counted = connection.execute("select count(*) from doc").fetchone()[0]
                df = connection.execute("select df from term where term = 'state=live'").fetchone()[
                    0
                ]
            if counted != df:
                wrong.append((counted, df))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for n in range(40):
            with kept.writing() as connection:
                writing.write(connection, [row_of(record(100 + n, f"Extra {n}"))], [100 + n - 5])
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_two_writers_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    stores = [Store(path), Store(path)]
    failed: list[sqlite3.Error] = []

    def write(kept: Store, start: int) -> None:
        try:
            for n in range(15):
                with kept.writing() as connection:
                    writing.write(connection, [row_of(record(start + n, f"Disk {start + n}"))], [])
        except sqlite3.Error as error:
            failed.append(error)

    writers = [
        threading.Thread(target=write, args=(kept, start))
        for kept, start in zip(stores, (1, 1000), strict=True)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    with stores[0].reading() as connection:
        assert len(store.stamps(connection)) == 30


def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Web processes and workers start together: none of them may be left without the file."""
    failed: list[sqlite3.Error] = []

    def opened(path: Path, gate: threading.Barrier) -> None:
        gate.wait()
        try:
            with Store(path).writing() as connection:
                store.set_state(connection, "counter", "1")
        except sqlite3.Error as error:
            failed.append(error)

    for n in range(40):
        gate = threading.Barrier(4)
        openers = [
            threading.Thread(target=opened, args=(tmp_path / f"{n}.sqlite3", gate))
            for _ in range(4)
        ]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
    assert failed == []

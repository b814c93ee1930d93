"""What every test stands on: sockets only to this machine, real parts where there are any."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from portal import append_only
from portal.accounts import company
from tests.gate import put_up
from tests.parts import pytest_make_collect_report, pytest_runtest_makereport
from tests.portal.processes import prepare

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]  # hooks, found here by pytest

# How long an example takes says how busy the machine is, and nothing else.
calm = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("calm", calm)
hypothesis.settings.load_profile("calm")


def _shared() -> Path | None:
    """The folder with the real corpus, beside the repository or where DRILLBOOK_SHARED says."""
    named = os.environ.get("DRILLBOOK_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    return folder if (folder / "corpus" / "dev").is_dir() else None


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The real runbooks, rules and judged queries: `runbooks/`, `rules/`, `queries.jsonl`."""
    shared = _shared()
    if shared is None:
        pytest.skip("the real corpus (../shared/corpus/dev) is not on this machine")
    return shared / "corpus" / "dev"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a portal that was never started, for tests to copy and not to change. Making the
    tables and compressing the static files takes ten seconds: it is done once for all workers."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = base / "prepared"
    with (base / "preparing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            prepare(base / "preparing")
            (base / "preparing").rename(folder)
    return folder


@pytest.fixture(autouse=True)
def growing_tables_may_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test with real commits the tables are flushed: the append-only triggers step aside for that
    (the flush's post_migrate brings them back)."""
    transactional = "transactional_db" in request.fixturenames or any(
        mark.kwargs.get("transaction") for mark in request.node.iter_markers("django_db")
    )
    gate = None
    if transactional or "live_server" in request.fixturenames:
        request.getfixturevalue("transactional_db")
    if "live_server" in request.fixturenames:
        gate = put_up(request.getfixturevalue("live_server"))
    yield
    if gate is not None:
        gate.close()
    if transactional or "live_server" in request.fixturenames:
        with connection.cursor() as cursor:
            for table in append_only.tables:
                for statement in append_only.removals(connection.vendor, table):
                    cursor.execute(statement)


@pytest.fixture(autouse=True)
def no_search_server_unless_asked_for(settings: Settings) -> None:
    """MEILISEARCH_URL in the environment is for the contract tests; no other test may write there."""
    settings.MEILISEARCH_URL = ""


@pytest.fixture(autouse=True)
def no_company_has_a_name_yet() -> None:
    """Each process asks once a minute: not in the middle of a test that counts queries."""
    company.keep("")


def _deletions(style: object, tables: list[str], **options: bool) -> list[str]:
    """What empties these tables on PostgreSQL. TRUNCATE, which Django would take, makes new files for every
    table and index: half a second and more after each test with real commits, however little it wrote."""
    return ["; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables)]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A thread that a test started may hold a connection of its own; PostgreSQL drops no database that
    somebody is in."""
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = _deletions  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

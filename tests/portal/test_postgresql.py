"""A kept connection to PostgreSQL: looked at without a question, and replaced when it is gone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import close_old_connections, connection

from portal.postgresql import base
from tests.parts import require_part


@pytest.fixture(autouse=True)
def kept(transactional_db: None) -> Iterator[None]:
    """The connection as a web worker holds it: outside a transaction, looked at before each request."""
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite")
    connection.ensure_connection()
    connection.close_at = None
    connection.health_check_enabled = connection.health_check_done = False
    yield
    connection.close()


def ask() -> int:
    """The id of the server's process that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def next_request() -> None:
    close_old_connections()
    connection.health_check_done = False
    connection.health_check_enabled = True


def end(pid: int) -> None:
    """As a restart of the server, or an administrator, ends it."""
    with psycopg.connect(require_part("postgresql"), autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)


def test_a_connection_that_works_is_kept_from_request_to_request():
    first = ask()
    next_request()
    assert ask() == first


def test_it_is_looked_at_without_asking_the_server(monkeypatch):
    ask()
    monkeypatch.setattr(base.base.DatabaseWrapper, "is_usable", lambda _: pytest.fail("asked"))
    next_request()
    ask()


def test_after_a_restart_of_the_server_the_next_request_is_answered():
    first = ask()
    end(first)
    next_request()
    assert ask() != first


def test_after_half_a_minute_of_silence_the_server_is_asked(monkeypatch):
    asked = []
    really = base.base.DatabaseWrapper.is_usable
    monkeypatch.setattr(
        base.base.DatabaseWrapper, "is_usable", lambda self: asked.append(1) or really(self)
    )
    first = ask()
    connection._looked -= base.IDLE + 1
    next_request()
    assert ask() == first
    assert asked == [1]


def test_a_query_is_planned_once_and_its_plan_kept():
    for number in range(5):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int + 1", [number])
            assert cursor.fetchone() == (number + 1,)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%::int + 1'"
        )
        assert cursor.fetchone() == (1,)

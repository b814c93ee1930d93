"""Exactly one message for each person, runbook, due date and stage, whatever dies: real schedulers and
workers, a real Redis, PostgreSQL and mail server, and real kills. The mailbox does what mailboxes do: the
same Message-ID again is the same mail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.parts import require_part
from tests.portal.notify.mail_server import MailServer
from tests.portal.processes import ROOT, environment
from tests.runbooks.reviews.killed_site import Post, Redis, Site

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OWNERS = ("ana", "bo", "cy", "dan")
MAKE_LIBRARY = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories import UserFactory, published
for name in ("ana", "bo", "cy", "dan"):
    zone = "Europe/Lisbon" if name == "dan" else "UTC"
    owner = UserFactory(username=name, email=f"{name}@shop.example", time_zone=zone)
    for number in (1, 2):
        published(slug=f"{name}-{number}", owner=owner, title=f"{name} {number}", alert=f"A{name}{number}")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL database with a small library."""
    server = require_part("postgresql")
    require_part("redis-server")
    name = f"faults_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    environ = environment(
        tmp_path_factory.mktemp("library"),
        DATABASE_URL=url,
        DJANGO_SETTINGS_MODULE="portal.settings",
    )
    try:
        subprocess.run([sys.executable, "-c", MAKE_LIBRARY], cwd=ROOT, env=environ, check=True)
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def site(address: str, tmp_path: Path) -> Iterator[Site]:
    post = Post()
    server = MailServer(post)
    broker = Redis(tmp_path)
    made = Site(tmp_path, address, broker, post, server.port)
    try:
        yield made
    finally:
        made.end()
        broker.kill()
        post.silence.set()
        server.stop()


def stopped(process: subprocess.Popen[bytes]) -> str:
    """Returns when every thread of it stands still: on a busy machine that takes longer than an answer."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    return ""


def once(*told: tuple[str, str, str, str]) -> Counter[tuple[str, str, str, str]]:
    return Counter(told)


def test_two_schedulers_and_two_workers_tell_once_and_a_redis_that_lost_everything_loses_nothing(
    site,
):
    nine = TUESDAY.replace(hour=9, minute=0)
    site.it_is(nine - timedelta(seconds=1))
    site.due(ana_1=nine, ana_2=nine + timedelta(days=14), bo_1=nine, cy_1=nine - timedelta(days=7))
    for _ in range(2):
        site.beat()
        site.worker()
    site.until("three mails", lambda: len(site.post.mails) >= 3)
    site.redis.kill()
    # Meanwhile the fourth has something to be told, and their day begins anew.
    site.is_due("dan_1", nine)
    site.sql(
        "DELETE FROM reviews_digestday WHERE person_id ="
        " (SELECT id FROM accounts_user WHERE username = 'dan')"
    )
    site.redis.start()
    site.until("the mail after the restart", lambda: len(site.post.mails) >= 4)
    site.until("everything is recorded", lambda: site.states() == ["sent"] * 4)
    assert site.told() == once(
        ("ana", "ana-1", "2026-11-24", "due"),
        ("ana", "ana-2", "2026-12-08", "before_14"),
        ("bo", "bo-1", "2026-11-24", "due"),
        ("cy", "cy-1", "2026-11-17", "after_7"),
        ("dan", "dan-1", "2026-11-24", "due"),
    )
    assert len(site.post.ids) == 4


def test_a_worker_that_is_killed_before_during_or_after_and_three_days_without_any_lose_and_double_nothing(
    site,
):
    site.it_is(TUESDAY)
    site.due(
        ana_1=TUESDAY,
        bo_1=TUESDAY,
        cy_1=TUESDAY,
        # Reached while no worker is there; cy's first stage with it.
        bo_2=TUESDAY + timedelta(days=2),
        cy_2=TUESDAY + timedelta(days=16),
    )
    # While it claims: as if it never was.
    worker = site.worker()
    with psycopg.connect(site.database.info.dsn) as other:
        other.execute("LOCK TABLE notify_message IN EXCLUSIVE MODE")
        site.nudge("reviews.remind")
        waits = (
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        site.until("the claim", lambda: site.sql(waits))
        worker.kill()
        other.rollback()
    site.dies(worker)
    site.until("the end of its transaction", lambda: not site.sql(waits))
    assert site.sql("SELECT 1 FROM reviews_reminder UNION SELECT 1 FROM notify_message") == []

    # When everything is claimed, and nothing has left.
    worker = site.worker()
    site.post.on_connect = worker.kill
    site.nudge("reviews.remind")
    site.dies(worker)
    site.post.on_connect = lambda: None
    assert site.post.mails == []
    assert len(site.sql("SELECT 1 FROM reviews_reminder WHERE NOT superseded")) == 4

    # While the server has the mail and its answer is on the way.
    site.it_is(TUESDAY + timedelta(minutes=20))
    worker = site.worker()
    site.post.hang_up = lambda _: worker.kill() or "kept"
    site.nudge("notify.send_due")
    site.dies(worker)
    assert len(site.post.mails) == 1

    # When it was answered, and before that is recorded.
    site.it_is(TUESDAY + timedelta(minutes=40))
    worker = site.worker()
    site.post.hang_up = lambda _: stopped(worker)
    site.nudge("notify.send_due")
    site.until("the second mail", lambda: len(site.post.mails) == 2)
    worker.kill()
    site.dies(worker)
    site.post.hang_up = lambda _: ""

    site.it_is(TUESDAY + timedelta(days=3))
    site.worker()
    site.done("reviews.remind", "notify.send_due", "reviews.remind")
    site.until("everything leaves", lambda: set(site.states()) == {"sent"})
    assert site.told() == once(
        ("ana", "ana-1", "2026-11-24", "due"),
        ("bo", "bo-1", "2026-11-24", "due"),
        ("bo", "bo-2", "2026-11-26", "before_14"),
        ("bo", "bo-2", "2026-11-26", "due"),
        ("cy", "cy-1", "2026-11-24", "due"),
        ("cy", "cy-2", "2026-12-10", "before_14"),
    )
    # Those whose fate was unknown did come twice, as one and the same mail.
    assert len(site.post.ids) > len(set(site.post.ids)) == 5


def test_a_mail_server_that_refuses_is_silent_or_hangs_up_gets_every_mail_once_in_the_end(site):
    site.it_is(TUESDAY)
    site.due(ana_1=TUESDAY, bo_1=TUESDAY, cy_1=TUESDAY, dan_1=TUESDAY)
    seen: Counter[str] = Counter()

    def refuses(address: str) -> str | None:
        seen[address] += 1
        return "451 Try again later" if address.startswith("ana") and seen[address] == 1 else None

    def hangs_up(mail: Any) -> str:
        seen[mail["Message-ID"]] += 1
        faults = {"bo": "silent", "cy": "kept", "dan": "lost"}
        return faults.get(mail["To"].split("@")[0], "") if seen[mail["Message-ID"]] == 1 else ""

    site.post.on_rcpt, site.post.hang_up = refuses, hangs_up
    site.worker()
    site.done("reviews.remind")
    for _ in range(10):
        if set(site.states()) == {"sent"}:
            break
        # The waits between two tries are over.
        site.sql("UPDATE notify_delivery SET next_try_at = %s WHERE state <> 'sent'", TUESDAY)
        site.done("notify.send_due")
    assert site.states() == ["sent"] * 4
    assert site.told() == once(
        *((name, f"{name}-1", "2026-11-24", "due") for name in OWNERS),
    )
    assert Counter(mail["To"].split("@")[0] for mail in site.post.mails) == {
        "ana": 1,
        "bo": 2,
        "cy": 2,
        "dan": 1,
    }


def test_a_clock_that_is_moved_or_changes_for_winter_tells_each_stage_once(site):
    sunday = datetime(2026, 10, 25, tzinfo=UTC)  # Lisbon's has 25 hours
    monday = sunday + timedelta(days=1)
    site.it_is(sunday - timedelta(days=14) + timedelta(hours=12))
    site.due(dan_1=sunday, dan_2=monday)
    site.worker()
    expected: list[tuple[str, str, str, str]] = []

    def at(moment: datetime, *new: tuple[str, str, str]) -> None:
        site.it_is(moment)
        site.done("reviews.remind", "reviews.remind")
        expected.extend(("dan", *one) for one in new)
        site.until("the mails", lambda: set(site.states()) <= {"sent"})
        assert site.told() == once(*expected)

    first, second = ("dan-1", "2026-10-25"), ("dan-2", "2026-10-26")
    at(sunday - timedelta(days=14, hours=-12))  # a Sunday
    at(monday - timedelta(days=14, hours=-7, minutes=-59))  # 8:59 in Lisbon's summer
    at(monday - timedelta(days=14, hours=-8), (*first, "before_14"), (*second, "before_14"))
    at(monday + timedelta(hours=8, minutes=59))  # and in its winter
    at(monday + timedelta(hours=9), (*first, "due"), (*second, "due"))
    for back in (timedelta(hours=3), timedelta(days=4), timedelta(days=40)):
        at(monday + timedelta(hours=9) - back)
    at(monday + timedelta(hours=9))
    at(monday + timedelta(days=7, hours=20), (*first, "after_7"), (*second, "after_7"))
    assert len(site.post.ids) == len(set(site.post.ids)) == 3

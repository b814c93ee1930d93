"""Exactly one message for each person, runbook, due date and stage, whatever dies: real schedulers and
workers, a real Redis, PostgreSQL and mail server, and real kills. The mailbox does what mailboxes do: the
same Message-ID again is the same mail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import Celery

from tests.parts import require_part
from tests.portal.notify.conftest import Mailbox, _SmtpThread
from tests.portal.processes import ROOT, environment, free_port, start, until

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
EMPTIED = "reviews_reminder, reviews_notice, reviews_digestday, notify_delivery, notify_message"


class Redis:
    """A server of the test's own: it is killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = [require_part("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(self.folder)]
        self.process = start(command, {"PATH": os.environ["PATH"]}, self.folder / "redis.log")
        until("Redis", self.answers)

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Post(Mailbox):
    """A mailbox that tells when somebody connects."""

    def __init__(self) -> None:
        super().__init__()
        self.on_connect: Callable[[], None] = lambda: None

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        self.on_connect()
        return await super().handle_EHLO(server, session, envelope, name, said)


class Site:
    def __init__(self, folder: Path, database: str, broker: Redis, post: Post, port: int) -> None:
        self.folder, self.redis, self.post = folder, broker, post
        self.database = psycopg.connect(database, autocommit=True)
        self.clock_file = folder / "clock"
        self.environ = environment(
            folder / "data",
            DATABASE_URL=database,
            REDIS_URL=broker.url,
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            DJANGO_SETTINGS_MODULE="tests.runbooks.reviews.fault_settings",
            CLOCK=str(self.clock_file),
            REMIND_SECONDS="1",
            PYTHONPATH=str(ROOT),
        )
        self.celery = Celery(broker=broker.url)
        self.processes: list[subprocess.Popen[bytes]] = []

    def until(self, what: str, happened: Callable[[], object]) -> None:
        """Fails at once, with its last words, when a process ended that nobody killed."""

        def now() -> object:
            for number, process in enumerate(self.processes):
                if process.poll() not in (None, -signal.SIGKILL):
                    log = next(self.folder.glob(f"*-{number}.log")).read_text()
                    pytest.fail(f"While waiting for {what}, a process ended: {log[-800:]}")
            return happened()

        until(what, now)

    def it_is(self, moment: datetime) -> None:
        self.clock_file.write_text(moment.isoformat())
        time.sleep(0.1)  # until running processes have read it

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        found = self.database.execute(query, values)
        return found.fetchall() if found.description else []

    def due(self, **days: datetime) -> None:
        """ana_1=…: the days of these reviews; every other is far off. Nobody was told anything."""
        self.sql(f"TRUNCATE {EMPTIED}")
        self.sql("UPDATE runbooks_trustline SET due_on = '2031-01-01'")
        for name, moment in days.items():
            self.is_due(name, moment)

    def is_due(self, name: str, moment: datetime) -> None:
        self.sql(
            "UPDATE runbooks_trustline SET due_on = %s WHERE runbook_id ="
            " (SELECT id FROM runbooks_runbook WHERE slug = %s)",
            moment.date(),
            name.replace("_", "-"),
        )

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        number = len(self.processes)
        whole = [sys.executable, "-m", "tests.runbooks.reviews.clocked_celery", *command]
        process = start(whole, self.environ, self.folder / f"{command[0]}-{number}.log")
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        few = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        name = f"w{len(self.processes)}@test"
        return self.run("worker", "--pool=threads", "--concurrency=2", "-n", name, *few)

    def beat(self) -> subprocess.Popen[bytes]:
        return self.run("beat", "--schedule", str(self.folder / f"beat-{len(self.processes)}"))

    def nudge(self, *tasks: str) -> None:
        for task in tasks:
            self.celery.send_task(task)

    def idle(self) -> bool:
        """Whether nothing is queued, and nothing is being done: a task is acknowledged when it is done."""
        with redis.Redis(port=self.redis.port) as client:
            return not any(client.llen("celery") + client.hlen("unacked") for _ in _twice())

    def done(self, *tasks: str) -> None:
        self.nudge(*tasks)
        self.until(f"{tasks}", self.idle)

    def dies(self, worker: subprocess.Popen[bytes]) -> None:
        self.until("the kill", lambda: worker.poll() is not None)
        assert worker.returncode == -signal.SIGKILL
        with redis.Redis(port=self.redis.port) as client:
            client.flushall()  # what it had taken would come again in an hour

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.celery.close()
        self.database.close()

    def told(self) -> Counter[tuple[str, str, str, str]]:
        """(person, runbook, due day, stage) as the mailboxes show them."""
        bodies = dict(
            self.sql(
                "SELECT d.event_id, m.body FROM notify_delivery d"
                " JOIN notify_message m ON m.id = d.message_id"
            )
        )
        to = {mail["Message-ID"]: mail["To"] for mail in self.post.mails}
        return Counter(
            (address.split("@")[0], ref["runbook"], ref["due_on"], ref["stage"])
            for mail_id, address in to.items()
            for section in bodies[mail_id.strip("<>")]["sections"]
            for ref in (item["ref"] for item in section["items"])
        )

    def states(self) -> list[str]:
        return [state for (state,) in self.sql("SELECT state FROM notify_delivery ORDER BY id")]


def _twice() -> Iterator[None]:
    """A message is nowhere for a moment between the queue and the worker."""
    yield
    time.sleep(0.05)
    yield


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
    server = _SmtpThread(post)
    broker = Redis(tmp_path)
    made = Site(tmp_path, address, broker, post, server.port)
    try:
        yield made
    finally:
        made.end()
        broker.kill()
        post.silence.set()
        server.stop()


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
    site.post.hang_up = lambda _: worker.send_signal(signal.SIGSTOP) or ""
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

"""A portal over a real Redis, PostgreSQL and mail server, for tests that kill them and set its clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import Celery

from tests.parts import require_part
from tests.portal.notify.mail_server import Mailbox
from tests.portal.processes import ROOT, environment, free_port, start, until

#: What reminders write.
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
    """A portal whose time a test sets, and whose parts it kills."""

    def __init__(self, folder: Path, database: str, broker: Redis, post: Post, port: int) -> None:
        self.folder, self.redis, self.post = folder, broker, post
        self.database = psycopg.connect(database, autocommit=True)
        self.clock_file = folder / "clock"
        #: What was asked for and what has run, as `clocked_celery` writes it; and what died with a worker.
        self.tally_file = folder / "tally"
        self.lost: set[str] = set()
        self.environ = environment(
            folder / "data",
            DATABASE_URL=database,
            REDIS_URL=broker.url,
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            DJANGO_SETTINGS_MODULE="tests.runbooks.reviews.fault_settings",
            CLOCK=str(self.clock_file),
            TALLY=str(self.tally_file),
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
        """In every process that runs, before this returns."""
        now = moment.isoformat()
        self.clock_file.write_text(now)
        clocks = [
            self.folder / f"clock-{process.pid}"
            for process in self.processes
            if process.poll() is None
        ]
        self.until("the time", lambda: all(c.exists() and c.read_text() == now for c in clocks))

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

    def nudge(self, *tasks: str) -> list[str]:
        return [self.celery.send_task(task).id for task in tasks]

    def done(self, *tasks: str) -> None:
        """Until these have run, and whatever they asked for in their turn."""
        nudged = set(self.nudge(*tasks))
        self.until(f"{tasks}", lambda: not self.unfinished() and nudged <= self._tally("-"))

    def unfinished(self) -> set[str]:
        """What a process asked for and none has run: asked of them, for a message on its way from the
        queue to a worker is in neither."""
        return self._tally("+") - self._tally("-") - self.lost

    def _tally(self, sign: str) -> set[str]:
        lines = self.tally_file.read_text().splitlines() if self.tally_file.exists() else []
        return {line[1:] for line in lines if line.startswith(sign)}

    def dies(self, worker: subprocess.Popen[bytes]) -> None:
        self.until("the kill", lambda: worker.poll() is not None)
        assert worker.returncode == -signal.SIGKILL
        with redis.Redis(port=self.redis.port) as client:
            client.flushall()  # what it had taken would come again in an hour
        self.lost = self.unfinished()

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

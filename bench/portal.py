"""A portal under measurement: `make run` on PostgreSQL, with a generated library in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import corpus
from bench.asking import Answer, ask
from bench.database import PostgreSQL
from bench.places import KEPT, ROOT, THREADS, WORKERS, NotHereError, free_port, tell

PERSON, PASSWORD = "bench", "bench-only-on-loopback"
MAKE_PERSON = f"""
from portal.accounts.models import User
if not User.objects.filter(username={PERSON!r}).exists():
    User.objects.create_user(username={PERSON!r}, email="bench@example.org", password={PASSWORD!r})
"""


@dataclass(frozen=True)
class Import:
    """What `manage.py import_runbooks` took."""

    seconds: float
    busy: float  # seconds of them that it computed; the rest it waited, for PostgreSQL or for its turn
    mebibytes: float  # the most that it held at any time


class Portal:
    def __init__(self, size: int, server: PostgreSQL) -> None:
        self.size, self.server = size, server
        self.database = f"portal{size}"
        self.port = free_port()
        self.log = KEPT / f"portal-{size}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environ = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(KEPT / f"portal-{size}"),
            "DATABASE_URL": server.url(self.database),
            "PORT": str(self.port),
            "DEMO": "0",
            "READ_WITHOUT_LOGIN": "1",
            "WEB_WORKERS": str(WORKERS),
            "WEB_THREADS": str(THREADS),
        }

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environ, check=True, stdout=sys.stderr)

    def load(self, *, anew: bool) -> Import | None:
        """What the import took; None when the library was there."""
        new = self.server.create(self.database, anew=anew)
        self.manage("prepare")
        self.manage("shell", "--no-imports", "-c", MAKE_PERSON)
        if not new:
            return None
        tell(f"Importing {self.size} runbooks")
        taken = self.bring(corpus.folder(self.size))
        self.server.tidy(self.database)
        return taken

    def bring(self, folder: Path) -> Import:
        command = [sys.executable, "manage.py", "import_runbooks", str(folder), "--verbosity", "0"]
        command += ["--owner", PERSON, "--publish-as", PERSON]
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=sys.stderr)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise NotHereError(f"import_runbooks ended with status {process.returncode}.")
        taken = time.perf_counter() - begun
        return Import(taken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)

    def start(self) -> None:
        command = [sys.executable, "-m", "portal.running"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 180
        while "is ready" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotHereError(f"The portal did not start; {self.log} says why.")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def sign_in(self) -> str:
        """The Cookie header of somebody who has signed in."""
        page = ask(self.port, "/accounts/sign-in")
        token = page.body.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        cookies = dict(page.cookies)
        form = {"username": PERSON, "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer: Answer = ask(
            self.port, "/accounts/sign-in", form=form, headers={"Cookie": cookie_header(cookies)}
        )
        if "sessionid" not in answer.cookies:
            raise NotHereError(f"Signing in was answered with status {answer.status}.")
        return cookie_header({**cookies, **answer.cookies})


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())

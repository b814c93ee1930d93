"""`make run`: prepares the database, then keeps web server, worker and scheduler running.

Standard library only: this process lives as long as the portal, and Django would cost it 40 MB.
Children are started anew when they die, and none outlives this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlsplit

HOST = "127.0.0.1"
TICK = 0.2  # seconds between looks at the children
GRACE = 10.0  # seconds that a child has to finish what it does
SOON = 5.0  # a child that lived less than this many seconds is started again ever later
LATEST = 30.0
GIVE_UP = 3  # early deaths in a row before the portal was ever ready


class CannotRunError(Exception):
    """The portal cannot be started. The message is a sentence for the person at the terminal."""


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def die_with_parent() -> None:
    """On Linux a child gets SIGTERM when this process is killed without a chance to end it."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def spawn(command: list[str], output: int | None = None) -> subprocess.Popen[str]:
    # A session of its own: Ctrl-C reaches this process alone, which then ends the children in order.
    return subprocess.Popen(  # noqa: S603 -- our own commands, no word of a stranger in them
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- this process has one thread
    )


@dataclass
class Child:
    """One of the portal's processes, and when it may be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    due: float = 0.0
    early_deaths: int = 0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def start(self) -> None:
        self.process, self.started = spawn(self.command), self.clock()

    def look(self) -> str | None:
        """Starts it when it is due; a sentence when it has just died."""
        now = self.clock()
        if self.process is None:
            if now >= self.due:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.process = None
        self.early_deaths = self.early_deaths + 1 if now - self.started < SOON else 0
        wait = min(LATEST, 2.0 ** (self.early_deaths - 1)) if self.early_deaths else 0.0
        self.due = now + wait
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        return f"The {self.name} ended ({how}); it is started again" + (
            f" in {wait:.0f} s." if wait else "."
        )


def end(children: list[Child]) -> None:
    """Asks every child to finish, then ends whatever of its session is left."""
    running = [child.process for child in children if child.process]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        process.wait()


def claim_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotRunError(
                f"Port {port} cannot be used ({error.strerror}). Another: make run PORT={port + 1}"
            ) from None


def claim_folder(folder: Path) -> IO[str]:
    """Holds the folder for as long as the returned file is open: two portals in one would share a queue."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "running.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise CannotRunError(f"DATA_DIR {folder} cannot be written: {error.strerror}.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotRunError(
            f"A portal is already running in {folder}. Side by side: "
            "make run PORT=8001 DATA_DIR=./var-second"
        ) from None
    return lock


class Supervisor:
    """Prepare, serve, watch, end."""

    def __init__(self, environ: dict[str, str], *, root: Path) -> None:
        self.environ = environ
        # It listens on loopback only, so reading without a sign-in is the friendly default here.
        environ["READ_WITHOUT_LOGIN"] = environ.get("READ_WITHOUT_LOGIN") or "1"
        environ["DEMO"] = environ.get("DEMO") or "1"
        given = environ.get("PORT") or "8000"
        if not given.isdecimal() or not 0 < int(given) < 65536:
            raise CannotRunError(f"PORT is {given!r}: it takes a number from 1 to 65535.")
        self.port = int(given)
        environ["PORT"] = given
        environ["BIND"] = f"{HOST}:{given}"
        self.folder = Path(environ.get("DATA_DIR") or root / "var").expanduser().resolve()
        environ["DATA_DIR"] = str(self.folder)
        site = environ.get("SITE_URL") or f"http://{HOST}:{given}"
        self.site_host = urlsplit(site).netloc
        self.stopping = False
        python = sys.executable
        self.prepare_command = [python, "manage.py", "prepare"]
        web = [python, "-m", "portal.serving"]
        # Celery's advice against root is for servers; docs/running.md says what those run.
        worker = [python, "-W", "ignore:You're running the worker with superuser privileges"]
        worker += ["-m", "celery", "--quiet", "-A", "portal.celery", "worker", "--beat"]
        # Two threads: a long job holds up no short one, and a second process would cost its memory.
        worker += ["--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"]
        worker += ["--without-gossip", "--without-mingle"]
        self.children = [Child("web server", web), Child("worker", worker)]

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def prepare(self) -> str:
        """Migrates, collects, loads. Returns what the person should read once the portal is up."""
        process = spawn(self.prepare_command, output=subprocess.PIPE)
        while not self.stopping:
            try:
                notes, _ = process.communicate(timeout=TICK)
            except subprocess.TimeoutExpired:
                continue
            if process.returncode:
                raise CannotRunError("The portal could not be prepared; the reason stands above.")
            return notes
        end([Child("preparation", self.prepare_command, process)])
        return ""

    def failing(self) -> dict[str, str]:
        """What /readyz says is not ready; empty when all is."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": self.site_host})
            response = connection.getresponse()
            body = response.read()
            if response.status == http.client.OK:
                return {}
            found = json.loads(body).get("failing")
        except (OSError, ValueError, http.client.HTTPException):
            return {"web server": "does not answer yet"}
        finally:
            connection.close()
        return found or {"web server": f"answers with status {response.status}"}

    def watch(self, notes: str) -> None:
        """Until told to stop. Says once when the portal is ready, or what keeps it from being."""
        ready, told, begun = False, False, time.monotonic()
        while not self.stopping:
            for child in self.children:
                if news := child.look():
                    say(news)
                if not ready and child.early_deaths >= GIVE_UP:
                    raise CannotRunError(
                        f"The {child.name} does not start; the reason stands above."
                    )
            if not ready:
                failing = self.failing()
                ready = not failing
                if ready:
                    self.announce(notes)
                elif not told and time.monotonic() - begun > 20:
                    told = True
                    say("Not ready yet: " + "; ".join(f"{k}: {v}" for k, v in failing.items()))
            time.sleep(TICK)

    def announce(self, notes: str) -> None:
        say(f"\nDrillbook is ready: http://{HOST}:{self.port}\n")
        if notes.strip():
            say(notes.rstrip() + "\n")
        say(f"Its data is in {self.folder}. Ctrl-C ends it.")

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        with claim_folder(self.folder):
            claim_port(self.port)
            try:
                notes = self.prepare()
                self.watch(notes)
            finally:
                if any(child.process for child in self.children):
                    say("Ending web server, worker and scheduler.")
                end(self.children)


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    os.chdir(root)
    try:
        Supervisor(os.environ, root=root).run()  # type: ignore[arg-type]  # children inherit it
    except CannotRunError as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

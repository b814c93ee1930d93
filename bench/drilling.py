"""A drill with 25 players who poll each second: how long until each has seen what was revealed, and what a
player costs. On the small server: SQLite, two web processes of two threads."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from bench.asking import ask
from bench.figures import Figure
from bench.places import KEPT, ROOT, NotHereError, free_port, tell
from bench.weighing import family

PLAYERS, INJECTS = 25, 12
#: Between two reveals; odd, so that they do not fall into step with the polls.
_PAUSE = 2.3
_REVEALED = re.compile(rb"inject (\d+) at ([\d.]+) ends")


class Player(threading.Thread):
    """Polls as the page does: each second, with the version it has."""

    def __init__(self, port: int, drill: int, token: str, late: float) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.late = port, f"/drills/{drill}/play/live", late
        self.headers = {"Cookie": f"drill-seat-{drill}={token}"}
        self.seen: dict[int, float] = {}
        self.answers: list[int] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        time.sleep(self.late)
        while not self.stopped.wait(1.0):
            answer = ask(self.port, self.path, headers=self.headers)
            now = time.time()
            self.answers.append(answer.status)
            self.headers["If-None-Match"] = answer.headers.get("etag", "")
            for number, at in _REVEALED.findall(answer.body):
                self.seen.setdefault(int(number), now - float(at))


def room() -> list[Figure]:
    tell(f"A drill with {PLAYERS} players")
    with ExitStack() as stack:
        return _played(stack)


def _played(stack: ExitStack) -> list[Figure]:
    folder, port = KEPT / f"room-{os.getpid()}", free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "LOG_LEVEL": "ERROR",
    }
    prepare = [sys.executable, "manage.py", "prepare"]
    subprocess.run(prepare, cwd=ROOT, env=environ, check=True, stdout=sys.stderr)
    portal = _start(environ, folder.with_suffix(".log"))
    stack.callback(portal.wait, 60)
    stack.callback(portal.terminate)
    command = [sys.executable, "-m", "bench.room", str(PLAYERS)]
    facilitator = subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    stack.callback(facilitator.wait, 30)
    assert facilitator.stdin
    assert facilitator.stdout
    stack.callback(facilitator.stdin.close)
    seats = json.loads(facilitator.stdout.readline())
    players = [
        Player(port, seats["drill"], token, n / PLAYERS) for n, token in enumerate(seats["seats"])
    ]
    before, begun = _cpu_seconds(portal.pid), time.monotonic()
    for player in players:
        player.start()
    for _ in range(INJECTS):
        time.sleep(_PAUSE)
        facilitator.stdin.write(b"next\n")
        facilitator.stdin.flush()
    time.sleep(4)
    used, took = _cpu_seconds(portal.pid) - before, time.monotonic() - begun
    for player in players:
        player.stopped.set()
    waits = sorted(wait for player in players for wait in player.seen.values())
    answers = [status for player in players for status in player.answers]
    if not waits or set(answers) - {200, 304}:
        raise NotHereError(f"The players were answered with {sorted(set(answers))}.")
    p95 = waits[int(len(waits) * 0.95)]
    unchanged = answers.count(304) / len(answers)
    return [
        Figure(
            "drill",
            f"from reveal to seen, p95 of {PLAYERS} players and {INJECTS} injects",
            p95,
            "s",
            2.0,
            note=f"median {statistics.median(waits):.2f} s; the page asks once a second",
        ),
        Figure(
            "drill",
            "injects seen, of all",
            len(waits) / (PLAYERS * INJECTS),
            "",
            1.0,
            at_least=True,
        ),
        Figure(
            "drill",
            "what a player costs, of one core",
            100 * used / took / PLAYERS,
            "%",
            note=f"{unchanged:.0%} of the answers are 304",
        ),
    ]


def _start(environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        portal = subprocess.Popen(
            [sys.executable, "-m", "portal.running"],
            cwd=ROOT,
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 180
    while "is ready" not in log.read_text():
        if portal.poll() is not None or time.monotonic() > deadline:
            raise NotHereError(f"The portal did not start; {log} says why.")
        time.sleep(0.05)
    return portal


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and all below it."""
    ticks = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")

"""Load by wrk, in rounds in which everybody takes a turn, in an order that changes."""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.places import NotHereError, program, tell

SCRIPT = r"""
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local headers = {}
if os.getenv("BENCH_COOKIE") then headers["Cookie"] = os.getenv("BENCH_COOKIE") end
local i = 0
request = function() i = i % #paths + 1; return wrk.format("GET", paths[i], headers) end
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    summary.errors.status + summary.errors.timeout + summary.errors.connect + summary.errors.read))
end
"""


@dataclass(frozen=True)
class Job:
    """Somebody who is measured: paths are asked for in turn."""

    name: str
    port: int
    paths: list[str]
    cookie: str = ""


@dataclass(frozen=True)
class Turn:
    """Milliseconds, and requests in a second."""

    p50: float
    p95: float
    p99: float
    rate: float
    bad: int


@dataclass(frozen=True)
class Result:
    """Medians over the rounds; `p50_range` is the least and the greatest of them."""

    p50: float
    p95: float
    p99: float
    rate: float
    bad: int
    p50_range: tuple[float, float]


def turn(job: Job, connections: int, seconds: int) -> Turn:
    with tempfile.TemporaryDirectory() as folder:
        script, paths = Path(folder, "turn.lua"), Path(folder, "paths")
        script.write_text(SCRIPT)
        paths.write_text("\n".join(job.paths) + "\n")
        environ = {"PATH": os.environ["PATH"], "BENCH_PATHS": str(paths)}
        if job.cookie:
            environ["BENCH_COOKIE"] = job.cookie
        command = [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
        command += ["-s", str(script), f"http://127.0.0.1:{job.port}/"]
        said = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if said.returncode:
        raise NotHereError(f"wrk against {job.name} failed: {said.stdout}{said.stderr}")
    found = re.search(r"RESULT (.*)", said.stdout)
    assert found, said.stdout
    count, duration, p50, p95, p99, bad = (int(each) for each in found[1].split())
    return Turn(p50 / 1e3, p95 / 1e3, p99 / 1e3, count / (duration / 1e6), bad)


def rounds(
    jobs: list[Job], *, connections: list[int], count: int, seconds: int
) -> dict[tuple[str, int], Result]:
    """(name of the job, connections) -> result."""
    chance = random.Random(7)
    turns: dict[tuple[str, int], list[Turn]] = {}
    for number in range(count):
        for width in connections:
            order = [
                Job(j.name, j.port, chance.sample(j.paths, len(j.paths)), j.cookie) for j in jobs
            ]
            chance.shuffle(order)
            for job in order:
                turns.setdefault((job.name, width), []).append(turn(job, width, seconds))
        tell(f"  round {number + 1} of {count}")
    return {key: _middle(each) for key, each in turns.items()}


def _middle(turns: list[Turn]) -> Result:
    def median(name: str) -> float:
        return float(statistics.median(getattr(each, name) for each in turns))

    p50s = [each.p50 for each in turns]
    bad = sum(each.bad for each in turns)
    p50, p95, p99, rate = (median(name) for name in ("p50", "p95", "p99", "rate"))
    return Result(p50, p95, p99, rate, bad, (min(p50s), max(p50s)))

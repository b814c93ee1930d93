"""make bench [PARTS=page,search] [SIZES=1000,10000] [ROUNDS=5] [WINDOW=3] [FRESH=1]"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from bench import corpus, drilling, floor, measuring, reminding
from bench.asking import ask
from bench.database import PostgreSQL
from bench.figures import Figure, table
from bench.places import KEPT, ROOT, NotHereError, free_port, program, tell
from bench.portal import Portal

PARTS = ("import", "page", "search", "recall", "first", "memory", "weight", "reminders", "drill")


def chosen(name: str, default: str) -> list[str]:
    return [each for each in (os.environ.get(name) or default).split(",") if each]


def serve_floor(server: PostgreSQL, stack: ExitStack) -> int:
    port = free_port()
    environ = {"PATH": os.environ["PATH"], "PGPORT_": str(server.port)}
    if "DRILLBOOK_SHARED" in os.environ:
        environ["DRILLBOOK_SHARED"] = os.environ["DRILLBOOK_SHARED"]
    command = [sys.executable, "-m", "bench.floor", str(port)]
    with (KEPT / "floor.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    for _ in range(300):
        try:
            if ask(port, "/const").status == 200:
                return port
        except OSError:
            time.sleep(0.1)
    raise NotHereError(f"The floor did not start; {KEPT / 'floor.log'} says why.")


def measure(parts: list[str], sizes: list[int], stack: ExitStack) -> list[Figure]:
    count, seconds = int(os.environ.get("ROUNDS") or 5), int(os.environ.get("WINDOW") or 3)
    # The import is timed only where the library is brought in anew.
    anew = "import" in parts or os.environ.get("FRESH") == "1"
    only_reminders = set(parts) == {"reminders"}  # they need no corpus and nobody who asks
    for name in ("initdb",) if only_reminders else ("wrk", "initdb"):
        program(name)
    if not only_reminders:
        corpus.generate(sizes)
    server = PostgreSQL()
    server.start()
    stack.callback(server.stop)
    if only_reminders:
        return reminding.sweep(server)
    floor.load(server, sizes, anew=os.environ.get("FRESH") == "1")
    figures: list[Figure] = []
    portals = [Portal(size, server) for size in sizes]
    for portal in portals:
        taken = portal.load(anew=anew)
        if taken:
            figures += measuring.importing(portal, taken)
    if set(parts) == {"import"}:
        return figures
    floor_port = serve_floor(server, stack)
    for portal in portals:
        portal.start()
        stack.callback(portal.stop)
    largest = portals[-1]
    if "page" in parts:
        figures += measuring.page(largest, floor_port, count=count, seconds=seconds)
    if "search" in parts:
        figures += measuring.search(portals, floor_port, count=count, seconds=seconds)
    for name, part in (
        ("recall", measuring.recall),
        ("memory", measuring.memory),
        ("first", measuring.first_search),
        ("weight", measuring.weight),
    ):
        if name in parts:
            figures += part(largest)
    alone: dict[str, Callable[[], list[Figure]]] = {
        "reminders": lambda: reminding.sweep(server),
        "drill": drilling.room,
    }
    for name in alone.keys() & set(parts):
        figures += alone[name]()
    return figures


def main() -> int:
    parts = chosen("PARTS", ",".join(PARTS))
    unknown = set(parts) - set(PARTS)
    if unknown:
        tell(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
        return 2
    try:
        sizes = sorted(int(size) for size in chosen("SIZES", "1000,10000"))
        with ExitStack() as stack:
            # A drill needs nothing but itself.
            figures = drilling.room() if parts == ["drill"] else measure(parts, sizes, stack)
    except (NotHereError, ValueError) as reason:
        tell(str(reason))
        return 1
    sys.stdout.write(table(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Celery whose clock a test moves: `python -m tests.runbooks.reviews.clocked_celery worker …`.

CLOCK names a file with the moment that it is; the file CLOCK-<process> says which moment this process has
taken over. From there the clock goes on by itself. TALLY names a file to which every process adds a line
`+id` for a task that it asks for, and `-id` for one that it has run.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from celery.signals import before_task_publish, task_postrun

CLOCK, TALLY = Path(os.environ["CLOCK"]), Path(os.environ["TALLY"])


def taken_over(moment: str) -> None:
    """In one go: a test that reads it reads a whole moment."""
    mine = CLOCK.with_name(f"{CLOCK.name}-{os.getpid()}")
    new = mine.with_suffix(".new")
    new.write_text(moment)
    new.replace(mine)


def follow(traveller: time_machine.Coordinates, known: str) -> None:
    while True:
        time.sleep(0.05)
        wanted = CLOCK.read_text()
        if wanted and wanted != known:
            traveller.move_to(datetime.fromisoformat(wanted), tick=True)
            known = wanted
            taken_over(known)


def count(line: str) -> None:
    with TALLY.open("a") as file:
        file.write(f"{line}\n")


@before_task_publish.connect
def asked(headers: dict[str, Any], **_: object) -> None:
    count(f"+{headers['id']}")


@task_postrun.connect
def ran(task_id: str, **_: object) -> None:
    count(f"-{task_id}")


def main() -> None:
    wanted = CLOCK.read_text()
    travel = time_machine.travel(datetime.fromisoformat(wanted), tick=True)
    traveller = travel.start()
    taken_over(wanted)
    threading.Thread(target=follow, args=(traveller, wanted), daemon=True).start()
    from portal.celery import app

    app.start(sys.argv[1:])


if __name__ == "__main__":
    main()

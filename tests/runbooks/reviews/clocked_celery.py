"""Celery whose clock a test moves: `python -m tests.runbooks.reviews.clocked_celery worker …`.

CLOCK names a file with the moment that it is; a new moment in it counts within a tenth of a second. From
there the clock goes on by itself.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import time_machine


def follow(clock: Path, traveller: time_machine.Coordinates, known: str) -> None:
    while True:
        time.sleep(0.05)
        wanted = clock.read_text()
        if wanted and wanted != known:
            traveller.move_to(datetime.fromisoformat(wanted), tick=True)
            known = wanted


def main() -> None:
    clock = Path(os.environ["CLOCK"])
    wanted = clock.read_text()
    travel = time_machine.travel(datetime.fromisoformat(wanted), tick=True)
    traveller = travel.start()
    threading.Thread(target=follow, args=(clock, traveller, wanted), daemon=True).start()
    from portal.celery import app

    app.start(sys.argv[1:])


if __name__ == "__main__":
    main()

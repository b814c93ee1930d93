"""manage.py simulate_reviews --runbooks 500 --owners 40 --days 365 --seed 7 --json FILE: a year ahead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentTypeError
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from runbooks.reviews.simulated_year import log_of, summary
from runbooks.reviews.simulating import Plan, Simulation

#: What the scratch portal takes over. Its database, broker and mail are files in a folder of its own.
_TAKEN_OVER = ("PATH", "LANG", "LC_ALL", "DIGEST_HOUR", "REVIEW_EVERY_DAYS", "VIRTUAL_ENV")
_MANAGE = settings.BASE_DIR / "manage.py"


class Command(BaseCommand):
    help = (
        "Simulates reviews and reminders day by day with the code that really reminds, on an invented "
        "library whose owners answer most reviews late and some never. It runs in a scratch database that "
        "is thrown away; the portal's own is not opened."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--runbooks", type=_number, default=500, metavar="N", help="500")
        parser.add_argument("--owners", type=_number, default=40, metavar="N", help="40")
        parser.add_argument("--days", type=_number, default=365, metavar="N", help="365")
        parser.add_argument(
            "--seed", type=int, default=7, metavar="N", help="the same seed gives the same year; 7"
        )
        parser.add_argument(
            "--begin",
            type=_day,
            default=date(2026, 1, 5),
            metavar="DAY",
            help="the first day, as 2026-01-05",
        )
        parser.add_argument("--json", metavar="FILE", help="write the log of all messages here")
        parser.add_argument("--in-scratch", metavar="FOLDER", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["in_scratch"]:
            self._simulate(options, Path(options["in_scratch"]))
            return
        target = Path(options["json"]) if options["json"] else None
        if target is not None and not os.access(target.parent, os.W_OK):
            raise CommandError(f"{target} cannot be written: is its folder there, and yours?")
        with tempfile.TemporaryDirectory(prefix="drillbook-simulated-") as folder:
            done = subprocess.run(  # noqa: S603 -- this very program
                _again(options, folder), env=_environment(os.environ, folder), check=False
            )
            if done.returncode:
                raise CommandError(f"The simulation ended with status {done.returncode}.")
            log = Path(folder, "log.json").read_text()
            if target is not None:
                target.write_text(log)
        self.stdout.write(summary(json.loads(log)))
        if target is not None:
            self.stdout.write(f"\nThe log is in {target}.")

    def _simulate(self, options: Mapping[str, Any], folder: Path) -> None:
        database = Path(settings.DATABASES["default"]["NAME"])
        if folder.resolve() not in database.resolve().parents or database.exists():
            raise CommandError("This is no scratch database. Nothing was done.")
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            # It is thrown away: nothing needs to survive a crash.
            cursor.execute("PRAGMA synchronous=OFF")
        names = ("runbooks", "owners", "days", "seed", "begin")
        year = Simulation(Plan(**{name: options[name] for name in names})).run()
        (folder / "log.json").write_text(json.dumps(log_of(year), indent=1))


def _again(options: Mapping[str, Any], folder: str) -> list[str]:
    command = [sys.executable, str(_MANAGE), "simulate_reviews", "--in-scratch", folder]
    for name in ("runbooks", "owners", "days", "seed", "begin"):
        command += [f"--{name}", str(options[name])]
    return command


def _environment(mine: Mapping[str, str], folder: str) -> dict[str, str]:
    kept = {name: mine[name] for name in _TAKEN_OVER if name in mine}
    return {**kept, "DATA_DIR": folder, "LOG_LEVEL": "WARNING"}


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on.")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: it takes one as 2026-01-05.") from None

"""manage.py write_scenario SLUG | --all: scenarios from the shell, for whoever plans many drills."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from drills.scenario import asking, writing
from drills.scenario.offline import SHORT_MINUTES, NothingToDrill
from runbooks.models import Revision, Runbook

WRITERS = ("offline", "ai")
LEAST_MINUTES, MOST_MINUTES = 15, 480


class Command(BaseCommand):
    help = (
        "Writes a drill's scenario for a live runbook, or"
        " with --all for each of them. Nothing is kept in the "
        "portal. Exits 1 where there is nothing to drill, and says what is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="the runbook's address: /r/<slug>")
        parser.add_argument("--all", action="store_true", help="every live runbook: a JSON list")
        parser.add_argument("--writer", choices=WRITERS, default="offline")
        parser.add_argument(
            "--minutes", type=int, default=SHORT_MINUTES, help="length of the drill"
        )
        parser.add_argument("--json", default="-", help="file to write (default: standard output)")

    def handle(self, *args: Any, **options: Any) -> None:
        minutes = options["minutes"]
        if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
            raise CommandError(f"--minutes takes {LEAST_MINUTES} to {MOST_MINUTES}.")
        if bool(options["slug"]) == options["all"]:
            raise CommandError("Name one runbook, or say --all.")
        if options["all"]:
            self._all(options)
            return
        revision = _revision(options["slug"])
        try:
            made = _write(revision, options)
        except NothingToDrill as nothing:
            raise CommandError(str(nothing)) from None
        self._put(made, options["json"])

    def _all(self, options: dict[str, Any]) -> None:
        revisions = Revision.objects.filter(
            pk__in=Runbook.objects.live().values("live_revision")
        ).select_related("runbook")
        made: list[dict[str, Any]] = []
        without = 0
        for revision in revisions.order_by("runbook__slug").iterator(chunk_size=50):
            try:
                made.append(_write(revision, options))
            except NothingToDrill as nothing:
                without += 1
                self.stderr.write(str(nothing))
        if not made:
            raise CommandError("No live runbook has a step to drill.")
        self._put(made, options["json"])
        left_out = f"; {without} without a step left out" if without else ""
        self.stderr.write(f"{len(made)} scenarios{left_out}.")

    def _put(self, made: object, where: str) -> None:
        text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
        if where == "-":
            sys.stdout.write(text)
            return
        try:
            Path(where).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{where} cannot be written: {error.strerror}.") from None


def _revision(slug: str) -> Revision:
    found = (
        Revision.objects.filter(
            runbook__slug=slug,
            runbook__state=Runbook.State.LIVE,
            pk__in=Runbook.objects.values("live_revision"),
        )
        .select_related("runbook")
        .first()
    )
    if found is None:
        raise CommandError(f"There is no live runbook at /r/{slug}.")
    return found


def _write(revision: Revision, options: dict[str, Any]) -> dict[str, Any]:
    minutes = options["minutes"]
    if options["writer"] == "ai":
        return writing.as_json(asking.write_with_ai(revision, minutes=minutes))
    return writing.as_json(writing.write(revision, minutes=minutes))

"""manage.py prepare: what a portal needs before it serves, in one process. Safe to run again."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser

from portal import readiness
from portal.accounts import first_run
from runbooks import making


def static_state() -> str:
    """Changes when a static file does: compressing them all again is most of a second start."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static() -> bool:
    """Whether there was anything to collect."""
    state, note = static_state(), Path(settings.STATIC_ROOT) / ".collected"
    if note.exists() and note.read_text(encoding="ascii") == state:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    note.write_text(state, encoding="ascii")
    return True


class Command(BaseCommand):
    """Progress goes to standard error. Standard output is what the person should read at the end."""

    help = (
        "Migrates, makes the cache table, collects static files and, with DEMO=1, loads the demo."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-static", action="store_true", help="the image has its static files already"
        )

    def step(self, text: str) -> None:
        self.stderr.write(text, style_func=str)
        self.stderr.flush()

    def handle(self, *args: Any, **options: Any) -> None:
        self.step("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if not options["no_static"]:
            self.step("Preparing style sheet and script …")
            collect_static()
        if settings.DEMO and "load_demo" in get_commands():
            self.step("Loading the demo library …")
            call_command("load_demo", stdout=self.stdout, stderr=sys.stderr)
        if said := first_run.notice():
            self.stdout.write(said)
        self.step("Preparing pages …")
        if drawn := sum(1 for _ in making.make_old_again()):
            self.step(f"Drawn anew by this version: {drawn} runbook{'s' * (drawn != 1)}")
        self.step("Preparing search …")
        for part, reason in readiness.failing().items():
            self.step(f"Not ready: {part}: {reason}")

"""manage.py people_gone: who is no longer at the identity provider is marked as unreachable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.accounts import reaching
from portal.accounts.models import User


class Command(BaseCommand):
    help = (
        "Marks people as unreachable: those in FILE (user names or e-mail addresses, one a line, or the "
        "first column of a CSV), with --all-but everybody who is not in it, or whoever was not here for so "
        "many days. Their runbooks stand on /orphans. Whoever signs in is there again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", metavar="FILE", help="a file, or - for standard input"
        )
        parser.add_argument(
            "--all-but", action="store_true", help="FILE names who is still there, not who is gone"
        )
        parser.add_argument(
            "--missing-since", type=int, metavar="DAYS", help="not here for DAYS days"
        )
        parser.add_argument("--dry-run", action="store_true", help="say who, and mark nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        days, file = options["missing_since"], options["file"]
        if (file is None) == (days is None):
            raise CommandError("Give a file, or --missing-since DAYS.")
        if days is not None:
            if days < 1:
                raise CommandError("--missing-since takes a number of days.")
            gone = list(reaching.not_seen_since(timezone.now() - timedelta(days=days)))
            why = f"Was not here for {days} days."
        else:
            gone, why = self._by_file(file, all_but=options["all_but"])
        count = 0
        for person in gone:
            if not person.answers:
                continue
            if not options["dry_run"]:
                reaching.mark_unreachable(person, by=None, why=why)
            count += 1
            self.stdout.write(f"{person.username}\t{person}")
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(f"{count} {would}marked as unreachable.")

    def _by_file(self, file: str, *, all_but: bool) -> tuple[list[User], str]:
        named = list(_names(file))
        if not named:
            raise CommandError(f"{file} names nobody.")
        found = {name: User.objects.named(name) for name in named}
        unknown = [name for name, person in found.items() if person is None]
        for name in unknown:
            self.stderr.write(f"Nobody here is called {name!r}.")
        people = {person.pk: person for person in found.values() if person is not None}
        if not all_but:
            return list(people.values()), "Is not at the identity provider any more."
        if not people:
            raise CommandError(
                "Nobody in that file is here: is it the right one? Nobody was marked."
            )
        rest = User.objects.filter(is_active=True, is_superuser=False).exclude(pk__in=people)
        return list(rest.order_by("pk")), "Is not among those at the identity provider."


def _names(file: str) -> Iterator[str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    for line in text.removeprefix("\ufeff").splitlines():
        name = line.split("#", 1)[0].replace(";", ",").split(",", 1)[0].strip().strip('"')
        if name and name.lower() not in ("username", "email", "e-mail", "user"):
            yield name

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from runbooks.search import wording
from runbooks.search.models import SynonymGroup
from runbooks.search.synonyms import read_groups


class Command(BaseCommand):
    help = "Show or replace the words that this team uses for one another in searches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--set",
            dest="file",
            metavar="FILE",
            help="replace the team's groups: one a line, words and phrases parted by commas; - reads input",
        )

    def handle(self, **options: Any) -> None:
        if options["file"]:
            groups = read_groups(self._text(options["file"]))
            try:
                wording.set_groups(groups)
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from error
        for row in SynonymGroup.objects.all():
            self.stdout.write(row.words)

    @staticmethod
    def _text(name: str) -> str:
        try:
            return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {error}") from error

"""manage.py import_people FILE: make the people and teams that own runbooks, from a CSV file."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runbooks.importing.bringing_people import PeopleError, import_people


class Command(BaseCommand):
    help = (
        "Makes or updates people from a CSV file whose first row names its columns: "
        "username, name, email, team, time_zone, lead. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file in UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                report = import_people(lines)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError(f"{file} is not UTF-8.") from None
        except (PeopleError, csv.Error) as error:
            raise CommandError(f"{file}: {error}") from None
        for line, sentence in report.refused:
            self.stderr.write(f"line {line}: {sentence}")
        self.stdout.write(
            f"{len(report.created)} new, {len(report.changed)} changed, "
            f"{len(report.unchanged)} unchanged, {len(report.refused)} refused."
        )

"""manage.py export_runbooks DIR: the library as Markdown files, fit for git."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runbooks.exporting import export_runbooks
from runbooks.importing.progress import progress_bar


class Command(BaseCommand):
    help = (
        "Writes every live runbook as <slug>.md, byte for byte, with its images and files. "
        "A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder; it is made when it is not there")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="remove the files of runbooks that are gone, if an export wrote them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        with progress_bar("Exporting") as bar:
            try:
                report = export_runbooks(folder, prune=options["prune"], progress=bar)
            except OSError as error:
                raise CommandError(
                    f"{folder} cannot be written: {error.strerror or error}."
                ) from None
        for sentence in (*report.notes, *report.refused):
            self.stderr.write(sentence)
        if options["verbosity"] > 1:
            for name in report.written:
                self.stdout.write(f"written  {name}")
        for name in report.removed:
            self.stdout.write(f"removed  {name}")
        if report.left:
            self.stdout.write(
                f"{len(report.left)} files of runbooks that are gone are still there; --prune removes them."
            )
        self.stdout.write(
            f"{len(report.written):,} written, {report.unchanged:,} unchanged, "
            f"{len(report.removed):,} removed."
        )
        if report.refused:
            sys.exit(1)

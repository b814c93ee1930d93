"""manage.py import_runbooks DIR: bring in the runbooks that a team has, Markdown or a Confluence space."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal import readiness
from portal.accounts.models import User
from runbooks.importing.importing import Progress, import_runbooks
from runbooks.importing.opening import opened
from runbooks.importing.owners import Owners, OwnersError, read_owners
from runbooks.importing.planning import Options
from runbooks.importing.progress import progress_bar
from runbooks.importing.report import Report


class Command(BaseCommand):
    help = (
        "Brings in a tree of Markdown runbooks, or the HTML export of a Confluence space, "
        "as proposals or, with --publish-as, live. "
        "A second run changes nothing; a bad file never stops the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder, a ZIP of one, or one file")
        parser.add_argument("--owner", help="who owns what nobody else does, until it is confirmed")
        parser.add_argument(
            "--owners",
            type=Path,
            help="CODEOWNERS, or a YAML or CSV file: path, service or team -> person",
        )
        parser.add_argument(
            "--publish-as", help="the person who accepts the files: they go live at once"
        )
        parser.add_argument(
            "--source-base",
            default="",
            help="where the folder is on the web: old links keep working",
        )
        parser.add_argument(
            "--service-from-folder",
            action="store_true",
            help="a file that names no service belongs to that of its folder's name",
        )
        parser.add_argument("--dry-run", action="store_true", help="say it, and write nothing")
        parser.add_argument("--json", help="write the report to this file; - prints it")
        parser.add_argument("--strict", action="store_true", help="exit 1 if any file is refused")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Options(
            now=timezone.now(),
            owners=_owners(options["owners"]),
            owner=_person(options["owner"], "--owner"),
            publish_as=_person(options["publish_as"], "--publish-as"),
            source_base=options["source_base"],
            service_from_folder=options["service_from_folder"],
            dry_run=options["dry_run"],
        )
        report = self._import(Path(options["folder"]), chosen)
        if not chosen.dry_run:
            readiness.failing()  # search is made ready here, so that no reader waits for it
        self._tell(report, options["json"], options["verbosity"])
        if not report.read or (options["strict"] and report.count("refused")):
            sys.exit(1)

    def _import(self, folder: Path, options: Options) -> Report:
        bar: Progress
        with progress_bar("Importing") as bar:
            try:
                with opened(folder, base=options.source_base) as found:
                    if found.from_confluence:  # each page says itself where it was
                        options = replace(options, source_base="")
                    report = import_runbooks(found.folder, options, progress=bar)
                    report.notes += found.notes
                    return report
            except OSError as error:
                reason = error.strerror or error
                raise CommandError(f"{folder} cannot be read: {reason}.") from None

    def _tell(self, report: Report, json_to: str | None, verbosity: int) -> None:
        said = json.dumps(report.as_json(), indent=1, ensure_ascii=False) if json_to else ""
        if json_to == "-":
            self.stdout.write(said)
        elif json_to:
            try:
                Path(json_to).write_text(said + "\n", encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{json_to} cannot be written: {error.strerror}.") from None
        out = self.stderr if json_to == "-" else self.stdout
        for file in report.files if verbosity else ():
            if verbosity > 1 or file.outcome != "unchanged":
                for line in file.lines(findings=verbosity > 1):
                    out.write(line)
        for note in report.notes:
            out.write(note)
        out.write(report.summary())


def _person(name: str | None, option: str) -> User | None:
    if not name:
        return None
    person = User.objects.named(name)
    if person is None or not person.is_active:
        raise CommandError(f"{option}: there is no active person {name!r} here.")
    return person


def _owners(named: str | Path | None) -> Owners:
    if not named:
        return Owners()
    file = Path(named)
    try:
        return read_owners(file.read_text(encoding="utf-8-sig"), name=file.name)
    except OSError as error:
        raise CommandError(f"--owners: {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"--owners: {file} is not UTF-8.") from None
    except OwnersError as error:
        raise CommandError(f"--owners: {file}: {error}") from None

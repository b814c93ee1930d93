"""manage.py check_runbooks DIR | --live: what a tired reader or a program would stumble over."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runbooks import debts
from runbooks.asking_portals import PortalRefused
from runbooks.checking.files import check_files, facts_of_portal
from runbooks.checking.telling import UNREADABLE, Told, added, summary
from runbooks.checks import Facts, Finding
from runbooks.importing import scanning

FORMATS = ("text", "json", "github")


@dataclass(frozen=True, slots=True)
class Checked:
    """How many runbooks, what was found, and what was only passed by."""

    count: int
    told: list[Told]
    notes: list[str]


class Command(BaseCommand):
    help = (
        "Checks a folder of Markdown runbooks, without a database, or with --live those of this portal. "
        "Exits 1 if something would stop publishing, 2 if it could not check."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="a folder (or one file)")
        parser.add_argument("--live", action="store_true", help="the live runbooks of this portal")
        parser.add_argument(
            "--store", action="store_true", help="with --live: keep the findings as their debts"
        )
        parser.add_argument("--format", choices=FORMATS, default="text")
        parser.add_argument(
            "--fail-on",
            choices=("blocking", "any", "never"),
            default="blocking",
            help="which findings make it exit 1 (default: those that would stop publishing)",
        )
        parser.add_argument(
            "--imported",
            action="store_true",
            help="judge the files as imported ones: title and prevention are debt, not a stop",
        )
        parser.add_argument(
            "--before", type=Path, help="tell only what this older copy of the folder did not have"
        )
        parser.add_argument("--portal", default="", help="ask the portal at this address for names")
        parser.add_argument(
            "--token",
            default=os.environ.get("DRILLBOOK_TOKEN", ""),
            help="its API token (default: $DRILLBOOK_TOKEN)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_what_does_not_fit(options)
        checked = _live(store=options["store"]) if options["live"] else _folder(options)
        self._tell(checked, options["format"])
        wanted = options["fail_on"]
        failing = [
            one
            for one in checked.told
            if wanted == "any" or (wanted == "blocking" and one.finding.blocking)
        ]
        if failing:
            raise CommandError(summary(checked.count, checked.told), returncode=1)
        self.stderr.write(summary(checked.count, checked.told))

    def _tell(self, checked: Checked, chosen: str) -> None:
        for note in checked.notes:
            self.stderr.write(note)
        if chosen == "json":
            told = {"runbooks": checked.count, "findings": [one.as_json() for one in checked.told]}
            self.stdout.write(json.dumps(told, indent=1, ensure_ascii=False))
            return
        for one in checked.told:
            self.stdout.write(one.as_github() if chosen == "github" else one.as_text())


def _refuse_what_does_not_fit(options: dict[str, Any]) -> None:
    if options["live"] == bool(options["folder"]):
        raise CommandError("Name a folder, or --live: one of the two.", returncode=2)
    if options["store"] and not options["live"]:
        raise CommandError(
            "--store keeps the findings of live runbooks: it needs --live.", returncode=2
        )
    if options["live"] and (options["portal"] or options["before"] or options["imported"]):
        raise CommandError(
            "--live asks this portal's own database: --portal, --before and --imported are for a folder.",
            returncode=2,
        )


def _live(*, store: bool) -> Checked:
    told: list[Told] = []
    count = 0
    found = debts.refresh() if store else debts.live_findings()
    for runbook, findings in found:
        count += 1
        told += [
            Told(f"/r/{runbook.slug}", finding)
            for finding in debts.without_waived(runbook, findings)
        ]
    return Checked(count, told, [])


def _folder(options: dict[str, Any]) -> Checked:
    folder: Path = options["folder"]
    facts = Facts()
    if options["portal"]:
        try:
            facts = facts_of_portal(options["portal"], options["token"])
        except PortalRefused as error:
            raise CommandError(str(error), returncode=2) from None
    before = {}
    if options["before"]:
        files, _, _ = _read(options["before"])
        before = dict(check_files(files, facts=facts, imported=options["imported"]))
    files, refused, notes = _read(folder)
    root = folder if folder.is_dir() else folder.parent
    told = [Told(str(root / name), finding) for name, finding in refused]
    for name, findings in check_files(files, facts=facts, imported=options["imported"]):
        new: Iterable[Finding] = added(before.get(name, ()), findings) if before else findings
        told += [Told(str(root / name), finding) for finding in new]
    return Checked(len(files), told, notes)


def _read(folder: Path) -> tuple[dict[str, bytes], list[tuple[str, Finding]], list[str]]:
    """(the files, what could not be read of them, what was left out)."""
    try:
        tree = scanning.scan(folder)
    except OSError as error:
        raise CommandError(
            f"{folder} cannot be read: {error.strerror or error}.", returncode=2
        ) from None
    refused = [(name, _cannot_be_read(says)) for name, says in tree.refused]
    files: dict[str, bytes] = {}
    for name, data in _contents(tree):
        if isinstance(data, bytes):
            files[name] = data
        else:
            refused.append((name, _cannot_be_read(data)))
    notes = [f"{name}: left out. {says}" for name, says in tree.left_out]
    if not tree.found:
        notes.append(f"There are no Markdown files in {folder}.")
    return files, refused, notes


def _contents(tree: scanning.Tree) -> Iterator[tuple[str, bytes | str]]:
    """The bytes of each file, or the sentence that says why not."""
    for found in tree.found:
        try:
            yield found.name, scanning.read(found, tree.root)
        except OSError as error:
            yield found.name, str(error)


def _cannot_be_read(says: str) -> Finding:
    return Finding(UNREADABLE, says, line=1, blocking=True, about=says)

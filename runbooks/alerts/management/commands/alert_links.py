"""manage.py alert_links FILE… --check | --write: rules and runbooks kept together, from a team's CI too."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from runbooks.alerts.answers import Answer, Question
from runbooks.alerts.asking import PortalRefused, ask_portal
from runbooks.alerts.checking import (
    FOREIGN_LINK,
    UNREADABLE,
    LinkFinding,
    findings,
    question_of,
    sorted_findings,
    written,
)
from runbooks.alerts.links import on_this_machine
from runbooks.alerts.reading import RuleFile, read_rules
from runbooks.alerts.resolving import resolve
from runbooks.alerts.rule_files import chosen
from runbooks.document import DocumentError

_NOT_LOOPBACK = (
    "The links would lead to {}: nobody but you could follow them. Nothing was written. Set SITE_URL to the "
    "address that everybody uses, or say --site-url https://runbooks.example.org; --local means it."
)
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class OpenFile:
    path: Path
    file: RuleFile
    data: bytes
    answers: list[Answer]


class Command(BaseCommand):
    help = (
        "--check lists alerts without a live runbook and links that lead nowhere, and exits 1 if there "
        "are any. --write sets runbook_url to this portal's link in the rule files themselves, and "
        "changes nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="file, folder or pattern")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--check", action="store_true", help="list what is wrong; exit 1 if any")
        what.add_argument("--write", action="store_true", help="set runbook_url in the files")
        parser.add_argument(
            "--all",
            action="store_true",
            help="with --write: alerts without a runbook too; their link leads to search and to who knows",
        )
        parser.add_argument(
            "--allow-foreign",
            action="store_true",
            help="with --check: a link to an address that the portal does not know is no problem",
        )
        parser.add_argument(
            "--site-url",
            default="",
            metavar="URL",
            help="the portal's address in links (default: $SITE_URL, or what --portal says)",
        )
        parser.add_argument(
            "--local",
            action="store_true",
            help="with --write: set links to this machine, which nobody else can follow",
        )
        parser.add_argument("--portal", default="", help="ask the portal at this address")
        parser.add_argument(
            "--token",
            default=os.environ.get("DRILLBOOK_TOKEN", ""),
            help="its API token (default: $DRILLBOOK_TOKEN)",
        )
        parser.add_argument("--format", choices=("text", "github", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["site_url"] and not _is_address(options["site_url"]):
            raise CommandError("--site-url takes an address such as https://runbooks.example.org.")
        files, found = _opened(options["files"])
        site_url = _answered(files, options["portal"], options["token"], options["site_url"])
        if options["write"]:
            if on_this_machine(site_url) and not options["local"]:
                raise CommandError(_NOT_LOOPBACK.format(site_url), returncode=2)
            for each in files:
                found += self.write(each, site_url, everything=options["all"])
        for each in files:
            if options["check"]:
                found += findings(str(each.path), each.file, each.answers, site_url=site_url)
        if options["allow_foreign"]:
            found = [finding for finding in found if finding.code != FOREIGN_LINK]
        self.tell(sorted_findings(found), files, options)
        failing = sum(finding.fails for finding in found)
        if failing:
            raise CommandError(_count(failing, "problem") + ".", returncode=1)

    def write(self, each: OpenFile, site_url: str, *, everything: bool) -> list[LinkFinding]:
        path = str(each.path)

        def wanted(answer: Answer) -> bool:
            return everything or answer.status == "live"

        new = written(path, each.file, each.answers, site_url=site_url, wanted=wanted)
        if new.changed:
            bom = _BOM if each.data.startswith(_BOM) else b""
            _replace(each.path, bom + new.text.encode())
        left = len(each.file.rules) - new.changed - new.kept - len(new.refused)
        self.stderr.write(
            f"{path}: {_count(new.changed, 'link')} set, {new.kept} as they were"
            + (f", {left} without a runbook left alone." if left else ".")
        )
        return list(new.refused)

    def tell(
        self, found: list[LinkFinding], files: list[OpenFile], options: dict[str, Any]
    ) -> None:
        if options["format"] == "json":
            told = [
                {
                    "code": f.code,
                    "file": f.path,
                    "line": f.line,
                    "alert": f.alert,
                    "message": f.message,
                }
                for f in found
            ]
            self.stdout.write(json.dumps({"findings": told}, indent=2))
            return
        for finding in found:
            github = options["format"] == "github"
            self.stdout.write(finding.for_github() if github else str(finding))
        if options["check"]:
            rules = sum(len(each.file.rules) for each in files)
            if not found:
                self.stderr.write(f"{_count(rules, 'rule')}: each leads to a live runbook.")


def _opened(arguments: list[str]) -> tuple[list[OpenFile], list[LinkFinding]]:
    paths = chosen(arguments)
    found = [LinkFinding(UNREADABLE, *_named(sentence)) for sentence in paths.missing]
    files: list[OpenFile] = []
    for each in paths.files:
        name = str(each.path)
        try:
            data = each.path.read_bytes()
            file = read_rules(data)
        except OSError as error:
            found.append(LinkFinding(UNREADABLE, name, 1, "", f"{error.strerror}."))
            continue
        except DocumentError as error:
            found += [
                LinkFinding(UNREADABLE, name, p.line or 1, "", p.message) for p in error.problems
            ]
            continue
        if not file.recognised:
            if each.expected:
                found.append(LinkFinding(UNREADABLE, name, 1, "", "It holds no rule groups."))
            continue
        found += [LinkFinding(UNREADABLE, name, p.line or 1, "", p.message) for p in file.problems]
        files.append(OpenFile(each.path, file, data, []))
    return files, found


def _named(sentence: str) -> tuple[str, int, str, str]:
    name, _, rest = sentence.partition(": ")
    return name, 1, "", rest


def _is_address(given: str) -> bool:
    try:
        parts = urlsplit(given)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _answered(files: list[OpenFile], portal: str, token: str, given: str) -> str:
    """Ask for all rules at once, hand each file its answers; the address that links are written with."""
    questions: list[Question] = [question_of(rule) for each in files for rule in each.file.rules]
    site_url: str = given or settings.SITE_URL
    if portal:
        try:
            told, answers = ask_portal(portal, token, questions)
        except PortalRefused as error:
            raise CommandError(str(error), returncode=2) from None
        site_url = given or told
    else:
        answers = resolve(questions, site_url=site_url)
    position = 0
    for each in files:
        each.answers = answers[position : position + len(each.file.rules)]
        position += len(each.file.rules)
    return site_url


def _replace(path: Path, data: bytes) -> None:
    """All of it or nothing, with the file's own permissions; a link stays a link."""
    path = path.resolve()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as new:
        try:
            new.write(data)
            new.close()
            shutil.copymode(path, new.name)
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

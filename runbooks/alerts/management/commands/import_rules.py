"""manage.py import_rules FILE…: bring Prometheus rules, and link them to runbooks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from portal.accounts import audit
from runbooks.alerts.importing import FileProblem, RulesReport, Source, import_rules
from runbooks.alerts.models import Rule
from runbooks.alerts.rule_files import STDIN, RulePath, chosen

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Imports alerting rules from Prometheus rule files and PrometheusRule resources (YAML or JSON), "
        "and links each to its runbook. Rules that a file no longer has are removed; again, nothing changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="file, folder, pattern, or -")
        parser.add_argument(
            "--origin",
            default="",
            help="name these rules by it (a cluster, a repository) and not by where the files lie now, "
            "so that the next import from another machine replaces them",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        sources, gone_under, problems = _sources(options["files"], options["origin"])
        with transaction.atomic():
            report = import_rules(sources, gone_under=gone_under, dry_run=options["dry_run"])
            if not (options["dry_run"] or report.nothing_changed):
                _record(report, options["origin"] or ", ".join(options["files"]))
        report.problems[:0] = problems
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report, dry_run=options["dry_run"]), indent=2))
        else:
            self.tell(report, dry_run=options["dry_run"])
        if report.problems and not report.files:
            raise CommandError("No rules were imported.")

    def tell(self, report: RulesReport, *, dry_run: bool) -> None:
        for problem in report.problems:
            self.stderr.write(str(problem))
        write = self.stdout.write
        # Several rules may fire one alert, and what follows counts rules.
        rules = "" if report.rules == report.alerts else f" in {_count(report.rules, 'rule')}"
        write(
            f"{_count(report.files, 'file')}: {_count(report.alerts, 'alert')}{rules}, "
            f"{_count(report.recording, 'recording rule')} skipped."
        )
        if report.nothing_changed:
            write("Nothing has changed since the last import.")
        else:
            would = "Would be" if dry_run else "Rules"
            write(
                f"{would}: {report.added} added, {report.changed} changed, "
                f"{report.removed} removed, {report.unchanged} as before."
            )
        for change in report.changes:
            write(f"  {change.alert}: {change}")
        self.list_rules("without a live runbook", report.without_runbook)
        self.list_rules("with a link that leads nowhere", report.dead_links, link=True)
        if report.without_runbook or report.dead_links:
            write("All of them, with what to do about each: /coverage")

    def list_rules(self, what: str, rules: list[Rule], *, link: bool = False) -> None:
        by_name = {rule.folded: rule for rule in reversed(rules)}
        self.stdout.write(f"{_count(len(by_name), 'alert')} {what}.")
        for rule in sorted(by_name.values(), key=lambda rule: rule.folded)[:_SHOWN]:
            self.stdout.write(f"  {rule.alert}{f': {rule.link}' if link else ''}")
        if len(by_name) > _SHOWN:
            self.stdout.write(f"  … and {len(by_name) - _SHOWN} more")


def _record(report: RulesReport, name: str) -> None:
    counts = {name: getattr(report, name) for name in ("added", "changed", "removed", "unchanged")}
    audit.record("import.done", by=None, name=name, after={"kind": "rules", **counts})


def _sources(arguments: list[str], name: str) -> tuple[list[Source], list[str], list[FileProblem]]:
    sources: list[Source] = []
    if STDIN in arguments:
        sources.append(Source(name or "stdin", sys.stdin.buffer.read()))
    found = chosen(argument for argument in arguments if argument != STDIN)
    problems = [FileProblem(*_apart(sentence)) for sentence in found.missing]
    for file in found.files:
        try:
            data = file.path.read_bytes()
        except OSError as error:
            problems.append(FileProblem(str(file.path), None, f"{error.strerror}."))
            continue
        sources.append(Source(_origin(file, name), data, file.expected))
    if name:
        return sources, [f"{name}:"] if found.folders else [], problems
    return sources, [f"{folder.resolve().as_posix()}/" for folder in found.folders], problems


def _origin(file: RulePath, name: str) -> str:
    return f"{name}:{file.inside}" if name else Path(file.path).resolve().as_posix()


def _apart(sentence: str) -> tuple[str, None, str]:
    name, _, rest = sentence.partition(": ")
    return name, None, rest


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def as_json(report: RulesReport, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        **{
            name: getattr(report, name)
            for name in (
                "files",
                "alerts",
                "rules",
                "recording",
                "added",
                "changed",
                "removed",
                "unchanged",
            )
        },
        "changes": [
            {
                "alert": change.alert,
                "field": change.field,
                "before": change.before,
                "after": change.after,
                "group": change.group,
                "file": change.origin,
            }
            for change in report.changes
        ],
        "without_runbook": [_told(rule) for rule in report.without_runbook],
        "dead_links": [_told(rule) for rule in report.dead_links],
        "problems": [
            {"file": problem.origin, "line": problem.line, "message": problem.message}
            for problem in report.problems
        ],
    }


def _told(rule: Rule) -> dict[str, str]:
    return {
        "alert": rule.alert,
        "group": rule.group,
        "severity": rule.severity,
        "file": rule.origin,
        "link": rule.link,
    }

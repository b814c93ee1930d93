"""An upload of rule files: looked at, then brought in, by what `manage.py import_rules` calls."""

from __future__ import annotations

from portal.accounts.first_run import Step
from runbooks.alerts.importing import RulesReport, Source, import_rules
from runbooks.alerts.models import Rule
from runbooks.alerts.rule_files import chosen
from runbooks.importing.working import Kind, Told, Work
from runbooks.models import ImportedFile


def look(work: Work) -> Told:
    return _import(work, dry_run=True)


def bring_in(work: Work) -> Told:
    return _import(work, dry_run=False)


def nothing_done(work: Work) -> None:
    """Rules come in in one transaction: before its end nothing is here."""


def _import(work: Work, *, dry_run: bool) -> Told:
    origin = work.job.choices.get("origin") or "uploads"
    found = chosen([str(work.root)])
    # One after the other: together they may be larger than the worker's memory.
    sources = (
        Source(f"{origin}:{file.inside}", file.path.read_bytes(), expected=False)
        for file in found.files
    )
    count = len(found.files)
    work.tell(0, count, "Looking at the rules" if dry_run else "Bringing the rules in")
    under = [f"{origin}:"] if work.job.choices.get("whole") else []
    report = import_rules(sources, gone_under=under, dry_run=dry_run, now=work.now)
    work.tell(count, count)
    return _told(work, report, origin, [file.inside for file in found.files])


def _told(work: Work, report: RulesReport, origin: str, names: list[str]) -> Told:
    sentences: dict[str, list[str]] = {}
    for problem in report.problems:
        where = f"Line {problem.line}: " if problem.line else ""
        name = problem.origin.removeprefix(f"{origin}:")
        sentences.setdefault(name, []).append(f"{where}{problem.message}")
    files = [
        ImportedFile(
            path=name, outcome="refused" if name in sentences else "read", sentences=said[:20]
        )
        for name in names
        for said in [sentences.get(name, [])]
    ]
    files += [
        ImportedFile(path=name, outcome="left out", sentences=[said])
        for name, said in work.left_out
    ]
    counts = {
        "files": report.files,
        "alerts": report.alerts,
        "rules": report.rules,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "missing": len({rule.folded for rule in report.without_runbook}),
        "dead": len({rule.folded for rule in report.dead_links}),
        "refused": len(sentences),
    }
    changes = [f"{change.alert}: {change}" for change in report.changes[:50]]
    return Told(files=files, counts=counts, notes=[*work.notes, *changes])


KIND = Kind("rules", look, bring_in, nothing_done)
STEP = Step("rules", "Bring the alert rules", "importing:rules", Rule.objects.exists)

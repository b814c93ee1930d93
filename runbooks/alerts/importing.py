"""Rules come in: stored as their files say, replaced by the next import of the same file, linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from runbooks import hooks
from runbooks.alerts import texts
from runbooks.alerts.changes import RuleChange, changes_between
from runbooks.alerts.library import SERVICE_LABELS
from runbooks.alerts.linking import relink
from runbooks.alerts.models import Rule
from runbooks.alerts.reading import AlertRule, RuleFile, read_rules
from runbooks.document import DocumentError, severity_named
from runbooks.models import AlertName, AlertText, IndexCounter

_CHUNK = 200
#: Beyond this many pairs of one name in one group they are compared in order only.
_MOST_PAIRS = 250_000
#: Characters of an origin that are kept: its end.
MAX_ORIGIN = 200
_LOCK = 7_264_001
#: Called inside the transaction of an import with what it changed of rules that were there before.
on_changes: list[Callable[[Sequence[RuleChange], datetime], None]] = []


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import. `origin` says the next time that it is the same file; MAX_ORIGIN characters of
    its end are kept. `expected` is False where a folder brought it: then it may be no rule file at all."""

    origin: str
    data: bytes
    expected: bool = True


@dataclass(frozen=True, slots=True)
class FileProblem:
    origin: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.origin}{f':{self.line}' if self.line else ''}: {self.message}"


@dataclass(slots=True)
class RulesReport:
    """What an import did. `alerts` counts the names that are in the files that were read, `rules` what fires
    them; `changes` is what may bring a review forward."""

    files: int = 0
    recording: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    alerts: int = 0
    rules: int = 0
    changes: list[RuleChange] = field(default_factory=list)
    without_runbook: list[Rule] = field(default_factory=list)
    dead_links: list[Rule] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)

    @property
    def nothing_changed(self) -> bool:
        return not (self.added or self.changed or self.removed)


def import_rules(
    sources: Iterable[Source],
    *,
    gone_under: Iterable[str] = (),
    dry_run: bool = False,
    now: datetime | None = None,
) -> RulesReport:
    """Store the alerting rules of these files and link them, in one transaction.

    Rules that a file no longer has are removed, but none of a file with problems. Below each origin in
    `gone_under` (a folder, ending in `/`) the rules of files that are not among the sources are removed.
    A dry run reports the same and keeps nothing.
    """
    report = RulesReport()
    files = _read(sources, report)
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite has one writer anyway
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _store(files, list(gone_under), report, now or timezone.now())
        if dry_run:
            transaction.set_rollback(True)
    return report


def _read(sources: Iterable[Source], report: RulesReport) -> dict[str, RuleFile | None]:
    """Origin -> what it holds; None where it could not be read, and nothing of it may be touched."""
    files: dict[str, RuleFile | None] = {}
    for source in sources:
        origin = source.origin[-MAX_ORIGIN:]
        try:
            file = read_rules(source.data)
        except DocumentError as error:
            report.problems += [FileProblem(origin, p.line, p.message) for p in error.problems]
            files[origin] = None
            continue
        if not file.recognised:
            if source.expected:
                what = (
                    "It holds no rule groups: neither a Prometheus rule file nor a PrometheusRule."
                )
                report.problems.append(FileProblem(origin, None, what))
            continue
        report.files += 1
        report.recording += file.recording
        report.problems += [FileProblem(origin, p.line, p.message) for p in file.problems]
        files[origin] = file
    return files


def _store(
    files: dict[str, RuleFile | None], gone_under: list[str], report: RulesReport, now: datetime
) -> None:
    names: set[str] = set()
    retold: set[str] = set()
    for origin, file in files.items():
        if file is not None:
            names |= _store_file(origin, file, report, now)
            retold |= _store_texts(origin, file)
    for origin in _gone(files, gone_under):
        gone = Rule.objects.filter(origin=origin)
        names |= set(gone.values_list("folded", flat=True))
        report.removed += gone.delete()[0]
        retold |= _drop_texts(AlertText.objects.filter(_texts_of(origin)))
    relinked = relink(names)
    retelling = AlertName.objects.filter(folded__in=retold).values_list("runbook_id", flat=True)
    _report_links(files, report)
    touched = sorted(relinked.runbooks | set(retelling))
    if touched:
        for hook in hooks.on_facts_changed:
            hook(touched)
    if report.changes:
        for told in on_changes:
            told(report.changes, now)
    if touched or retold:  # search knows the alerts without a runbook by their texts, too
        IndexCounter.raise_by_one()


def _gone(files: dict[str, RuleFile | None], gone_under: list[str]) -> list[str]:
    if not gone_under:
        return []
    below = Q()
    for folder in gone_under:
        below |= Q(origin__startswith=folder)
    known = Rule.objects.filter(below).order_by().values_list("origin", flat=True).distinct()
    return [origin for origin in known if origin not in files]


def _store_file(origin: str, file: RuleFile, report: RulesReport, now: datetime) -> set[str]:
    """Bring the stored rules of a file in line with it; all alert names concerned."""
    old: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in Rule.objects.filter(origin=origin).order_by("pk"):
        old[rule.resource, rule.group, rule.folded].append(rule)
    names = {key[-1] for key in old}
    new: dict[tuple[str, ...], list[AlertRule]] = defaultdict(list)
    for read in file.rules:
        new[read.resource, read.group, read.alert.casefold()].append(read)
    added: list[Rule] = []
    for key, reads in new.items():
        for found, stored in _paired(reads, old.pop(key, [])):
            if found is not None and stored is not None:
                _bring_in_line(stored, found, report, now)
            elif found is not None:
                added.append(_filled(Rule(origin=origin, imported_at=now), found))
            elif stored is not None:
                old[key].append(stored)
    Rule.objects.bulk_create(added, batch_size=_CHUNK)
    report.added += len(added)
    if not file.problems:
        gone = [rule.pk for rules in old.values() for rule in rules]
        Rule.objects.filter(pk__in=gone).delete()
        report.removed += len(gone)
    return names | {key[-1] for key in new}


def _paired(
    reads: list[AlertRule], stored: list[Rule]
) -> list[tuple[AlertRule | None, Rule | None]]:
    """Rules of one name in one group: alike in everything first, then in their labels, then in order."""
    pairs: list[tuple[AlertRule | None, Rule | None]] = []
    left_reads, left_stored = list(reads), list(stored)
    if len(reads) * len(stored) <= _MOST_PAIRS:
        for alike in (_same_content, _same_labels):
            for read in list(left_reads):
                match = next((rule for rule in left_stored if alike(read, rule)), None)
                if match is not None:
                    pairs.append((read, match))
                    left_reads.remove(read)
                    left_stored.remove(match)
    return [*pairs, *zip_longest(left_reads, left_stored)]


def _same_content(read: AlertRule, rule: Rule) -> bool:
    content = _content(read)
    stored: dict[str, Any] = {name: getattr(rule, name) for name in content}
    return stored == content


def _same_labels(read: AlertRule, rule: Rule) -> bool:
    return bool(read.labels == rule.labels)


def _bring_in_line(rule: Rule, read: AlertRule, report: RulesReport, now: datetime) -> None:
    if _same_content(read, rule):
        report.unchanged += 1
        return
    before = Rule(expr=rule.expr, pending_for=rule.pending_for, severity=rule.severity)
    _filled(rule, read)
    rule.imported_at = now
    rule.save()
    report.changed += 1
    report.changes += changes_between(before, rule, group=rule.group, origin=rule.origin)


def _content(read: AlertRule) -> dict[str, Any]:
    word = next((read.labels[n] for n in SERVICE_LABELS if _plain(read.labels.get(n))), "")
    return {
        "alert": read.alert,
        "expr": read.expr,
        "pending_for": read.pending_for,
        "severity": severity_named(read.labels.get("severity", "")),
        "labels": read.labels,
        "annotations": read.annotations,
        "service_word": word[:200],
    }


def _plain(value: str | None) -> bool:
    return bool(value) and "{{" not in (value or "")


def _filled(rule: Rule, read: AlertRule) -> Rule:
    for name, value in _content(read).items():
        setattr(rule, name, value)
    rule.folded = read.alert.casefold()[:200]
    rule.group, rule.resource = read.group, read.resource
    return rule


def _text_origin(origin: str, resource: str) -> str:
    return f"{origin}#{resource}"[:300]


def _texts_of(origin: str) -> Q:
    return Q(origin__startswith=f"{origin}#")


def _store_texts(origin: str, file: RuleFile) -> set[str]:
    """The alerts' words as this file tells them; the (folded) alerts whose words changed."""
    wanted: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    spelt: dict[str, str] = {}
    for rule in file.rules:
        spelt[rule.alert.casefold()[:200]] = rule.alert[:200]
        key = (rule.alert.casefold()[:200], _text_origin(origin, rule.resource))
        summaries, descriptions = wanted.setdefault(key, ([], []))
        summary, description = texts.words_of(rule.annotations)
        summaries.append(summary)
        descriptions.append(description)
    told = {k: (texts.joined(s), texts.joined(d)) for k, (s, d) in wanted.items()}
    told = {key: words for key, words in told.items() if any(words)}
    stored = {(t.folded, t.origin): t for t in AlertText.objects.filter(_texts_of(origin))}
    changed = [
        AlertText(
            name=spelt[name], folded=name, origin=source, summary=summary, description=description
        )
        for (name, source), (summary, description) in told.items()
        if (text := stored.pop((name, source), None)) is None
        or (text.name, text.summary, text.description) != (spelt[name], summary, description)
    ]
    AlertText.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["folded", "origin"],
        update_fields=["name", "summary", "description"],
        batch_size=_CHUNK,
    )
    names = {text.folded for text in changed}
    if stored and not file.problems:
        names |= _drop_texts(AlertText.objects.filter(pk__in=[t.pk for t in stored.values()]))
    return names


def _drop_texts(gone: Any) -> set[str]:
    names = set(gone.values_list("folded", flat=True))
    gone.delete()
    return names


def _report_links(files: dict[str, RuleFile | None], report: RulesReport) -> None:
    origins = [origin for origin, file in files.items() if file is not None]
    rules = [
        rule
        for start in range(0, len(origins), _CHUNK)
        for rule in Rule.objects.filter(origin__in=origins[start : start + _CHUNK])
        .select_related("runbook__successor")
        .order_by("folded", "pk")
    ]
    report.alerts, report.rules = len({rule.folded for rule in rules}), len(rules)
    report.without_runbook = [rule for rule in rules if not rule.led]
    report.dead_links = [rule for rule in rules if rule.link_state == Rule.LinkState.DEAD]

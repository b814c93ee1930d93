"""From the database to a `Source`: the revision, its alerts' rules, its reports, findings and past drills."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from drills.models import UpdateNote
from drills.scenario.source import Known, RuleFacts, Source, source_of
from portal.accounts.models import Team, User
from runbooks import document
from runbooks.alerts.models import Rule
from runbooks.models import KnownName, Report, Revision, Service


def gather(revision: Revision) -> Source:
    """Everything that a scenario of this revision may be written from, in a fixed number of queries."""
    runbook = revision.runbook
    steps = list(revision.steps.values_list("label", "key"))
    return source_of(
        document.parse(revision.text, fallback_title=runbook.title),
        slug=runbook.slug,
        revision=revision.number,
        keys=dict(steps),
        services=tuple(runbook.services.values_list("slug", flat=True)),
        rules=_rules(revision),
        known=tuple(_known(revision, {key: label for label, key in steps})),
        names=frozenset(_names()),
    )


def _rules(revision: Revision) -> tuple[RuleFacts, ...]:
    return tuple(
        RuleFacts(
            alert=rule.alert,
            expr=rule.expr,
            pending_for=rule.pending_for,
            severity=rule.severity,
            summary=str(rule.annotations.get("summary", "") or rule.annotations.get("message", "")),
            description=str(rule.annotations.get("description", "")),
        )
        for rule in Rule.objects.filter(runbook=revision.runbook_id)[:20]
    )


def _known(revision: Revision, labels: dict[str, str]) -> Iterator[Known]:
    for report in Report.objects.open().filter(runbook=revision.runbook_id)[:20]:
        yield Known(labels.get(report.key, ""), report.verdict, report.words)
    for note in UpdateNote.objects.filter(drill__runbook=revision.runbook_id, closed="")[:20]:
        yield Known(labels.get(note.step_key, ""), note.verdict, note.gap)


def _names() -> Iterator[str]:
    yield settings.SITE_URL
    yield from Service.objects.filter(private=False).values_list("slug", flat=True)
    yield from Service.objects.filter(private=False).values_list("name", flat=True)
    yield from Team.objects.values_list("slug", flat=True)
    yield from KnownName.objects.values_list("name", flat=True)
    for username, name in User.objects.filter(is_active=True).values_list("username", "name"):
        yield from (f"@{username}", name)

"""Evidence that turns against a runbook brings its review forward; the next decision settles it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zlib import crc32

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from runbooks.alerts.changes import RuleChange
from runbooks.alerts.models import Rule
from runbooks.models import Report, Runbook, TrustLine
from runbooks.reviews.due import today_for
from runbooks.reviews.models import Concern, Decision

_MOST_WORDS = 500
_MOST_SOURCE = 200
#: Verdicts that turn against a runbook; something unclear or missing waits for the review that is due.
_TURNING = (Report.Verdict.WRONG, Report.Verdict.BLOCKED)


@transaction.atomic
def raise_concern(
    runbook: Runbook, *, kind: str, source: str, words: str, now: datetime
) -> Concern | None:
    """The runbook's review is due today, and its page says why in `words`.

    `source` says what makes it a concern, as "report:17": raised twice is raised once, also when it was
    settled in between. None where nothing changed: raised before, or nobody uses the runbook any more.
    """
    if runbook.state != Runbook.State.LIVE:
        return None
    concern, new = Concern.objects.get_or_create(
        runbook=runbook,
        source=source[:_MOST_SOURCE],
        defaults={"kind": kind, "words": words[:_MOST_WORDS], "at": now},
    )
    if not new:
        return None
    bring_forward(runbook, now=now)
    return concern


def bring_forward(runbook: Runbook, *, now: datetime) -> None:
    """The review is due today at the latest, where the owner is."""
    today = today_for(runbook.owner, now)
    line = TrustLine.objects.filter(runbook=runbook)
    # The page shows the reason, whether or not the day changes.
    line.tell()
    line.filter(Q(due_on=None) | Q(due_on__gt=today)).update(due_on=today)


def open_concerns(runbook: Runbook) -> QuerySet[Concern]:
    """What stands against the runbook since its last decision, the newest first."""
    return Concern.objects.open().filter(runbook=runbook)


def concern_of_a_page() -> Subquery:
    """For the top of the page: the newest of what stands against the runbook, but for reports, which it has
    already."""
    found = Concern.objects.open().filter(runbook=OuterRef("pk")).exclude(kind="report")
    return Subquery(found.order_by("-at", "-pk").values("words")[:1])


def settle_concerns(runbook: Runbook, now: datetime, *, but_open_reports: bool = False) -> int:
    """A decision answers what stood against the runbook. How many were open.

    With `but_open_reports` what readers report stands until the report itself is answered.
    """
    found = open_concerns(runbook)
    if but_open_reports:
        found = found.exclude(source__in=_sources_of(_open_reports(runbook)))
    return found.update(settled_at=now)


def after_report(report: Report) -> None:
    """Hook of reporting: a step that is wrong, or that nobody gets past, brings the review forward."""
    if report.verdict not in _TURNING:
        return
    raise_concern(
        report.runbook,
        kind="report",
        source=f"report:{report.pk}",
        words=f"{report.label} was reported {report.verdict}.",
        now=report.created_at,
    )


def after_reports_closed(runbook: Runbook) -> None:
    """Hook of reporting: what was answered stands against the runbook no more. When nothing else does, the
    review is due when the last decision said."""
    settled = (
        open_concerns(runbook)
        .filter(kind="report")
        .exclude(source__in=_sources_of(_open_reports(runbook)))
        .update(settled_at=timezone.now())
    )
    if not settled:
        return
    line = TrustLine.objects.filter(runbook=runbook)
    line.tell()
    last = Decision.objects.filter(runbook=runbook).first()
    if last is not None and last.next_due_on is not None and not open_concerns(runbook).exists():
        line.filter(due_on__lt=last.next_due_on).update(due_on=last.next_due_on)


def after_rules_changed(changes: Sequence[RuleChange], now: datetime) -> None:
    """Hook of the rule import: the alert that leads to a runbook means something else now."""
    folded = {change.alert.casefold()[:200] for change in changes}
    led: dict[tuple[str, str, str], Runbook] = {}
    for rule in (
        Rule.objects.filter(folded__in=folded, runbook__state=Runbook.State.LIVE)
        .select_related("runbook__owner")
        .order_by("pk")
    ):
        if rule.runbook is not None:
            led[rule.origin, rule.group, rule.folded] = rule.runbook
    for change in changes:
        runbook = led.get((change.origin, change.group, change.alert.casefold()[:200]))
        if runbook is not None:
            told = crc32(f"{change.origin} {change.group} {change}".encode())
            raise_concern(
                runbook,
                kind="alert",
                source=f"rule:{change.alert[:100]}:{change.field}:{told:x}:{now:%Y%m%d%H%M%S}",
                words=f"The alert {change.alert} was changed: {change}.",
                now=now,
            )


def _open_reports(runbook: Runbook) -> QuerySet[Report]:
    return Report.objects.open().filter(runbook=runbook)


def _sources_of(reports: QuerySet[Report]) -> list[str]:
    return [f"report:{pk}" for pk in reports.values_list("pk", flat=True)]

"""The core's own evidence: revisions, reports on steps, findings, the last drill, and open concerns."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from runbooks import debts
from runbooks.models import Report, Runbook, TrustLine
from runbooks.reviews import evidence
from runbooks.reviews.evidence import Evidence
from runbooks.reviews.models import Concern, Decision

_MOST = 20
_MOST_WORDS = 200


def revisions(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """What was published since the last decision; the page shows the whole diff beside it."""
    if since is None:
        return []
    newer = runbook.revisions.filter(accepted_at__gt=since).select_related("accepted_by")
    return [
        Evidence(
            "changed",
            f"Revision {one.number} by {one.accepted_by}{_quoted(one.why)}.",
            one.accepted_at,
            url=f"{reverse('runbooks:compare', args=[runbook.slug])}?to={one.number}",
        )
        for one in newer.defer("text")[:_MOST]
    ]


def reports(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """Open ones ask for an answer; an open *wrong* keeps a runbook from being still true."""
    found = Report.objects.filter(runbook=runbook).select_related("by", "answered_by")
    wanted = Q(closed_at=None) | Q(closed_at__gt=since) if since else Q(closed_at=None)
    return [_report(one) for one in found.filter(wanted).defer("answered_by__text")[:_MOST]]


def _report(one: Report) -> Evidence:
    who = f" by {one.by}" if one.by else " by a reader"
    said = f"{one.label} is reported {one.verdict}{who}{_quoted(one.words)}."
    if one.closed_at is None:
        wrong = one.verdict == Report.Verdict.WRONG
        editor = reverse("runbooks:edit", args=[one.runbook.slug])
        where = f"{editor}?report={one.pk}&review=1"
        return Evidence(
            "reported",
            said,
            one.created_at,
            where,
            against=True,
            open=True,
            blocks_still_true=wrong,
        )
    if one.answered_by is not None:
        answer = f"answered by revision {one.answered_by.number}"
    else:
        answer = f"closed{_quoted(one.answer)}"
    said = f"{one.label} was reported {one.verdict}{who}; {answer}."
    return Evidence("reported", said, one.closed_at)


def findings(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """What the checker says now; what it did not say at the last decision speaks against the runbook."""
    last = Decision.objects.filter(runbook=runbook).first()
    before = (
        {e.get("words") for e in last.evidence if e.get("kind") == "finding"} if last else set()
    )
    found = []
    for worn in debts.worn_by(runbook):
        if worn.waiver is None:
            debt = worn.debt
            new = last is not None and debt.message not in before
            found.append(Evidence("finding", debt.message, debt.checked_at, against=new))
    return found[:_MOST]


def concerns(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """Why the review came early. Reports, dead links and a drill's gaps speak for themselves."""
    found = Concern.objects.open().filter(runbook=runbook)
    found = found.exclude(kind__in=["report", "link", "drill"])
    return [Evidence(one.kind, one.words, one.at, against=True) for one in found[:_MOST]]


def drills(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """The trust line's word on the last drill. One that worked end to end proves the runbook by itself."""
    trust = TrustLine.objects.filter(runbook=runbook).first()
    if trust is None or trust.drilled_on is None or not trust.steps_tried:
        return []
    if since is not None and trust.drilled_on < timezone.localdate(since):
        return []
    worked = trust.steps_worked == trust.steps_tried
    left = evidence.left_out([runbook.pk]).get(runbook.pk, []) if worked else []
    on = f"{trust.drilled_on.day} {trust.drilled_on:%B %Y}"
    said = f"Drilled on {on}: {trust.steps_worked} of {trust.steps_tried} steps worked."
    if left:
        named = ", ".join(left[:_MOST]) + (" and more" if len(left) > _MOST else "")
        said = f"{said} Not tried as it stands: {named}."
    proved = worked and not left
    return [
        Evidence(
            "drilled",
            said,
            None,
            against=not worked,
            rests_on=Decision.RestsOn.DRILLED if proved else "",
        )
    ]


def _quoted(words: str) -> str:
    words = " ".join(words.split()).rstrip(".")
    if not words:
        return ""
    return f": “{words[:_MOST_WORDS]}{'…' if len(words) > _MOST_WORDS else ''}”"

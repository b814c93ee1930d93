"""A reader's better command, taken over by one click: the change it makes, and the revision it becomes."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import mending, publishing, reporting
from runbooks.models import Proposal, Report, Revision, Runbook


def with_suggestion(report: Report) -> str:
    """The live text with the suggested command in its step. Raises mending.NotMended with a sentence."""
    live = report.runbook.live_revision
    if report.closed_at is not None or live is None:
        raise mending.NotMended("This report is already answered.")
    if not report.command:
        raise mending.NotMended(
            "Nothing was suggested: mend the step yourself, or say why it is right."
        )
    text = mending.with_suggested(report.runbook, live.text, report)
    if text == live.text:
        raise mending.NotMended("The step already says what was suggested.")
    return text


@one_transaction
def take(report: Report, *, by: User, base: int, now: datetime | None = None) -> Revision:
    """Publish the suggestion; the report is answered by that revision. `base` is the revision (its primary
    key) that the person saw the change against.

    Raises mending.NotMended, or publishing.PublishingRefused (Conflict when the runbook moved on).
    """
    Runbook.objects.held().get(pk=report.runbook_id)
    report = Report.objects.select_for_update(of=("self",), no_key=True).get(pk=report.pk)
    if report.runbook.live_revision_id != base:
        raise publishing.Conflict("The runbook has changed since you looked: look again.")
    who = f", as {report.by} reported" if report.by else ", as a reader reported"
    proposal = publishing.propose(
        text=with_suggestion(report),
        kind=Proposal.Kind.CORRECTION,
        runbook=report.runbook,
        by=by,
        why=f"{report.label} mended{who}",
        now=now,
    )
    revision = publishing.accept(proposal, by=by, now=now)
    reporting.answer(revision, reports=[report.pk], by=by, now=now)
    return revision

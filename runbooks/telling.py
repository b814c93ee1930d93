"""What people are told of proposals and reports, in the same transaction: in the inbox at once, and in the
daily digest, as all that is not urgent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from portal.accounts.access import viewer_of
from portal.accounts.models import User
from portal.notify import outbox
from portal.notify.body import Action, Body, Item, Section
from portal.notify.kinds import Kind
from portal.notify.outbox import Telling
from runbooks import document
from runbooks.models import Proposal, Report, Revision, Runbook

#: The digest lists what waits for an owner, for as long as it waits.
PROPOSALS = Kind("proposals", "Changes proposed to runbooks of yours", daily="")
DECIDED = Kind(
    "proposal.decided", "What became of your changes", daily="Changes that you suggested"
)
REPORTS = Kind("report.closed", "What became of your reports", daily="Steps that you reported")
_SHOWN = 300
#: Imports are looked at where they were uploaded; a handover has words of its own.
_QUIET = (Proposal.Kind.IMPORT, Proposal.Kind.HANDOVER)


def proposal_made(proposal: Proposal, *, now: datetime | None = None) -> None:
    """Tell the owner that a change waits for them, with the one link to look at it and accept it."""
    owner = _owner(proposal)
    if owner is None or owner == proposal.proposed_by or proposal.proposed_by is None:
        return
    title = _title(proposal)
    url = reverse("runbooks:proposal", args=[proposal.pk])
    item = Item(
        title=title,
        url=url,
        words=_quoted(proposal.why) or "No reason was written down.",
        action=Action(label="Look at it", url=url),
    )
    outbox.tell(
        person=owner,
        key=f"proposal-{proposal.pk}-made-{owner.pk}",
        kind=PROPOSALS.name,
        subject=f"{proposal.proposed_by} proposes a change: {title}",
        body=Body(
            intro=f"{proposal.proposed_by} proposes a change to a runbook that you own."
            if proposal.runbook
            else f"{proposal.proposed_by} proposes a new runbook that you would own.",
            sections=[Section(title="Waiting for you", items=[item])],
            outro="Nothing is live until somebody who may publish accepts it.",
        ),
        url=url,
        now=now,
    )


def proposal_decided(
    proposal: Proposal,
    *,
    by: User,
    revision: Revision | None = None,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Tell who proposed it: published as `revision`, or sent back with `note`."""
    person = proposal.proposed_by
    if person is None or person == by or proposal.kind in _QUIET:
        return
    title = revision.title if revision else _title(proposal)
    url = reverse("runbooks:proposal", args=[proposal.pk])
    if revision is not None:
        subject = f"Published: your change to {title}"
        intro = f"{by} published what you proposed, as revision {revision.number}."
        url = revision.runbook.get_absolute_url()
    else:
        subject = f"Sent back: your change to {title}"
        intro = f"{by} sent back what you proposed. You can edit it and propose it again."
    item = Item(title=title, url=url, words=_quoted(note))
    outbox.tell(
        person=person,
        key=f"proposal-{proposal.pk}-decided",
        kind=DECIDED.name,
        subject=subject,
        body=Body(intro=intro, sections=[Section(title="Your proposal", items=[item])]),
        url=url,
        now=now,
    )


def reports_closed(
    reports: Iterable[Report], runbook: Runbook, *, by: User, said: str, now: datetime | None = None
) -> None:
    """Tell who reported steps what answered them. `said` is the sentence: the revision, or the reason."""
    outbox.tell_many(
        [
            _closed(report, person, runbook, by, said)
            for report in reports
            if (person := report.by) is not None and _hears(person, runbook, by)
        ],
        now=now,
    )


def _closed(report: Report, person: User, runbook: Runbook, by: User, said: str) -> Telling:
    url = f"{runbook.get_absolute_url()}#step-{report.key}"
    item = Item(title=f"{report.label} {report.verdict} in {runbook.title}", url=url, words=said)
    return Telling(
        person=person,
        key=f"report-{report.pk}-closed",
        kind=REPORTS.name,
        subject=f"Your report on {report.label} is answered: {runbook.title}",
        body=Body(
            intro=f"{by} answered what you reported. Thank you for it.",
            sections=[Section(title="Your report", items=[item])],
        ),
        url=url,
    )


def _hears(person: User, runbook: Runbook, by: User) -> bool:
    """Not who closed it themselves, and not who may no longer see the runbook."""
    return (
        person != by and Runbook.objects.seen_by(viewer_of(person)).filter(pk=runbook.pk).exists()
    )


def _owner(proposal: Proposal) -> User | None:
    if proposal.kind in _QUIET:
        return None
    if proposal.runbook is not None:
        return proposal.runbook.owner
    named = document.meta_of(proposal.text).owner
    return proposal.proposed_owner or (User.objects.named(named) if named else None)


def _title(proposal: Proposal) -> str:
    if proposal.runbook is not None:
        return proposal.runbook.title
    return document.meta_of(proposal.text).title or proposal.slug


def _quoted(words: str) -> str:
    words = " ".join(words.split())
    if len(words) > _SHOWN:
        words = f"{words[:_SHOWN]}…"
    return f"“{words}”" if words else ""

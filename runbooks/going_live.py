"""What is written when texts go live: for one or for many, in the same few statements.

Only `publishing` calls it, once it has seen that nothing keeps them from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import AuditEntry, User
from runbooks import document, hooks
from runbooks.keys import carry_keys
from runbooks.making import rendering_of, steps_of
from runbooks.models import (
    Attachment,
    Proposal,
    Rendering,
    Revision,
    Runbook,
    Step,
    TrustLine,
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A proposal, its runbook (held, or new and not yet saved) and its text as it will be live."""

    proposal: Proposal
    runbook: Runbook
    text: str
    parsed: document.Document
    why: str


def write(several: Sequence[Ready], *, by: User, now: datetime) -> list[hooks.Published]:
    """Revisions, steps, pages and who accepted them. Belongs in a transaction; tells no room.

    Raises IntegrityError where somebody was faster with a new runbook at one of the addresses.
    """
    new = [one.runbook for one in several if one.runbook.pk is None]
    created = {id(runbook) for runbook in new}
    befores = [one.runbook.live_revision for one in several]
    for one in several:
        if id(one.runbook) not in created:
            one.runbook.save()
    Runbook.objects.bulk_create(new)
    revisions = [
        _revision(one, before, by=by, now=now) for one, before in zip(several, befores, strict=True)
    ]
    Revision.objects.bulk_create(revisions)
    renderings = _make_pages(several, revisions, befores)
    _point_at(several, revisions, by=by, now=now)
    # A hook of the reviews dates the first one.
    TrustLine.objects.bulk_create(TrustLine(runbook=runbook) for runbook in new)
    audit.record_all(
        _entry(revision, before, by=by, now=now)
        for revision, before in zip(revisions, befores, strict=True)
    )
    return [
        hooks.Published(one.runbook, revision, rendering, one.parsed, id(one.runbook) in created)
        for one, revision, rendering in zip(several, revisions, renderings, strict=True)
    ]


def _revision(one: Ready, before: Revision | None, *, by: User, now: datetime) -> Revision:
    return Revision(
        runbook=one.runbook,
        number=before.number + 1 if before else 1,
        title=one.runbook.title,
        text=one.text,
        proposal=one.proposal,
        accepted_by=by,
        accepted_at=now,
        why=one.why,
    )


def _make_pages(
    several: Sequence[Ready], revisions: Sequence[Revision], befores: Sequence[Revision | None]
) -> list[Rendering]:
    """Steps and renderings, in the order of the revisions."""
    attachments = _attachments(revisions)
    steps: list[Step] = []
    renderings: list[Rendering] = []
    for one, revision, before in zip(several, revisions, befores, strict=True):
        keys = carry_keys(one.parsed.steps, before.steps.all() if before else ())
        steps += steps_of(revision, one.parsed, keys)
        addresses = attachments[revision.runbook_id]
        renderings.append(rendering_of(revision, one.parsed, keys, addresses))
    Step.objects.bulk_create(steps, batch_size=500)
    Rendering.objects.bulk_create(renderings)
    return renderings


def _attachments(revisions: Sequence[Revision]) -> dict[int, dict[str, str]]:
    """Path -> address, by runbook. What came with a proposal belongs to its runbook from now on."""
    of_it = Revision.objects.filter(proposal=OuterRef("proposal")).values("runbook")
    came = Attachment.objects.filter(proposal__in=[revision.proposal_id for revision in revisions])
    came.update(runbook=Subquery(of_it))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Attachment.objects.filter(runbook__in=[revision.runbook_id for revision in revisions])
    for row in rows.order_by("pk"):
        if row.runbook_id is not None:
            found[row.runbook_id][row.path] = row.get_absolute_url()
    return found


def _point_at(
    several: Sequence[Ready], revisions: Sequence[Revision], *, by: User, now: datetime
) -> None:
    """The runbooks at their new revisions, the proposals at their runbooks."""
    changed_at = timezone.now()
    newest = Revision.objects.filter(runbook=OuterRef("pk")).order_by("-number").values("pk")[:1]
    Runbook.objects.filter(pk__in=[one.runbook.pk for one in several]).update(
        live_revision=Subquery(newest), updated_at=changed_at
    )
    for one, revision in zip(several, revisions, strict=True):
        one.runbook.live_revision, one.runbook.updated_at = revision, changed_at
    made = Revision.objects.filter(proposal=OuterRef("pk")).values("runbook")
    Proposal.objects.filter(pk__in=[one.proposal.pk for one in several]).update(
        runbook=Subquery(made), state=Proposal.State.ACCEPTED, decided_by=by, decided_at=now
    )


def _entry(revision: Revision, before: Revision | None, *, by: User, now: datetime) -> AuditEntry:
    proposal = revision.proposal
    return audit.entry(
        "proposal.accepted",
        by=by,
        of=revision.runbook,
        name=revision.runbook.slug,
        before={"revision": before.number if before else None},
        after={"revision": revision.number, "proposal": proposal.pk, "kind": proposal.kind},
        note=revision.why,
        at=now,
    )

"""What may happen to a runbook besides a new text: another address, retirement, an old text again.

Each is one transaction by a named, active person. Who may is decided in portal.accounts.access.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import hooks, leading_here, publishing, telling
from runbooks.merging import Merged, merge
from runbooks.models import Alias, Proposal, Revision, Runbook
from runbooks.naming import slug_of
from runbooks.publishing import PublishingRefused


@one_transaction
def rename(runbook: Runbook, *, slug: str, by: User) -> Runbook:
    """Move a runbook to another address; the old one leads there for ever.

    Raises PublishingRefused when the address is empty, taken, or another runbook's old one.
    """
    _must_be_active(by)
    wanted = slug_of(slug)
    if not wanted:
        raise PublishingRefused("An address needs at least one letter or digit.")
    runbook = Runbook.objects.held().get(pk=runbook.pk)
    if wanted == runbook.slug:
        return runbook
    if Runbook.objects.filter(slug=wanted).exists():
        raise PublishingRefused(f"/r/{wanted} is another runbook.")
    had_it = publishing.moved_from(wanted)
    if had_it is not None and had_it != runbook:
        raise PublishingRefused(publishing.still_leads(wanted, had_it))
    # It may go back to an address it had before.
    Alias.objects.filter(kind=Alias.Kind.SLUG, folded=wanted.casefold()).delete()
    leading_here.add_old_slug(runbook, runbook.slug)
    sides = audit.changes({"slug": runbook.slug}, {"slug": wanted})
    audit.record("runbook.renamed", by=by, of=runbook, name=wanted, **sides)
    runbook.slug = wanted
    runbook.save(update_fields=["slug", "updated_at"])
    Proposal.objects.open().filter(runbook=runbook).update(slug=wanted)
    _facts_changed(runbook)
    return runbook


@one_transaction
def retire(
    runbook: Runbook, *, by: User, successor: Runbook | None = None, reason: str = ""
) -> Runbook:
    """Take a runbook out of use: a successor that its links lead to, or a reason
    that whoever follows an old link reads instead."""
    _must_be_active(by)
    reason = reason.strip()
    if successor is None and not reason:
        raise PublishingRefused("Name the runbook that takes its place, or say why there is none.")
    pks = {runbook.pk, successor.pk if successor else runbook.pk}
    held = {row.pk: row for row in Runbook.objects.filter(pk__in=pks).held()}
    runbook = held[runbook.pk]
    if runbook.state == Runbook.State.RETIRED:
        raise PublishingRefused("This runbook is already retired.")
    if successor is not None:
        successor = held[successor.pk]
        _refuse_bad_successor(runbook, successor)
    runbook.state = Runbook.State.RETIRED
    runbook.successor = successor
    runbook.retired_reason = reason
    runbook.save(update_fields=["state", "successor", "retired_reason", "updated_at"])
    after = {"successor": successor.slug if successor else ""}
    audit.record("runbook.retired", by=by, of=runbook, name=runbook.slug, after=after, note=reason)
    for hook in hooks.on_retired:
        hook(runbook, by)
    _facts_changed(runbook)
    return runbook


@one_transaction
def bring_back(runbook: Runbook, *, by: User) -> Runbook:
    """A retired runbook is live again, with the text it had."""
    _must_be_active(by)
    runbook = Runbook.objects.held().get(pk=runbook.pk)
    if runbook.state != Runbook.State.RETIRED:
        raise PublishingRefused("This runbook is live.")
    if not runbook.owner.is_active:
        raise PublishingRefused(f"{runbook.owner} is not active: somebody else must own it first.")
    runbook.state = Runbook.State.LIVE
    runbook.successor = None
    runbook.retired_reason = ""
    runbook.save(update_fields=["state", "successor", "retired_reason", "updated_at"])
    audit.record("runbook.brought.back", by=by, of=runbook, name=runbook.slug)
    _facts_changed(runbook)
    return runbook


@one_transaction
def restore(revision: Revision, *, by: User, why: str = "", waits: bool = False) -> Proposal:
    """Propose an old revision's text again. Today's owner stays, whoever it names: an old text hands
    nothing over. They are told if it `waits`."""
    runbook = Runbook.objects.select_related("owner", "live_revision").get(pk=revision.runbook_id)
    text = publishing.with_owner(revision.text, runbook.owner)
    proposal = publishing.propose(
        text=text,
        kind=Proposal.Kind.RESTORE,
        runbook=runbook,
        by=by,
        why=why or f"Revision {revision.number} again.",
    )
    if waits:
        telling.proposal_made(proposal)
    return proposal


@one_transaction
def withdraw(proposal: Proposal, *, by: User, now: datetime | None = None) -> None:
    """Its proposer takes an open proposal back. Raises PublishingRefused when it is decided or another's."""
    if proposal.proposed_by_id != by.pk:
        raise PublishingRefused("Only who proposed it can take a proposal back.")
    changed = (
        Proposal.objects.open()
        .filter(pk=proposal.pk)
        .update(state=Proposal.State.WITHDRAWN, decided_by=by, decided_at=now or timezone.now())
    )
    if not changed:
        raise PublishingRefused("This proposal has already been decided.")
    proposal.refresh_from_db()
    after = {"proposal": proposal.pk, "kind": proposal.kind}
    runbook = proposal.runbook
    audit.record(
        "proposal.withdrawn", by=by, of=runbook, kind="runbook", name=proposal.slug, after=after
    )


def merged_with_live(proposal: Proposal) -> Merged | None:
    """The proposal brought to the live text, or None where the live runbook has not moved on.

    Both sides are compared with the revision that the proposal began from; where there was none (a new
    runbook whose address was taken meanwhile) everything that differs is asked.
    """
    named = Q(pk=proposal.runbook_id) if proposal.runbook_id else Q(slug=proposal.slug)
    runbook = Runbook.objects.filter(named).select_related("live_revision").first()
    if runbook is None or runbook.live_revision_id == proposal.base_id:
        return None
    live = runbook.live_revision
    assert live is not None  # only a runbook without a text has none  # noqa: S101
    base = proposal.base.text if proposal.base else ""
    return merge(base=base, live=live.text, proposed=proposal.text)


@one_transaction
def bring_up(proposal: Proposal, *, text: str, onto: Revision) -> Proposal:
    """An open proposal with a merged text, based on `onto`, the live revision that was merged with.

    Raises publishing.Conflict when the live runbook has moved on once more.
    """
    runbook, proposal = publishing.held(proposal, onto=onto.runbook_id)
    if runbook is None or runbook.live_revision_id != onto.pk:
        raise publishing.Conflict("The live runbook has moved on once more while you settled this.")
    proposal.runbook, proposal.base, proposal.text = runbook, onto, text
    proposal.slug = runbook.slug
    proposal.save(update_fields=["runbook", "base", "text", "slug"])
    return proposal


def _must_be_active(by: User) -> None:
    if not by.is_active:
        raise PublishingRefused(f"{by} is not active.")


def _refuse_bad_successor(runbook: Runbook, successor: Runbook) -> None:
    if successor.state != Runbook.State.LIVE or successor.live_revision_id is None:
        raise PublishingRefused("The runbook that takes its place must be live.")
    seen = {runbook.pk}
    following: Runbook | None = successor
    while following is not None:
        if following.pk in seen:
            raise PublishingRefused("These two would lead to each other.")
        seen.add(following.pk)
        following = following.successor


def _facts_changed(runbook: Runbook) -> None:
    for hook in hooks.on_facts_changed:
        hook([runbook.pk])

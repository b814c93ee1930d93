"""From the editor's button to a revision or an open proposal. Nothing that was sent is ever overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import changing, document, publishing, telling
from runbooks.models import EarlierText, Proposal, Revision, Runbook
from runbooks.publishing import Conflict, PublishingRefused


@dataclass(frozen=True, slots=True)
class Outcome:
    """`revision` is None where the live runbook moved on and a person has to settle the two texts.

    `merged_with` is the revision that the text was joined with on the way, if it was.
    """

    proposal: Proposal
    revision: Revision | None = None
    merged_with: Revision | None = None


def text_from_form(sent: str, *, before: str = "") -> str:
    """A browser sends every line end as CRLF: they become what the text had before."""
    text = sent.replace("\r\n", "\n").replace("\r", "\n")
    if before.partition("\n")[0].endswith("\r"):
        text = text.replace("\n", "\r\n")
    return text


@one_transaction
def publish(
    *,
    text: str,
    by: User,
    runbook: Runbook | None = None,
    base: Revision | None = None,
    slug: str = "",
    why: str = "",
    origin: str = "",
    now: datetime | None = None,
) -> Outcome:
    """Propose and accept in one go. `base` is the revision that the editor was opened on.

    Raises PublishingRefused with findings when something blocks it, or when a new runbook's address is taken;
    then nothing is kept but what the caller holds. A conflict keeps the open proposal.
    """
    if runbook is None and Runbook.objects.filter(slug=slug).exists():
        raise PublishingRefused(f"/r/{slug} is another runbook: choose another address.")
    proposal = _proposed(
        text=text, by=by, runbook=runbook, base=base, slug=slug, why=why, origin=origin, now=now
    )
    return accept(proposal, by=by, now=now)


@one_transaction
def propose(
    *,
    text: str,
    by: User,
    runbook: Runbook | None = None,
    base: Revision | None = None,
    slug: str = "",
    why: str = "",
    origin: str = "",
    now: datetime | None = None,
) -> Proposal:
    """An open proposal for whoever may publish it; the owner is told. One that changes nothing is refused."""
    proposal = _proposed(
        text=text, by=by, runbook=runbook, base=base, slug=slug, why=why, origin=origin, now=now
    )
    telling.proposal_made(proposal, now=now)
    return proposal


def _proposed(
    *,
    text: str,
    by: User,
    runbook: Runbook | None,
    base: Revision | None,
    slug: str,
    why: str,
    origin: str,
    now: datetime | None,
) -> Proposal:
    if base is not None and text == base.text:
        raise PublishingRefused("Nothing is changed yet: there is nothing to propose.")
    return publishing.propose(
        text=text,
        kind=Proposal.Kind.EDIT,
        runbook=runbook,
        base=base,
        slug=slug,
        by=by,
        owner=_named_in(text) if runbook is None else None,
        why=why,
        origin=origin,
        now=now,
    )


def _named_in(text: str) -> User | None:
    """Whom a new runbook's text names as its owner: the proposal waits for them."""
    return User.objects.named(document.meta_of(text).owner)


def accept(proposal: Proposal, *, by: User, why: str = "", now: datetime | None = None) -> Outcome:
    """Accept a proposal; where the live runbook moved on elsewhere in the text, the two are joined first."""
    try:
        return Outcome(proposal, publishing.accept(proposal, by=by, why=why, now=now))
    except Conflict:
        if proposal.runbook_id is None:
            raise
    return _accept_joined(proposal, by=by, why=why, now=now)


@one_transaction
def _accept_joined(proposal: Proposal, *, by: User, why: str, now: datetime | None) -> Outcome:
    held, proposal = publishing.held(proposal)
    live = held.live_revision if held else None
    merged = changing.merged_with_live(proposal)
    if live is None or merged is None or merged.text is None:
        return Outcome(proposal)
    settle(proposal, text=merged.text, onto=live, by=by, now=now)
    revision = publishing.accept(proposal, by=by, why=why, now=now)
    return Outcome(proposal, revision, merged_with=live)


@one_transaction
def revise(
    proposal: Proposal,
    *,
    text: str,
    by: User,
    why: str = "",
    slug: str = "",
    now: datetime | None = None,
) -> Proposal:
    """Another text for an open proposal; what it said before is kept beside it. A new runbook may get another
    address, too.

    Raises document.DocumentError, or PublishingRefused when it is already decided.
    """
    document.parse(text)
    proposal = Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if proposal.state != Proposal.State.OPEN:
        raise PublishingRefused("This proposal has already been decided.")
    if text != proposal.text:
        _keep(proposal, by=by, now=now)
        proposal.text = text
    proposal.why = why or proposal.why
    if proposal.runbook_id is None:
        proposal.slug = slug or proposal.slug
        if proposal.kind == Proposal.Kind.EDIT:
            proposal.proposed_owner = _named_in(text)
    proposal.save(update_fields=["text", "why", "slug", "proposed_owner"])
    audit.record(
        "proposal.revised",
        by=by,
        of=proposal.runbook,
        kind="runbook",
        name=proposal.slug,
        after={"proposal": proposal.pk},
        note=why,
        at=now,
    )
    return proposal


@one_transaction
def settle(
    proposal: Proposal, *, text: str, onto: Revision, by: User, now: datetime | None = None
) -> Proposal:
    """An open proposal with the text that both sides became. Raises Conflict as `bring_up` does."""
    document.parse(text)
    _, before = publishing.held(proposal, onto=onto.runbook_id)
    if text != before.text:
        _keep(before, by=by, now=now)
    return changing.bring_up(before, text=text, onto=onto)


def _keep(proposal: Proposal, *, by: User, now: datetime | None) -> None:
    EarlierText.objects.create(
        proposal=proposal,
        text=proposal.text,
        base_id=proposal.base_id,
        replaced_by=by,
        replaced_at=now or timezone.now(),
    )

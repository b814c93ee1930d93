"""Handing a runbook over: offered by its owner, and theirs until the other says yes."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from portal.typed import clean
from runbooks import publishing
from runbooks.models import Proposal, Runbook, TrustLine
from runbooks.reviews.deciding import ANY, Held, Refused, hold, tell_trail
from runbooks.reviews.due import today_for
from runbooks.reviews.evidence import evidence_of
from runbooks.reviews.models import Decision, Handover
from runbooks.reviews.turning import raise_concern

_MOST_NOTE = 2_000


@one_transaction
def offer_handover(
    runbook: Runbook,
    *,
    to: User,
    by: User,
    note: str = "",
    now: datetime | None = None,
    after: int | None = ANY,
) -> Handover:
    """Ask a person to take a runbook over. Until they do, nothing changes. Raises Refused."""
    held = hold(runbook, by=by, now=now, after=after)
    if not to.answers:
        raise Refused(f"{to} cannot take it over: nobody answers under that name any more.")
    if to.pk == held.runbook.owner_id:
        raise Refused(f"{to} owns it already.")
    waiting = Handover.objects.open().filter(runbook=held.runbook)
    if (open_one := waiting.select_related("to").first()) is not None:
        raise Refused(f"It is offered to {open_one.to} already: take that back first.")
    offer = Handover.objects.create(
        runbook=held.runbook,
        offered_by=by,
        to=to,
        note=clean(note, _MOST_NOTE),
        offered_at=held.now,
    )
    _tell(offer, "handover.offered", by=by)
    return offer


@one_transaction
def answer_handover(
    offer: Handover, *, by: User, accept: bool, note: str = "", now: datetime | None = None
) -> Handover:
    """The person who was asked says yes or no. A yes is a one-line revision with another owner line; the
    review is due at once, since nobody but the old owner has vouched for the text. Raises Refused."""
    now = now or timezone.now()
    # The runbook first, then the offer: the order in which every decision holds its rows.
    held = hold(Runbook.objects.get(pk=offer.runbook_id), by=by, now=now)
    offer = _open_offer(offer)
    if offer.to_id != by.pk:
        raise Refused(f"It was offered to {offer.to}, who answers for themself.")
    offer.state = Handover.State.ACCEPTED if accept else Handover.State.DECLINED
    offer.decided_at = now
    offer.save(update_fields=["state", "decided_at"])
    if not accept:
        _tell(offer, "handover.declined", by=by, note=note)
        return offer
    _hand_over(held, offer, now=now)
    return offer


@one_transaction
def withdraw_handover(offer: Handover, *, by: User, now: datetime | None = None) -> Handover:
    """The offer is taken back before it is answered. Raises Refused."""
    offer = _open_offer(offer)
    offer.state, offer.decided_at = Handover.State.WITHDRAWN, now or timezone.now()
    offer.save(update_fields=["state", "decided_at"])
    _tell(offer, "handover.withdrawn", by=by)
    return offer


@one_transaction
def confirm_owner(runbook: Runbook, *, by: User) -> None:
    """An import guessed the owner, and they say that it is theirs. Raises Refused."""
    held = hold(runbook, by=by)
    if held.runbook.owner_id != by.pk:
        raise Refused(f"It is {held.runbook.owner}'s to confirm.")
    if held.runbook.owner_confirmed:
        return
    held.runbook.owner_confirmed = True
    held.runbook.save(update_fields=["owner_confirmed", "updated_at"])
    TrustLine.objects.filter(runbook=held.runbook).tell()
    audit.record("owner.confirmed", by=by, of=held.runbook, name=held.runbook.slug)


def change_owner(runbook: Runbook, *, to: User, by: User, why: str, now: datetime) -> Runbook:
    """Another owner by a one-line revision that `by` answers for, in the caller's transaction.

    The review is due at once. Raises publishing.PublishingRefused.
    """
    live = runbook.live_revision
    text = publishing.with_owner(live.text if live else "", to)
    proposal = publishing.propose(
        text=text,
        kind=Proposal.Kind.HANDOVER,
        runbook=runbook,
        by=by,
        owner=to,
        why=why,
        now=now,
    )
    revision = publishing.accept(proposal, by=by, now=now)
    changed = Runbook.objects.select_related("owner").get(pk=runbook.pk)
    raise_concern(
        changed,
        kind="owner",
        source=f"owner:{revision.pk}",
        words=f"{to} owns it since {now.day} {now:%B %Y} and has not reviewed it yet.",
        now=now,
    )
    return changed


def _hand_over(held: Held, offer: Handover, *, now: datetime) -> None:
    found = evidence_of(held.runbook, held.last.at if held.last else None)
    why = f"Handed over to {offer.to} by {offer.offered_by}."
    try:
        runbook = change_owner(held.runbook, to=offer.to, by=offer.to, why=why, now=now)
    except publishing.PublishingRefused as refused:
        raise Refused(str(refused)) from refused
    revision = runbook.live_revision
    assert revision is not None  # it was just published  # noqa: S101
    decision = Decision.objects.create(
        runbook=runbook,
        revision=revision,
        kind=Decision.Kind.HANDED_OVER,
        by=offer.offered_by,
        at=now,
        due_on=held.trust.due_on,
        next_due_on=today_for(offer.to, now),
        note=offer.note,
        evidence=[one.kept() for one in found],
    )
    tell_trail(decision, "review.handed_over", {"owner": offer.to.username})
    _tell(offer, "handover.accepted", by=offer.to)


def _open_offer(offer: Handover) -> Handover:
    Runbook.objects.held().get(pk=offer.runbook_id)
    offer = (
        Handover.objects.select_for_update(of=("self",), no_key=True)
        .select_related("to", "offered_by", "runbook")
        .get(pk=offer.pk)
    )
    if offer.state != Handover.State.OPEN:
        raise Refused(f"This offer is {offer.get_state_display()} already.")
    return offer


def _tell(offer: Handover, action: str, *, by: User, note: str = "") -> None:
    audit.record(
        action,
        by=by,
        of=offer.runbook,
        name=offer.runbook.slug,
        after={"to": offer.to.username, "state": offer.state},
        note=note or offer.note,
    )

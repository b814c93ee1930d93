"""An owner's word on a runbook: still true, updated, retired, snoozed. Handing over is in handing.py.

Each is one transaction that holds the runbook's row, and leaves one dated record that nobody can change.
Who may is decided in portal.accounts.access (Right.REVIEW); here it is what may be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from portal.typed import clean
from runbooks import changing
from runbooks.models import Revision, Runbook, TrustLine
from runbooks.publishing import PublishingRefused
from runbooks.reviews.due import due_on_after, today_for
from runbooks.reviews.evidence import Evidence, evidence_of
from runbooks.reviews.models import Decision, Handover
from runbooks.reviews.turning import open_concerns, settle_concerns

#: A review may be put off for so many days, so many times in a row.
SNOOZE_DAYS = 30
SNOOZES = 2
_MOST_NOTE = 2_000
#: `after` of a caller that shows no page: whatever was decided before is fine.
ANY = -1


class Refused(ValueError):  # noqa: N818 -- a decision, said in the product's words
    """The decision cannot be made. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Held:
    """A runbook whose row is held until the transaction ends, with what its page would say now."""

    runbook: Runbook
    trust: TrustLine
    last: Decision | None
    now: datetime

    @property
    def live(self) -> int:
        """The live revision, which `hold` has seen to."""
        revision = self.runbook.live_revision_id
        assert revision is not None  # noqa: S101
        return revision

    def evidence(self) -> list[Evidence]:
        return evidence_of(self.runbook, self.last.at if self.last else None)


def last_decision(runbook: Runbook) -> Decision | None:
    """The newest word on the runbook as it stands; an offer that was accepted is one, too."""
    return Decision.objects.filter(runbook=runbook).select_related("by").first()


@one_transaction
def still_true(
    runbook: Runbook,
    *,
    by: User,
    rests_on: Iterable[str],
    note: str = "",
    now: datetime | None = None,
    after: int | None = ANY,
) -> Decision:
    """The runbook holds, and `rests_on` says how that is known (Decision.RestsOn values).

    `after` is the decision (its primary key, None for none) that the page showed as the last one: where there
    is a newer one, somebody was faster, and this is refused. Raises Refused.
    """
    held = hold(runbook, by=by, now=now, after=after)
    rests = [value for value in Decision.RestsOn.values if value in set(rests_on)]
    if not rests:
        raise Refused("Say what it rests on: you ran it, drilled it, checked it, or read it.")
    found = held.evidence()
    for one in found:
        if one.blocks_still_true:
            raise Refused(f"It cannot be called still true yet. {one.words}")
    due = due_on_after(held.runbook, today_for(by, held.now))
    decision = _keep(
        held, Decision.Kind.STILL_TRUE, by=by, next_due=due, note=note, rests_on=rests, found=found
    )
    settle_concerns(held.runbook, held.now)
    _reviewed(held, by=by, due=due)
    return decision


@one_transaction
def updated(
    runbook: Runbook, *, by: User, revision: Revision, note: str = "", now: datetime | None = None
) -> Decision:
    """The owner published `revision`. Reports that it leaves open stand against the runbook as before."""
    held = hold(runbook, by=by, now=now)
    due = due_on_after(held.runbook, today_for(by, held.now))
    decision = _keep(
        held,
        Decision.Kind.UPDATED,
        by=by,
        next_due=due,
        note=note,
        found=held.evidence(),
        revision=revision,
    )
    settle_concerns(held.runbook, held.now, but_open_reports=True)
    left = open_concerns(held.runbook).exists()
    _reviewed(held, by=by, due=held.trust.due_on if left else due)
    return decision


@one_transaction
def retired(
    runbook: Runbook,
    *,
    by: User,
    successor: Runbook | None = None,
    reason: str = "",
    now: datetime | None = None,
    after: int | None = ANY,
) -> Decision:
    """Out of use, with a successor or a reason. Raises Refused."""
    hold(runbook, by=by, now=now, after=after)
    try:
        changing.retire(runbook, by=by, successor=successor, reason=reason)
    except PublishingRefused as refused:
        raise Refused(str(refused)) from refused
    # The hook below has written it, as it does for whoever retires a runbook elsewhere.
    decision = last_decision(runbook)
    assert decision is not None  # noqa: S101
    return decision


def _successor_of(runbook: Runbook) -> str:
    """Its title; a private one's is not for whoever may read this runbook's decisions."""
    successor = runbook.successor
    private = successor is not None and successor.services.filter(private=True).exists()
    return "A private runbook" if private else str(successor)


def keep_retirement(runbook: Runbook, by: User) -> None:
    """Hook of changing.retire: it is a decision, wherever it was made."""
    now = timezone.now()
    trust = TrustLine.objects.select_for_update(no_key=True).get(runbook=runbook)
    held = Held(runbook, trust, last_decision(runbook), now)
    note = runbook.retired_reason or f"{_successor_of(runbook)} takes its place."
    _keep(
        held,
        Decision.Kind.RETIRED,
        by=by,
        next_due=None,
        note=note,
        found=held.evidence(),
        say=False,
    )
    settle_concerns(runbook, now)
    Handover.objects.open().filter(runbook=runbook).update(
        state=Handover.State.WITHDRAWN, decided_at=now
    )
    _set_trust(runbook, due_on=None)


@one_transaction
def snooze(
    runbook: Runbook,
    *,
    by: User,
    reason: str,
    days: int,
    now: datetime | None = None,
    after: int | None = ANY,
) -> Decision:
    """Put the review off: with a reason, for 30 days at most, twice in a row at most. Raises Refused.

    What stands against the runbook stays, and something new brings the review forward again.
    """
    held = hold(runbook, by=by, now=now, after=after)
    if not reason.strip():
        raise Refused("Say why it has to wait: the next reader of the history will ask.")
    if not 1 <= days <= SNOOZE_DAYS:
        raise Refused(f"A review is put off for 1 to {SNOOZE_DAYS} days.")
    recent = Decision.objects.filter(runbook=runbook)[:SNOOZES]
    if [d.kind for d in recent] == [Decision.Kind.SNOOZED] * SNOOZES:
        raise Refused("It was put off twice in a row already. Decide it, or hand it over.")
    due = today_for(by, held.now) + timedelta(days=days)
    if held.trust.due_on is not None and due <= held.trust.due_on:
        least = (held.trust.due_on - today_for(by, held.now)).days + 1
        raise Refused(
            f"It is due on {day_in_words(held.trust.due_on)} anyway: "
            f"to put it off takes {least} days or more."
            if least <= SNOOZE_DAYS
            else f"It is not due before {day_in_words(held.trust.due_on)}."
        )
    decision = _keep(
        held, Decision.Kind.SNOOZED, by=by, next_due=due, note=reason, found=held.evidence()
    )
    _set_trust(held.runbook, due_on=due)
    return decision


def hold(
    runbook: Runbook, *, by: User, now: datetime | None = None, after: int | None = ANY
) -> Held:
    """Hold the runbook's row, and see that there is something to decide. Raises Refused."""
    if not by.is_active:
        raise Refused(f"{by} is not active.")
    locked = Runbook.objects.held().get(pk=runbook.pk)
    if locked.state != Runbook.State.LIVE or locked.live_revision_id is None:
        raise Refused("This runbook is not live: there is nothing to review.")
    trust = TrustLine.objects.select_for_update(no_key=True).get(runbook=locked)
    last = last_decision(locked)
    if after not in (ANY, last.pk if last else None):
        raise Refused(said_since(last))
    return Held(locked, trust, last, now or timezone.now())


def said_since(last: Decision | None) -> str:
    if last is None:
        return "This page is out of date: load it again."
    return f"{last.by} has decided meanwhile: {last.get_kind_display()}. Yours was not kept."


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _keep(
    held: Held,
    kind: Decision.Kind,
    *,
    by: User,
    next_due: date | None,
    note: str,
    found: Sequence[Evidence],
    rests_on: Sequence[str] = (),
    revision: Revision | None = None,
    say: bool = True,
) -> Decision:
    """Write the record and its line in the audit trail (unless the caller's act has one already)."""
    decision = Decision.objects.create(
        runbook=held.runbook,
        revision_id=revision.pk if revision is not None else held.live,
        kind=kind,
        by=by,
        at=held.now,
        due_on=held.trust.due_on,
        next_due_on=next_due,
        rests_on=list(rests_on),
        note=clean(note, _MOST_NOTE),
        evidence=[one.kept() for one in found],
    )
    if say:
        tell_trail(decision, f"review.{kind.value}")
    return decision


def tell_trail(decision: Decision, action: str, extra: Mapping[str, Any] | None = None) -> None:
    after = {"decision": decision.pk, "rests_on": decision.rests_on} | dict(extra or {})
    audit.record(
        action,
        by=decision.by,
        of=decision.runbook,
        name=decision.runbook.slug,
        before={"due_on": decision.due_on},
        after={**after, "due_on": decision.next_due_on},
        note=decision.note,
        at=decision.at,
    )


def _reviewed(held: Held, *, by: User, due: date | None) -> None:
    _set_trust(held.runbook, reviewed_on=today_for(by, held.now), reviewed_by=by, due_on=due)


def _set_trust(runbook: Runbook, **facts: Any) -> None:
    TrustLine.objects.filter(runbook=runbook).tell(**facts)

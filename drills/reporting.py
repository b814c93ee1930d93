"""The way of a report: the hot wash is closed, a person adds their words, a person signs."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from drills import hot_wash, noting, states, telling_after, trusting
from drills.log import changed, clean, locked, log_closing
from drills.models import Drill, Participant
from portal.accounts import audit
from portal.accounts.models import User


@transaction.atomic
def close_hot_wash(drill: Drill, *, by: User, now: datetime | None = None) -> Drill:
    """From the hot wash to the report: the update notes are drafted and their owner is told. A quick drill
    counts from here on, signed or not. Raises MoveRefused."""
    now = now or timezone.now()
    drill = locked(drill)
    states.refuse_bad_move(drill, Drill.State.REPORTING)
    drill.state = Drill.State.REPORTING
    drill.save(update_fields=["state"])
    log_closing(drill, now)
    noting.draft(drill, now=now)
    telling_after.notes_wait(drill, by=by, now=now)
    if drill.quick:
        trusting.count(drill, now=now)
    trusting.touch(drill.runbook_id)
    return changed(drill)


@transaction.atomic
def keep_and_close(
    drill: Drill,
    *,
    seat: Participant | None,
    typed: hot_wash.Typed,
    by: User,
    now: datetime | None = None,
) -> Drill:
    """What stands on the facilitator's page is kept with the closing. Raises NotNow, MoveRefused."""
    hot_wash.keep(drill, seat=seat, typed=typed)
    return close_hot_wash(drill, by=by, now=now)


class CannotReport(Exception):  # noqa: N818 -- said in the product's words
    """The report cannot be changed so. The message is a sentence."""


@transaction.atomic
def write(drill: Drill, *, summary: str, facilitator_notes: str, redrill_on: date | None) -> Drill:
    """What a person adds to the report; until it is signed. Raises CannotReport."""
    drill = locked(drill)
    if drill.state == Drill.State.SIGNED_OFF:
        raise CannotReport("The report is signed: it stays as it is.")
    if redrill_on is not None and not trusting.is_near(redrill_on, drill):
        raise CannotReport("The next drill comes after this one, within the next ten years.")
    drill.summary, drill.facilitator_notes = clean(summary), clean(facilitator_notes)
    drill.redrill_on = redrill_on
    drill.save(update_fields=["summary", "facilitator_notes", "redrill_on"])
    trusting.touch(drill.runbook_id)
    return changed(drill)


@transaction.atomic
def sign(drill: Drill, *, by: User, now: datetime | None = None) -> Drill:
    """A person signs: the report is no draft any more, older gaps that worked this time are closed, and the
    runbook's page says how it went.

    Raises MoveRefused.
    """
    now = now or timezone.now()
    drill = locked(drill)
    states.refuse_bad_move(drill, Drill.State.SIGNED_OFF)
    drill.state, drill.signed_by, drill.signed_at = Drill.State.SIGNED_OFF, by, now
    drill.redrill_on = drill.redrill_on or trusting.suggest_redrill(drill)
    drill.save(update_fields=["state", "signed_by", "signed_at", "redrill_on"])
    noting.close_retested(drill, by=by, now=now)
    trusting.count(drill, now=now)
    audit.record("drill.signed", by=by, of=drill)
    return changed(drill)

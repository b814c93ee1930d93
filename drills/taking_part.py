"""What somebody in a drill does: say, take observations, reach milestones, find the runbook. Each verb is one
transaction over the locked drill; what a device sends twice is kept once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from drills import noting, states, trusting
from drills.log import NotNow, changed, clean, closed_at, locked, log, second_at
from drills.models import Drill, Entry, Participant, Verdict
from drills.scenario.shapes import MILESTONES
from drills.seen_by import PLAYERS
from runbooks.models import Runbook

S = Drill.State
#: So far may a device's clock be off, and the way to here take.
_DOUBT = timedelta(minutes=1)
#: What is noted of the room's way and is no verdict on a step: a line of the log that players do not see.
EVENTS = {"decision": "Decision", "question": "Question", "detour": "Detour"}


@transaction.atomic
def say(
    participant: Participant,
    *,
    text: str,
    client_id: str,
    private: bool = False,
    now: datetime | None = None,
) -> Entry:
    """A player says what they do; `private` is a line to the facilitator alone. Raises NotNow."""
    drill = locked(participant.drill)
    text = clean(text)
    if not text:
        raise NotNow("Say what you do.")
    if drill.state not in (*states.LIVE, S.HOT_WASH):
        raise NotNow("The drill does not run.")
    kind = Entry.Kind.PRIVATE if private else Entry.Kind.SAID
    entry = log(
        drill,
        kind,
        now or timezone.now(),
        text=text,
        by=participant,
        for_players=not private,
        client_id=client_id,
    )
    changed(drill)
    return entry


@transaction.atomic
def record(
    participant: Participant,
    *,
    verdict: str,
    client_id: str,
    step: str = "",
    text: str = "",
    at: datetime | None = None,
    now: datetime | None = None,
) -> Entry:
    """An observation, or with verdict "strength" a strength, or one of EVENTS. `at` is when the device noted
    it: one that was offline sends it later, until the report is signed. The same `client_id` again is the
    same row. Raises NotNow."""
    now = now or timezone.now()
    if participant.drill.quick and participant.drill.state == S.REPORTING:
        # Its page will say how it went: first, as whoever publishes.
        list(Runbook.objects.held().filter(pk=participant.drill.runbook_id))
    drill = locked(participant.drill)
    late = drill.state == S.REPORTING
    then = _noted(drill, at, now)
    strength = verdict == Entry.Kind.STRENGTH
    event, text = EVENTS.get(verdict, ""), clean(text)
    if not strength and not event and verdict not in Verdict.values:
        raise NotNow("Say how it went: worked, unclear, wrong, blocked, missing or skipped.")
    if strength and not text:
        raise NotNow("Say what was good.")
    entry = log(
        drill,
        Entry.Kind.STRENGTH if strength else Entry.Kind.SAID if event else Entry.Kind.OBSERVATION,
        then,
        text=": ".join(filter(None, (event, text))),
        by=participant,
        step=drill.revision.steps.filter(label=step).first() if step else None,
        verdict="" if strength or event else verdict,
        client_id=client_id,
        second=second_at(drill, then, now),
    )
    if late:
        noting.draft(drill, now=now)
        if drill.quick:
            trusting.count(drill, now=now)
    changed(drill)
    return entry


def _noted(drill: Drill, at: datetime | None, now: datetime) -> datetime:
    """The moment at which a device noted something, within the drill's own times. Raises NotNow where what
    was noted then is not taken any more, or not yet."""
    if drill.state == S.SIGNED_OFF:
        raise NotNow(
            "The report is signed and stays as it is. Tell the facilitator, who can make it an action item."
        )
    begun = drill.began_at
    if begun is None or drill.state == S.CANCELLED:
        raise NotNow("Observations are taken while the drill runs and in the hot wash.")
    if drill.state == S.REPORTING:
        closed = closed_at(drill) or drill.ended_at or now
        if at is None or at > closed + _DOUBT:
            raise NotNow(
                "The hot wash is closed: what is noted after it belongs into an action item of the report."
            )
        return min(at, closed) if at >= begun else closed
    return min(at, now) if at is not None and at >= begun else now


@transaction.atomic
def note(
    participant: Participant, *, text: str, client_id: str, now: datetime | None = None
) -> Entry:
    """The facilitator's private note."""
    drill = locked(participant.drill)
    if not clean(text):
        raise NotNow("The note is empty.")
    entry = log(
        drill,
        Entry.Kind.NOTE,
        now or timezone.now(),
        text=clean(text),
        by=participant,
        client_id=client_id,
    )
    changed(drill)
    return entry


@transaction.atomic
def milestone(
    drill: Drill, *, name: str, by: Participant | None = None, now: datetime | None = None
) -> Entry:
    """Reached once: the first time counts. Raises NotNow."""
    now = now or timezone.now()
    if name not in MILESTONES:
        raise NotNow(f"There is no milestone {name!r}.")
    drill = locked(drill)
    if drill.state not in states.LIVE:
        raise NotNow("The drill does not run.")
    said = f"Milestone: {MILESTONES[name]}."
    entry = log(
        drill,
        Entry.Kind.MILESTONE,
        now,
        text=said,
        by=by,
        milestone=name,
        client_id=f"milestone:{name}",
    )
    changed(drill)
    return entry


@transaction.atomic
def found_runbook(participant: Participant, *, now: datetime | None = None) -> None:
    """They opened the runbook of the drill: their pages name it from now on. The first player's is the
    milestone. Raises NotNow before the drill runs, and when it was cancelled: trying would tell."""
    now = now or timezone.now()
    drill = locked(participant.drill)
    if drill.state not in (*states.LIVE, S.HOT_WASH):
        raise NotNow("Once the drill runs, finding the runbook is the first thing to do.")
    if participant.found_runbook_at is None:
        Participant.objects.filter(pk=participant.pk, found_runbook_at=None).update(
            found_runbook_at=now
        )
        participant.found_runbook_at = now
        if drill.state in states.LIVE and participant.role in PLAYERS:
            milestone(drill, name="runbook_found", by=participant, now=now)
        changed(drill)


def seen(participant: Participant, *, now: datetime | None = None) -> None:
    """Somebody's page is open. Costs nothing but this row, and is no change that others poll for."""
    Participant.objects.filter(pk=participant.pk).update(seen_at=now or timezone.now())

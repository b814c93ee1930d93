"""Changing a drill that has not begun: its facts, its time, its people. Who was invited is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from drills import inviting, states
from drills.log import changed, locked
from drills.models import Drill, Objective, Participant
from drills.scheduling import CannotDrill, refuse_naming
from portal.accounts import audit
from portal.accounts.models import User

S = Drill.State
#: What a calendar shows: a change of one of these is told to who was invited.
_TOLD = ("title", "starts_at", "time_zone", "minutes", "facilitator")
_FACTS = (
    *_TOLD,
    "scope",
    "ground_rules",
    "stop_word",
    "confidentiality",
    "runbook_told",
    "automatic",
)


@transaction.atomic
def change(
    drill: Drill,
    *,
    by: User,
    facts: Mapping[str, Any],
    roles: Mapping[User, str] | None = None,
    objectives: list[str] | None = None,
    now: datetime | None = None,
) -> Drill:
    """Set facts (see _FACTS), seats and objectives at once. Raises CannotDrill and changes nothing."""
    now = now or timezone.now()
    drill = locked(drill)
    if drill.state not in states.COMING:
        raise CannotDrill(f"This drill is {drill.get_state_display()}: its plan stays as it was.")
    before = {name: getattr(drill, name) for name in _FACTS}
    for name in facts.keys() & set(_FACTS):
        setattr(drill, name, facts[name])
    if not 15 <= drill.minutes <= 480:
        raise CannotDrill("A drill takes between 15 minutes and 8 hours.")
    refuse_naming(drill)
    known = inviting.invited(drill)
    gone = _reseat(drill, roles) if roles is not None else []
    moved = [name for name in _TOLD if before[name] != getattr(drill, name)]
    if (moved or any(person.pk in known for person in gone)) and known:
        drill.sequence += 1
    drill.save(update_fields=[*_FACTS, "sequence"])
    if "starts_at" in moved:
        # Who said yes to another time has not said yes to this one.
        drill.participants.update(answer=Participant.Answer.OPEN)
    if objectives is not None:
        _set_objectives(drill, objectives)
    if known:
        inviting.call_off(drill, gone, why="You are no longer in this drill.", now=now)
        inviting.invite(drill, now=now, why=_words(moved) or _less(gone, known))
    audit.record(
        "drill.changed",
        by=by,
        of=drill,
        before={name: str(before[name]) for name in _FACTS if before[name] != getattr(drill, name)},
        after={
            name: str(getattr(drill, name))
            for name in _FACTS
            if before[name] != getattr(drill, name)
        },
    )
    return changed(drill)


def invite(drill: Drill, *, now: datetime | None = None) -> int:
    """Everybody who has not been told of it yet. Gives how many. Raises CannotDrill."""
    if drill.state not in states.COMING:
        raise CannotDrill("Nobody is invited to a drill that has begun or is over.")
    return inviting.invite(drill, now=now)


@transaction.atomic
def brief(drill: Drill, *, by: User) -> Drill:
    """Everybody has been told what it is about: planned -> briefed. Raises MoveRefused."""
    drill = locked(drill)
    states.refuse_bad_move(drill, S.BRIEFED)
    drill.state = S.BRIEFED
    drill.save(update_fields=["state"])
    audit.record("drill.changed", by=by, of=drill, after={"state": "briefed"})
    return changed(drill)


def _words(moved: list[str]) -> str:
    if "starts_at" in moved or "time_zone" in moved:
        return "The time has changed."
    return "Something about it has changed." if moved else ""


def _less(gone: list[User], known: set[int]) -> str:
    """A change of who takes part that everybody's calendar shows."""
    told = [str(person) for person in gone if person.pk in known]
    return f"{', '.join(told)} will not be in it." if told else ""


def _reseat(drill: Drill, roles: Mapping[User, str]) -> list[User]:
    """Gives who had a seat and has none any more. Guests keep theirs."""
    wanted = {person.pk: role for person, role in roles.items()}
    wanted[drill.facilitator_id] = Participant.Role.FACILITATOR
    seats = list(drill.participants.exclude(person=None).select_related("person"))
    out = [seat for seat in seats if seat.person_id not in wanted]
    Participant.objects.filter(pk__in=[seat.pk for seat in out]).delete()
    for seat in seats:
        if seat.person_id in wanted and seat.role != wanted[seat.person_id]:
            seat.role = wanted[seat.person_id]
            seat.save(update_fields=["role"])
    sitting = {seat.person_id for seat in seats}
    people = {person.pk: person for person in roles}
    people[drill.facilitator_id] = drill.facilitator
    Participant.objects.bulk_create(
        Participant(drill=drill, person=people[pk], name=str(people[pk])[:150], role=role)
        for pk, role in wanted.items()
        if pk not in sitting
    )
    return [seat.person for seat in out if seat.person is not None]


def _set_objectives(drill: Drill, texts: list[str]) -> None:
    kept = {objective.text: objective for objective in drill.objectives.all()}
    drill.objectives.exclude(text__in=texts).delete()
    Objective.objects.bulk_create(
        Objective(drill=drill, text=text) for text in texts if text not in kept
    )

"""Sitting down in a drill: by its link, with an account or as a guest; as a lead who steps in."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from drills import scheduling, states
from drills.log import changed
from drills.models import Drill, Participant
from drills.scheduling import CannotDrill
from portal.accounts.models import User
from portal.typed import clean

_MOST_NAME = 150
#: Nobody sits down any more. In the hot wash one still can: their words count.
CLOSED = states.OVER - {Drill.State.HOT_WASH}


def newcomers_role(drill: Drill) -> Participant.Role:
    """What somebody becomes who comes by the link."""
    return Participant.Role.HANDS_ON if drill.quick else Participant.Role.PARTICIPANT


@transaction.atomic
def join(drill: Drill, *, person: User, now: datetime | None = None) -> Participant:
    """With an account, under their own name. Raises CannotDrill."""
    _refuse_late(drill)
    seat = scheduling.seat(drill, person, role=newcomers_role(drill))
    seat.joined_at = now or timezone.now()
    seat.save(update_fields=["joined_at"])
    return seat


@transaction.atomic
def join_as_guest(drill: Drill, *, name: str, now: datetime | None = None) -> Participant:
    """Without an account, under the name that they say. Raises CannotDrill."""
    name = clean(" ".join(name.split()), _MOST_NAME)
    if not name:
        raise CannotDrill("Say your name: the others should know who speaks.")
    _refuse_late(drill)
    seat = Participant.objects.create(
        drill=drill, name=name, role=newcomers_role(drill), joined_at=now or timezone.now()
    )
    changed(drill)
    return seat


@transaction.atomic
def step_in(drill: Drill, *, person: User, now: datetime | None = None) -> Participant:
    """A lead who runs the room and has no seat is given one, so that what they note has a name."""
    seat, _ = Participant.objects.get_or_create(
        drill=drill,
        person=person,
        defaults={
            "name": str(person)[:_MOST_NAME],
            "role": Participant.Role.FACILITATOR,
            "joined_at": now or timezone.now(),
        },
    )
    return seat


def _refuse_late(drill: Drill) -> None:
    if drill.state in CLOSED:
        raise CannotDrill("This drill is over.")

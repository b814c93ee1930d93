"""What the page of a drill that is to come says: when what happens, what is to be done next, and whose turn
it is to be hands-on."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from drills import scheduling, states
from drills.models import Drill, Participant
from drills.scheduling import CannotDrill
from portal.accounts.models import User

_PREFLIGHT, _HOT_WASH = timedelta(minutes=10), timedelta(minutes=15)
#: Seats of who may be asked to change to hands-on: who takes notes or judges has other work.
_FREE = (Participant.Role.PARTICIPANT, Participant.Role.OBSERVER)


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the agenda, in the drill's own time zone."""

    begins: datetime
    what: str


def agenda(drill: Drill) -> list[Part]:
    begins = drill.starts_at.astimezone(ZoneInfo(drill.time_zone))
    ends = begins + timedelta(minutes=drill.minutes)
    return [
        Part(begins - _PREFLIGHT, "Join, and preflight: can everybody open what they will need?"),
        Part(begins, f"Rules and where it begins, then the drill: {drill.minutes} minutes"),
        Part(ends, "Hot wash: what worked, what did not, what should change"),
        Part(ends + _HOT_WASH, "End"),
    ]


def next_act(drill: Drill, *, invited: int, to_invite: int) -> str:
    """What who leads does next: scenario, invite, brief or start. At its time nothing stands before the
    start but the scenario."""
    if drill.scenario is None or drill.scenario.approved_at is None:
        return "scenario"
    if timezone.now() >= drill.starts_at - _PREFLIGHT:
        return "start"
    if invited < to_invite:
        return "invite"
    return "brief" if drill.state == Drill.State.PLANNED else "start"


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody's seat, and in how many drills before this one they were hands-on."""

    seat: Participant
    turns: int = 0


def seated(drill: Drill, *, with_turns: bool) -> list[Seated]:
    """Everybody with a seat. One query, and one more for the turns."""
    seats = list(drill.participants.select_related("person"))
    people = [seat.person for seat in seats if seat.person is not None]
    had = turns(people, but=drill) if with_turns else {}
    return [Seated(seat, had.get(seat.person_id or 0, 0)) for seat in seats]


def turns(people: Iterable[User], *, but: Drill) -> dict[int, int]:
    """How many drills each was hands-on in before this one, by their key."""
    counted = (
        Participant.objects.filter(
            person__in=people, role=Participant.Role.HANDS_ON, drill__began_at__isnull=False
        )
        .exclude(drill=but)
        .values_list("person")
        .annotate(Count("pk"))
    )
    return {person: count for person, count in counted if person is not None}


@transaction.atomic
def pick(drill: Drill, *, chance: random.Random | None = None) -> tuple[Participant, int]:
    """Seat somebody of the team hands-on: by lot among those who had the fewest turns, and who wrote the
    runbook last. Returns the seat and the number of turns so far. Raises CannotDrill."""
    if drill.state not in states.COMING:
        raise CannotDrill("Nobody is picked for a drill that has begun or is over.")
    if drill.team is None:
        raise CannotDrill("No team runs what this runbook is about: choose somebody yourself.")
    taken = Participant.objects.filter(drill=drill).filter(
        ~Q(role__in=_FREE) | Q(answer=Participant.Answer.NO)
    )
    people = list(
        User.objects.answering()
        .filter(teams=drill.team)
        .exclude(pk__in=taken.exclude(person=None).values("person"))
        .exclude(pk=drill.facilitator_id)
        .order_by("pk")
    )
    if not people:
        raise CannotDrill(f"Nobody else of {drill.team} is free: choose somebody yourself.")
    had = turns(people, but=drill)
    wrote = drill.runbook.owner_id

    def rank(person: User) -> tuple[bool, int]:
        return person.pk == wrote, had.get(person.pk, 0)

    least = min(map(rank, people))
    by_lot = chance or random.SystemRandom()
    chosen = by_lot.choice([person for person in people if rank(person) == least])
    return scheduling.seat(drill, chosen, role=Participant.Role.HANDS_ON), had.get(chosen.pk, 0)

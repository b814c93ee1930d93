"""Who else takes part in a drill that a quarter's plan proposed: the team's people in turn, until a person
changes it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q

from drills.models import Drill, Participant, Proposed
from portal.accounts.models import User

Role = Participant.Role
_YEAR = timedelta(days=365)


def proposed(line: Proposed, *, now: datetime) -> dict[User, str]:
    """Seat by person. The line says who leads and who is hands-on; beside them one takes notes and one more
    plays, as far as the team has people: who sat in fewest drills of the last year first. Who owns the
    runbook takes the notes, where they are of the team: they know it too well to play. One query."""
    seats: dict[User, str] = {line.facilitator: Role.FACILITATOR}
    if line.hands_on is not None:
        seats[line.hands_on] = Role.HANDS_ON
    recent = Q(
        drills_joined__drill__team=line.team,
        drills_joined__drill__starts_at__gte=now - _YEAR,
    ) & ~Q(drills_joined__drill__state=Drill.State.CANCELLED)
    free = (
        User.objects.answering()
        .filter(teams=line.team)
        .exclude(pk__in=[person.pk for person in seats])
        .annotate(sat=Count("drills_joined", filter=recent, distinct=True))
        .order_by("sat", "username")
    )
    left = sorted(free, key=lambda person: person.pk != line.runbook.owner_id)
    if left:
        seats[left[0]] = Role.SCRIBE
    if len(left) > 1:
        seats[left[1]] = Role.PARTICIPANT
    return seats

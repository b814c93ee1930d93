"""Who drills a runbook knows it: the reviews ask when an heir is looked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import Count, Max

from drills.models import Drill, Participant
from runbooks.reviews.heirs import Trace


def traces(runbooks: Collection[int]) -> Iterator[Trace]:
    """Two queries. A drill that was begun counts; hands-on more than watching."""
    seats = (
        Participant.objects.filter(drill__runbook__in=runbooks, person__isnull=False)
        .exclude(drill__began_at=None)
        .exclude(role=Participant.Role.FACILITATOR)
        .order_by()
        .values("drill__runbook", "person", "role")
        .annotate(times=Count("pk"), last=Max("drill__began_at"))
    )
    for row in seats:
        hands_on = row["role"] == Participant.Role.HANDS_ON
        weight = 5.0 if hands_on else 2.0
        words = "drilled it hands-on" if hands_on else "took part in its drill"
        yield Trace(row["drill__runbook"], row["person"], words, weight, row["times"], row["last"])
    led = (
        Drill.objects.filter(runbook__in=runbooks)
        .exclude(began_at=None)
        .order_by()
        .values("runbook", "facilitator")
        .annotate(times=Count("pk"), last=Max("began_at"))
    )
    for one in led:
        yield Trace(
            one["runbook"], one["facilitator"], "led its drill", 3.0, one["times"], one["last"]
        )

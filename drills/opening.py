"""A player who opens the drilled runbook in the portal itself has found it, as in the search of the drill.

Nobody else learns of it: the page is what it is for every reader, and the finder's own pages and the
facilitator's say so.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from drills import seats, states, taking_part
from drills.models import Drill, Participant
from drills.seen_by import BEHIND_THE_SCENES


def watched() -> Exists:
    """For the page's own query: a drill runs in which this runbook is to be found."""
    hidden = Drill.objects.filter(state__in=states.LIVE, runbook_told=False)
    return Exists(hidden.filter(runbook=OuterRef("pk")))


def opened(request: HttpRequest, runbook: int) -> None:
    """Hook: somebody opens the page of a runbook that is watched. One query for who plays in no drill."""
    tokens = seats.guest_tokens(request)
    mine = Q(person=None, token__in=tokens) if tokens else Q(pk__in=())
    if request.user.is_authenticated:
        mine |= Q(person=request.user.pk)
    elif not tokens:
        return
    looking = Participant.objects.select_related("drill").filter(
        mine,
        drill__runbook=runbook,
        drill__state__in=states.LIVE,
        drill__runbook_told=False,
        found_runbook_at=None,
    )
    for seat in looking.exclude(role__in=BEHIND_THE_SCENES):
        taking_part.found_runbook(seat)

"""Who may read what came of a drill: its report, its update notes, what is still open of it.

It takes a reason and the runbook. The reason: one was in the drill, leads its team, planned it, owns the
runbook, or has something to do from it; with confidentiality "company" everyone signed in has one. The
runbook: one may see it now. Who was in a drill of a private service and is no longer of its team has been in
the room, and reads no more of it; so do guests. Only who facilitates it writes the report to its end.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from drills.models import ActionItem, Drill, Participant
from portal.accounts.access import Rank, Right, Viewer
from runbooks.models import Runbook

S = Drill.State


def read_by(who: Viewer) -> QuerySet[Drill]:
    """The drills, in whichever state, of which somebody with an account may read what came of them."""
    person = who.person_id or 0
    sat = Participant.objects.filter(drill=OuterRef("pk"), person=person)
    led = [team for team, rank in who.ranks if rank >= Rank.LEAD]
    reason = (
        Q(team__in=led)
        | Q(facilitator=person)
        | Q(made_by=person)
        | Q(runbook__owner=person)
        | Q(confidentiality=Drill.Confidentiality.COMPANY)
        | Exists(sat)
        | Exists(to_do(person))
    )
    if who.rank >= Right.FACILITATE.rule.least:
        reason = Q()
    leads = Q(facilitator=person) | Exists(sat.filter(role=Participant.Role.FACILITATOR))
    return Drill.objects.filter((reason & Q(seen(who))) | (leads & ~Q(state=S.SIGNED_OFF)))


def to_do(person: int) -> QuerySet[ActionItem]:
    """Over drills: what somebody has to do from each."""
    return ActionItem.objects.filter(drill=OuterRef("pk"), owner=person)


def seen(who: Viewer) -> Exists:
    """Over drills: whether this viewer may see the runbook."""
    return Exists(Runbook.objects.seen_by(who).order_by().filter(pk=OuterRef("runbook")))


def sees_runbook(who: Viewer, drill: Drill) -> bool:
    return Runbook.objects.seen_by(who).order_by().filter(pk=drill.runbook_id).exists()

"""What a participant's page may hold, decided here and nowhere else.

A player's answer is made only from log entries that are `for_players`, their own lines, and facts that the
invitation tells. Injects, hints, readings, notes, observations and the scenario are never looked at on this
way, so that nothing of them can be in what a player's browser receives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from drills.models import Drill, Entry, Participant

#: Who runs the room, and sees everything.
BEHIND_THE_SCENES = frozenset({Participant.Role.FACILITATOR, Participant.Role.EVALUATOR})
#: Who is to find the runbook: the others' finding it is no time of the room's.
PLAYERS = frozenset({Participant.Role.HANDS_ON, Participant.Role.PARTICIPANT})
#: Who may take observations.
TAKES_NOTES = frozenset(
    {
        Participant.Role.FACILITATOR,
        Participant.Role.EVALUATOR,
        Participant.Role.SCRIBE,
        Participant.Role.OBSERVER,
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a player's page."""

    pk: int
    kind: str
    channel: str
    at: datetime
    second: int
    who: str
    mine: bool
    step: str
    text: str


def sees_all(participant: Participant) -> bool:
    return participant.role in BEHIND_THE_SCENES


def takes_notes(participant: Participant) -> bool:
    return participant.role in TAKES_NOTES or participant.drill.quick


def lines(participant: Participant) -> list[Line]:
    """What has been revealed and said to all, oldest first; who comes late sees the past. Two queries."""
    entries = (
        Entry.objects.filter(drill=participant.drill_id)
        .filter(
            Q(for_players=True) | Q(by=participant, kind__in=(Entry.Kind.PRIVATE, Entry.Kind.SAID))
        )
        .select_related("by")
        .order_by("at", "pk")
    )
    named = knows_runbook(participant)
    channels = dict(
        Entry.objects.filter(drill=participant.drill_id, for_players=True)
        .exclude(inject=None)
        .values_list("pk", "inject__channel")
    )
    return [
        Line(
            pk=entry.pk,
            kind=entry.kind,
            channel=channels.get(entry.pk, "") if entry.kind == Entry.Kind.INJECT else "",
            at=entry.at,
            second=entry.second,
            who=entry.by.name if entry.by else "",
            mine=entry.by_id == participant.pk,
            # Labels of steps say which runbook it is to whoever looks them up: not before it is found.
            step=entry.step_label if named else "",
            text=entry.text,
        )
        for entry in entries
    ]


def own_notes(participant: Participant) -> list[Entry]:
    """What this person observed, newest first: others' observations are for the report. One query."""
    observed = Q(kind__in=(Entry.Kind.OBSERVATION, Entry.Kind.STRENGTH))
    event = Q(kind=Entry.Kind.SAID, for_players=False)
    own = Entry.objects.filter(drill=participant.drill_id, by=participant)
    return list(own.filter(observed | event).order_by("-at", "-pk"))


def knows_runbook(participant: Participant) -> bool:
    """Which runbook it is stays hidden until they found it, so that time to runbook means something."""
    return (
        sees_all(participant)
        or participant.drill.runbook_told
        or participant.found_runbook_at is not None
        or participant.drill.state in (Drill.State.REPORTING, Drill.State.SIGNED_OFF)
    )


def etag(participant: Participant, drill: Drill, extra: Sequence[object] = ()) -> str:
    """Changes with everything that this participant's page shows."""
    found = int(participant.found_runbook_at is not None)
    parts = (drill.pk, drill.version, participant.pk, participant.role, found, *extra)
    return '"' + ".".join(str(part) for part in parts) + '"'

"""What the facilitator's page shows of a drill. Everything is in it that players may not see: only the
facilitator's and the evaluator's views ask here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drills import states
from drills.inviting import when_in_words
from drills.log import seconds
from drills.models import Drill, Entry, Inject, Participant
from drills.scenario.shapes import MILESTONES

#: Whose page was not heard of for so long is gone: twice the time between two signs of life, and a bit.
HERE_SECONDS = 25
#: So much of what was said stands on the page; the report has all of it.
_LINES, _OBSERVATIONS, _NOTES = 12, 4, 4
#: Seconds that the drill's clock stood after which the clock on the wall is worth a look.
_STOOD = 10
#: Who begins so long before the planned time is asked first.
_EARLY = timedelta(hours=1)
_SAID = (Entry.Kind.SAID, Entry.Kind.PRIVATE)
_OBSERVED = (Entry.Kind.OBSERVATION, Entry.Kind.STRENGTH)


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody's chair: whether a page of theirs is open."""

    name: str
    role: str
    here: bool
    found: bool
    gone: str  # "gone 2 min", "not here yet"


def chairs(seated: Iterable[Participant], now: datetime) -> list[Here]:
    """Everybody but who runs the room."""
    return [_chair(seat, now) for seat in seated if seat.role != Participant.Role.FACILITATOR]


def _chair(seat: Participant, now: datetime) -> Here:
    here = seat.seen_at is not None and now - seat.seen_at < timedelta(seconds=HERE_SECONDS)
    minutes = int((now - seat.seen_at).total_seconds() // 60) if seat.seen_at else 0
    gone = "not here yet" if seat.seen_at is None else f"gone {minutes} min" if minutes else "gone"
    return Here(seat.name, seat.get_role_display(), here, seat.found_runbook_at is not None, gone)


def why_wait(drill: Drill, now: datetime) -> str:
    """What whoever presses Begin is asked first: it is not yet time, or somebody hands-on is not here. Empty
    where there is nothing to ask, above all in a quick drill. One query."""
    if drill.quick or drill.state not in states.COMING:
        return ""
    seated = drill.participants.exclude(role=Participant.Role.FACILITATOR).exclude(
        answer=Participant.Answer.NO, joined_at=None
    )
    people = [(seat, _chair(seat, now).here) for seat in seated]
    absent = any(seat.role == Participant.Role.HANDS_ON and not is_here for seat, is_here in people)
    if not absent and drill.starts_at - now <= _EARLY:
        return ""
    here = sum(is_here for _, is_here in people)
    are = "is" if here == 1 else "are"
    who = f"{here} of {len(people)} {are} here" if people else "nobody has joined yet"
    return f"It is planned for {when_in_words(drill)}; {who}."


def stage(drill: Drill, people: list[Here], now: datetime) -> dict[str, Any]:
    """The template's context. Four queries, whatever the drill holds."""
    injects = list(Inject.objects.filter(scenario=drill.scenario_id))
    entries = list(Entry.objects.filter(drill=drill).select_related("by").order_by("-at", "-pk"))
    rows = [(number, one) for number, one in enumerate(injects, 1)]
    return {
        "drill": drill,
        "over": drill.state in states.OVER,
        "people": people,
        "connected": sum(one.here for one in people),
        "missing": [one.name for one in people if not one.here],
        "second": seconds(drill, now),
        "ends": drill.minutes * 60,
        "began": _began(drill, now),
        "rows": rows,
        "objectives": _guide(drill, rows),
        **_under_test(drill, rows, entries),
        **_happened(drill, entries),
    }


def _under_test(
    drill: Drill, rows: list[tuple[int, Inject]], entries: list[Entry]
) -> dict[str, Any]:
    """What is out, what comes next, and the step that the room works on, with its reading."""
    injects = [one for _, one in rows]
    sent = sorted(
        (one for one in injects if one.sent_at is not None), key=lambda one: (one.sent_at, one.pk)
    )
    # After the end nothing is current, next or left to give.
    over = drill.state in states.OVER
    current = sent[-1] if sent and not over else None
    waiting = [one for one in injects if one.state == Inject.State.PLANNED and not over]
    following = waiting[0] if waiting else None
    # An inject outside the runbook, or one without hints, leaves at hand what the room still works on.
    tested = next((one.step_label for one in reversed(sent) if one.step_label), "")
    ladder = next((one for one in reversed(sent) if one.hints and not over), None)
    readings = (drill.scenario.readings or []) if drill.scenario else []
    given = {entry.step_label for entry in entries if entry.kind == Entry.Kind.READING}
    return {
        "sent": len(sent),
        "current": current,
        "current_number": _number_of(rows, current),
        "ladder": ladder,
        "ladder_number": _number_of(rows, ladder),
        "next": following,
        "next_number": _number_of(rows, following),
        "next_due": following.at_minutes * 60 if following else 0,
        "tested": tested,
        "tested_since": _since(sent, tested),
        "readings": [{**one, "given": one.get("step") in given} for one in readings],
        "reading": next((one for one in readings if tested and one.get("step") == tested), None),
    }


def _happened(drill: Drill, entries: list[Entry]) -> dict[str, Any]:
    """What the room said, noted and reached, newest first."""
    reached = {entry.milestone: entry for entry in entries if entry.kind == Entry.Kind.MILESTONE}
    observed = [entry for entry in entries if entry.kind in _OBSERVED]
    return {
        "milestones": [
            (name, words, reached.get(name))
            for name, words in MILESTONES.items()
            # A quick drill names its runbook from the start: there is nothing to find.
            if not drill.quick or name != "runbook_found" or name in reached
        ],
        "lines": [entry for entry in entries if entry.kind in _SAID][:_LINES],
        "observed": observed[:_OBSERVATIONS],
        "observed_count": len(observed),
        "notes": [entry for entry in entries if entry.kind == Entry.Kind.NOTE][:_NOTES],
    }


def _guide(drill: Drill, rows: list[tuple[int, Inject]]) -> list[dict[str, Any]]:
    """Each objective with the numbers of the injects that show whether it is met."""
    texts = list(drill.objectives.values_list("text", flat=True))
    return [
        {
            "text": text,
            "numbers": [
                number for number, one in rows if one.objective and one.objective == text[:300]
            ],
        }
        for text in texts
    ]


def _began(drill: Drill, now: datetime) -> int:
    """For the clock on the wall, in milliseconds; 0 while it would only repeat the drill's own."""
    if drill.began_at is None or drill.ended_at is not None:
        return 0
    stood = (now - drill.began_at).total_seconds() - seconds(drill, now)
    shown = drill.state == Drill.State.PAUSED or stood > _STOOD
    return int(drill.began_at.timestamp() * 1000) if shown else 0


def _number_of(rows: list[tuple[int, Inject]], wanted: Inject | None) -> int:
    return next((number for number, one in rows if wanted and one.pk == wanted.pk), 0)


def _since(sent: list[Inject], tested: str) -> int:
    """When the step came under test: the first of the last injects in a row that test it."""
    second = 0
    for inject in reversed([one for one in sent if one.step_label]):
        if inject.step_label != tested:
            break
        second = inject.sent_second or 0
    return second

"""The after-action report: what was planned, what happened, what came of it. A draft until it is signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from drills.models import Drill, Entry, Inject, UpdateNote, Word
from drills.results import StepResult, steps_of
from drills.scenario.shapes import MILESTONES


@dataclass(frozen=True, slots=True)
class Row:
    """An inject: when it was planned and when it went out, on the drill's clock ("00:19" or "")."""

    number: int
    planned: str
    real: str
    channel: str
    text: str
    player: str
    expected: str
    step: str
    state: str
    improvised: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Something with words and the evidence behind it."""

    what: str
    detail: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page, the Markdown and the PDF show. Times are in the drill's zone."""

    title: str
    state: str
    draft: bool
    runbook: str
    revision: int
    facilitator: str
    date: str
    zone: str
    planned_minutes: int
    took: str
    writer: str
    confidentiality: str
    summary: str
    scope: str
    narrative: str
    time_to_runbook: str
    objectives: tuple[Told, ...]
    milestones: tuple[tuple[str, str], ...]
    timeline: tuple[Row, ...]
    log: tuple[tuple[str, str], ...]
    steps: tuple[StepResult, ...]
    strengths: tuple[str, ...]
    gaps: tuple[Told, ...]
    actions: tuple[tuple[str, str, str, str], ...]
    participants: tuple[tuple[str, str], ...]
    words: tuple[Told, ...]
    feedback: str
    facilitator_notes: str
    signed: str
    redrill_on: str


def clock(second: int | None) -> str:
    """Seconds of the drill's clock as "00:19:04"; "" for None."""
    if second is None:
        return ""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def report_of(drill: Drill) -> Report:
    """In a fixed number of queries, whatever happened."""
    zone, scenario = ZoneInfo(drill.time_zone), drill.scenario
    entries = list(Entry.objects.filter(drill=drill).select_related("by").order_by("at", "pk"))
    reached = {entry.milestone: entry.second for entry in entries if entry.milestone}
    signed_on = drill.signed_at.astimezone(zone).date() if drill.signed_at else None
    return Report(
        title=drill.title,
        state=drill.get_state_display(),
        draft=drill.state != Drill.State.SIGNED_OFF,
        runbook=drill.runbook.title,
        revision=drill.revision.number,
        facilitator=str(drill.facilitator),
        date=f"{(drill.began_at or drill.starts_at).astimezone(zone):%-d %B %Y, %H:%M}",
        zone=drill.time_zone,
        planned_minutes=drill.minutes,
        took=clock(drill.clock_seconds) if drill.ended_at else "",
        writer=scenario.get_writer_display() if scenario else "",
        confidentiality=drill.get_confidentiality_display(),
        summary=drill.summary,
        scope=drill.scope,
        narrative=scenario.narrative if scenario else "",
        time_to_runbook=clock(reached.get("runbook_found")),
        objectives=tuple(_objectives(drill)),
        milestones=tuple(_milestones(drill, reached)),
        timeline=tuple(_timeline(scenario.injects.all() if scenario else ())),
        log=tuple(_log(entries)),
        steps=tuple(steps_of(drill, entries)),
        strengths=tuple(said(entry) for entry in entries if entry.kind == Entry.Kind.STRENGTH),
        gaps=tuple(_gaps(drill)),
        actions=tuple(_actions(drill)),
        participants=tuple(
            (seat.name, seat.get_role_display()) for seat in drill.participants.all()
        ),
        words=tuple(_hot_wash(drill)),
        feedback=_feedback(drill),
        facilitator_notes=drill.facilitator_notes,
        signed=f"{drill.signed_by}, {_day(signed_on)}" if drill.signed_by and signed_on else "",
        redrill_on=_day(drill.redrill_on) if drill.redrill_on else "",
    )


def said(entry: Entry) -> str:
    who = f" ({entry.by.name})" if entry.by else ""
    step = f"{entry.step_label} " if entry.step_label else ""
    verdict = f"{entry.get_verdict_display()}: " if entry.verdict and entry.text else ""
    return f"{step}{verdict}{entry.text or entry.get_verdict_display()}{who}"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _objectives(drill: Drill) -> Iterator[Told]:
    for one in drill.objectives.prefetch_related("evidence__by"):
        # In a quick drill nobody is asked to judge them.
        if one.result or not drill.quick:
            shown = (one.note, *(said(entry) for entry in one.evidence.all()))
            result = one.get_result_display() or "not judged"
            yield Told(one.text, result, tuple(filter(None, shown)))


def _milestones(drill: Drill, reached: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, words in MILESTONES.items():
        # A quick drill names its runbook from the start.
        if not drill.quick or name != "runbook_found" or name in reached:
            yield words, clock(reached[name]) if name in reached else "not reached"


def _timeline(injects: Iterable[Inject]) -> Iterator[Row]:
    for number, inject in enumerate(injects, 1):
        yield _row(number, inject)


def _log(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """What everybody may read: not what was for the facilitator alone."""
    for entry in entries:
        if entry.kind not in (Entry.Kind.NOTE, Entry.Kind.PRIVATE):
            yield clock(entry.second), said(entry)


def _gaps(drill: Drill) -> Iterator[Told]:
    for note in drill.notes.worst_first().prefetch_related("observations__by"):
        seen = tuple(said(entry) for entry in note.observations.all())
        yield Told(note.gap, f"{note.get_severity_display()}; {_outcome(note)}", seen)


def _actions(drill: Drill) -> Iterator[tuple[str, str, str, str]]:
    for action in drill.actions.select_related("owner"):
        state = "done" if action.done_at else action.get_priority_display()
        yield action.text, str(action.owner), _day(action.due_on), state


def _outcome(note: UpdateNote) -> str:
    if note.closed:
        reason = f": {note.waiver}" if note.waiver else ""
        return f"closed {note.get_closed_display()}{reason}"
    if note.state == UpdateNote.State.REJECTED:
        return f"change rejected: {note.decision_note}"
    return (
        "change accepted, not published yet" if note.state == UpdateNote.State.ACCEPTED else "open"
    )


def _row(number: int, inject: Inject) -> Row:
    return Row(
        number=number,
        planned="" if inject.improvised else clock(inject.at_minutes * 60),
        real=clock(inject.sent_second),
        channel=inject.get_channel_display(),
        text=inject.text,
        player=inject.player,
        expected=inject.expected,
        step=inject.step_label,
        state="not sent" if inject.state == Inject.State.PLANNED else inject.get_state_display(),
        improvised=inject.improvised,
    )


def _hot_wash(drill: Drill) -> Iterator[Told]:
    words = list(drill.words.exclude(prompt=Word.Prompt.FEEDBACK).select_related("by"))
    for prompt in (Word.Prompt.WORKED, Word.Prompt.DID_NOT, Word.Prompt.CHANGE):
        answers = tuple(
            f"{one.text} ({one.by.name})" if one.by else one.text
            for one in words
            if one.prompt == prompt and one.text
        )
        if answers:
            yield Told(str(prompt.label), "", answers)


def _feedback(drill: Drill) -> str:
    scores = [
        one.score
        for one in drill.words.filter(prompt=Word.Prompt.FEEDBACK)
        if one.score is not None
    ]
    if not scores:
        return ""
    people = "1 person" if len(scores) == 1 else f"{len(scores)} people"
    return f"{sum(scores) / len(scores):.1f} of 5, from {people}"

"""The after-action report: what was planned, what happened, what came of it. A draft until it is signed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from drills import hot_wash, noting, states, telling_after, trusting
from drills.log import changed, clean, locked, log_closing
from drills.models import Drill, Entry, Inject, Participant, UpdateNote, Word
from drills.results import StepResult, steps_of
from drills.scenario.shapes import MILESTONES
from portal.accounts import audit
from portal.accounts.models import User

_TEMPLATE = Path(__file__).resolve().parent / "report.typ"
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    zone = ZoneInfo(drill.time_zone)
    entries = list(Entry.objects.filter(drill=drill).select_related("by").order_by("at", "pk"))
    injects = list(drill.scenario.injects.all()) if drill.scenario else []
    milestones = {entry.milestone: entry.second for entry in entries if entry.milestone}
    notes = list(drill.notes.worst_first().prefetch_related("observations__by"))
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
        writer=drill.scenario.get_writer_display() if drill.scenario else "",
        confidentiality=drill.get_confidentiality_display(),
        summary=drill.summary,
        scope=drill.scope,
        narrative=drill.scenario.narrative if drill.scenario else "",
        time_to_runbook=clock(milestones.get("runbook_found")),
        objectives=tuple(
            Told(
                objective.text,
                objective.get_result_display() or "not judged",
                tuple(
                    filter(None, [objective.note, *(_said(e) for e in objective.evidence.all())])
                ),
            )
            for objective in drill.objectives.prefetch_related("evidence__by")
            # In a quick drill nobody is asked to judge them.
            if objective.result or not drill.quick
        ),
        milestones=tuple(
            (words, clock(milestones[name]) if name in milestones else "not reached")
            for name, words in MILESTONES.items()
            # A quick drill names its runbook from the start.
            if not drill.quick or name != "runbook_found" or name in milestones
        ),
        timeline=tuple(_row(number, inject) for number, inject in enumerate(injects, 1)),
        log=tuple(
            (clock(entry.second), _said(entry))
            for entry in entries
            if entry.kind not in (Entry.Kind.NOTE, Entry.Kind.PRIVATE)
        ),
        steps=tuple(steps_of(drill, entries)),
        strengths=tuple(_said(entry) for entry in entries if entry.kind == Entry.Kind.STRENGTH),
        gaps=tuple(
            Told(
                note.gap,
                f"{note.get_severity_display()}; {_outcome(note)}",
                tuple(_said(entry) for entry in note.observations.all()),
            )
            for note in notes
        ),
        actions=tuple(
            (
                action.text,
                str(action.owner),
                f"{action.due_on:%-d %B %Y}",
                "done" if action.done_at else action.get_priority_display(),
            )
            for action in drill.actions.select_related("owner")
        ),
        participants=tuple(
            (seat.name, seat.get_role_display()) for seat in drill.participants.all()
        ),
        words=tuple(_hot_wash(drill)),
        feedback=_feedback(drill),
        facilitator_notes=drill.facilitator_notes,
        signed=(
            f"{drill.signed_by}, {drill.signed_at.astimezone(zone):%-d %B %Y}"
            if drill.signed_by and drill.signed_at
            else ""
        ),
        redrill_on=f"{drill.redrill_on:%-d %B %Y}" if drill.redrill_on else "",
    )


def as_markdown(report: Report) -> str:
    return render_to_string("drills/report.md", {"report": report})


def as_pdf(report: Report) -> bytes:
    """A PDF that prints well, made without anything of the system's."""
    import typst  # noqa: PLC0415 -- a compiler: loaded by whoever prints

    data = json.dumps(asdict(report), ensure_ascii=False)
    made: Any = typst.compile(_TEMPLATE.read_bytes(), sys_inputs={"report": data})
    return bytes(made)


def msel_csv(drill: Drill) -> str:
    """The master scenario events list, a row for each inject: HSEEP's columns and ours. What was observed
    stands with the last inject that was out by then."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            *("number", "planned", "sent", "channel", "inject", "intended player", "expected"),
            *("step", "objective", "milestone", "evaluator", "twist", "improvised", "status"),
            *("controller", "trigger", "hints", "hints given", "observed"),
        ]
    )
    injects = list(drill.scenario.injects.all()) if drill.scenario else []
    observed = _observed_with(drill, injects)
    for number, inject in enumerate(injects, 1):
        cells = [
            number,
            clock(inject.at_minutes * 60),
            clock(inject.sent_second),
            inject.get_channel_display(),
            inject.text,
            inject.player,
            inject.expected,
            inject.step_label or "outside the runbook",
            inject.objective,
            MILESTONES.get(inject.milestone, ""),
            inject.evaluator_note,
            "yes" if inject.twist else "",
            "yes" if inject.improvised else "",
            inject.get_state_display(),
            str(drill.facilitator),
            _trigger(drill, inject),
            " / ".join(f"{n}. {hint}" for n, hint in enumerate(inject.hints, 1)),
            inject.hints_given,
            " / ".join(observed.get(inject.pk, [])),
        ]
        writer.writerow([_cell(cell) for cell in cells])
    return out.getvalue()


@transaction.atomic
def close_hot_wash(drill: Drill, *, by: User, now: datetime | None = None) -> Drill:
    """From the hot wash to the report: the update notes are drafted and their owner is told. A quick drill
    counts from here on, signed or not. Raises MoveRefused."""
    now = now or timezone.now()
    drill = locked(drill)
    states.refuse_bad_move(drill, Drill.State.REPORTING)
    drill.state = Drill.State.REPORTING
    drill.save(update_fields=["state"])
    log_closing(drill, now)
    noting.draft(drill, now=now)
    telling_after.notes_wait(drill, by=by, now=now)
    if drill.quick:
        trusting.count(drill, now=now)
    trusting.touch(drill.runbook_id)
    return changed(drill)


@transaction.atomic
def keep_and_close(
    drill: Drill,
    *,
    seat: Participant | None,
    typed: hot_wash.Typed,
    by: User,
    now: datetime | None = None,
) -> Drill:
    """What stands on the facilitator's page is kept with the closing. Raises NotNow, MoveRefused."""
    hot_wash.keep(drill, seat=seat, typed=typed)
    return close_hot_wash(drill, by=by, now=now)


class CannotReport(Exception):  # noqa: N818 -- said in the product's words
    """The report cannot be changed so. The message is a sentence."""


@transaction.atomic
def write(drill: Drill, *, summary: str, facilitator_notes: str, redrill_on: date | None) -> Drill:
    """What a person adds to the report; until it is signed. Raises CannotReport."""
    drill = locked(drill)
    if drill.state == Drill.State.SIGNED_OFF:
        raise CannotReport("The report is signed: it stays as it is.")
    if redrill_on is not None and not trusting.is_near(redrill_on, drill):
        raise CannotReport("The next drill comes after this one, within the next ten years.")
    drill.summary, drill.facilitator_notes = clean(summary), clean(facilitator_notes)
    drill.redrill_on = redrill_on
    drill.save(update_fields=["summary", "facilitator_notes", "redrill_on"])
    trusting.touch(drill.runbook_id)
    return changed(drill)


@transaction.atomic
def sign(drill: Drill, *, by: User, now: datetime | None = None) -> Drill:
    """A person signs: the report is no draft any more, older gaps that worked this time are closed, and the
    runbook's page says how it went.

    Raises MoveRefused.
    """
    now = now or timezone.now()
    drill = locked(drill)
    states.refuse_bad_move(drill, Drill.State.SIGNED_OFF)
    drill.state, drill.signed_by, drill.signed_at = Drill.State.SIGNED_OFF, by, now
    drill.redrill_on = drill.redrill_on or trusting.suggest_redrill(drill)
    drill.save(update_fields=["state", "signed_by", "signed_at", "redrill_on"])
    noting.close_retested(drill, by=by, now=now)
    trusting.count(drill, now=now)
    audit.record("drill.signed", by=by, of=drill)
    return changed(drill)


def _trigger(drill: Drill, inject: Inject) -> str:
    """What sends it."""
    if inject.improvised:
        return "improvised"
    return "the clock" if drill.automatic else "the facilitator, by the clock's advice"


def _observed_with(drill: Drill, injects: list[Inject]) -> dict[int, list[str]]:
    """Inject -> what was observed while it was the last one out. One query."""
    out = sorted((one for one in injects if one.sent_at), key=lambda one: (one.sent_at, one.pk))
    found: dict[int, list[str]] = {}
    kinds = (Entry.Kind.OBSERVATION, Entry.Kind.STRENGTH)
    for entry in Entry.objects.filter(drill=drill, kind__in=kinds).select_related("by"):
        before = [one for one in out if one.sent_at and one.sent_at <= entry.at]
        if out:
            # What was seen before the first stands with the first.
            found.setdefault([*out[:1], *before][-1].pk, []).append(_said(entry))
    return found


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


def _said(entry: Entry) -> str:
    who = f" ({entry.by.name})" if entry.by else ""
    step = f"{entry.step_label} " if entry.step_label else ""
    verdict = f"{entry.get_verdict_display()}: " if entry.verdict and entry.text else ""
    return f"{step}{verdict}{entry.text or entry.get_verdict_display()}{who}"


def _outcome(note: UpdateNote) -> str:
    if note.closed:
        reason = f": {note.waiver}" if note.waiver else ""
        return f"closed {note.get_closed_display()}{reason}"
    if note.state == UpdateNote.State.REJECTED:
        return f"change rejected: {note.decision_note}"
    return (
        "change accepted, not published yet" if note.state == UpdateNote.State.ACCEPTED else "open"
    )


def _hot_wash(drill: Drill) -> Iterator[Told]:
    words = list(drill.words.exclude(prompt=Word.Prompt.FEEDBACK).select_related("by"))
    for prompt in (Word.Prompt.WORKED, Word.Prompt.DID_NOT, Word.Prompt.CHANGE):
        said = tuple(
            f"{one.text} ({one.by.name})" if one.by else one.text
            for one in words
            if one.prompt == prompt and one.text
        )
        if said:
            yield Told(str(prompt.label), "", said)


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


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

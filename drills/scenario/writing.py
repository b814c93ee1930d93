"""A scenario is written: by the model where one answers, else by the offline writer; then guarded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from drills.models import Inject, Scenario
from drills.scenario import guards, offline
from drills.scenario.gathering import gather
from drills.scenario.language import NOT_ENGLISH, is_english
from drills.scenario.shapes import Draft, DraftInject
from drills.scenario.source import Source
from portal.accounts.models import User
from runbooks.models import Revision


@dataclass(frozen=True, slots=True)
class Written:
    """`writer` is who wrote it in the end; `note` says why it was not the one that was asked."""

    source: Source
    draft: Draft
    writer: str
    note: str
    flags: tuple[guards.Flag, ...]


def write(revision: Revision, *, minutes: int = offline.SHORT_MINUTES) -> Written:
    """By the offline writer. Raises offline.NothingToDrill for a runbook without a step."""
    source = gather(revision)
    draft = offline.write(source, minutes=minutes)
    return written(source, draft, writer=Scenario.Writer.OFFLINE)


def written(source: Source, draft: Draft, *, writer: str, note: str = "") -> Written:
    if writer == Scenario.Writer.OFFLINE and not is_english(source):
        note = f"{note} {NOT_ENGLISH}".strip()
    return Written(source, draft, writer, note, tuple(guards.check(draft, source)))


def as_json(made: Written) -> dict[str, Any]:
    """What `manage.py write_scenario --json` writes; docs/drills.md has the shape."""
    source, draft = made.source, made.draft
    return {
        "runbook": source.slug,
        "revision": source.revision,
        "title": source.title,
        "writer": made.writer,
        "writer_note": made.note,
        "start_state": draft.start_state,
        "narrative": draft.narrative,
        "objectives": draft.objectives,
        "assumptions": [one.model_dump() for one in draft.assumptions],
        "steps": [{"label": step.label, "text": step.text} for step in source.steps],
        "injects": [inject.model_dump() for inject in draft.injects],
        "readings": [reading.model_dump() for reading in draft.readings],
        "flags": [flag.as_json() for flag in made.flags],
    }


@transaction.atomic
def keep(
    revision: Revision, made: Written, *, by: User | None, minutes: int, now: datetime | None = None
) -> Scenario:
    """The scenario as rows, for a facilitator to edit and approve. Steps are kept by their keys."""
    draft, source = made.draft, made.source
    keys = {step.label: step.key for step in source.steps}
    scenario = Scenario.objects.create(
        runbook=revision.runbook,
        revision=revision,
        title=source.title[:200],
        writer=made.writer,
        writer_note=made.note[:500],
        minutes=minutes,
        start_state=draft.start_state,
        narrative=draft.narrative,
        objectives=draft.objectives,
        assumptions=[
            {"text": one.text, "step": one.step, "key": keys.get(one.step or "", "")}
            for one in draft.assumptions
        ],
        readings=[
            {"step": one.step, "key": keys.get(one.step, ""), "output": one.output}
            for one in draft.readings
        ],
        flags=[flag.as_json() for flag in made.flags],
        made_by=by,
        made_at=now or timezone.now(),
    )
    Inject.objects.bulk_create(
        Inject(
            scenario=scenario,
            position=position,
            at_minutes=inject.at_minutes,
            channel=inject.channel,
            text=inject.text,
            player=inject.player[:100],
            expected=inject.expected,
            step_key=keys.get(inject.step or "", ""),
            step_label=inject.step or "",
            hints=inject.hints,
            twist=inject.twist,
            milestone=inject.milestone,
            objective=_objective(inject, draft.objectives)[:300],
            evaluator_note=inject.evaluator_note,
        )
        for position, inject in enumerate(draft.injects, 1)
    )
    return scenario


def _objective(inject: DraftInject, objectives: Sequence[str]) -> str:
    """What an inject helps to judge: the objective that speaks of its step, or of its milestone."""
    if inject.milestone == "runbook_found":
        return objectives[0]
    if inject.milestone == "right_escalation":
        return objectives[-1]
    label = re.compile(rf"\b{re.escape(inject.step)}\b") if inject.step else None
    return next((text for text in objectives if label and label.search(text)), "")

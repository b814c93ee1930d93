"""The report to take along, as Markdown and PDF; the list of a drill's events as CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from drills.models import Drill, Entry, Inject
from drills.report import Report, clock, said
from drills.scenario.shapes import MILESTONES

_TEMPLATE = Path(__file__).resolve().parent / "report.typ"
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
            found.setdefault([*out[:1], *before][-1].pk, []).append(said(entry))
    return found


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

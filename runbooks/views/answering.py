"""Which open reports a text answers: those whose step it changes, until the writer says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from portal.typed import number
from runbooks import reporting
from runbooks.models import Report, Runbook


@dataclass(frozen=True, slots=True)
class Answer:
    """A report that is open, beside a text. `offered`: ticked unless the writer takes the tick away."""

    report: Report
    offered: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class Ticks:
    """What a form says: the reports that are ticked, and those that were when nobody had touched them."""

    ticked: frozenset[int]
    offered: frozenset[int]


def ticks_of(request: HttpRequest) -> Ticks:
    return Ticks(_numbers(request, "answers"), _numbers(request, "offered"))


def _numbers(request: HttpRequest, name: str) -> frozenset[int]:
    return frozenset(filter(None, map(number, request.POST.getlist(name))))


def answers(
    runbook: Runbook | None, text: str, *, mending: int = 0, ticks: Ticks | None = None
) -> list[Answer]:
    """`mending` is the report that the editor was opened for: it is offered before anything is written."""
    if runbook is None:
        return []
    found = reporting.answered_by_text(runbook, text)
    mended = {report.key for report, _ in found if report.pk == mending}
    rows = []
    for report, changed in found:
        offered = changed or report.key in mended
        rows.append(Answer(report, offered, _ticked(report, ticks, offered=offered)))
    return rows


def _ticked(report: Report, ticks: Ticks | None, *, offered: bool) -> bool:
    if ticks is None:
        return offered
    said = report.pk in ticks.ticked
    touched = said != (report.pk in ticks.offered)
    return said if touched else offered

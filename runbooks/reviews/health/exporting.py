"""Tables as CSV. A cell that a spreadsheet would take for a formula is marked as text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from django.urls import reverse

from runbooks.models import Gap
from runbooks.reviews.health import figures
from runbooks.reviews.health.figures import By, share
from runbooks.reviews.health.lists import Alert, Row
from runbooks.reviews.health.page import SERIES
from runbooks.reviews.health.tables import TableRow, columns, late
from runbooks.reviews.health.weekly import Week

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cells = Sequence[object]


class _Echo:
    """What csv writes is handed on, not kept."""

    def write(self, line: str) -> str:
        return line


def respond(name: str, rows: Iterable[Cells]) -> StreamingHttpResponse:
    """A file to keep, sent as it is made."""
    return StreamingHttpResponse(
        lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def lines(rows: Iterable[Cells]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value.isoformat() if isinstance(value, datetime) else value


def parts(by: By, rows: Iterable[TableRow]) -> Iterator[Cells]:
    """Counts, not percents: those can be made of them."""
    with_alerts = "covered" in columns(by)
    head = [by, "runbooks", "on_time", "late", "high_or_critical", "drilled", "orphans", "findings"]
    yield [*head, *(["alerts", "covered", "gaps", "times"] if with_alerts else [])]
    for row in rows:
        counts = row.counts
        keys = ["severe", "drilled", "orphans", "findings"]
        keys += ["alerts", "covered", "gaps", "times"] if with_alerts else []
        yield [
            row.name,
            counts.get("live", 0),
            counts.get("on_time", 0),
            late(counts),
            *(counts.get(key, 0) for key in keys),
        ]


def trend(weeks: Iterable[Week]) -> Iterator[Cells]:
    """A cell is empty where the week knows nothing of it."""
    yield ["week", "counted", *SERIES, "live_count", "alerts_count", "high_or_critical_count"]
    for week in weeks:
        counts = week.counts
        yield [
            week.week.isoformat(),
            "from dates" if week.filled else "in its week",
            *(series.value(counts) for series in SERIES.values()),
            counts.get("live"),
            counts.get("alerts"),
            counts.get("severe"),
        ]


def ages(rows: Iterable[tuple[str, str, dict[str, int], dict[str, str]]]) -> Iterator[Cells]:
    bands = [*figures.AGES, figures.NEVER]
    yield ["service", *(f"days_{band}" if band != figures.NEVER else band for band in bands)]
    for name, _, counts, _ in rows:
        yield [name, *(counts[band] for band in bands)]


def listed(kind: str, pages: Iterable[list[Any]]) -> Iterator[Cells]:
    heads = {
        "runbooks": [
            *("runbook", "title", "services", "owner", "severity", "reviewed_on", "due_on"),
            *("drilled_on", "findings", "risk", "why"),
        ],
        "alerts": ["alert", "severity", "service", "group", "covered", "runbook"],
        "gaps": ["words", "kind", "service", "times", "first", "last"],
    }
    yield heads[kind]
    for page in pages:
        for row in page:
            yield _listed(row)


def _listed(row: Row | Alert | Gap) -> Cells:
    if isinstance(row, Gap):
        return [row.words, row.kind, row.service, row.count, row.first_seen, row.last_seen]
    if isinstance(row, Alert):
        rule = row.rule
        leads = _whole(row.runbook.get_absolute_url()) if row.runbook else ""
        return [
            *(rule.alert, rule.severity, rule.service_word, rule.group),
            *("yes" if row.covered else "no", leads),
        ]
    runbook = row.runbook
    return [
        _whole(runbook.get_absolute_url()),
        runbook.title,
        " ".join(sorted(service.slug for service in runbook.services.all())),
        runbook.owner.username,
        runbook.severity,
        runbook.trust.reviewed_on,
        runbook.trust.due_on,
        runbook.trust.drilled_on,
        row.findings,
        row.risk.number,
        "; ".join(row.risk.reasons),
    ]


def _whole(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def as_json(found: Any) -> dict[str, Any]:
    """What `/api/v1/health` answers (docs/api.md), of a page.Health."""
    return {
        "as_of": found.today.isoformat(),
        "part": found.scope.asked(),
        "url": _whole(reverse("reviews:health") + found.scope.query()),
        "figures": _figures(found.counts),
        "lists": {figure.key: _whole(figure.url) for figure in found.figures},
        "ages": [{"service": name, **counts} for name, _, counts, _ in found.ages],
        "trend": [
            {"week": week.week.isoformat(), "filled": week.filled, **_without_mark(week.counts)}
            for week in found.weeks
        ],
    }


def _figures(counts: figures.Counts) -> dict[str, Any]:
    percents = {
        f"{name}_percent": share(counts, part, whole)
        for name, part, whole in (
            ("covered", "covered", "alerts"),
            ("on_time", "on_time", "live"),
            ("drilled", "drilled", "severe"),
        )
        if whole in counts
    }
    return {**counts, "late": late(counts), **percents}


def _without_mark(counts: figures.Counts) -> figures.Counts:
    return {name: value for name, value in counts.items() if name != "filled"}

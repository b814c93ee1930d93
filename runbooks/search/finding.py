"""One question, one answer: what the page, the API and the alert links call."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from portal.accounts.access import NOBODY, Viewer
from runbooks import privacy
from runbooks.search import ordering, ranking
from runbooks.search.engine import Filters
from runbooks.search.models import SearchDocument

MOST_RESULTS = 50

_COLUMNS = (
    "pk",
    "runbook__slug",
    "runbook__title",
    "runbook__severity",
    "runbook__state",
    "runbook__owner__username",
    "runbook__owner__name",
    "runbook__trust__reviewed_on",
    "runbook__trust__due_on",
    "runbook__trust__reports",
    "shown",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One runbook of an answer, with all that a list of results shows: no further query is needed."""

    pk: int
    slug: str
    url: str
    title: str
    title_html: SafeString  # escaped, with <mark> round the words that matched
    line_html: SafeString  # the line that matched best, likewise; "" where only names matched
    line_label: str  # where that line stands: "Diagnosis D2"
    services: tuple[tuple[str, str], ...]  # (slug, name)
    alerts: tuple[str, ...]
    severity: str
    state: str
    owner: str  # username
    owner_name: str
    reviewed_on: date | None
    due_on: date | None
    reports: tuple[dict[str, Any], ...]  # TrustLine.reports, the worst first
    score: float
    exact: bool  # the query is this runbook's title, alert or slug

    @property
    def service_names(self) -> str:
        return ", ".join(name for _, name in self.services)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `corrected`: word as typed -> the word searched for in its place."""

    query: str
    results: tuple[Result, ...]
    engine: str
    took_ms: float
    corrected: dict[str, str] = field(default_factory=dict)
    note: str = ""  # a sentence when another engine than the chosen one answered
    size: int = 0  # runbooks there are to search
    #: Words as typed that no runbook has, in any form; telling only for a short query.
    unknown: tuple[str, ...] = ()
    words: int = 0  # words typed


def find(
    q: str, *, filters: Filters | None = None, limit: int = 10, viewer: Viewer = NOBODY
) -> Answer:
    """The likeliest runbooks first, at most `limit` (1 to 50). Any text is a query; two queries to the
    database when nothing has changed since the last one. Without words, the filters alone decide.
    """
    started = time.perf_counter()
    limit = max(1, min(limit, MOST_RESULTS))
    seen_by = privacy.marks_of(viewer)
    ordered = ordering.order(q, replace(filters or Filters(), seen_by=seen_by), limit)
    results = _results(ordered, viewer)
    return Answer(
        query=q,
        results=results,
        engine=ordered.engine,
        took_ms=round((time.perf_counter() - started) * 1000, 2),
        corrected=ordered.corrected,
        note=ordered.note,
        size=ordered.size,
        unknown=ordered.unknown,
        words=ordered.words,
    )


def _results(ordered: ordering.Ordered, viewer: Viewer) -> tuple[Result, ...]:
    if not ordered.ranked:
        return ()
    rows = _rows_for(viewer, lines=not ordered.all_marked)
    by_pk = {row[0]: row[1:] for row in rows.filter(pk__in=[one.pk for one in ordered.ranked])}
    pages = reverse("runbooks:runbook", args=["-"]).removesuffix("-")
    return tuple(
        _result(ordered, found, by_pk[found.pk], pages)
        for found in ordered.ranked
        if found.pk in by_pk
    )


def _rows_for(viewer: Viewer, *, lines: bool) -> QuerySet[SearchDocument, tuple[Any, ...]]:
    """What results show, for whoever looks. Asked of the database each time, though the index knows who may
    see what: a search server may not have heard yet that a service is private."""
    if viewer == NOBODY:
        return _rows_for_everybody(lines=lines)
    rows = SearchDocument.objects.filter(runbook__live_revision__isnull=False)
    visible = privacy.seen_by(viewer, "pk", "runbook__owner")
    rows = rows if visible is None else rows.filter(visible)
    return rows.values_list(*_COLUMNS, *(["lines"] if lines else []))


@cache
def _rows_for_everybody(*, lines: bool) -> QuerySet[SearchDocument, tuple[Any, ...]]:
    """Putting the query together takes longer than asking it."""
    visible = privacy.seen_by(NOBODY, "pk", "runbook__owner") or Q()
    rows = SearchDocument.objects.filter(visible, runbook__live_revision__isnull=False)
    return rows.values_list(*_COLUMNS, *(["lines"] if lines else []))


def _result(
    ordered: ordering.Ordered, found: ranking.Ranked, row: tuple[Any, ...], pages: str
) -> Result:
    """`pages`: what the address of every runbook begins with (resolving each anew is slow)."""
    slug, title, severity, state, owner, owner_name, reviewed_on, due_on, reports, shown, *lines = (
        row
    )
    marked = ordered.marked(found.pk, title, *lines)
    return Result(
        pk=found.pk,
        slug=slug,
        url=pages + quote(slug),
        title=title,
        title_html=mark_safe(marked.title_html),  # noqa: S308 -- escaped there
        line_html=mark_safe(marked.line_html),  # noqa: S308 -- escaped there
        line_label=marked.line_label,
        services=tuple((service, name) for service, name in shown["services"]),
        alerts=tuple(shown["alerts"]),
        severity=severity,
        state=state,
        owner=owner,
        owner_name=owner_name or owner,
        reviewed_on=reviewed_on,
        due_on=due_on,
        reports=tuple(reports or ()),
        score=round(found.score, 4),
        exact=found.exact,
    )

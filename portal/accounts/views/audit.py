"""`/audit`: the trail, searched by what stands in the address, and exported as JSON lines."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from portal.accounts import audit as trail
from portal.accounts.access import Right, requires
from portal.accounts.models import AuditEntry
from portal.typed import number, words_of

PER_PAGE = 50
_FILTERS = ("q", "action", "who", "kind", "since", "until")


@require_safe
@requires(Right.SEE_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """The newest first; `before` is the last entry of the page before."""
    asked = _asked(request)
    found = _matching(asked)
    before = number(request.GET.get("before", ""))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("by")[: PER_PAGE + 1])
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    return render(
        request,
        "accounts/audit.html",
        {
            "rows": [(entry, trail.actions.get(entry.action, entry.action)) for entry in rows],
            "asked": asked,
            "narrowed": any(asked.values()),
            "actions": sorted(trail.actions.items(), key=lambda pair: pair[1]),
            "query": urlencode({k: v for k, v in asked.items() if v}),
            "older": rows[-1].pk if more else None,
        },
    )


@require_safe
@requires(Right.SEE_AUDIT)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Everything that the filters leave, the oldest first."""
    found = _matching(_asked(request)).select_related("by").order_by("pk")
    return StreamingHttpResponse(
        trail.as_lines(found.iterator(chunk_size=500)),
        content_type="application/jsonl; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.jsonl"'},
    )


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: words_of(request.GET, name, 200) for name in _FILTERS}


def _matching(asked: dict[str, str]) -> Any:
    until = _day(asked["until"])
    return AuditEntry.objects.matching(
        words=asked["q"],
        action=asked["action"],
        who=asked["who"],
        kind=asked["kind"],
        since=_day(asked["since"]),
        until=until + timedelta(days=1) if until else None,
    )


def _day(text: str) -> datetime | None:
    """The day's beginning; a text that is no date narrows nothing."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None

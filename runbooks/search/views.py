"""The search page: the field is the page. A plain form, and results as you type where scripts run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import first_run
from portal.accounts.access import reader_required, viewer
from portal.accounts.throttling import asked_lately
from portal.http import HttpRequest
from runbooks.gaps import record_gap
from runbooks.models import Gap, Runbook, Service
from runbooks.search import opening
from runbooks.search.engine import Filters
from runbooks.search.finding import MOST_RESULTS, Answer, find
from runbooks.search.showing import answers, row_of, services_named

#: A laptop's screen holds as many.
SHOWN = 10
#: With filters alone the page is a list to look through.
LISTED = 200
#: Of a pasted log nobody wants to read which of its words are unknown.
SAID_WORDS = 8
NEAREST = 3
LONGEST_QUERY = 4_000


@require_safe
@reader_required
def search(request: HttpRequest) -> HttpResponse:
    """`/`: the page, or only the answer where htmx asks for it."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    filters = _filters(request)
    asked = bool(query) or filters != Filters()
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    started = {} if asked else opening.start(request)
    if not asked and not started["recent"] and first_run.needed():
        return redirect("accounts:welcome")
    context: dict[str, Any] = {
        "query": query,
        "filters": filters,
        "narrowed": filters != Filters(),
        "asked": asked,
        "fragment": fragment,
        **(_answer(request, query, filters) if asked else started),
    }
    if not (fragment and asked):
        context["choices"] = opening.choices(viewer(request))
        context["options"] = opening.options(context["choices"], filters)
    if fragment:
        return render(request, "search/_answer.html", context)
    return render(request, "search/search.html", context)


@require_POST
@reader_required
def gap(request: HttpRequest) -> HttpResponse:
    """The reader says that nothing fits, or stayed on a page that found nothing."""
    query = request.POST.get("q", "").strip()[:LONGEST_QUERY]
    service = (
        Service.objects.seen_by(viewer(request))
        .filter(slug=request.POST.get("service", ""))
        .first()
    )
    _record(request, query, service or next(iter(services_named(query, viewer(request))), None))
    if request.htmx:
        return HttpResponse(status=204)
    messages.success(request, "Recorded as a gap, without your name. Somebody will see it.")
    known = {"title": query[:200], "service": service.slug if service else ""}
    return redirect(f"{reverse('runbooks:new')}?{urlencode(known)}")


def _filters(request: HttpRequest) -> Filters:
    """What the reader narrowed by; a value that does not exist narrows nothing."""
    service, owner = (request.GET.get(name, "").strip()[:120] for name in ("service", "owner"))
    severity = request.GET.get("severity", "")
    retired = request.GET.get("state", "") == Runbook.State.RETIRED
    return Filters(
        service=service,
        owner=owner,
        severity=severity if severity in Runbook.Severity.values else "",
        state=Runbook.State.RETIRED if retired else Runbook.State.LIVE,
    )


def _answer(request: HttpRequest, query: str, filters: Filters) -> dict[str, object]:
    limit = MOST_RESULTS if request.GET.get("more") else SHOWN
    if not query:
        rows = opening.listed(filters, limit=LISTED, viewer=viewer(request))
        return {"rows": rows, "nothing": not rows, "ask": []}
    if moved := opening.by_old_address(query, viewer=viewer(request)):
        return {"size": 1, "rows": moved, "nothing": False, "ask": []}
    found = find(query, filters=filters, limit=limit, viewer=viewer(request))
    rows = [row_of(result, today=timezone.localdate(), query=query) for result in found.results]
    context: dict[str, object] = {
        "size": found.size,
        "note": found.note,
        "corrected": list(found.corrected.items()),
        "unknown": found.unknown if found.words <= SAID_WORDS else (),
        "rows": rows,
        "more": _more(request) if len(rows) == limit < MOST_RESULTS else "",
        "nothing": not answers(found),
    }
    if context["nothing"]:
        context["rows"] = rows[:NEAREST]
        context |= _nothing(request, query, filters, found)
    return context


def _more(request: HttpRequest) -> str:
    """The same search with all that it finds."""
    given = request.GET.copy()
    given["more"] = "1"
    return given.urlencode()


def _nothing(
    request: HttpRequest, query: str, filters: Filters, found: Answer
) -> dict[str, object]:
    known = services_named(f"{filters.service} {query}", viewer(request))
    narrowed = filters != Filters()
    # Results as one types are half-typed words: only who stays on them has searched in vain (see gap).
    if query and not narrowed and not request.htmx:
        _record(request, query, known[0] if known else None)
    return {"ask": known[:3], "record_later": bool(query) and not narrowed and bool(request.htmx)}


def _record(request: HttpRequest, query: str, service: Service | None) -> None:
    if query:
        again = asked_lately(request, f"search {query.casefold()}")
        record_gap(kind=Gap.Kind.SEARCH, words=query, service=service, again=again)

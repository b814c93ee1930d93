"""`/health` for leads: the figures, the list behind each, and all of it as CSV."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.access import Right, requires, viewer
from portal.accounts.models import Team
from runbooks.models import Service
from runbooks.reviews import owners, starting
from runbooks.reviews.health import exporting, lists
from runbooks.reviews.health.page import BANDS, MOST_HEAT, SERIES, age_rows, bys
from runbooks.reviews.health.page import health as look
from runbooks.reviews.health.scope import Scope, UnknownPart, scope_of
from runbooks.reviews.health.tables import HEADINGS, add_sparks, columns, table
from runbooks.reviews.health.weekly import trend

#: What `/health` names itself; the rest is on `/orphans`.
MOST_ORPHANS = 5


def _scope(request: HttpRequest) -> Scope:
    try:
        return scope_of(request.GET.dict(), viewer(request))
    except UnknownPart as unknown:
        raise Http404(str(unknown)) from None


@require_safe
@requires(Right.SEE_HEALTH)
def health(request: HttpRequest) -> HttpResponse:
    scope, now = _scope(request), timezone.now()
    found = look(scope, request.GET.dict(), now=now)
    rows = list(found.table.object_list)
    hides = scope.hides()
    if found.by and scope.whole and not hides:
        add_sparks(rows, found.by, now=now)
    asked = {"by": found.by or "", "trend": found.series.key}
    first = {"by": bys(scope)[0] if found.by else "", "trend": "on_time"}
    kept = {name: value for name, value in asked.items() if value != first[name]}
    steps = starting.steps(scope)
    context = {
        "health": found,
        "scope": scope,
        "hides": hides,
        "rows": rows,
        "columns": [
            (key, HEADINGS[key], scope.query(**{**kept, "sort": key}))
            for key in (columns(found.by) if found.by else [])
        ],
        "by_name": scope.query(**{**kept, "sort": "name"}),
        "sparks": any(row.spark for row in rows),
        "parts": [(by, scope.query(**{**kept, "by": by})) for by in bys(scope)],
        "series": [
            (series, scope.query(**{**kept, "trend": series.key}))
            for series in SERIES.values()
            if series.value(found.counts) is not None
        ],
        "bands": BANDS,
        "age_rows": [
            (name, url, [(band.long, counts[band.key], urls[band.key]) for band in BANDS])
            for name, url, counts, urls in found.ages[:MOST_HEAT]
        ],
        "services": Service.objects.seen_by(scope.viewer).order_by("name"),
        "teams": Team.objects.order_by("name"),
        "csv": scope.query(by=found.by or ""),
        "plain": scope.query(),
        "page_link": scope.query(**kept, sort=found.order),
        "orphans": owners.orphans(scope.viewer, most=MOST_ORPHANS)
        if scope.whole and found.counts["orphans"]
        else [],
        "starting": [step for step in steps if not step.done],
        "start": steps,
    }
    return render(request, "reviews/health.html", context)


@require_safe
@requires(Right.SEE_HEALTH)
def health_list(request: HttpRequest, name: str) -> HttpResponse:
    """The list behind a number."""
    scope = _scope(request)
    try:
        found = lists.shown(name, scope, request.GET.dict(), now=timezone.now())
    except lists.NoSuchList:
        raise Http404("There is no such list.") from None
    beside = {key: value for key, value in found.more.items() if key != "sort"}
    context = {
        "found": found,
        "scope": scope,
        "sorts": {
            key: scope.query(**{**beside, "sort": key}) for key in lists.ORDERS[found.listed.kind]
        },
        "plain": scope.query(),
        "query": scope.query(**found.more),
        "page_link": scope.query(**{**beside, "sort": found.order}),
    }
    return render(request, "reviews/health_list.html", context)


@require_safe
@requires(Right.SEE_HEALTH)
def health_list_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    scope, now = _scope(request), timezone.now()
    listed = lists.LISTS.get(name)
    if listed is None:
        raise Http404("There is no such list.")
    pages = lists.everything(name, scope, request.GET.dict(), now=now)
    return exporting.respond(f"health-{name}", exporting.listed(listed.kind, pages))


@require_safe
@requires(Right.SEE_HEALTH)
def health_csv(request: HttpRequest, name: str = "") -> HttpResponseBase:
    """The table by service, team or owner (`?by=`); `trend` and `ages` are the two charts."""
    scope, now = _scope(request), timezone.now()
    if name == "trend":
        found = look(scope, {}, now=now)
        weeks = trend(scope, now=now, running=found.counts)
        return exporting.respond("health-trend", exporting.trend(weeks))
    if name == "ages":
        rows = age_rows(scope, today=timezone.localdate(now))
        return exporting.respond("health-ages", exporting.ages(rows))
    offered = bys(scope)
    if name or not offered:
        raise Http404("There is no such table.")
    by = next((by for by in offered if by == request.GET.get("by")), offered[0])
    ordered, _ = table(scope, by, request.GET.get("sort", "name"), now=now)
    return exporting.respond(f"health-by-{by}", exporting.parts(by, ordered))


@require_safe
@requires(Right.READ)
def start(request: HttpRequest) -> HttpResponse:
    """How to start: a checklist of what a team has really done. For everybody who may read."""
    asked = {"team": request.GET.get("team", "")}
    try:
        scope = scope_of(asked, viewer(request))
    except UnknownPart as unknown:
        raise Http404(str(unknown)) from None
    steps = starting.steps(scope)
    context = {
        "steps": steps,
        "scope": scope,
        "teams": Team.objects.order_by("name"),
        "gaps": scope.open_gaps(),
        "next": next((step for step in steps if not step.done), None),
    }
    return render(request, "reviews/start.html", context)

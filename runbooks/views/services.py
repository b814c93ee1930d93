"""Services and teams: what there is, who owns it, what is missing."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.access import Right, Viewer, may, reader_required, viewer
from portal.accounts.models import Team, User
from runbooks.models import AlertName, Gap, Runbook, Service
from runbooks.trust import freshness, worst

#: Column -> ordering; the first is how the list opens.
SERVICE_ORDERS = {
    "name": ("name", "slug"),
    "runbooks": ("-runbook_count", "name"),
    "gaps": ("-gap_count", "name"),
}


@require_safe
@reader_required
def services(request: HttpRequest) -> HttpResponse:
    order = request.GET.get("sort", "")
    order = order if order in SERVICE_ORDERS else "name"
    who = viewer(request)
    seen = Service.objects.seen_by(who).select_related("team", "owner")
    rows = _counted(seen, who).order_by(*SERVICE_ORDERS[order])
    return render(
        request,
        "runbooks/services.html",
        {"services": rows, "order": order, "may_import": may(request, Right.IMPORT)},
    )


@require_safe
@reader_required
def service(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(
        Service.objects.seen_by(viewer(request)).select_related("team", "owner"), slug=slug
    )
    today = timezone.localdate()
    runbooks = list(
        Runbook.objects.live()
        .seen_by(viewer(request))
        .filter(services=found)
        .select_related("owner", "trust")
        .order_by("title")
    )
    rows = [
        (
            runbook,
            freshness(
                reviewed_on=runbook.trust.reviewed_on, due_on=runbook.trust.due_on, today=today
            ),
            worst(runbook.trust.reports),
        )
        for runbook in runbooks
    ]
    alerts = (
        AlertName.objects.filter(runbook__in=[r.pk for r in runbooks])
        .select_related("runbook")
        .order_by("folded", "pk")
    )
    gaps = Gap.objects.filter(service=found, closed_by=None)
    return render(
        request,
        "runbooks/service.html",
        {
            "service": found,
            "rows": rows,
            "alerts": list(alerts),
            "gaps": list(gaps),
            "may_edit": viewer(request).may(
                Right.EDIT_SERVICE,
                teams=[found.team_id] if found.team_id else [],
                owners=[found.owner_id] if found.owner_id else [],
            ),
        },
    )


@require_safe
@reader_required
def teams(request: HttpRequest) -> HttpResponse:
    who = viewer(request)
    seen = _counted(Service.objects.seen_by(who).order_by("name"), who)
    found = Team.objects.select_related("lead").prefetch_related(
        Prefetch("people", User.objects.filter(is_active=True).order_by("name")),
        Prefetch("services", seen),
    )
    return render(
        request, "runbooks/teams.html", {"teams": found, "may_import": may(request, Right.IMPORT)}
    )


def _counted(services: QuerySet[Service], who: Viewer) -> QuerySet[Service]:
    live = Q(runbooks__state=Runbook.State.LIVE)
    if not who.sees_all:
        live &= Q(runbooks__in=Runbook.objects.seen_by(who).values("pk"))
    return services.annotate(
        runbook_count=Count("runbooks", filter=live, distinct=True),
        gap_count=Count("gaps", filter=Q(gaps__closed_by=None), distinct=True),
    )

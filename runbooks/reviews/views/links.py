"""`/links`: what became of the addresses that live runbooks name."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import Right, Viewer, requires, viewer
from portal.typed import words_of
from runbooks.models import Runbook
from runbooks.reviews.links import checking
from runbooks.reviews.models import LinkCheck, RunbookLink
from runbooks.views.asking import signed_in

PER_PAGE = 50
_State = LinkCheck.State
FILTERS = {
    "dead": ("Dead", [_State.DEAD]),
    "sign-in": ("Need a sign-in", [_State.SIGN_IN]),
    "unsure": ("No clear answer", [_State.UNSURE]),
    "not-asked": ("On a private network, not asked", [_State.NOT_ALLOWED]),
    "waiting": ("Not asked yet", [_State.UNCHECKED]),
    "fine": ("Working", [_State.OK]),
}


@require_safe
@requires(Right.SEE_HEALTH)
def links(request: HttpRequest) -> HttpResponse:
    """`?show=` one of FILTERS, dead ones by default; `?q=` part of the address."""
    show = request.GET.get("show", "dead")
    show = show if show in FILTERS else "dead"
    words = words_of(request.GET, "q", 200)
    who = viewer(request)
    seen = _seen(who)
    counts: dict[str, int] = dict(seen.order_by().values_list("state").annotate(count=Count("pk")))
    rows = seen.filter(state__in=FILTERS[show][1])
    if words:
        rows = rows.filter(url__icontains=words)
    named = RunbookLink.objects.filter(
        runbook__in=Runbook.objects.live().seen_by(who).order_by().values("pk")
    )
    rows = rows.prefetch_related(
        Prefetch(
            "named_by", named.select_related("runbook__owner").order_by("runbook__title", "pk")
        )
    )
    context = {
        "page": Paginator(rows.order_by("host", "url"), PER_PAGE).get_page(request.GET.get("page")),
        "show": show,
        "title": FILTERS[show][0],
        "q": words,
        "filters": [
            (name, title, sum(counts.get(state, 0) for state in states))
            for name, (title, states) in FILTERS.items()
        ],
        "total": sum(counts.values()),
    }
    return render(request, "reviews/links.html", context)


@require_POST
@requires(Right.SEE_HEALTH)
def check_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    link = get_object_or_404(_seen(viewer(request)), pk=pk)
    checking.check_again(link, by=signed_in(request))
    messages.success(request, "It is asked again within a minute or two.")
    back = request.POST.get("show", "")
    address = redirect("reviews:links")
    if back in FILTERS:
        address["Location"] += f"?show={back}"
    return address


def _seen(who: Viewer) -> QuerySet[LinkCheck]:
    """Named by a live runbook that the viewer sees: an address may tell of a private service."""
    runbooks = Runbook.objects.live().seen_by(who).order_by().values("pk")
    named = RunbookLink.objects.filter(check_row=OuterRef("pk"), runbook__in=runbooks)
    return LinkCheck.objects.filter(Exists(named))

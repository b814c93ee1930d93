"""`/s/<slug>/edit`: whose a service is, and whether it is private."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from portal.accounts.access import Right, check, requires, viewer
from portal.accounts.models import Team, User
from portal.http import AuthenticatedHttpRequest
from portal.typed import number, words_of
from runbooks import privacy
from runbooks.models import Service

#: Days between two reviews, at most: whoever waits longer does not review.
_MOST_DAYS = 730


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.EDIT_SERVICE)
def edit_service(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    seen = Service.objects.seen_by(viewer(request)).select_related("team", "owner", "deputy")
    service = get_object_or_404(seen, slug=slug)
    teams = [service.team_id] if service.team_id else []
    owners = [service.owner_id] if service.owner_id else []
    check(request, Right.EDIT_SERVICE, teams=teams, owners=owners)
    if request.method != "POST":
        return _form(request, service)
    typed = {name: _typed(request, name) for name in ("team", "owner", "deputy", "review_every")}
    team = Team.objects.filter(slug=typed["team"]).first()
    owner, deputy = User.objects.named(typed["owner"]), User.objects.named(typed["deputy"])
    days = number(typed["review_every"])
    private = "private" in request.POST
    problem = ""
    if typed["team"] and team is None:
        problem = f"There is no team {typed['team']!r}."
    elif typed["owner"] and (owner is None or not owner.is_active):
        problem = f"Nobody here is called {typed['owner']!r}, or their account is closed."
    elif typed["deputy"] and (deputy is None or not deputy.is_active):
        problem = f"Nobody here is called {typed['deputy']!r}, or their account is closed."
    elif deputy is not None and deputy == owner:
        problem = "The deputy is somebody else than the owner: they answer while the owner is away."
    elif typed["review_every"] and not (days and days <= _MOST_DAYS):
        problem = f"{typed['review_every']!r} is no number of days: it takes 1 to {_MOST_DAYS}."
    elif private and team is None:
        problem = "A private service needs a team: it is for them alone."
    if problem:
        return _form(request, service, problem=problem, typed=typed, private=private, status=422)
    privacy.change_service(
        service,
        by=request.user,
        team=team,
        owner=owner,
        private=private,
        deputy=deputy,
        review_every=days,
    )
    said = "Only its team sees its runbooks now." if private else "Everybody may read its runbooks."
    messages.success(request, f"{service.name} is changed. {said}")
    # Who has just closed it for themself would find nothing there.
    if Service.objects.seen_by(viewer(request)).filter(pk=service.pk).exists():
        return redirect(service)
    return redirect("runbooks:services")


def _typed(request: AuthenticatedHttpRequest, name: str) -> str:
    return words_of(request.POST, name, 254)


def _form(
    request: AuthenticatedHttpRequest, service: Service, *, status: int = 200, **more: object
) -> HttpResponse:
    context = {
        "service": service,
        "teams": Team.objects.all(),
        "private": service.private,
        "site_every": settings.REVIEW_EVERY_DAYS,
        "typed": {
            "team": service.team.slug if service.team else "",
            "owner": service.owner.username if service.owner else "",
            "deputy": service.deputy.username if service.deputy else "",
            "review_every": service.review_every or "",
        },
        **more,
    }
    return render(request, "runbooks/edit_service.html", context, status=status)

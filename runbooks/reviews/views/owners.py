"""`/orphans`, `/load`, and what a lead does there; `/r/<slug>/claim`: whose a guessed runbook is."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import reaching
from portal.accounts.access import Right, check, may, requires, viewer
from portal.accounts.managing import Refused
from portal.accounts.models import Team, User
from portal.typed import words_of
from runbooks.models import Runbook
from runbooks.reviews import claiming, owners
from runbooks.reviews import load as loads
from runbooks.reviews.deciding import Refused as NotDecided
from runbooks.views.asking import find_runbook, over, signed_in

#: At once, on one page and in one transaction.
MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.SEE_HEALTH)
def orphans(request: HttpRequest) -> HttpResponseBase:
    """POST moves each runbook to its `heir-<key>`; empty ones stay. With `only`, that one alone."""
    problem = ""
    if request.method == "POST":
        try:
            moved = owners.move(
                _chosen(request),
                by=signed_in(request),
                why="Its owner could not be reached.",
            )
        except Refused as refused:
            problem = str(refused)
        else:
            what = f"{moved} runbook{'s' * (moved != 1)}"
            said = f"{what} moved. The heirs are asked to review what is theirs now."
            messages.success(request, said if moved else "Nobody was chosen: nothing was moved.")
            return redirect("reviews:orphans")
    who = viewer(request)
    found = owners.orphans(who, most=MOST)
    rows = [(one, _typed(request, one), _may_move(request, one.runbook)) for one in found]
    context = {
        "rows": rows,
        "count": len(found) if len(found) < MOST else owners.orphaned(who).count(),
        "with_heir": sum(bool(typed) for _, typed, allowed in rows if allowed),
        "problem": problem,
        "people": User.objects.suggestions() if found else [],
    }
    return render(request, "reviews/orphans.html", context, status=409 if problem else 200)


def _typed(request: HttpRequest, one: owners.Orphan) -> str:
    return request.POST.get(f"heir-{one.runbook.pk}", one.heir.username if one.heir else "")


def _may_move(request: HttpRequest, runbook: Runbook) -> bool:
    """By the services that are loaded with it: no query for each row."""
    teams = [service.team_id for service in runbook.services.all() if service.team_id]
    return may(request, Right.HAND_OVER, teams=teams)


def _chosen(request: HttpRequest) -> list[tuple[Runbook, User]]:
    only = request.POST.get("only", "")
    typed = {
        name.removeprefix("heir-"): words_of(request.POST, name, 254)
        for name in request.POST
        if name.startswith("heir-") and (not only or name == f"heir-{only}")
    }
    wanted = {
        int(key): value
        for key, value in typed.items()
        if value and key.isdecimal() and len(key) < 16
    }
    rows = owners.orphaned(viewer(request)).filter(pk__in=list(wanted)[:MOST])
    found = []
    people: dict[str, User | None] = {}
    for runbook in rows.select_related("owner").prefetch_related("services"):
        if not _may_move(request, runbook):
            check(request, Right.HAND_OVER, teams=[])
        name = wanted[runbook.pk]
        if name not in people:
            people[name] = User.objects.named(name)
        heir = people[name]
        if heir is None:
            raise Refused(
                f"Nobody here is called {name!r}: write a user name or an e-mail address."
            )
        found.append((runbook, heir))
    return found


@require_safe
@requires(Right.SEE_HEALTH)
def load(request: HttpRequest) -> HttpResponse:
    """Sorted by `?by=`, of one team by `?team=`."""
    by = request.GET.get("by", "due")
    by = by if by in loads.ORDERS else "due"
    team = Team.objects.filter(slug=words_of(request.GET, "team", 80)).first()
    rows = loads.load(
        viewer(request), now=timezone.now(), order=by, teams=[team.pk] if team else None
    )
    context = {
        "rows": rows,
        "by": by,
        "team": team,
        "teams": Team.objects.all(),
        "most": max((row.runbooks for row in rows), default=0),
        "may_mark": {row.person.pk for row in rows if _may_mark(request, row.person)},
        "orphans": owners.orphaned(viewer(request)).count(),
    }
    return render(request, "reviews/load.html", context)


def _may_mark(request: HttpRequest, person: User) -> bool:
    """A lead of one of their teams, or for all."""
    teams = [team.pk for team in person.teams.all()]
    return person.is_active and may(request, Right.WAIVE, teams=teams)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.SEE_HEALTH)
def gone(request: HttpRequest, username: str) -> HttpResponseBase:
    """A lead knows that somebody is gone; with `back`, that they are there. GET says what comes of it."""
    person = get_object_or_404(User.objects.prefetch_related("teams"), username=username)
    if not _may_mark(request, person):
        check(request, Right.HAND_OVER, teams=[])
    if request.method != "POST":
        heirs = Counter(one.heir for one in owners.orphans_of(person, viewer(request)))
        named = [(heir, count) for heir, count in heirs.most_common() if heir is not None]
        context = {"person": person, "owned": heirs.total(), "named": named, "nobody": heirs[None]}
        return render(request, "reviews/gone.html", context)
    by = signed_in(request)
    if "back" in request.POST:
        reaching.mark_reachable(person, by=by, why="A lead said so.")
        messages.success(request, f"{person} is there again.")
        return redirect("reviews:load")
    reaching.mark_unreachable(person, by=by, why="A lead said so.")
    messages.success(request, f"{person} is marked as gone. Choose who takes over what is theirs.")
    return redirect("reviews:orphans")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REVIEW)
def claim(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A runbook whose owner was guessed: POST says that it is one's own."""
    runbook = find_runbook(request, slug)
    person = signed_in(request)
    problem = ""
    if request.method == "POST":
        try:
            claiming.claim(runbook, by=person)
        except NotDecided as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{runbook} is yours, and its page says so.")
            if request.POST.get("next") == "owned":
                return redirect("reviews:owned")
            return redirect(runbook)
    context = {
        "runbook": runbook,
        "problem": problem,
        "own": runbook.owner_id == person.pk,
        "may_move": may(request, Right.HAND_OVER, **over(runbook)),
    }
    return render(request, "reviews/claim.html", context, status=409 if problem else 200)

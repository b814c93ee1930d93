"""`/owned`: what of somebody's runbooks is due, wrong, waiting, never drilled; the review beside the list.
And for whom they stand in, with what is due there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.access import Right, may, refusal, requires, viewer
from portal.accounts.models import User
from portal.typed import words_of
from runbooks.models import Runbook
from runbooks.reviews import claiming
from runbooks.reviews.asking import review_of
from runbooks.reviews.deciding import Refused as NotDecided
from runbooks.reviews.listing import GROUPS, Row, owned_by
from runbooks.reviews.models import Decision
from runbooks.reviews.standing_in import StandingIn, standing_in
from runbooks.reviews.together import still_true_together
from runbooks.reviews.whose import over
from runbooks.views.asking import signed_in

_MOST_TOGETHER = 100


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REVIEW)
def owned(request: HttpRequest) -> HttpResponseBase:
    """One's own, and what one stands in for; `?person=` is another's, for a lead of theirs. POST decides
    the ticked ones together, or confirms the listed ones that an import guessed."""
    me = signed_in(request)
    person = _person(request)
    if request.method == "POST":
        if request.POST.get("do") == "all-mine":
            return _all_mine(request, me)
        return _decide_together(request, me)
    now = timezone.now()
    pages = {name: request.GET.get(name, "1") for name in request.GET}
    seen = None if person.pk == me.pk else Runbook.objects.seen_by(viewer(request))
    found = owned_by(person, now=now, seen=seen, page=request.GET.get("page", "1"), pages=pages)
    own = person.pk == me.pk
    standing = _standing(request, me, now) if own else None
    at, row = _chosen(request, [found.reviews, *([standing.reviews] if standing else [])])
    context: dict[str, Any] = {
        "owned": found,
        "person": person,
        "own": own,
        "groups": _groups(found.reviews, found.counts),
        "standing": standing,
        "standing_groups": _groups(standing.reviews, standing.counts) if standing else [],
        "chosen": row.runbook.slug if row else "",
        "together": any(r.together for r in found.reviews.object_list),
        "rests": Decision.RestsOn.choices,
        "people": User.objects.suggestions() if row else [],
    }
    if row is not None:
        runbook = Runbook.objects.select_related("owner", "live_revision").get(pk=row.runbook.pk)
        review = review_of(runbook, person=me, now=now)
        context |= {"review": review, "runbook": runbook, "row": str(at)}
        context["decides"] = may(request, Right.REVIEW, **over(runbook))
    response = render(request, "reviews/owned.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _person(request: HttpRequest) -> User:
    """Whose list: one's own, or that of somebody in a team that one leads. Raises Http404."""
    me = signed_in(request)
    named = words_of(request.GET, "person", 150)
    if not named or named == me.username:
        return me
    person = get_object_or_404(User, username__iexact=named)
    if not may(request, Right.REVIEW, teams=person.teams.values_list("pk", flat=True)):
        raise PermissionDenied(refusal(Right.REVIEW))
    return person


def _standing(request: HttpRequest, me: User, now: datetime) -> StandingIn | None:
    return standing_in(me, viewer=viewer(request), now=now, page=request.GET.get("standing", "1"))


def _groups(reviews: Page[Row], counts: dict[str, int]) -> list[tuple[str, str, list[Row], int]]:
    """Name, title, those on this page, and how many there are."""
    return [
        (name, title, [row for row in reviews.object_list if row.group == name], counts[name])
        for name, title in GROUPS.items()
    ]


def _chosen(request: HttpRequest, lists: Iterable[Page[Row]]) -> tuple[int, Row | None]:
    """The review that stands beside the lists: the row that was decided last has made room for it."""
    rows = [row for reviews in lists for row in reviews.object_list]
    if not rows:
        return 0, None
    asked = request.GET.get("row", "0")
    at = min(int(asked) if asked.isdecimal() and len(asked) < 6 else 0, len(rows) - 1)
    return at, rows[at]


def _all_mine(request: HttpRequest, me: User) -> HttpResponse:
    slugs = [slug for slug in request.POST.getlist("slug")[:_MOST_TOGETHER] if "\0" not in slug]
    try:
        done = claiming.confirm_all(slugs, by=me)
    except NotDecided as refused:
        messages.warning(request, f"Nothing was changed. {refused}")
        return redirect("reviews:owned")
    if done:
        what = "1 runbook is" if len(done) == 1 else f"{len(done)} runbooks are"
        messages.success(request, f"{what} yours, and their pages say so.")
    else:
        messages.warning(request, "None of them waited for you any more, so nothing was changed.")
    return redirect("reviews:owned")


def _decide_together(request: HttpRequest, me: User) -> HttpResponse:
    slugs = request.POST.getlist("slug")[:_MOST_TOGETHER]
    mine = Runbook.objects.live().filter(owner=me, slug__in=[s for s in slugs if "\0" not in s])
    done, refused = still_true_together(mine, by=me)
    if done:
        what = "1 runbook is" if len(done) == 1 else f"{len(done)} runbooks are"
        messages.success(request, f"{what} still true, as their drills showed.")
    for runbook, why in refused:
        messages.warning(request, f"{runbook}: {why}")
    if not slugs:
        messages.warning(request, "Nothing was ticked, so nothing was changed.")
    return redirect("reviews:owned")

"""Into a drill by its link, or its QR code: with an account, or as a guest who says a name."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from drills import joining, scheduling, seats
from drills.models import Drill
from drills.views import live
from portal.accounts.access import open_to_all
from portal.accounts.throttling import Limit, claim, in_words
from portal.http import HttpRequest, address_of
from portal.typed import clean

#: A room of people behind one address joins within minutes; whoever guesses at links needs far more.
JOINS = Limit("drill-join", 60, 300)
_MOST_TOKEN = 40


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all("The link is the key; it tells the drill's title and time, and never the runbook.")
def join(request: HttpRequest, token: str) -> HttpResponse:
    drill = Drill.objects.filter(join_token=clean(token, _MOST_TOKEN)).first()
    if drill is None:
        if wait := claim(JOINS, address_of(request)):
            return _refused(request, wait)
        raise Http404
    seat = seats.seat_of(request, drill)
    if seat is not None:
        return redirect(live.place_of(seat))
    problem = ""
    if request.method == "POST":
        if wait := claim(JOINS, address_of(request)):
            return _refused(request, wait)
        try:
            if request.user.is_authenticated:
                seat = joining.join(drill, person=request.user)
            else:
                seat = joining.join_as_guest(drill, name=request.POST.get("name", ""))
        except scheduling.CannotDrill as refused:
            problem = str(refused)
        else:
            response = redirect(live.place_of(seat))
            if seat.person_id is None:
                seats.remember_guest(response, seat)
            return response
    context = {
        "drill": drill,
        "over": drill.state in joining.CLOSED,
        "name": request.POST.get("name", "")[:150],
        "problem": problem,
        "role": joining.newcomers_role(drill).label,
    }
    return render(request, "drills/join.html", context)


def _refused(request: HttpRequest, wait: int) -> HttpResponse:
    return render(
        request,
        "drills/join_later.html",
        {"wait": in_words(wait)},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )

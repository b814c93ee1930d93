"""Into a drill by its link, or its QR code: with an account, or as a guest who says a name."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from drills import scheduling, seats, states
from drills.models import Drill, Participant
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
            seat = _seat(request, drill)
        except scheduling.CannotDrill as refused:
            problem = str(refused)
        else:
            response = redirect(live.place_of(seat))
            if seat.person_id is None:
                seats.remember_guest(response, seat)
            return response
    context = {
        "drill": drill,
        "over": drill.state in states.OVER and drill.state != Drill.State.HOT_WASH,
        "name": request.POST.get("name", "")[:150],
        "problem": problem,
        "role": _role(drill).label,
    }
    return render(request, "drills/join.html", context)


def _seat(request: HttpRequest, drill: Drill) -> Participant:
    """Raises CannotDrill."""
    if not request.user.is_authenticated:
        return scheduling.seat_guest(drill, name=request.POST.get("name", ""))
    if drill.state in (Drill.State.SIGNED_OFF, Drill.State.CANCELLED, Drill.State.REPORTING):
        raise scheduling.CannotDrill("This drill is over.")
    seat = scheduling.seat(drill, request.user, role=_role(drill))
    Participant.objects.filter(pk=seat.pk).update(joined_at=timezone.now())
    return seat


def _role(drill: Drill) -> Participant.Role:
    return Participant.Role.HANDS_ON if drill.quick else Participant.Role.PARTICIPANT


def _refused(request: HttpRequest, wait: int) -> HttpResponse:
    return render(
        request,
        "drills/join_later.html",
        {"wait": in_words(wait)},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )

"""Who sits where: the participant that a request comes from, by session or by a guest's cookie."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from drills import readers, states
from drills.models import Drill, Participant
from drills.seen_by import BEHIND_THE_SCENES
from portal.accounts.access import NOBODY, Right, may, viewer
from portal.typed import clean, words_of

_COOKIE = "drill-seat-{}"
_MOST_SEATS, _MOST_TOKEN = 20, 40
_SEAT_SECONDS = 60 * 60 * 24 * 7


def guest_tokens(request: HttpRequest) -> list[str]:
    """The keys of all the seats that this browser has as a guest."""
    start = _COOKIE.format("")
    found = [
        clean(value, _MOST_TOKEN)
        for name, value in request.COOKIES.items()
        if name.startswith(start)
    ]
    return found[:_MOST_SEATS]


def find_drill(pk: int) -> Drill:
    """Raises Http404."""
    found = (
        Drill.objects.select_related("runbook", "revision", "scenario", "team", "facilitator")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def seat_of(request: HttpRequest, drill: Drill) -> Participant | None:
    """The seat of who asks; one query. A guest's cookie counts only for the drill that it names."""
    if request.user.is_authenticated:
        mine = Participant.objects.filter(drill=drill, person=request.user.pk)
    else:
        token = words_of(request.COOKIES, _COOKIE.format(drill.pk), _MOST_TOKEN)
        if not token:
            return None
        mine = Participant.objects.filter(drill=drill, person=None, token=token)
    found = mine.first()
    if found is not None:
        found.drill = drill
    return found


def must_sit(request: HttpRequest, drill: Drill) -> Participant:
    """Raises PermissionDenied for who has no seat."""
    found = seat_of(request, drill)
    if found is None:
        raise PermissionDenied("You are not in this drill. Ask the facilitator for its link.")
    return found


def live_seat(request: HttpRequest, pk: int) -> Participant:
    """The seat with its drill, in one query: what a page that polls each second starts from. Raises
    Http404, or PermissionDenied for who has no seat."""
    seats = Participant.objects.select_related("drill").filter(drill=pk)
    if request.user.is_authenticated:
        found = seats.filter(person=request.user.pk).first()
    else:
        token = words_of(request.COOKIES, _COOKIE.format(pk), _MOST_TOKEN)
        found = seats.filter(person=None, token=token).first() if token else None
    if found is None:
        return must_sit(request, find_drill(pk))
    return found


def live_room(request: HttpRequest, pk: int) -> tuple[Participant, list[Participant]]:
    """As `live_seat`, and everybody else's: still one query. Guests run no room."""
    seated = list(Participant.objects.select_related("drill").filter(drill=pk))
    mine = (one for one in seated if one.person_id == request.user.pk)
    seat = next(mine, None) if request.user.is_authenticated else None
    return seat or must_sit(request, find_drill(pk)), seated


def may_facilitate(request: HttpRequest, drill: Drill, *, seat: Participant | None = None) -> bool:
    """Its facilitator, who has a facilitator's seat, who planned it, a lead of its team. Until it is over,
    one who plays in it may not: what is still to come would be told to a player. `seat`, where it is known,
    spares a query."""
    if not request.user.is_authenticated:
        return False
    if drill.facilitator_id == request.user.pk:
        return True
    seat = seat or seat_of(request, drill)
    if seat is not None:
        if seat.role == Participant.Role.FACILITATOR:
            return True
        if _plays(seat) and drill.state not in states.OVER:
            return False
    if drill.made_by_id == request.user.pk:
        return True
    teams = [drill.team_id] if drill.team_id else []
    return may(request, Right.FACILITATE, teams=teams)


def _plays(seat: Participant) -> bool:
    return seat.role not in BEHIND_THE_SCENES


def must_facilitate(request: HttpRequest, drill: Drill) -> None:
    """Raises PermissionDenied."""
    if not may_facilitate(request, drill):
        raise PermissionDenied("Only the facilitator, or a lead of the drill's team, may do that.")


def may_see(request: HttpRequest, drill: Drill) -> bool:
    """Who may read what came of it, as readers.py says. A guest may for as long as their seat's cookie lasts,
    of a runbook that is private to nobody."""
    if request.user.is_authenticated:
        return readers.read_by(viewer(request)).filter(pk=drill.pk).exists()
    return seat_of(request, drill) is not None and readers.sees_runbook(NOBODY, drill)


def remember_guest(response: HttpResponse, seat: Participant) -> None:
    """Put the guest's key into a cookie of this drill: who reloads or comes back sits where they sat."""
    response.set_cookie(
        _COOKIE.format(seat.drill_id),
        seat.token,
        max_age=_SEAT_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )

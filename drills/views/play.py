"""A player's pages: what has been revealed, what they say, the runbook once they found it.

All that these views show comes from `seen_by`. None of them looks at injects, readings or the scenario.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from drills import preflight, readers, running, seats, seen_by, states, taking_part
from drills.beside import whole
from drills.models import Drill, Entry, Participant
from drills.views import live
from portal.accounts.access import may_read, open_to_all, viewer
from portal.http import HttpRequest
from portal.typed import words_of
from runbooks.search.finding import find

_WHO = "Who has a seat, by account or by the drill's link; without one it is refused."
sitting = open_to_all(_WHO)
_SHOWN, _MOST_QUERY = 8, 500
#: Before it begins, and of one that was cancelled, trying would tell which runbook it is.
_FINDABLE = (*states.LIVE, Drill.State.HOT_WASH)
#: A seat opens no private runbook any more.
_PAST = (Drill.State.REPORTING, Drill.State.SIGNED_OFF, Drill.State.CANCELLED)
#: What hangs on the latest inject and stands with it.
_WITH_INJECT = (Entry.Kind.HINT, Entry.Kind.READING)


@require_safe
@sitting
def play(request: HttpRequest, pk: int) -> HttpResponse:
    seat = seats.live_seat(request, pk)
    live.here(seat, timezone.now())
    context = _context(request, seat) | {"client_id": live.new_id()}
    return render(request, "drills/play.html", context)


@require_safe
@sitting
def play_live(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes on the page, when something did."""
    seat = seats.live_seat(request, pk)
    live.here(seat, timezone.now())
    return live.polled(
        request,
        seen_by.etag(seat, seat.drill),
        lambda: render(request, "drills/_play.html", _context(request, seat)),
    )


def _context(request: HttpRequest, seat: Participant) -> dict[str, Any]:
    drill = seat.drill
    tag = seen_by.etag(seat, drill)
    seen = seen_by.lines(seat)
    over = drill.state in states.OVER
    at = max((n for n, line in enumerate(seen) if line.kind == Entry.Kind.INJECT), default=None)
    if over:
        at = None  # nothing is now any more: the last inject stands with the others
    now = [seen[at]] if at is not None else []
    if at is not None:
        now += [line for line in seen[at + 1 :] if line.kind in _WITH_INJECT]
    shown = {line.pk for line in now}
    knows = seen_by.knows_runbook(seat)
    return {
        "drill": drill,
        "seat": seat,
        "tag": tag,
        "clock": live.clock_of(drill, timezone.now()),
        "now": now,
        "before": [line for line in reversed(seen) if line.pk not in shown],
        "knows": knows,
        "may_search": may_read(request),
        # For who has no account and cannot search: as soon as the room has found it, they may read it, too.
        "room_found": knows or (not may_read(request) and _somebody_found(drill)),
        "live": drill.state in states.LIVE,
        "over": over,
        "takes_notes": seen_by.takes_notes(seat),
        "has_preflight": preflight.has_one(seat) and drill.began_at is None,
    }


def _somebody_found(drill: Drill) -> bool:
    found = Participant.objects.filter(drill=drill, found_runbook_at__isnull=False)
    return found.filter(role__in=seen_by.PLAYERS).exists()


@require_POST
@sitting
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """They say what they do; with `private` to the facilitator alone."""
    seat = seats.live_seat(request, pk)
    private = request.POST.get("private") == "1"
    return live.done(
        request,
        lambda: taking_part.say(
            seat,
            text=request.POST.get("text", ""),
            client_id=f"{seat.pk}:{request.POST.get('client_id', '') or live.new_id()}",
            private=private,
        ),
        back=reverse("drills:play", args=[pk]),
        said="The facilitator has it." if private else "Said.",
    )


@require_POST
@sitting
def halt(request: HttpRequest, pk: int) -> HttpResponse:
    """“Stop: real page”: anybody in the drill may."""
    seat = seats.live_seat(request, pk)
    return live.done(
        request,
        lambda: running.halt(seat.drill, by=seat),
        back=live.place_of(seat),
    )


# The runbook: found as one would at night


@require_safe
@sitting
def search(request: HttpRequest, pk: int) -> HttpResponse:
    """The portal's own search, from within the drill. That one of the results is the runbook of the drill
    shows nowhere: they all look the same."""
    seat = seats.live_seat(request, pk)
    if seen_by.knows_runbook(seat):
        return redirect("drills:runbook", pk)
    if seat.drill.state not in _FINDABLE:
        return redirect("drills:play", pk)
    query = words_of(request.GET, "q", _MOST_QUERY)
    may_search = may_read(request)
    answer = find(query, limit=_SHOWN, viewer=viewer(request)) if query and may_search else None
    return render(
        request,
        "drills/search.html",
        {
            "drill": seat.drill,
            "query": query,
            "results": answer.results if answer else (),
            "asked": answer is not None,
            "may_search": may_search,
            "wrong": request.GET.get("wrong", "") == "1",
        },
    )


@require_POST
@sitting
def found(request: HttpRequest, pk: int) -> HttpResponse:
    """They say which runbook it is. Who has no account opens what the room has found."""
    seat = seats.live_seat(request, pk)
    drill = seats.find_drill(pk)
    slug = request.POST.get("slug", "")
    if drill.state not in _FINDABLE and not seen_by.knows_runbook(seat):
        return redirect("drills:play", pk)
    right = slug == drill.runbook.slug and may_read(request)
    by_the_room = not slug and not may_read(request) and _somebody_found(drill)
    if right or by_the_room:
        taking_part.found_runbook(seat)
    elif not seen_by.knows_runbook(seat):
        again = {"q": words_of(request.POST, "q", _MOST_QUERY), "wrong": "1"}
        return redirect(live.with_query(reverse("drills:search", args=[pk]), again))
    return redirect("drills:runbook", pk)


@require_safe
@sitting
def runbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The drilled revision in reading mode, for who has found it; guests have no other page of it."""
    seat = seats.live_seat(request, pk)
    if not seen_by.knows_runbook(seat):
        return redirect("drills:search", pk)
    live.here(seat, timezone.now())
    drill = seats.find_drill(pk)
    if drill.state in _PAST and not readers.sees_runbook(viewer(request), drill):
        raise PermissionDenied("The drill is over, and its runbook is private to a team.")
    return render(
        request,
        "drills/runbook.html",
        _context(request, seat) | {"drill": drill, "page": whole(drill.revision)},
    )


# Before the start


@require_safe
@sitting
def checks(request: HttpRequest, pk: int) -> HttpResponse:
    """Can I open what I will need?"""
    seat = seats.live_seat(request, pk)
    lines = preflight.prepare(seat) if preflight.has_one(seat) else []
    return render(
        request,
        "drills/preflight.html",
        {
            "drill": seat.drill,
            "seat": seat,
            "checks": lines,
            "looked": sum(one.passed is not None for one in lines),
            "failed": sum(one.passed is False for one in lines),
            "place": live.place_of(seat),
        },
    )


@require_POST
@sitting
def check(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    seat = seats.live_seat(request, pk)
    return live.done(
        request,
        lambda: preflight.mark(
            seat,
            line,
            passed=request.POST.get("passed") == "1",
            words=request.POST.get("words", ""),
        ),
        back=f"{reverse('drills:preflight', args=[pk])}#line-{line}",
    )

"""The facilitator's page: one page for a stressed person who runs a room."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import segno
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from drills import joining, preflight, running, seats, seen_by, taking_part
from drills.beside import boxes
from drills.log import MAX_TEXT
from drills.models import Drill, Entry, Inject, Participant, Verdict
from drills.stage import chairs, stage, why_wait
from drills.views import live
from portal.accounts.access import Right, requires
from portal.http import AuthenticatedHttpRequest
from portal.typed import number, words_of


@require_safe
@requires(Right.DRILL)
def facilitate(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The page. Before the start it says who is there and what failed in the preflight."""
    drill = seats.find_drill(pk)
    seat = _chair(request, drill)
    now = timezone.now()
    live.here(seat, now)
    context = _context(request, seat, drill)
    steps = boxes(drill.revision)
    wanted = request.GET.get("step", "") or context["tested"]
    labels = [box.label for box in steps]
    shown = wanted if wanted in labels else next(iter(labels), "")
    context |= {
        "boxes": steps,
        "shown": shown,
        "verdicts": Verdict.choices,
        "channels": Inject.Channel.choices,
        "client_id": live.new_id(),
        "back": "facilitate",
        "join_url": request.build_absolute_uri(reverse("drills:join", args=[drill.join_token])),
        "ask_begin": why_wait(drill, now)
        if context["runs_it"] and request.GET.get("begin") == _ASK
        else "",
        "flights": preflight.overview(drill) if drill.began_at is None else [],
    }
    return render(request, "drills/facilitate.html", context)


@require_safe
@requires(Right.DRILL)
def facilitate_live(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """What changes on the page, when something did."""
    seat, seated = seats.live_room(request, pk)
    _must_look(request, seat)
    live.here(seat, timezone.now())
    people = chairs(seated, timezone.now())

    def draw() -> HttpResponse:
        drill = seats.find_drill(pk)
        context = _context(request, seat, drill)
        return render(request, "drills/_facilitate.html", context)

    return live.polled(request, _tag(seat, people), draw)


def _tag(seat: Participant, people: list[Any]) -> str:
    here = "".join("y" if one.here else "n" for one in people)
    return seen_by.etag(seat, seat.drill, [here, seat.drill.state])


def _context(request: AuthenticatedHttpRequest, seat: Participant, drill: Drill) -> dict[str, Any]:
    now = timezone.now()
    people = chairs(drill.participants.all(), now)
    return {
        "seat": seat,
        "tag": _tag(seat, people),
        "runs_it": seats.may_facilitate(request, drill, seat=seat),
        "clock": live.clock_of(drill, now),
        **stage(drill, people, now),
    }


def _chair(request: AuthenticatedHttpRequest, drill: Drill) -> Participant:
    """The seat of who looks, or of a lead who steps in."""
    seat = seats.seat_of(request, drill)
    if seat is None and seats.may_facilitate(request, drill):
        seat = joining.step_in(drill, person=request.user)
    if seat is None:
        raise PermissionDenied("Only the facilitator, or a lead of the drill's team, may do that.")
    seat.drill = drill
    _must_look(request, seat)
    return seat


def _must_look(request: AuthenticatedHttpRequest, seat: Participant) -> None:
    if not seen_by.sees_all(seat):
        seats.must_facilitate(request, seat.drill)


# What is done from it


@dataclass(frozen=True, slots=True)
class Asked:
    request: AuthenticatedHttpRequest
    drill: Drill
    seat: Participant

    def word(self, name: str) -> str:
        return words_of(self.request.POST, name, MAX_TEXT)

    def inject(self) -> Inject:
        injects = Inject.objects.filter(scenario=self.drill.scenario_id)
        return get_object_or_404(injects, pk=number(self.word("inject")))


def _note(asked: Asked) -> None:
    taking_part.note(
        asked.seat, text=asked.word("text"), client_id=asked.word("client_id") or live.new_id()
    )


ACTIONS: dict[str, Callable[[Asked], object]] = {
    "begin": lambda asked: running.begin(asked.drill, by=asked.request.user),
    "pause": lambda asked: running.pause(asked.drill),
    "resume": lambda asked: running.resume(asked.drill),
    "halt": lambda asked: running.halt(asked.drill, by=asked.seat),
    "end": lambda asked: running.end(asked.drill, by=asked.request.user),
    "automatic": lambda asked: running.let_the_clock_send(asked.drill, on=asked.word("on") == "1"),
    "tell": lambda asked: running.tell_runbook(asked.drill),
    "send": lambda asked: running.send(asked.inject()),
    "aside": lambda asked: running.set_aside(asked.inject()),
    "skip": lambda asked: running.skip(asked.inject()),
    "back": lambda asked: running.bring_back(asked.inject()),
    "up": lambda asked: running.move(asked.inject(), by=-1),
    "down": lambda asked: running.move(asked.inject(), by=1),
    # The rung that the button names. Without one there is none to give.
    "hint": lambda asked: running.hint(asked.inject(), rung=number(asked.word("rung")) or 0),
    "improvise": lambda asked: running.improvise(
        asked.drill,
        text=asked.word("text"),
        channel=asked.word("channel"),
        step=asked.word("step"),
    ),
    "reading": lambda asked: running.give_reading(asked.drill, label=asked.word("step")),
    "milestone": lambda asked: taking_part.milestone(
        asked.drill, name=asked.word("name"), by=asked.seat
    ),
    "note": _note,
}
#: The whole page is another one after these.
_TURNS = frozenset({"begin", "end"})
#: `?begin=` of the page that asks before it begins early, or without somebody.
_ASK = "ask"


@require_POST
@requires(Right.DRILL)
def act(request: AuthenticatedHttpRequest, pk: int, what: str) -> HttpResponse:
    """One thing that the facilitator does, by its name in `ACTIONS`."""
    drill = seats.find_drill(pk)
    if what not in ACTIONS:
        raise Http404
    seat = _chair(request, drill)
    if what != Entry.Kind.NOTE:
        seats.must_facilitate(request, drill)
    back = reverse("drills:facilitate", args=[pk])
    asked = Asked(request, drill, seat)
    if what == "begin" and _waits(asked):
        ask = live.with_query(back, {"begin": _ASK})
        return HttpResponseClientRedirect(ask) if request.htmx else redirect(ask)

    response = live.done(request, lambda: ACTIONS[what](asked), back=back)
    if what in _TURNS and response.get("HX-Trigger") == "drill-changed":
        response["HX-Refresh"] = "true"
    return response


def _waits(asked: Asked) -> bool:
    """Whether Begin is asked about first. What cannot begin at all is refused instead."""
    scenario = asked.drill.scenario
    ready = scenario is not None and scenario.approved_at is not None
    return ready and asked.word("sure") != "1" and bool(why_wait(asked.drill, timezone.now()))


@require_safe
@requires(Right.DRILL)
def join_code(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The join link as a QR code, to be shown on the room's screen."""
    drill = seats.find_drill(pk)
    seats.must_facilitate(request, drill)
    link = request.build_absolute_uri(reverse("drills:join", args=[drill.join_token]))
    made = io.BytesIO()
    segno.make(link, error="m").save(
        made, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=True
    )
    response = HttpResponse(made.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-store"
    return response

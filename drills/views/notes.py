"""Observations: in one tap or keystroke, on a device that may be offline."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from drills import seats, seen_by, states, taking_part
from drills.log import NotNow
from drills.models import Drill, Entry, Participant, Verdict
from drills.views import live
from drills.views.play import sitting
from portal.http import HttpRequest
from portal.typed import words_of

_MINUTE = timedelta(minutes=1)
_MOST_LABEL = 12


@require_safe
@sitting
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    seat = _scribe(request, pk)
    live.here(seat, timezone.now())
    return render(request, "drills/notes.html", _context(seat) | _form(seat))


@require_safe
@sitting
def notes_live(request: HttpRequest, pk: int) -> HttpResponse:
    seat = _scribe(request, pk)
    live.here(seat, timezone.now())
    return live.polled(
        request,
        seen_by.etag(seat, seat.drill),
        lambda: render(request, "drills/_notes.html", _context(seat)),
    )


def _scribe(request: HttpRequest, pk: int) -> Participant:
    seat = seats.live_seat(request, pk)
    if not seen_by.takes_notes(seat):
        raise PermissionDenied("Notes are taken by the scribe and by who looks on.")
    return seat


def _context(seat: Participant) -> dict[str, Any]:
    drill = seat.drill
    return {
        "drill": drill,
        "seat": seat,
        "tag": seen_by.etag(seat, drill),
        "clock": live.clock_of(drill, timezone.now()),
        "lines": list(reversed(seen_by.lines(seat)))[:6],
        "mine": seen_by.own_notes(seat),
        "knows": seen_by.knows_runbook(seat),
        "open": drill.state in (*states.LIVE, Drill.State.HOT_WASH),
        "over": drill.state in states.OVER,
    }


def _form(seat: Participant) -> dict[str, Any]:
    """Until somebody may know the runbook, its steps are what the room calls them: a word to type."""
    steps = []
    if seen_by.knows_runbook(seat):
        revision = seats.find_drill(seat.drill_id).revision
        steps = list(revision.steps.values("label", "title"))
    return {
        "steps": steps,
        "verdicts": Verdict.choices,
        "client_id": live.new_id(),
        "back": "notes",
    }


@require_POST
@sitting
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One observation. With `Accept: application/json` the answer is for the device's queue: 409 with a
    sentence is for ever, anything else is tried again."""
    seat = _scribe(request, pk)
    if not request.headers.get("Accept", "").startswith("application/json"):
        return live.done(request, lambda: _record(seat, request), back=_back(request, pk))
    try:
        _record(seat, request)
    except NotNow as refused:
        return JsonResponse({"error": str(refused)}, status=HTTPStatus.CONFLICT)
    return JsonResponse({"kept": request.POST.get("client_id", "")})


def _record(seat: Participant, request: HttpRequest) -> Entry:
    step = words_of(request.POST, "step", _MOST_LABEL).upper()
    text = request.POST.get("text", "")
    if step and not seat.drill.revision.steps.filter(label=step).exists():
        # What was said on the call is not lost because no step is called so.
        step, text = "", f"{step}: {text}" if text.strip() else f"At {step}."
    return taking_part.record(
        seat,
        verdict=request.POST.get("verdict", ""),
        client_id=f"{seat.pk}:{request.POST.get('client_id', '') or live.new_id()}",
        step=step,
        text=text,
        at=_moment(request.POST.get("at", ""), sent=request.POST.get("sent", "")),
    )


def _moment(noted: str, *, sent: str) -> datetime | None:
    """When the device noted it. `sent` is what its clock shows as it sends: one that is more than a minute
    off is set right by this one. It is not trusted beyond the drill's own times (taking_part)."""
    at, then, now = _stated(noted), _stated(sent), timezone.now()
    if at is None or then is None or abs(now - then) < _MINUTE:
        return at
    try:
        return now - max(then - at, timedelta())
    except OverflowError:
        return None


def _stated(moment: str) -> datetime | None:
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    return at if at is not None and timezone.is_aware(at) else None


def _back(request: HttpRequest, pk: int) -> str:
    page = "facilitate" if request.POST.get("back") == "facilitate" else "notes"
    return reverse(f"drills:{page}", args=[pk])

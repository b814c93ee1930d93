"""A drill before it starts: drilled right now, planned, changed, briefed, begun, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from drills import (
    arranging,
    briefing,
    drill_form,
    inviting,
    listing,
    preparing,
    readers,
    scheduling,
    seats,
    seen_by,
    states,
)
from drills.models import Drill, Participant
from drills.scheduling import CannotDrill
from drills.states import MoveRefused
from drills.views import live
from drills.views.listing import zone_of
from portal.accounts.access import Right, refusal, requires, viewer
from portal.accounts.models import User
from portal.http import AuthenticatedHttpRequest
from runbooks.models import Runbook
from runbooks.views.asking import by_old_slugs, find_runbook, over


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.DRILL)
@by_old_slugs
def quick(request: AuthenticatedHttpRequest, slug: str) -> HttpResponseBase:
    """“Drill this now”: asks once, then the scenario is there to read."""
    runbook = find_runbook(request, slug)
    problem = ""
    if request.method == "POST":
        try:
            drill = scheduling.now_alone(runbook, by=request.user)
        except (CannotDrill, ValueError) as refused:
            problem = str(refused)
        else:
            return redirect("drills:drill", drill.pk)
    context = {
        "runbook": runbook,
        "problem": problem,
        "minutes": scheduling.QUICK_MINUTES,
        "may_plan": _may_plan(request, runbook),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, "drills/quick.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.FACILITATE)
def new(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    now = timezone.now()
    if request.method != "POST":
        zone = zone_of(request.user)
        form = drill_form.blank(
            person=request.user,
            zone=zone.key,
            runbook=request.GET.get("runbook", "")[:200],
            today=now.astimezone(zone).date(),
        )
        return _form(request, form)
    form = drill_form.read(request.POST, now=now)
    runbook = _asked_for(request, form)
    if "more" in request.POST:
        form.problems = {}
    elif runbook is not None and not _may_plan(request, runbook):
        form.problems["runbook"] = refusal(Right.FACILITATE)
    if "more" in request.POST or runbook is None or form.problems:
        return _form(request, form)
    try:
        drill = _make(request, form, runbook, now)
    except CannotDrill as refused:
        form.problems["runbook"] = str(refused)
        return _form(request, form)
    messages.success(request, f"{drill.title} is planned. Next: its scenario.")
    return redirect("drills:drill", drill.pk)


@transaction.atomic
def _make(
    request: AuthenticatedHttpRequest, form: drill_form.Form, runbook: Runbook, now: datetime
) -> Drill:
    drill = scheduling.make(runbook, by=request.user, now=now, **form.facts)
    changed = arranging.change(
        drill, by=request.user, facts={}, roles=form.roles, objectives=form.objectives, now=now
    )
    if "invite" in request.POST:
        inviting.invite(changed, now=now)
    return changed


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.FACILITATE)
def edit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    drill = seats.find_drill(pk)
    seats.must_facilitate(request, drill)
    if request.method != "POST":
        return _form(request, drill_form.of_drill(drill), drill)
    form = drill_form.read(request.POST, now=timezone.now())
    if "more" in request.POST:
        form.problems = {}
    if "more" in request.POST or form.problems:
        return _form(request, form, drill)
    try:
        arranging.change(
            drill, by=request.user, facts=form.facts, roles=form.roles, objectives=form.objectives
        )
    except CannotDrill as refused:
        form.problems["title"] = str(refused)
        return _form(request, form, drill)
    told = " Who was invited is told of it." if inviting.invited(drill) else ""
    messages.success(request, f"The plan is changed.{told}")
    return redirect("drills:drill", pk)


@require_http_methods(["GET", "HEAD"])
@requires(Right.DRILL)
def drill(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The briefing; once it runs the way leads into the room, and afterwards to what came of it."""
    found = seats.find_drill(pk)
    seat, leads = seats.seat_of(request, found), seats.may_facilitate(request, found)
    known = seat is not None or leads or listing.visible_to(viewer(request)).filter(pk=pk).exists()
    if not known:
        raise PermissionDenied("You are not in this drill. Ask the facilitator for its link.")
    if found.state in states.LIVE and (seat is not None or leads):
        return redirect(live.place_of(seat) if seat else reverse("drills:facilitate", args=[pk]))
    if found.state == Drill.State.HOT_WASH:
        return redirect("drills:hot_wash", pk)
    if found.state in (Drill.State.REPORTING, Drill.State.SIGNED_OFF):
        return redirect("drills:report", pk)
    sees = readers.sees_runbook(viewer(request), found)
    named = listing.is_named(found, seat, leads=leads, sees=sees)
    prepares = leads and (seat is None or seen_by.sees_all(seat))
    people = briefing.seated(found, with_turns=prepares)
    context: dict[str, Any] = {
        "drill": found,
        "seat": seat,
        "leads": prepares,
        "named": named,
        "coming": found.state in states.COMING,
        "when": inviting.when_in_words(found),
        "now": timezone.now(),
        "agenda": briefing.agenda(found),
        "place": live.place_of(seat) if seat else "",
        "objectives": found.objectives.all() if named else [],
        "people": people,
    }
    if prepares:
        context |= _to_prepare(request, found, people)
    response = render(request, "drills/drill.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _to_prepare(
    request: AuthenticatedHttpRequest, drill: Drill, people: list[briefing.Seated]
) -> dict[str, Any]:
    """What is still to be done, for who leads it."""
    with_account = sum(one.seat.person_id is not None for one in people)
    invited = len(inviting.invited(drill))
    return {
        "injects": list(drill.scenario.injects.all()) if drill.scenario else [],
        "join_url": request.build_absolute_uri(reverse("drills:join", args=[drill.join_token])),
        "invited": invited,
        "with_account": with_account,
        "next": briefing.next_act(drill, invited=invited, to_invite=with_account),
        "has_hands": any(one.seat.role == Participant.Role.HANDS_ON for one in people),
    }


@require_POST
@requires(Right.DRILL)
def act(request: AuthenticatedHttpRequest, pk: int, what: str) -> HttpResponseBase:
    """One press on the briefing page."""
    found = seats.find_drill(pk)
    if what == "answer":
        return _answer(request, found)
    if what not in _ACTS:
        raise Http404
    seats.must_facilitate(request, found)
    try:
        said = _ACTS[what](request, found)
    except (CannotDrill, MoveRefused) as refused:
        messages.error(request, str(refused))
        return redirect("drills:drill", pk)
    if said:
        messages.success(request, said)
    return redirect("drills:facilitate" if what == "start" else "drills:drill", pk)


def _brief(request: AuthenticatedHttpRequest, drill: Drill) -> str:
    arranging.brief(drill, by=request.user)
    return "It is briefed: everybody knows what it is about."


def _invite(request: AuthenticatedHttpRequest, drill: Drill) -> str:
    count = arranging.invite(drill)
    people = "1 person is" if count == 1 else f"{count} people are"
    return f"{people} invited." if count else "Everybody was told already."


def _pick(request: AuthenticatedHttpRequest, drill: Drill) -> str:
    chosen, had = briefing.pick(drill)
    before = "never before" if not had else f"{had} time{'s' if had > 1 else ''} before"
    return f"{chosen.name} is hands-on: {before}. Invite them."


def _cancel(request: AuthenticatedHttpRequest, drill: Drill) -> str:
    scheduling.cancel(drill, by=request.user, why=request.POST.get("why", ""))
    return "The drill is cancelled; who was invited is told."


def _start(request: AuthenticatedHttpRequest, drill: Drill) -> str:
    preparing.start(drill, by=request.user)
    return ""


#: What is done, and the sentence that is said of it; "" says itself.
_ACTS: dict[str, Callable[[AuthenticatedHttpRequest, Drill], str]] = {
    "brief": _brief,
    "invite": _invite,
    "pick": _pick,
    "cancel": _cancel,
    "start": _start,
}


def _answer(request: AuthenticatedHttpRequest, found: Drill) -> HttpResponse:
    said = request.POST.get("answer", "")
    if inviting.answer(seats.must_sit(request, found), said):
        messages.success(request, "Thanks: the facilitator sees that you " + _SAID[said])
    return redirect("drills:drill", found.pk)


_SAID = {"yes": "come.", "no": "do not come.", "open": "have not decided."}


def _may_plan(request: AuthenticatedHttpRequest, runbook: Runbook) -> bool:
    return viewer(request).may(Right.FACILITATE, **over(runbook))


def _asked_for(request: AuthenticatedHttpRequest, form: drill_form.Form) -> Runbook | None:
    seen = Runbook.objects.live().seen_by(viewer(request)).select_related("live_revision")
    slug = form.typed["runbook"].removeprefix("/r/")
    found = seen.filter(slug=slug).first()
    if found is None:
        form.problems["runbook"] = (
            f"There is no live runbook {slug!r}." if slug else "Say which runbook is drilled."
        )
    return found


def _form(
    request: AuthenticatedHttpRequest, form: drill_form.Form, drill: Drill | None = None
) -> HttpResponse:
    seen = Runbook.objects.live().seen_by(viewer(request))
    context = {
        "form": form,
        "typed": form.typed,
        "problems": form.problems,
        "drill": drill,
        "roles": drill_form.ROLES,
        "confidentiality": Drill.Confidentiality.choices,
        "zones": sorted(available_timezones()),
        "runbooks": [] if drill else seen.order_by("title").values_list("slug", "title")[:1_000],
        "people": User.objects.suggestions(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.problems else HTTPStatus.OK
    return render(request, "drills/edit.html", context, status=status)

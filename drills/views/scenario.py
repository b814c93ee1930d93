"""A drill's scenario: written, edited in place, approved; and what the library has for its runbook."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from drills import preparing, scenario_form, scheduling, seats, states
from drills.models import Drill, Inject, Scenario
from drills.preparing import Typed
from drills.scenario.shapes import MILESTONES
from drills.scheduling import CannotDrill
from drills.views.live import may_follow
from portal.accounts.access import Right, requires
from portal.ai import asking
from portal.http import AuthenticatedHttpRequest
from portal.typed import number


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.FACILITATE)
def scenario(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    drill = seats.find_drill(pk)
    seats.must_facilitate(request, drill)
    if request.method != "POST":
        return _page(request, drill)
    do = request.POST.get("do", "")
    here = redirect("drills:scenario", pk)
    try:
        if do == "offline":
            preparing.write_offline(drill, by=request.user)
        elif do == "ai":
            preparing.ask_ai(drill, by=request.user, back=reverse("drills:scenario", args=[pk]))
        elif do == "take":
            shelf = Scenario.objects.filter(runbook=drill.runbook_id)
            chosen = get_object_or_404(shelf, pk=number(request.POST.get("scenario", "")))
            preparing.take(drill, chosen, by=request.user)
            messages.success(
                request, "This drill has its own copy now: read it, edit it, approve it."
            )
        elif do == "approve" and "start_state" not in request.POST:
            scheduling.approve(drill, by=request.user)
        else:
            return _save(request, drill, do)
    except CannotDrill as refused:
        messages.error(request, str(refused))
    return here


def _save(request: AuthenticatedHttpRequest, drill: Drill, do: str) -> HttpResponse:
    """Everything on the page, whichever button was pressed; then what the button says."""
    typed = scenario_form.read(request.POST)
    place = scenario_form.press(typed, do)
    try:
        preparing.save(drill, typed, by=request.user)
        if do == "approve":
            scheduling.approve(drill, by=request.user)
            messages.success(request, "Approved: the drill can start.")
    except CannotDrill as refused:
        return _page(request, drill, typed=typed, problem=str(refused))
    if place:
        return redirect(f"{reverse('drills:scenario', args=[drill.pk])}#{place}")
    if do != "approve":
        messages.success(request, "Saved. Approve it when you have read it.")
    return redirect("drills:scenario", drill.pk)


def _page(
    request: AuthenticatedHttpRequest,
    drill: Drill,
    *,
    typed: Typed | None = None,
    problem: str = "",
) -> HttpResponse:
    own = drill.scenario
    shown = typed or (scenario_form.of_scenario(own) if own else None)
    job = preparing.writing_of(drill)
    steps = drill.revision.steps.order_by("pk").values_list("label", "text")
    context = {
        "drill": drill,
        "scenario": own,
        "typed": shown,
        "problem": problem,
        "steps": [(label, " ".join(text.split())[:70]) for label, text in steps],
        **scenario_form.rows(shown or scenario_form.EMPTY, own.flags if own else []),
        "channels": Inject.Channel.choices,
        "milestones": list(MILESTONES.items()),
        "editable": drill.state in states.COMING,
        "ai": asking.available(),
        "model": settings.AI_MODEL,
        "job": job,
        "follows": job is not None and may_follow(request, job),
        "ended": preparing.writing_that_failed(drill) if job is None else None,
        "shelf": preparing.library(drill),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    response = render(request, "drills/scenario.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response

"""A drill's scenario: written, edited in place, approved; and what the library has for its runbook."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from drills import inviting, preparing, scheduling, seats
from drills.models import Drill, Inject, Scenario
from drills.preparing import Typed
from drills.scenario.shapes import MILESTONES
from drills.scheduling import CannotDrill
from drills.views.live import may_follow
from portal.accounts.access import Right, requires
from portal.ai import asking
from portal.ai.models import Job
from portal.http import AuthenticatedHttpRequest
from portal.typed import clean, number, words_of

_MOST, _MOST_TEXT = 40, 6_000


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
    typed, problem = read(request.POST), ""
    verb, _, at = do.partition("-")
    row = number(at) or 0
    if verb in ("up", "down"):
        _move(typed.injects, row, -1 if verb == "up" else 1)
    elif verb == "add":
        last = typed.injects[-1]["at_minutes"] if typed.injects else 0
        typed.injects.append(_new(min(last + 5, 600)))
    try:
        preparing.save(drill, typed, by=request.user)
        if do == "approve":
            scheduling.approve(drill, by=request.user)
            messages.success(request, "Approved: the drill can start.")
    except CannotDrill as refused:
        problem = str(refused)
    if problem:
        return _page(request, drill, typed=typed, problem=problem)
    if verb in ("up", "down", "add", "reading"):
        spot = {"up": f"i{row - 1}", "down": f"i{row + 1}", "add": f"i{len(typed.injects)}"}
        where = spot.get(verb, "readings")
        return redirect(f"{reverse('drills:scenario', args=[drill.pk])}#{where}")
    if do != "approve":
        messages.success(request, "Saved. Approve it when you have read it.")
    return redirect("drills:scenario", drill.pk)


def read(posted: QueryDict) -> Typed:
    """The form as it was typed. Rows are told by their number in the names: inject-3-text."""
    injects = []
    for row in _rows(posted, "inject"):
        one: dict[str, Any] = {name: _text(posted, f"inject-{row}-{name}") for name in _TEXTS}
        if f"inject-{row}-remove" in posted:
            continue
        one["pk"] = _number(posted, f"inject-{row}-pk", 0)
        one["at_minutes"] = _number(posted, f"inject-{row}-at", 9_999)
        one["hints"] = _lines(posted, f"inject-{row}-hints")[:6]
        one["twist"] = f"inject-{row}-twist" in posted
        if one["channel"] not in Inject.Channel.values:
            one["channel"] = Inject.Channel.CHAT.value
        if one["milestone"] not in MILESTONES:
            one["milestone"] = ""
        one["player"], one["step"] = one["player"][:100], one["step"][:12]
        one["objective"] = one["objective"][:300]
        injects.append(one)
    readings = [
        {"step": step[:12], "output": output}
        for row in _rows(posted, "reading")
        if (step := _text(posted, f"reading-{row}-step"))
        and (output := _text(posted, f"reading-{row}-output"))
    ]
    if (output := _text(posted, "reading-new")) and (step := _text(posted, "reading-of")):
        readings.append({"step": step[:12], "output": output})
    return Typed(
        title=_text(posted, "title"),
        start_state=_text(posted, "start_state"),
        narrative=_text(posted, "narrative"),
        objectives=_lines(posted, "objectives")[:6],
        injects=injects,
        readings=readings,
        assumptions=[
            {"text": text, "step": _text(posted, f"assumption-{row}-step")[:12]}
            for row in _rows(posted, "assumption")
            if (text := _text(posted, f"assumption-{row}-text"))
        ],
    )


_TEXTS = (
    "channel", "text", "player", "expected", "step", "milestone", "objective", "evaluator_note",
)  # fmt: skip


def _new(at: int) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(_TEXTS, "")
    return blank | {
        "pk": 0,
        "at_minutes": at,
        "channel": Inject.Channel.CHAT.value,
        "text": "Something else happens: say what.",
        "hints": [],
        "twist": False,
    }


def _move(injects: list[dict[str, Any]], number: int, by: int) -> None:
    """An inject changes places with its neighbour; the minutes stay, so that time only rises."""
    at, to = number - 1, number - 1 + by
    if 0 <= at < len(injects) and 0 <= to < len(injects):
        one, other = injects[at], injects[to]
        one["at_minutes"], other["at_minutes"] = other["at_minutes"], one["at_minutes"]
        injects[at], injects[to] = other, one


def _rows(posted: QueryDict, kind: str) -> list[int]:
    found = {
        name.split("-")[1]
        for name in posted
        if name.startswith(f"{kind}-") and name.count("-") == 2
    }
    limit = 400 if kind == "reading" else _MOST
    numbers = (number(one) for one in found)
    return sorted(row for row in numbers if row is not None)[:limit]


def _text(posted: QueryDict, name: str) -> str:
    return clean(posted.get(name, "").replace("\r\n", "\n"), _MOST_TEXT)


def _lines(posted: QueryDict, name: str) -> list[str]:
    lines = (" ".join(line.split())[:500] for line in _text(posted, name).splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def _number(posted: QueryDict, name: str, otherwise: int) -> int:
    found = number(words_of(posted, name, _MOST_TEXT))
    return otherwise if found is None else found


def _page(
    request: AuthenticatedHttpRequest,
    drill: Drill,
    *,
    typed: Typed | None = None,
    problem: str = "",
) -> HttpResponse:
    own = drill.scenario
    steps = list(drill.revision.steps.order_by("pk").values_list("label", "text"))
    flags: dict[str, list[dict[str, Any]]] = {}
    numbered = [{**flag, "n": n} for n, flag in enumerate(own.flags if own else [], 1)]
    for flag in numbered:
        flags.setdefault(flag["where"], []).append(flag)
    shown = typed or (_typed(own) if own else None)
    job = preparing.writing_of(drill)
    last = Job.objects.filter(kind="drills.scenario", about__drill=drill.pk).first()
    context = {
        "drill": drill,
        "scenario": own,
        "typed": shown,
        "problem": problem,
        "steps": [(label, " ".join(text.split())[:70]) for label, text in steps],
        "injects": [
            {
                "n": n,
                **inject,
                "hints_text": "\n".join(inject["hints"]),
                "flags": flags.get(f"inject {n}", []),
            }
            for n, inject in enumerate(shown.injects if shown else [], 1)
        ],
        "readings": [
            {"n": n, **one, "flags": flags.get(f"reading of {one['step']}", [])}
            for n, one in enumerate(shown.readings if shown else [], 1)
        ],
        "assumptions": [
            {"n": n, **one} for n, one in enumerate(shown.assumptions if shown else [], 1)
        ],
        "objectives": "\n".join(shown.objectives) if shown else "",
        "flags": flags,
        "flagged": numbered,
        "start_flags": flags.get("start state", []),
        "channels": Inject.Channel.choices,
        "milestones": list(MILESTONES.items()),
        "editable": drill.state in inviting.COMING,
        "ai": asking.available(),
        "model": settings.AI_MODEL,
        "job": job,
        "follows": job is not None and may_follow(request, job),
        "ended": last if job is None and last and last.state in ("failed", "cancelled") else None,
        "shelf": preparing.library(drill),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    response = render(request, "drills/scenario.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _typed(scenario: Scenario) -> Typed:
    return Typed(
        title=scenario.title,
        start_state=scenario.start_state,
        narrative=scenario.narrative,
        objectives=list(scenario.objectives),
        injects=[
            {
                "pk": inject.pk,
                "step": inject.step_label,
                **{name: getattr(inject, name) for name in _TEXTS if name != "step"},
                "at_minutes": inject.at_minutes,
                "hints": inject.hints,
                "twist": inject.twist,
            }
            for inject in scenario.injects.all()
        ],
        readings=[{"step": one["step"], "output": one["output"]} for one in scenario.readings],
        assumptions=[
            {"text": one["text"], "step": one.get("step") or ""} for one in scenario.assumptions
        ],
    )

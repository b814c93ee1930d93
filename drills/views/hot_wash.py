"""`/drills/<id>/hot-wash`: three questions on everybody's own phone, and what the objectives came to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from drills import hot_wash, noting, reporting, seats, seen_by
from drills.log import NotNow
from drills.models import Drill, Objective, Participant, Word
from drills.states import MoveRefused
from drills.views import live
from portal.accounts.access import Right, open_to_all, requires
from portal.http import AuthenticatedHttpRequest, HttpRequest
from portal.typed import number

S = Drill.State
OPEN = (S.HOT_WASH, S.REPORTING)
_DOOR = "Who has a seat, by account or by the drill's link, and who facilitates."
#: So many lines of the log are offered as evidence.
_MOST_LINES = 200


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all(_DOOR)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do` is answer, rate or close."""
    drill = seats.find_drill(pk)
    seat, leads = _who(request, drill)
    if request.method != "POST":
        return _page(request, drill, seat, leads)
    try:
        match request.POST.get("do", ""):
            case "close":
                seats.must_facilitate(request, drill)
                if seat is not None and _typed(request):
                    hot_wash.answer(seat, answers=_answers(request))
                reporting.close_hot_wash(drill, by=_person(request))
                where = "drills:update_notes" if drill.quick else "drills:report"
                return redirect(where, pk)
            case "rate" if seat is not None:
                hot_wash.rate(
                    seat,
                    score=number(request.POST.get("score", "")),
                    text=request.POST.get("words", ""),
                )
                messages.success(request, "Thank you. Your feedback is kept.")
            case "answer" if seat is not None:
                hot_wash.answer(seat, answers=_answers(request))
                messages.success(request, "Kept. You can still change it.")
            case _:
                messages.warning(request, "Nothing was chosen, so nothing was changed.")
    except (NotNow, MoveRefused) as refused:
        return _page(request, seats.find_drill(pk), seat, leads, problem=str(refused), status=422)
    return redirect("drills:hot_wash", pk)


@require_safe
@open_to_all(_DOOR)
def page_live(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes while others answer."""
    drill = seats.find_drill(pk)
    seat, leads = _who(request, drill)
    if seat is not None:
        live.here(seat, timezone.now())
    return live.polled(
        request,
        _tag(drill, seat, leads),
        lambda: render(request, "drills/_hot_wash_live.html", _told(drill, seat, leads)),
    )


@require_POST
@requires(Right.DRILL)
def judge(request: AuthenticatedHttpRequest, pk: int, objective: int) -> HttpResponse:
    """Whether an objective was met, and what shows it: by the facilitator or an evaluator."""
    drill = seats.find_drill(pk)
    seat, leads = _who(request, drill)
    if not _judges(seat, leads):
        raise PermissionDenied("The facilitator and the evaluators judge the objectives.")
    found = get_object_or_404(Objective, pk=objective, drill=drill)
    asked = (number(one) for one in request.POST.getlist("evidence"))
    chosen = [one for one in asked if one is not None]
    try:
        hot_wash.judge(
            found,
            result=request.POST.get("result", ""),
            note=request.POST.get("note", ""),
            evidence=chosen,
        )
    except NotNow as refused:
        return _page(request, drill, seat, leads, problem=str(refused), status=422)
    response: HttpResponse = redirect("drills:hot_wash", pk)
    response["Location"] += f"#objective-{objective}"
    return response


def _who(request: HttpRequest, drill: Drill) -> tuple[Participant | None, bool]:
    """The seat, and whether they run the room. Raises PermissionDenied for who is neither."""
    seat = seats.seat_of(request, drill)
    leads = seats.may_facilitate(request, drill, seat=seat)
    if seat is None and not leads:
        raise PermissionDenied("You are not in this drill. Ask the facilitator for its link.")
    return seat, leads


def _judges(seat: Participant | None, leads: bool) -> bool:
    return leads or (seat is not None and seen_by.sees_all(seat))


def _person(request: HttpRequest) -> Any:
    return request.user


def _answers(request: HttpRequest) -> dict[str, str]:
    return {prompt: request.POST.get(prompt, "") for prompt in hot_wash.QUESTIONS}


def _typed(request: HttpRequest) -> bool:
    return any(text.strip() for text in _answers(request).values())


def _tag(drill: Drill, seat: Participant | None, leads: bool) -> str:
    return f'"hw.{drill.pk}.{drill.version}.{seat.pk if seat else 0}.{int(_judges(seat, leads))}"'


def _told(drill: Drill, seat: Participant | None, leads: bool) -> dict[str, Any]:
    """Others' words go to who runs the room; the players hear them in it, and read them in the report."""
    heard = hot_wash.quietest_first(drill)
    return {
        "drill": drill,
        "seat": seat,
        "leads": leads,
        "judges": _judges(seat, leads),
        "heard": heard,
        "answered": sum(one.answered for one in heard),
        "is_open": drill.state == S.HOT_WASH,
        "is_over": drill.state in (S.REPORTING, S.SIGNED_OFF),
        "gaps": noting.gaps_of(drill) if drill.state == S.HOT_WASH and _judges(seat, leads) else [],
    }


def _page(
    request: HttpRequest,
    drill: Drill,
    seat: Participant | None,
    leads: bool,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    judges = _judges(seat, leads)
    mine = {word.prompt: word for word in drill.words.filter(by=seat)} if seat else {}
    sent = request.POST if problem else {}
    context = {
        **_told(drill, seat, leads),
        "tag": _tag(drill, seat, leads),
        "problem": problem,
        "questions": [
            (one.value, one.label, sent.get(one, mine[one].text if one in mine else ""))
            for one in hot_wash.QUESTIONS
        ],
        "feedback": mine.get(Word.Prompt.FEEDBACK),
        "scores": hot_wash.SCORES,
        # “Drill this now” asks three questions and nothing else.
        "rates": seat is not None and drill.state in OPEN and not drill.quick,
        "objectives": _objectives(drill)
        if judges and drill.state in OPEN and not drill.quick
        else [],
        "unjudged": 0 if drill.quick else drill.objectives.filter(result="").count(),
        "results": Objective.Result.choices,
        # A device that was offline at the end still has what was noted on it.
        "keeps_notes": seat is not None and seen_by.takes_notes(seat) and drill.state in OPEN,
    }
    return render(request, "drills/hot_wash.html", context, status=status)


def _objectives(drill: Drill) -> list[dict[str, Any]]:
    lines = list(hot_wash.evidence_lines(drill)[:_MOST_LINES])
    return [
        {
            "objective": one,
            "chosen": (chosen := {entry.pk for entry in one.evidence.all()}),
            "lines": sorted(lines, key=lambda line: line.pk not in chosen),
        }
        for one in drill.objectives.prefetch_related("evidence")
    ]

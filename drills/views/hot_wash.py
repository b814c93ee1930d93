"""`/drills/<id>/hot-wash`: three questions on everybody's own phone, and what the objectives came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from drills import hot_wash, noting, reporting, seats, seen_by
from drills.hot_wash import Judgement, Typed
from drills.log import NotNow, clean
from drills.models import Drill, Objective, Participant, Word
from drills.states import MoveRefused
from drills.views import live
from portal.accounts.access import open_to_all
from portal.http import HttpRequest
from portal.typed import number

S = Drill.State
_THANKS = {
    "rate": "Thank you. Your feedback is kept.",
    "judge": "Kept. Objectives can be judged anew until the report is signed.",
}
OPEN = (S.HOT_WASH, S.REPORTING)
_DOOR = "Who has a seat, by account or by the drill's link, and who facilitates."
#: So many lines of the log are offered as evidence.
_MOST_LINES = 200


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all(_DOOR)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do` is answer, rate, judge, close, or keep; each keeps all that is typed on the page."""
    drill = seats.find_drill(pk)
    seat, leads = _who(request, drill)
    if request.method != "POST":
        return _page(request, drill, seat, leads)
    do = request.POST.get("do", "")
    if do == "close":
        seats.must_facilitate(request, drill)
    if do == "judge" and not _judges(seat, leads):
        raise PermissionDenied("The facilitator and the evaluators judge the objectives.")
    typed = _read(request, drill, judges=_judges(seat, leads))
    try:
        if do == "close":
            reporting.keep_and_close(drill, seat=seat, typed=typed, by=_person(request))
        else:
            hot_wash.keep(drill, seat=seat, typed=typed, asked=do)
    except (NotNow, MoveRefused) as refused:
        drill = seats.find_drill(pk)
        return _page(request, drill, seat, leads, typed=typed, problem=str(refused), status=422)
    if do == "close":
        return redirect("drills:update_notes" if drill.quick else "drills:report", pk)
    messages.success(request, _THANKS.get(do, "Kept. You can still change it."))
    response: HttpResponse = redirect("drills:hot_wash", pk)
    response["Location"] += "#objectives-h" if do == "judge" else ""
    return response


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


def _read(request: HttpRequest, drill: Drill, *, judges: bool) -> Typed:
    """What was sent. Of a part that the sender's page has not, None."""
    sent = request.POST
    answers = {str(one): sent[one] for one in hot_wash.QUESTIONS if one in sent}
    judgements = {}
    for objective in drill.objectives.all() if judges else ():
        at = f"-{objective.pk}"
        evidence = (number(one) for one in sent.getlist(f"evidence{at}"))
        if f"result{at}" in sent or f"shown{at}" in sent:
            judgements[objective.pk] = Judgement(
                result=sent.get(f"result{at}", ""),
                note=clean(sent.get(f"note{at}", "")),
                evidence=frozenset(one for one in evidence if one is not None),
                shown=sent.get(f"shown{at}", ""),
            )
    return Typed(
        answers=answers or None,
        score=number(sent.get("score", "")),
        words=sent.get("words"),
        judgements=judgements,
    )


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
    typed: Typed | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """With what is kept, or what was `typed` where it was refused."""
    judges = _judges(seat, leads)
    mine = {word.prompt: word for word in drill.words.filter(by=seat)} if seat else {}
    feedback = mine.get(Word.Prompt.FEEDBACK)
    answers = {prompt: word.text for prompt, word in mine.items()}
    if typed is None:
        score, words = (feedback.score, feedback.text) if feedback else (None, "")
        typed = Typed(answers=answers, score=score, words=words)
    context = {
        **_told(drill, seat, leads),
        "tag": _tag(drill, seat, leads),
        "problem": problem,
        "questions": [
            (one.value, one.label, (typed.answers or {}).get(one, "")) for one in hot_wash.QUESTIONS
        ],
        # Somebody closed it while they were writing: it is not taken, and stays to be copied.
        "too_late": bool(
            problem and drill.state != S.HOT_WASH and any((typed.answers or {}).values())
        ),
        "feedback": feedback,
        "score": typed.score,
        "words": typed.words or "",
        "scores": hot_wash.SCORES,
        # “Drill this now” asks three questions and nothing else.
        "rates": seat is not None and drill.state in OPEN and not drill.quick,
        "objectives": _objectives(drill, typed.judgements)
        if judges and drill.state in OPEN and not drill.quick
        else [],
        "unjudged": 0 if drill.quick else drill.objectives.filter(result="").count(),
        "results": Objective.Result.choices,
        # A device that was offline at the end still has what was noted on it.
        "keeps_notes": seat is not None and seen_by.takes_notes(seat) and drill.state in OPEN,
    }
    return render(request, "drills/hot_wash.html", context, status=status)


def _objectives(drill: Drill, typed: Mapping[int, Judgement]) -> list[dict[str, Any]]:
    lines = list(hot_wash.evidence_lines(drill)[:_MOST_LINES])
    found = []
    for one in drill.objectives.prefetch_related("evidence"):
        chosen = frozenset(entry.pk for entry in one.evidence.all())
        kept = Judgement(result=one.result, note=one.note, evidence=chosen)
        sent = typed.get(one.pk)
        # What they did not touch is as others have judged it by now.
        shown, mark = (sent, sent.shown) if sent and sent.changed else (kept, kept.mark)
        first = [line for line in lines if line.pk in shown.evidence]
        rest = [line for line in lines if line.pk not in shown.evidence]
        found.append({"objective": one, "judged": shown, "mark": mark, "lines": first + rest})
    return found

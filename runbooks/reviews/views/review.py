"""One review: what is known since the last one, and the decision. A GET shows, only a POST decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.access import Right, may, refusal, requires, viewer
from portal.accounts.models import User
from portal.typed import number, words_of
from runbooks.models import Runbook
from runbooks.reviews import deciding, handing
from runbooks.reviews.asking import review_of
from runbooks.reviews.deciding import ANY, Refused
from runbooks.reviews.models import Decision, Handover
from runbooks.reviews.whose import over
from runbooks.views.asking import by_old_slugs, find_runbook, signed_in

_LONGEST = 2_000


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REVIEW)
@by_old_slugs
def review(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who reads the runbook sees its reasons; the decision is its owner's. `do` is still_true, retire,
    hand_over, take_back, snooze or confirm; accept or decline for who was offered it."""
    runbook = _found(request, slug)
    decides = may(request, Right.REVIEW, **over(runbook))
    if request.method != "POST":
        return _page(request, runbook, decides=decides)
    try:
        words = _decided(request, runbook, decides=decides)
    except Refused as refused:
        return _page(request, runbook, decides=decides, problem=str(refused))
    messages.success(request, words)
    return redirect(_next(request))


def _decided(request: HttpRequest, runbook: Runbook, *, decides: bool) -> str:  # noqa: PLR0911 -- one for each
    """Do what the form asks. What became of it, in words. Raises Refused."""
    person, sent = signed_in(request), request.POST
    note, after, do = _text(request, "note"), _after(request), sent.get("do", "")
    if do in ("accept", "decline"):
        offer = Handover.objects.open().filter(runbook=runbook).first()
        if offer is None:
            raise Refused("This offer is answered already.")
        handing.answer_handover(offer, by=person, accept=do == "accept", note=note)
        return f"{runbook} is yours now." if do == "accept" else f"{runbook} stays where it is."
    if not decides:
        raise PermissionDenied(refusal(Right.REVIEW))
    match do:
        case "still_true":
            made = deciding.still_true(
                runbook, by=person, rests_on=sent.getlist("rests_on"), note=note, after=after
            )
            until = (
                deciding.day_in_words(made.next_due_on) if made.next_due_on else "its next review"
            )
            return f"{runbook}: still true until {until}."
        case "retire":
            deciding.retired(
                runbook,
                by=person,
                successor=_successor(request),
                reason=_text(request, "reason"),
                after=after,
            )
            return f"{runbook} is retired. Old links lead on."
        case "hand_over":
            to = User.objects.named(_text(request, "to"))
            if to is None:
                raise Refused(
                    "Nobody here has that name: write the user name or the e-mail address."
                )
            handing.offer_handover(runbook, to=to, by=person, note=note, after=after)
            return f"{runbook} is offered to {to}. Until they say yes, nothing changes."
        case "take_back":
            offer = Handover.objects.open().filter(runbook=runbook).first()
            if offer is None:
                raise Refused("This offer is answered already.")
            handing.withdraw_handover(offer, by=person)
            return "The offer is taken back."
        case "snooze":
            days = sent.get("days", "")
            made = deciding.snooze(
                runbook,
                by=person,
                reason=_text(request, "reason"),
                days=int(days) if days.isdecimal() and len(days) < 4 else 0,
                after=after,
            )
            until = deciding.day_in_words(made.next_due_on) if made.next_due_on else ""
            return f"{runbook}: put off until {until}."
        case "confirm":
            handing.confirm_owner(runbook, by=person)
            return f"{runbook} is yours, and its page says so."
    raise Refused("Nothing was chosen, so nothing was changed.")


def _found(request: HttpRequest, slug: str) -> Runbook:
    """Who is offered a runbook may read its review, also where it is private to others. Raises Http404."""
    if "\0" in slug:
        raise Http404
    offered = Runbook.objects.readable().filter(
        slug=slug, handovers__to=signed_in(request), handovers__state=Handover.State.OPEN
    )
    found = offered.select_related("owner", "live_revision").first()
    return found or find_runbook(request, slug)


def _page(
    request: HttpRequest, runbook: Runbook, *, decides: bool, problem: str = ""
) -> HttpResponse:
    person = signed_in(request)
    context: dict[str, Any] = {
        "review": review_of(runbook, person=person, now=timezone.now()),
        "runbook": runbook,
        "decides": decides and runbook.state == Runbook.State.LIVE,
        "problem": problem,
        "sent": request.POST,
        "ticked": request.POST.getlist("rests_on"),
        "rests": Decision.RestsOn.choices,
        "row": _row(request),
        "person": person,
    }
    if request.method != "POST" and "panel" in request.GET:
        return render(request, "reviews/_review.html", {**context, "panel": True})
    context["people"] = User.objects.suggestions() if decides else []
    response = render(request, "reviews/review.html", context, status=422 if problem else 200)
    response["Cache-Control"] = "no-store"
    return response


def _successor(request: HttpRequest) -> Runbook | None:
    named = _text(request, "successor").removeprefix("/r/")[:200]
    if not named:
        return None
    found = Runbook.objects.seen_by(viewer(request)).filter(slug=named).first()
    if found is None:
        raise Refused(f"No runbook has the address /r/{named}.")
    return found


def _text(request: HttpRequest, name: str) -> str:
    return words_of(request.POST, name, _LONGEST)


def _after(request: HttpRequest) -> int | None:
    """The last decision that the page showed: "" for none. What is no number fits no decision."""
    sent = request.POST.get("after")
    if not sent:
        return ANY if sent is None else None
    return number(sent) or 0


def _row(request: HttpRequest) -> str:
    """Where in the owner's list this was opened, so that the next one stands there afterwards."""
    sent = (request.POST if request.method == "POST" else request.GET).get("row", "")
    return sent if sent.isdecimal() and len(sent) < 6 else ""


def _next(request: HttpRequest) -> str:
    row = _row(request)
    return f"{reverse('reviews:owned')}{f'?row={row}' if row else ''}"

"""Drafts: what the editor's script sends meanwhile, and what becomes of it when the text has arrived."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from portal.accounts.access import Right, requires
from portal.typed import words_of
from runbooks import document, drafts
from runbooks.views.asking import signed_in
from runbooks.views.places import address_of, place_of, tab_of, text_of, took_of, values_of

#: Windows whose text has arrived: the browser forgets its own copy of it.
ENDED_COOKIE = "ended"
_MOST_ENDED = 12
#: What is kept of the form beside the text, and so much of each.
_ALSO = {"why": 2000, "slug": 200, "gap": 300, "report": 15, "review": 1}


@require_POST
@requires(Right.PROPOSE)
def save_draft(request: HttpRequest) -> JsonResponse:
    """Keep what stands in one window."""
    place = place_of(request)
    try:
        draft = drafts.save_draft(
            person=signed_in(request),
            tab=tab_of(request),
            text=text_of(request, place),
            runbook=place.runbook,
            proposal=place.proposal,
            base=place.base,
            also=also_of(request),
        )
    except document.DocumentError as error:
        return JsonResponse({"error": str(error)}, status=422)
    go_on(request)
    return JsonResponse({"saved": draft.updated_at.isoformat(), "draft": draft.pk})


@require_POST
@requires(Right.PROPOSE)
def discard_draft(request: HttpRequest) -> HttpResponseBase:
    place = place_of(request)
    values = values_of(request, place)
    draft = drafts.throw_away(person=signed_in(request), tab=tab_of(request))
    if draft is not None:
        again = address_of(place, draft=draft.pk, values=values)
        messages.success(request, format_html('Thrown away. <a href="{}">Take it back</a>', again))
    listed = request.POST.get("back") == "proposals"
    return arrived(
        tab_of(request),
        request,
        redirect("runbooks:proposals") if listed else redirect(address_of(place, values=values)),
    )


def also_of(request: HttpRequest) -> dict[str, str]:
    """What stands in the form beside the text."""
    sent = request.POST
    return {name: words_of(sent, name, most) for name, most in _ALSO.items()}


def go_on(request: HttpRequest) -> None:
    """The draft that this window took up lives on under this window's own key, or has arrived with it."""
    took = took_of(request)
    try:
        kept_at = datetime.fromisoformat(request.POST.get("kept_at", ""))
    except ValueError:
        return
    if took and took != tab_of(request) and kept_at.tzinfo is not None:
        drafts.go_on_in_another(person=signed_in(request), tab=took, kept_at=kept_at)


def arrived(tab: str, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Tell the browser that this window's text has arrived, so that it is not offered again."""
    ended = [t for t in request.COOKIES.get(ENDED_COOKIE, "").split(".") if t and t != tab]
    tabs = [*ended, tab][-_MOST_ENDED:]
    response.set_cookie(ENDED_COOKIE, ".".join(tabs), max_age=90 * 86400, samesite="Lax")
    return response

"""The runbook page, its raw text, and what stands at the address of a retired one."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from portal.accounts.access import reader_required, viewer
from portal.accounts.company import site_name
from portal.context import addresses, here, sees_health, theme_of
from runbooks import hooks, privacy, reading
from runbooks.kept import Kept
from runbooks.models import Runbook

#: What everybody is sent who comes without labels: all of the page but the line that says who reads it.
_whole: Kept[tuple[bytes, bytes]] = Kept(
    most_bytes=reading.KEPT_BYTES, seconds=reading.KEPT_SECONDS
)
#: Stands in the line that is kept, where each answer has a token of its own.
_TOKEN = "the-token-of-this-answer"  # noqa: S105
_ME = re.compile(r'<li class="me">.*?</li>', re.DOTALL)


@require_safe
@reader_required
def runbook(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The page; the query string is the labels of the alert that led here, if one did."""
    found = reading.find(slug)
    if found is None:
        return _elsewhere(request, slug, "runbooks:runbook")
    # Before anything kept is looked at; only where it matters is it asked who is there.
    if found.audience and not privacy.may_see(
        viewer(request), audience=found.audience, owner=found.owner
    ):
        raise Http404
    if found.retired and found.successor and _sees(request, found.successor):
        return _led_on(request, "runbooks:runbook", found.successor, permanent=False)
    _tell_who_watches(request, found.pk, watched=found.watched)
    today = timezone.localdate()
    if request.GET or _told_something(request):
        return _page(request, found, reading.page(found, today=today))
    key = (found, today, theme_of(request), site_name())
    whole = _whole.get(key)
    if whole is None:
        response = _page(request, found, reading.page(found, today=today))
        before, after = _ME.split(response.content.decode(), maxsplit=1)
        whole = before.encode(), after.encode()
        _whole.put(key, whole, sum(map(len, whole)))
    response = HttpResponse(whole[0] + _me(request) + whole[1])
    patch_vary_headers(response, ["Cookie"])
    return response


def _tell_who_watches(request: HttpRequest, runbook: int, *, watched: bool) -> None:
    """Somebody opened it: not a program that asks for the head alone, nor a browser that guesses ahead."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    if watched and request.method == "GET" and not ahead:
        for told in hooks.on_opened:
            told(request, runbook)


@dataclass(frozen=True, slots=True)
class _Reader:
    """All that the line says of who reads: it is drawn once for all who would see the same."""

    name: str = ""
    has_unread: bool = False
    sees_health: bool = False
    #: Where who signs in comes back to; of no use to who has signed in.
    here: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def is_authenticated(self) -> bool:
        return bool(self.name)


def _me(request: HttpRequest) -> bytes:
    # Without a session there is nobody to look up, and nothing in the answer that is anyone's.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return _line_of(_Reader(here=here(request))).encode()
    user = request.user
    reader = _Reader(str(user), bool(getattr(user, "has_unread", False)), sees_health(request))
    return _line_of(reader).replace(_TOKEN, get_token(request)).encode()


@functools.lru_cache(maxsize=1_000)
def _line_of(reader: _Reader) -> str:
    context = {
        "user": reader,
        "at": addresses(),
        "here": reader.here,
        "sees_health": reader.sees_health,
        "csrf_token": _TOKEN,
    }
    return render_to_string("_me.html", context)


def _told_something(request: HttpRequest) -> bool:
    """A message waits for this reader, to be shown once."""
    if "messages" in request.COOKIES:
        return True
    return settings.SESSION_COOKIE_NAME in request.COOKIES and "_messages" in request.session


def _page(request: HttpRequest, found: reading.Found, page: reading.Page) -> HttpResponse:
    labels = request.GET.dict() if request.GET else {}
    shown = reading.with_values(page, labels)
    return render(request, "runbooks/runbook.html", {"found": found, "page": page, "shown": shown})


@require_safe
@reader_required
def raw(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The text of the live revision, byte for byte, as Markdown."""
    row = (
        Runbook.objects.readable()
        .seen_by(viewer(request))
        .filter(slug=slug)
        .values_list("pk", "live_revision__text", reading.watched())
        .first()
    )
    if row is None:
        return _elsewhere(request, slug, "runbooks:raw")
    pk, text, watched = row
    _tell_who_watches(request, pk, watched=watched)
    return HttpResponse(
        text,
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": "inline", "Vary": "Cookie"},
    )


def _elsewhere(request: HttpRequest, slug: str, view: str) -> HttpResponseBase:
    """An old name leads on, with the alert's values; an unknown one to a page that offers to search."""
    target = reading.moved_to(slug)
    if target is None or not _sees(request, target):
        raise Http404
    return _led_on(request, view, target, permanent=True)


def _sees(request: HttpRequest, slug: str) -> bool:
    return Runbook.objects.seen_by(viewer(request)).filter(slug=slug).exists()


def _led_on(request: HttpRequest, view: str, slug: str, *, permanent: bool) -> HttpResponse:
    """A redirect that keeps the alert's values."""
    response = redirect(view, slug, permanent=permanent)
    if query := request.META.get("QUERY_STRING", ""):
        response["Location"] += f"?{query}"
    return response

"""The alert's values that a runbook was read with, through a form and back: without, no command is filled."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

#: Characters of them that are carried: they stand in addresses.
MOST = 2_000


def carried(request: HttpRequest, page: str) -> str:
    """The query of the runbook page at `page` that led here, as the form or the address says, or the browser.

    Of an address that the browser names only the query is taken, and only of that very page.
    """
    asked = request.POST if request.method == "POST" else request.GET
    try:
        kept = asked.get("values", "")
        if not kept:
            came = urlsplit(request.headers.get("Referer", ""))
            here = (came.netloc, came.path) == (request.get_host(), page)
            kept = came.query if here else ""
        values = urlencode(parse_qsl(kept, max_num_fields=200))
    except ValueError:
        return ""
    return values if len(values) <= MOST else ""


def back_to(page: str, values: str) -> str:
    """The page as it was read: `values` are what `carried` found."""
    return f"{page}?{values}" if values else page


def outlives_sign_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Outside the door of a view of a runbook (`slug`): who has to sign in first comes with the values."""

    @wraps(view)
    def kept(request: HttpRequest, slug: str, **more: Any) -> HttpResponseBase:
        if request.method == "POST" or request.user.is_authenticated:
            return view(request, slug=slug, **more)
        values = carried(request, reverse("runbooks:runbook", args=[slug]))
        if not values:
            return view(request, slug=slug, **more)
        asked = request.GET.copy()
        asked["values"] = values
        return redirect_to_login(f"{request.path}?{asked.urlencode()}")

    return kept

"""Everybody's tokens, for admins: which programs have a key, whose, until when; and taking one away."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.access import Right, requires
from portal.accounts.models import ApiToken
from portal.typed import words_of

PER_PAGE = 50
#: What the list can be narrowed to; the first unless asked.
STATES = {
    "usable": "that open something",
    "endless": "that never expire",
    "ended": "that are over",
    "all": "all",
}


@require_safe
@requires(Right.MANAGE_TOKENS)
def tokens(request: HttpRequest) -> HttpResponse:
    """`q` is words of a token's name or of whose it is; `state` is one of STATES."""
    now = timezone.now()
    words = words_of(request.GET, "q", 100)
    state = request.GET.get("state", "")
    state = state if state in STATES else "usable"
    rows = ApiToken.objects.select_related("user").order_by("-pk")
    usable = ApiToken.objects.usable(now=now).values("pk")
    if state in ("usable", "endless"):
        rows = rows.filter(pk__in=usable)
    if state == "endless":
        rows = rows.filter(expires_at=None)
    if state == "ended":
        rows = rows.exclude(pk__in=usable)
    for word in words.split():
        whose = Q(user__name__icontains=word) | Q(user__username__icontains=word)
        rows = rows.filter(whose | Q(name__icontains=word) | Q(scope__iexact=word))
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "q": words,
        "state": state,
        "states": STATES,
        "now": now,
    }
    return render(request, "accounts/tokens.html", context)

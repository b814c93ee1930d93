"""`/drills`: what is coming and what was, as a list and as a month."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import Right, requires


@require_safe
@requires(Right.DRILL)
def drills(request: HttpRequest) -> HttpResponseBase:
    return render(request, "drills/drills.html", {})

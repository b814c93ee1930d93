"""`GET /api/v1/health`: what `/health` shows, for a program."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from portal.accounts.access import Right, requires, viewer
from runbooks.reviews.health import exporting
from runbooks.reviews.health.figures import By
from runbooks.reviews.health.page import bys
from runbooks.reviews.health.page import health as look
from runbooks.reviews.health.scope import Scope, UnknownPart, scope_of
from runbooks.reviews.health.tables import late, table


# Nothing is changed here whatever is sent; another method is told so, not that its form is forged.
@csrf_exempt
@require_safe
@requires(Right.SEE_HEALTH)
def health(request: HttpRequest) -> JsonResponse:
    """`?service=`, `?team=` and `?owner=` narrow it; `?by=` leaves out the other tables."""
    try:
        scope = scope_of(request.GET.dict(), viewer(request))
    except UnknownPart as unknown:
        return JsonResponse({"error": str(unknown)}, status=HTTPStatus.NOT_FOUND)
    asked = request.GET.get("by", "")
    offered = [by for by in bys(scope) if asked in ("", by)]
    if asked and not offered:
        words = ", ".join(bys(scope)) or "no table"
        return JsonResponse(
            {"error": f"by is not one of the tables of this part: {words}."},
            status=HTTPStatus.BAD_REQUEST,
        )
    now = timezone.now()
    told = exporting.as_json(look(scope, {}, now=now))
    told["by"] = {by: _rows(scope, by, now=now) for by in offered}
    return JsonResponse(told, headers={"Vary": "Cookie, Authorization"})


def _rows(scope: Scope, by: By, *, now: Any) -> list[dict[str, Any]]:
    rows, _ = table(scope, by, "name", now=now)
    return [{by: row.name, **row.counts, "late": late(row.counts)} for row in rows]

"""`GET /api/v1/facts`: the names that the portal knows, for a checker that has only the text."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from portal.accounts.access import reader_required, viewer
from runbooks import known
from runbooks.checking.files import as_json


# Nothing is changed here whatever is sent; another method is told so, not that its form is forged.
@csrf_exempt
@require_safe
@reader_required
def facts(request: HttpRequest) -> JsonResponse:
    """User names, teams, services, alerts, slugs; null for a kind of which the portal has none."""
    return JsonResponse(as_json(known.facts(viewer=viewer(request))))

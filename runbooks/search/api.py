"""Search for programs: GET /api/v1/search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from portal.accounts.access import reader_required, viewer
from runbooks.models import Runbook
from runbooks.search.engine import Filters
from runbooks.search.finding import MOST_RESULTS, Answer, Result, find

_PARAMETERS = ("q", "service", "severity", "owner", "state", "limit")


class BadParameter(ValueError):  # noqa: N818 -- said to the caller in one sentence
    """The message is a sentence for whoever wrote the request."""


@dataclass(frozen=True, slots=True)
class Asked:
    q: str
    filters: Filters
    limit: int


# Nothing is changed here whatever is sent; another method is told so, not that its form is forged.
@csrf_exempt
@require_safe
@reader_required
def search(request: HttpRequest) -> JsonResponse:
    try:
        asked = read_parameters(request)
    except BadParameter as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(
        as_json(find(asked.q, filters=asked.filters, limit=asked.limit, viewer=viewer(request)))
    )


def read_parameters(request: HttpRequest) -> Asked:
    """Raises BadParameter."""
    given = request.GET
    unknown = sorted(set(given) - set(_PARAMETERS))
    if unknown:
        raise BadParameter(
            f"There is no parameter {unknown[0][:40]!r}: use {', '.join(_PARAMETERS[:-1])} or limit."
        )
    q = given.get("q", "").strip()
    if not q:
        raise BadParameter("Say what to search for: q is missing or empty.")
    if not any(character.isalnum() for character in q):
        raise BadParameter("Say what to search for: q has no word in it.")
    filters = Filters(
        service=given.get("service", "").strip(),
        severity=_one_of("severity", given.get("severity", ""), Runbook.Severity.values, ""),
        owner=given.get("owner", "").strip(),
        state=_one_of("state", given.get("state", ""), Runbook.State.values, Runbook.State.LIVE),
    )
    return Asked(q=q, filters=filters, limit=_limit(given.get("limit", "")))


def _one_of(name: str, given: str, allowed: list[str], default: str) -> str:
    value = given.strip().lower()
    if value and value not in allowed:
        raise BadParameter(f"{name} must be one of {', '.join(allowed)}; it was {given[:40]!r}.")
    return value or default


def _limit(given: str) -> int:
    if not given:
        return 10
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given[:9]) <= MOST_RESULTS:
        raise BadParameter(
            f"limit must be a whole number from 1 to {MOST_RESULTS}; it was {given[:40]!r}."
        )
    return int(given)


def as_json(found: Answer) -> dict[str, Any]:
    return {
        "query": found.query,
        "engine": found.engine,
        "took_ms": found.took_ms,
        "results": [_result(result) for result in found.results],
        **({"corrected": found.corrected} if found.corrected else {}),
        **({"note": found.note} if found.note else {}),
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "slug": result.slug,
        "title": result.title,
        "url": result.url,
        "services": [slug for slug, _ in result.services],
        "severity": result.severity,
        "owner": result.owner,
        "score": result.score,
        "highlight": result.line_html or result.title_html,
    }

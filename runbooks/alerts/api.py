"""`/api/v1/alerts/resolve`: which runbooks answer an alert, one by one or many at once."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.accounts.access import reader_required, viewer
from runbooks.alerts.answers import Question
from runbooks.alerts.asked import NAME_LABEL, alert_name, labels_in
from runbooks.alerts.resolving import MOST_ALERTS
from runbooks.alerts.resolving import resolve as resolved

_MOST_LINKS = 10
_MOST_NAME = 200
_MOST_LINK = 2_000


class NotAQuestion(ValueError):  # noqa: N818 -- a sentence for whoever asked
    """What was sent cannot be read. The message is a sentence."""


# Asking changes nothing, so that a forged request gains nothing; a program sends its token.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reader_required
def resolve(request: HttpRequest) -> JsonResponse:
    """GET ?alert=Name&label=value… or POST {"alerts": ["Name", {"alert", "labels", "links"}, …]}."""
    try:
        if request.method == "POST":
            answers = resolved(_questions(request.body), viewer(request))
            return JsonResponse(
                {"site_url": settings.SITE_URL, "alerts": [a.as_json() for a in answers]}
            )
        return JsonResponse(resolved([_question(request)], viewer(request))[0].as_json())
    except NotAQuestion as error:
        return JsonResponse({"error": str(error)}, status=HTTPStatus.BAD_REQUEST)


def _question(request: HttpRequest) -> Question:
    pairs = [(name, value) for name, value in request.GET.items() if name != "alert"]
    labels = labels_in(pairs)
    name = alert_name(request.GET.get("alert", ""), labels)
    labels.pop(NAME_LABEL, None)
    return Question(_checked_name(name), labels)


def _questions(body: bytes) -> list[Question]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAQuestion("The body is no JSON.") from None
    alerts = sent.get("alerts") if isinstance(sent, dict) else None
    if not isinstance(alerts, list):
        raise NotAQuestion('The body needs {"alerts": […]}: a list of names or of objects.')
    if len(alerts) > MOST_ALERTS:
        raise NotAQuestion(f"It asks for {len(alerts)} alerts; {MOST_ALERTS} are answered at once.")
    return [_from_json(item, position) for position, item in enumerate(alerts)]


def _from_json(item: Any, position: int) -> Question:
    where = f"alerts[{position}]"
    if isinstance(item, str):
        return Question(_checked_name(alert_name(item, {}), where))
    if not isinstance(item, dict) or not isinstance(item.get("alert"), str):
        raise NotAQuestion(f'{where} is neither a name nor an object with "alert".')
    labels, links = item.get("labels") or {}, item.get("links") or []
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise NotAQuestion(f"{where}.labels is no object of texts.")
    if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
        raise NotAQuestion(f"{where}.links is no list of texts.")
    return Question(
        _checked_name(alert_name(item["alert"], {}), where),
        labels_in(labels.items()),
        tuple(link[:_MOST_LINK].replace("\0", "") for link in links[:_MOST_LINKS]),
    )


def _checked_name(name: str, where: str = "alert") -> str:
    if not name:
        raise NotAQuestion(f"{where} is missing: it takes the name of an alert.")
    if len(name) > _MOST_NAME:
        raise NotAQuestion(f"{where} is {len(name)} characters long; {_MOST_NAME} are read.")
    return name

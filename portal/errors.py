"""Error pages: each says what happened and offers the search field."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

_FORGED = (
    "This form did not come from an open page of this portal: cookies are off, or the page was open for very "
    "long. Go back, load it again, and send it once more. Nothing was changed."
)


def _page(request: HttpRequest, status: HTTPStatus, message: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": message or status.description or status.phrase}, status=status
        )
    return render(request, f"errors/{status.value}.html", {"message": message}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, HTTPStatus.FORBIDDEN, str(exception or ""))


def not_allowed(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    """For `/api/`: a method that this address does not take."""
    methods = ", ".join(allowed)
    answer = JsonResponse(
        {"error": f"This address does not take {request.method}: use {methods}."},
        status=HTTPStatus.METHOD_NOT_ALLOWED,
    )
    answer["Allow"] = methods
    return answer


def too_long(request: HttpRequest, message: str) -> HttpResponse:
    page = _page(request, HTTPStatus.BAD_REQUEST, message)
    page.status_code = HTTPStatus.REQUEST_URI_TOO_LONG
    return page


def too_large(request: HttpRequest, message: str) -> HttpResponse:
    page = _page(request, HTTPStatus.BAD_REQUEST, message)
    page.status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return page


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours, or from one that was open for too long."""
    return _page(request, HTTPStatus.FORBIDDEN, _FORGED)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR)

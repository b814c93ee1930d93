"""`Authorization: Bearer drb_…`: a program is who its token belongs to."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from portal.accounts.models import ApiToken


def token(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.token = None  # type: ignore[attr-defined]
        header = request.headers.get("Authorization", "")
        if header[:7].lower() == "bearer " and request.path.startswith("/api/"):
            found = ApiToken.objects.of_secret(header[7:].strip())
            if found is None:
                return JsonResponse(
                    {"error": "This token is unknown, expired or revoked."},
                    status=HTTPStatus.UNAUTHORIZED,
                    headers={"WWW-Authenticate": "Bearer"},
                )
            request.user = found.user
            request.token = found  # type: ignore[attr-defined]
            # It carries no cookie: nobody's browser can be made to send it.
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return get_response(request)

    return middleware

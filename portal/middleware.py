"""The seams between Django and the web: bounds on addresses, and htmx's three."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.cache import patch_vary_headers

from portal.errors import not_allowed, not_found, too_long

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def limits(get_response: GetResponse) -> GetResponse:
    """Addresses up to URL_MAX_BYTES, with a sentence for longer ones; none with a NUL in its path."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = len(request.META.get("QUERY_STRING", "")) + len(request.META.get("PATH_INFO", ""))
        if length > settings.URL_MAX_BYTES:
            message = (
                f"This address is {length:,} characters long; the portal reads "
                f"{settings.URL_MAX_BYTES:,}. Leave out some of the alert's labels."
            )
            return too_long(request, message)
        # No text in the database holds it, and PostgreSQL takes it in no question. A link of an alert is
        # answered whatever it says (runbooks/alerts).
        if "\0" in request.path_info and not request.path_info.startswith("/a/"):
            return not_found(request)
        return get_response(request)

    return middleware


def api_answers(get_response: GetResponse) -> GetResponse:
    """Below `/api/` a refused method is told as all else is: in JSON."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.path.startswith("/api/"):
            return not_allowed(request, response["Allow"].split(", "))
        return response

    return middleware


def htmx_seams(get_response: GetResponse) -> GetResponse:
    """A fragment and its page never share a cache entry; a sign-in page never lands inside a fragment."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        location = response.get("Location", "")
        if location and getattr(request, "htmx", None) and _leads_to_sign_in(location):
            answer = HttpResponse(status=286)  # htmx: stop polling
            answer["HX-Redirect"] = location
            return answer
        return response

    return middleware


def _leads_to_sign_in(location: str) -> bool:
    return location.startswith(redirect_to_login("").url.split("?")[0])


def content_policy(get_response: GetResponse) -> GetResponse:
    """The one policy of all pages; a view that is stricter keeps its own."""
    policy = "; ".join(
        f"{name} {' '.join(sources)}" for name, sources in settings.CONTENT_SECURITY_POLICY.items()
    )

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware

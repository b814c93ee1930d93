"""Requests as our views see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest as DjangoRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from portal.accounts.models import ApiToken, User


class HttpRequest(DjangoRequest):
    """Every request: htmx's headers, and the API token that it came with, if any."""

    htmx: HtmxDetails
    token: ApiToken | None


class AuthenticatedHttpRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


def address_of(request: DjangoRequest) -> str:
    """The network address that asks. Behind a trusted proxy it is the one that the proxy was asked from."""
    if settings.TRUST_PROXY:
        # The last is what our proxy saw; those before it anybody could have written.
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:45]
    address: str = request.META.get("REMOTE_ADDR") or ""
    return address[:45]

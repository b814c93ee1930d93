"""Signing in and out by password: throttled, recorded, and telling nobody which accounts there are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import signals
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.accounts import audit, session_store, throttling
from portal.accounts.models import User
from portal.http import address_of

#: In the session of who signed in at the provider: {"address", "token"}, what ending that sign-in takes.
AT_PROVIDER = "_at_provider"


class SignInForm(AuthenticationForm):
    """`wait` is set, in seconds, when it was tried too often."""

    wait = 0
    error_messages = {
        "invalid_login": "This name and this password do not belong together. Mind capitals in the password.",
        "inactive": "This name and this password do not belong together.",
    }

    def clean(self) -> dict[str, Any]:
        name = str(self.cleaned_data.get("username", ""))
        address = address_of(self.request) if self.request else ""
        for limit, value in ((throttling.BY_ADDRESS, address), (throttling.BY_ACCOUNT, name)):
            self.wait = throttling.claim(limit, value)
            if self.wait:
                raise ValidationError(
                    f"That was tried too often. Wait {throttling.in_words(self.wait)}, then sign in again; "
                    "or set a new password by mail.",
                    code="throttled",
                )
        cleaned: dict[str, Any] = super().clean()
        throttling.release(throttling.BY_ACCOUNT, name)
        return cleaned


def way_out(request: HttpRequest) -> str:
    """The provider's address that ends the sign-in there, too; "" where there is none. Ask it beforehand.

    RP-initiated logout: the provider knows by the id token whom it is about, and leads back here.
    """
    known = request.session.get(AT_PROVIDER) if settings.OIDC and settings.OIDC_SIGN_OUT else None
    if not known:
        return ""
    asked = {
        "id_token_hint": known["token"],
        "client_id": settings.OIDC_CLIENT_ID,
        "post_logout_redirect_uri": f"{settings.SITE_URL}{reverse('accounts:sign_in')}",
    }
    between = "&" if "?" in known["address"] else "?"
    return f"{known['address']}{between}{urlencode(asked)}"


@receiver(signals.user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    # Tests and scripts sign in with a bare request.
    if request.META:
        request.session[session_store.DEVICE] = request.headers.get("User-Agent", "")[:200]
        request.session[session_store.ADDRESS] = address_of(request)
        request.session[session_store.SINCE] = timezone.now().isoformat()
    audit.record("signed.in", by=user, of=user)


@receiver(signals.user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        audit.record("signed.out", by=user, of=user)


@receiver(signals.user_login_failed)
def sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """A name that nobody has is not kept: it may be a password, typed into the wrong field."""
    person = User.objects.named(str(credentials.get("username", "")))
    audit.record("signed.in.failed", by=None, of=person, kind="user")

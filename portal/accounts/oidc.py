"""Sign-in at the company's identity provider (OpenID Connect). Loaded only where OIDC_ISSUER is set.

Who comes for the first time gets an account at once. Groups become teams by the OIDC_TEAMS mapping, at every
sign-in; teams that the mapping does not name are left alone.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from portal.accounts import audit, first_run, signing
from portal.accounts.models import Team, User

log = logging.getLogger(__name__)


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        person: User = super().populate_user(request, sociallogin, data)
        person.name = str(data.get("name") or data.get("username") or data.get("email") or "")[:150]
        return person

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Who is here already: known from an earlier sign-in, or (where configured) by verified address."""
        if not sociallogin.is_existing:
            if first_run.needed():  # else there would be somebody, and no admin
                raise _refused(request, "Nobody has an account yet: the first is made here.")
            known = _with_address(sociallogin)
            if known is not None:
                if not settings.OIDC_MATCH_EMAIL or not _is_verified(sociallogin, known.email):
                    raise _refused(
                        request,
                        "Somebody here has this e-mail address already. Sign in with your password, "
                        "or ask an admin to let the provider’s addresses count.",
                    )
                if not known.is_active:
                    raise _refused(request, _CLOSED)
                sociallogin.connect(request, known)
        if sociallogin.is_existing:
            person: User = sociallogin.user
            if not person.is_active:
                raise _refused(request, _CLOSED)
            follow_groups(person, _groups(sociallogin))

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        person: User = super().save_user(request, sociallogin, form)
        after = {"username": person.username, "email": person.email}
        audit.record("person.made", by=person, of=person, after=after, note="by the provider")
        follow_groups(person, _groups(sociallogin))
        return person

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        log.warning(
            "sign-in at the provider failed: %s %s",
            error,
            type(exception).__name__,
            exc_info=exception,
        )
        audit.record("signed.in.failed", by=None, kind="user", note="at the provider")
        raise _refused(
            request,
            f"Signing in with {settings.OIDC_NAME} did not work: it was cancelled there, took too long, "
            "or the provider does not answer. Try again.",
        )


_CLOSED = "This account is closed. Ask an admin to open it again."


@transaction.atomic
def follow_groups(person: User, groups: list[str]) -> None:
    """Be in the teams of these groups, and in no other team that the mapping names."""
    mapping = [pair.split("=", 1) for pair in settings.OIDC_TEAMS if "=" in pair]
    wanted = {team for group, team in mapping if group in groups}
    mapped = {team for _, team in mapping}
    have = set(person.teams.filter(slug__in=mapped).values_list("slug", flat=True))
    for team in Team.objects.filter(slug__in=wanted - have):
        person.teams.add(team)
        audit.record(
            "team.joined", by=person, of=person, after={"team": team.slug}, note="by the provider"
        )
    for team in Team.objects.filter(slug__in=have - wanted):
        person.teams.remove(team)
        audit.record(
            "team.left", by=person, of=person, before={"team": team.slug}, note="by the provider"
        )


def _groups(sociallogin: SocialLogin) -> list[str]:
    told = sociallogin.account.extra_data
    for source in (told.get("userinfo") or {}, told.get("id_token") or {}, told):
        groups = source.get(settings.OIDC_GROUPS_CLAIM)
        if isinstance(groups, str):
            return [groups]
        if isinstance(groups, list):
            return [str(group) for group in groups]
    return []


def _with_address(sociallogin: SocialLogin) -> User | None:
    addresses = [address.email for address in sociallogin.email_addresses if address.email]
    return User.objects.named(addresses[0]) if addresses else None


def _is_verified(sociallogin: SocialLogin, email: str) -> bool:
    return any(
        address.verified is True and address.email.casefold() == email.casefold()
        for address in sociallogin.email_addresses
    )


def _refused(request: HttpRequest, sentence: str) -> ImmediateHttpResponse:
    messages.error(request, sentence)
    return ImmediateHttpResponse(redirect("accounts:sign_in"))


def back_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Where allauth sends whom it cannot help: cancelled there, closed here."""
    return redirect("accounts:sign_in")


class _Provider(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """allauth's, which forgets the id token once it has read it: signing out asks for it."""

    id_token = ""

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> SocialLogin:
        self.id_token = str(kwargs["response"].get("id_token") or "")
        return super().complete_login(request, app, token, **kwargs)


@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Where the provider sends people back. What signing out there will take stays with their session."""
    provider = _Provider(request, provider_id)
    try:
        answer: HttpResponseBase = OAuth2CallbackView.adapter_view(provider)(request)
    except SocialApp.DoesNotExist as missing:
        raise Http404 from missing
    if settings.OIDC_SIGN_OUT and provider.id_token and request.user.is_authenticated:
        ending = str(provider.openid_config.get("end_session_endpoint") or "")
        if ending.startswith(("https://", "http://")):
            request.session[signing.AT_PROVIDER] = {"address": ending, "token": provider.id_token}
    return answer

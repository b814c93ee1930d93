"""One's own account: where one is signed in, and the tokens of one's programs."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import managing
from portal.accounts.access import Right, requires, viewer
from portal.accounts.models import ApiToken, Session
from portal.http import AuthenticatedHttpRequest

#: Days until a new token expires, as the form offers them; 0 is never.
LIFETIMES = (30, 90, 365, 0)


@require_safe
@requires(Right.OWN_ACCOUNT)
def account(request: AuthenticatedHttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@never_cache
@requires(Right.OWN_ACCOUNT)
def make_token(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Makes it and shows the secret in the answer itself, so that it is stored nowhere."""
    name = request.POST.get("name", "").strip()[:120]
    scope = request.POST.get("scope", "")
    days = request.POST.get("days", "90")
    problems = {}
    if not name:
        problems["name"] = "Say what it is for, as “CI of the payments repository”."
    if scope not in ApiToken.Scope.values:
        problems["scope"] = f"Choose one of {', '.join(ApiToken.Scope.values)}."
    if days not in map(str, LIFETIMES):
        problems["days"] = "Choose one of the times."
    if problems:
        return _page(request, problems=problems, typed={"name": name, "scope": scope, "days": days})
    expires_at = timezone.now() + timedelta(days=int(days)) if int(days) else None
    token, secret = managing.make_token(
        request.user, name=name, scope=scope, expires_at=expires_at, by=request.user
    )
    return _page(request, made=token, secret=secret)


@require_POST
@requires(Right.OWN_ACCOUNT)
def revoke_token(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    tokens = ApiToken.objects.all()
    if not viewer(request).may(Right.MANAGE_TOKENS):
        tokens = tokens.filter(user=request.user)
    token = get_object_or_404(tokens.select_related("user"), pk=pk)
    managing.revoke_token(token, by=request.user)
    messages.success(request, f"The token “{token.name}” is revoked: it opens nothing from now on.")
    if token.user == request.user:
        return redirect("accounts:account")
    return redirect("accounts:person", token.user.username)


@require_POST
@requires(Right.OWN_ACCOUNT)
def end_session(request: AuthenticatedHttpRequest, handle: str) -> HttpResponse:
    sessions = Session.objects.select_related("person")
    if not viewer(request).may(Right.MANAGE_PEOPLE):
        sessions = sessions.filter(person=request.user)
    session = get_object_or_404(sessions, handle=handle)
    person = session.person
    managing.end_session(session, by=request.user)
    messages.success(request, "That session is ended: the browser has to sign in again.")
    if person is None or person == request.user:
        return redirect("accounts:account")
    return redirect("accounts:person", person.username)


@require_POST
@requires(Right.OWN_ACCOUNT)
def end_other_sessions(request: AuthenticatedHttpRequest) -> HttpResponse:
    count = managing.end_other_sessions(request.user, by=request.user, keep=request.session)
    messages.success(
        request, f"{count} other sessions are ended." if count else "There was no other."
    )
    return redirect("accounts:account")


def _page(request: AuthenticatedHttpRequest, **more: object) -> HttpResponse:
    now = timezone.now()
    key = request.session.session_key
    context = {
        "sessions": request.user.sessions.filter(expire_date__gt=now),
        "here": Session.handle_of(key) if key else "",
        "tokens": request.user.tokens.filter(revoked_at=None).order_by("-pk"),
        "now": now,
        "scopes": ApiToken.Scope.values,
        "lifetimes": LIFETIMES,
        "typed": {"scope": "read", "days": "90"},
        "who": viewer(request),
        "teams": request.user.teams.all(),
        "roles": request.user.roles.select_related("team"),
        **more,
    }
    status = 422 if more.get("problems") else 200
    return render(request, "accounts/account.html", context, status=status)

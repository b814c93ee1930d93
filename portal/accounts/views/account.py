"""One's own account: where one is signed in, and the tokens of one's programs."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import managing, times
from portal.accounts.access import Rank, Right, Viewer, requires, viewer
from portal.accounts.models import ApiToken, Session, Team
from portal.http import AuthenticatedHttpRequest
from portal.typed import words_of

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
    name = words_of(request.POST, "name", 120)
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
def set_times(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Time zone and days away."""
    names = ("time_zone", "away_from", "away_until")
    typed = {name: words_of(request.POST, name, 64) for name in names}
    days: dict[str, date | None] = {"away_from": None, "away_until": None}
    wrong: dict[str, str] = {}
    for name in days:
        try:
            days[name] = date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            wrong[name] = f"{typed[name]!r} is no day: write it as 2026-12-24."
    if not wrong:
        try:
            times.set_times(
                request.user,
                time_zone=typed["time_zone"],
                away_from=days["away_from"],
                away_until=days["away_until"],
                by=request.user,
            )
        except ValidationError as error:
            wrong = {name: " ".join(said) for name, said in error.message_dict.items()}
        else:
            messages.success(request, "Your times are kept.")
            return redirect("accounts:account")
    return _page(request, wrong_times=wrong, typed_times=typed)


@require_POST
@requires(Right.OWN_ACCOUNT)
def revoke_token(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    tokens = ApiToken.objects.all()
    if not viewer(request).may(Right.MANAGE_TOKENS):
        tokens = tokens.filter(user=request.user)
    token = get_object_or_404(tokens.select_related("user"), pk=pk)
    managing.revoke_token(token, by=request.user)
    messages.success(request, f"The token “{token.name}” is revoked: it opens nothing from now on.")
    if request.POST.get("from") == "all" and viewer(request).may(Right.MANAGE_TOKENS):
        return redirect("accounts:tokens")
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
        request,
        f"{count} other session{' is' if count == 1 else 's are'} ended."
        if count
        else "There was no other.",
    )
    return redirect("accounts:account")


_DOES = {
    Rank.EDITOR: "you publish changes to the runbooks of its services, and accept or decline proposals",
    Rank.LEAD: "you publish, waive findings, retire and hand over the runbooks of its services",
}
_DOES_FOR_ALL = {
    Rank.EDITOR: "you publish changes to every team’s runbooks, and accept or decline proposals",
    Rank.LEAD: "you publish, waive, retire, hand over and import for all, and see every private service"
    " and the audit trail",
    Rank.ADMIN: "you manage people, their roles, sessions and tokens, and publish, waive, retire, hand"
    " over and import for all teams",
}


def _may(who: Viewer) -> list[str]:
    """Sentences: what this person may do beyond what everybody may. Who is named as a team's lead is one."""
    said = []
    if who.rank in _DOES_FOR_ALL:
        article = "an" if who.rank in (Rank.EDITOR, Rank.ADMIN) else "a"
        for_all = "" if who.rank is Rank.ADMIN else " for all teams"
        said.append(
            f"You are {article} {who.rank.name.lower()}{for_all}: {_DOES_FOR_ALL[who.rank]}."
        )
    ranks: dict[int, Rank] = {}
    for team, rank in who.ranks:
        ranks[team] = max(rank, ranks.get(team, Rank.NOBODY))
    for named in Team.objects.filter(pk__in=ranks):
        rank = ranks[named.pk]
        if rank > who.rank:
            said.append(f"{rank.name.capitalize()} of {named}: {_DOES[rank]}.")
    return said or ["You read, report and suggest changes; what you own you publish."]


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
        "zones": sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        "site_zone": settings.TIME_ZONE,
        "typed_times": {
            "time_zone": request.user.time_zone,
            "away_from": request.user.away_from and request.user.away_from.isoformat(),
            "away_until": request.user.away_until and request.user.away_until.isoformat(),
        },
        "teams": request.user.teams.all(),
        "may": _may(viewer(request)),
        **more,
    }
    status = 422 if more.get("problems") or more.get("wrong_times") else 200
    return render(request, "accounts/account.html", context, status=status)

"""Everybody's accounts, for admins: who there is, what they may do, and closing an account."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import leaving, managing
from portal.accounts.access import Right, requires
from portal.accounts.inviting import send_invitations
from portal.accounts.models import Role, Team, User
from portal.http import AuthenticatedHttpRequest
from portal.typed import number, words_of

PER_PAGE = 50


@require_safe
@requires(Right.MANAGE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_POST
@requires(Right.MANAGE_PEOPLE)
def invite(request: AuthenticatedHttpRequest) -> HttpResponse:
    """A new account; who has an address is sent a link to set a password."""
    typed = {name: words_of(request.POST, name, 300) for name in ("username", "name", "email")}
    try:
        person = managing.make_person(**typed, by=request.user)
    except ValidationError as error:
        problems = {name: " ".join(said) for name, said in error.message_dict.items()}
        return _list(request, typed=typed, problems=problems, status=422)
    if not person.email:
        messages.success(request, f"{person} has an account. Without an address no mail was sent.")
    elif missed := send_invitations([person], by=request.user):
        why = (
            f"mail cannot arrive at {person.email}: the mail server refuses that address."
            if missed.refused
            else "the mail server did not take the mail to them."
        )
        messages.warning(request, f"{person} has an account, but {why}")
    else:
        messages.success(request, f"{person} has an account, and a mail to set a password.")
    return redirect("accounts:person", person.username)


@require_safe
@requires(Right.MANAGE_PEOPLE)
def person(request: HttpRequest, username: str) -> HttpResponse:
    return _one(request, get_object_or_404(User, username=username))


@require_POST
@requires(Right.MANAGE_PEOPLE)
def change_role(request: AuthenticatedHttpRequest, username: str) -> HttpResponse:
    """`give` is a role for `team` (empty: for all); `take` is the key of one that they have."""
    found = get_object_or_404(User, username=username)
    try:
        taken = number(request.POST.get("take", ""))
        if taken is not None:
            role = get_object_or_404(found.roles.select_related("team"), pk=taken)
            managing.take_role(role, by=request.user)
        else:
            slug = words_of(request.POST, "team", 80)
            team = get_object_or_404(Team, slug=slug) if slug else None
            name = request.POST.get("give", "")
            managing.give_role(found, name=name, team=team, by=request.user)
    except managing.Refused as error:
        return _one(request, found, refused=error, status=409)
    return redirect("accounts:person", found.username)


@require_POST
@requires(Right.MANAGE_PEOPLE)
def change_team(request: AuthenticatedHttpRequest, username: str) -> HttpResponse:
    found = get_object_or_404(User, username=username)
    team = get_object_or_404(Team, slug=words_of(request.POST, "team", 80))
    change = managing.take_out_of_team if "leave" in request.POST else managing.put_into_team
    change(found, team, by=request.user)
    return redirect("accounts:person", found.username)


def _list(request: HttpRequest, *, status: int = 200, **more: object) -> HttpResponse:
    words = words_of(request.GET, "q", 100)
    rows = User.objects.prefetch_related("roles__team", "teams", "leads").order_by(
        "-is_active", "name", "pk"
    )
    for word in words.split():
        named = Q(name__icontains=word) | Q(username__icontains=word) | Q(email__icontains=word)
        rows = rows.filter(named | Q(teams__name__icontains=word)).distinct()
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "q": words, "typed": {}, "problems": {}, **more}
    return render(request, "accounts/people.html", context, status=status)


def _one(
    request: HttpRequest, found: User, *, refused: managing.Refused | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "person": found,
        "roles": found.roles.select_related("team").order_by("team__name", "name"),
        "their_teams": found.teams.all(),
        "teams": Team.objects.all(),
        "role_names": Role.Name.values,
        "owned": leaving.owned_by(found),
        "sessions": found.sessions.filter(expire_date__gt=now),
        "tokens": found.tokens.filter(revoked_at=None).order_by("-pk"),
        "refused": refused,
        "now": now,
    }
    return render(request, "accounts/person.html", context, status=status)

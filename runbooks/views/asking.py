"""The runbook or proposal that a request is about, and what who asks may do with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypedDict

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from portal.accounts.access import Right, Viewer, may, viewer
from portal.accounts.models import User
from portal.http import AuthenticatedHttpRequest
from runbooks import document, privacy, proposed, reading
from runbooks.models import Proposal, Runbook, Service
from runbooks.models.proposal import ProposalQuerySet
from runbooks.naming import slug_of


class Over(TypedDict):
    """Whose a runbook is, as `access.may` takes it."""

    teams: list[int]
    owners: list[int]


def signed_in(request: HttpRequest) -> User:
    """The person who asks: behind a door that takes somebody who is signed in."""
    asking: AuthenticatedHttpRequest = request  # type: ignore[assignment]
    return asking.user


def find_runbook(request: HttpRequest, slug: str) -> Runbook:
    """Live or retired, and not private to others. Raises Http404."""
    if "\0" in slug:  # PostgreSQL knows no such text
        raise Http404
    seen = Runbook.objects.readable().seen_by(viewer(request))
    return get_object_or_404(seen.select_related("owner", "live_revision"), slug=slug)


def by_old_slugs(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that is asked for by an old slug leads to the new one; what is sent to the old one arrives."""

    @wraps(view)
    def found(request: HttpRequest, slug: str, **more: Any) -> HttpResponseBase:
        try:
            return view(request, slug=slug, **more)
        except Http404:
            target = None if "\0" in slug else reading.moved_to(slug)
            if target is None:
                raise
            runbook = find_runbook(request, target)
        if request.method not in ("GET", "HEAD"):
            return view(request, slug=runbook.slug, **more)
        name = request.resolver_match.view_name if request.resolver_match else "runbooks:runbook"
        response: HttpResponseBase = redirect(name, slug=runbook.slug, permanent=True, **more)
        if query := request.META.get("QUERY_STRING", ""):
            response["Location"] += f"?{query}"
        return response

    return found


def find_proposal(request: HttpRequest, pk: int) -> Proposal:
    """Raises Http404, as well for one that changes a private runbook of others."""
    return get_object_or_404(
        seen_proposals(viewer(request), pk=pk).select_related(
            "runbook__owner",
            "runbook__live_revision",
            "base",
            "proposed_by",
            "proposed_owner",
            "decided_by",
        ),
        pk=pk,
    )


def seen_proposals(who: Viewer, *, pk: int | None = None) -> ProposalQuerySet:
    """Of a runbook that is here, for whoever may see that by now, whoever proposed it; of a new one for all,
    unless it names a private service. `pk` is the one that is asked for, where it is one."""
    visible = privacy.seen_by(who, runbook="runbook", owner="runbook__owner")
    if visible is None:
        return Proposal.objects.all()
    found = Proposal.objects.filter(Q(runbook=None) | visible)
    hidden = proposed.hidden_from(who, pk=pk)
    return found.exclude(pk__in=hidden) if hidden else found


def over(runbook: Runbook) -> Over:
    teams = runbook.services.exclude(team=None).values_list("team", flat=True)
    return {"teams": [team for team in teams if team], "owners": [runbook.owner_id]}


def over_text(parsed: document.Document | None, *, owner: int | None = None) -> Over:
    """Of a runbook that is not here yet: the teams of the services that its text names."""
    slugs = [slug_of(name)[:120] for name in parsed.meta.services] if parsed else []
    teams = Service.objects.filter(slug__in=slugs).exclude(team=None).values_list("team", flat=True)
    return {"teams": [team for team in teams if team], "owners": [owner] if owner else []}


def over_proposal(proposal: Proposal) -> Over:
    """The named owner of a new runbook decides on it as well, unless they proposed it themselves."""
    if proposal.runbook is not None:
        return over(proposal.runbook)
    try:
        parsed = document.parse(proposal.text)
    except document.DocumentError:
        return over_text(None)
    owner = proposal.proposed_owner or User.objects.named(parsed.meta.owner)
    own = owner is None or owner.pk == proposal.proposed_by_id
    return over_text(parsed, owner=None if own or owner is None else owner.pk)


def may_edit(request: HttpRequest, proposal: Proposal) -> bool:
    """Who proposed it, and who may publish it."""
    own = proposal.proposed_by_id == signed_in(request).pk
    return own or may(request, Right.PUBLISH, **over_proposal(proposal))


def may_publish_somewhere(request: HttpRequest) -> bool:
    """An editor of all, or of one team at least: for a new runbook, whose team is not known yet."""
    who = viewer(request)
    return may(request, Right.PUBLISH, teams=[team for team, _ in who.ranks])

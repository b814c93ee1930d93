"""What the checker asks of the portal: people, teams, services, alerts, slugs, and the names a lead added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Q

from portal.accounts.access import Viewer
from portal.accounts.models import Team, User
from runbooks import privacy
from runbooks.checks import Facts
from runbooks.models import AlertText, Alias, KnownName, Runbook, Service

#: Names of alerts that rules fire; the room of alerts adds its own in ready().
alert_sources: list[Callable[[], Iterable[str]]] = [
    lambda: AlertText.objects.values_list("folded", flat=True).distinct()
]
#: Names of alerts that this viewer is not told of: those of private services alone.
alerts_hidden: list[Callable[[Viewer], Iterable[str]]] = []


def facts(*, viewer: Viewer | None = None) -> Facts:
    """All that the portal knows of names. A kind of which it knows none is None: nothing is said about it.

    `viewer` narrows services, slugs and alerts to what that person may see; None is the portal itself.
    """
    kinds: dict[str, set[str]] = {kind: set() for kind in KnownName.Kind.values}
    for kind, folded in KnownName.objects.values_list("kind", "folded"):
        kinds[kind].add(folded)
    teams = {word.casefold() for pair in Team.objects.values_list("slug", "name") for word in pair}
    handles = kinds[KnownName.Kind.HANDLE]
    # A program that asks for somebody needs no addresses; the owner line of its text may hold one.
    named = ("username", "email") if viewer is None else ("username",)
    people = User.objects.filter(is_active=True).values_list(*named)
    hidden = set() if viewer is None else {name for ask in alerts_hidden for name in ask(viewer)}
    return Facts(
        people=_some(word for names in people for word in names if word),
        # Without any handle a team's slug alone is not all that one may page.
        teams=_some([*teams, *handles]) if handles else None,
        channels=_some(kinds[KnownName.Kind.CHANNEL]),
        tools=_some(kinds[KnownName.Kind.TOOL]),
        services=_some(_services(viewer)),
        alerts=_some({name for source in alert_sources for name in source()} - hidden),
        slugs=frozenset(_slugs(viewer)),
    )


def _some(names: Iterable[str]) -> frozenset[str] | None:
    return frozenset(name.casefold() for name in names) or None


def _services(viewer: Viewer | None) -> Iterator[str]:
    rows = Service.objects.all() if viewer is None else Service.objects.seen_by(viewer)
    for slug, name in rows.values_list("slug", "name"):
        yield slug
        yield name


def _slugs(viewer: Viewer | None) -> Iterator[str]:
    """Slugs of live runbooks, of retired ones with a live successor, and the old ones of both."""
    leads = Q(state=Runbook.State.LIVE) | Q(successor__state=Runbook.State.LIVE)
    rows = Runbook.objects.filter(leads).exclude(live_revision=None)
    if viewer is not None:
        rows = rows.seen_by(viewer)
    yield from rows.values_list("slug", flat=True)
    old = Alias.objects.filter(kind=Alias.Kind.SLUG, runbook__in=rows)
    yield from old.values_list("folded", flat=True)


def audiences(runbook_ids: Iterable[int]) -> dict[int, str]:
    """Who may see each: "" for everybody, else the marks of privacy.py."""
    rows = Runbook.objects.filter(pk__in=list(runbook_ids)).annotate(who=privacy.audience())
    return dict(rows.values_list("pk", "who"))

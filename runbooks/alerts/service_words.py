"""What rules call services: the portal's own service behind each word, where there is one."""

from __future__ import annotations

from portal.accounts.access import Viewer
from runbooks.alerts.models import Rule
from runbooks.models import Service
from runbooks.naming import slug_of


def services_of_words() -> dict[str, Service | None]:
    """Every word that rules use -> its service, by slug or else by name. Two queries."""
    words = (
        Rule.objects.exclude(service_word="")
        .order_by("service_word")
        .values_list("service_word", flat=True)
        .distinct()
    )
    known: dict[str, Service] = {}
    for service in Service.objects.order_by("pk").defer("description"):
        known.setdefault(slug_of(service.name)[:120], service)
        known[service.slug] = service
    return {word: known.get(slug_of(word)[:120]) for word in words}


def sees(viewer: Viewer, service: Service) -> bool:
    """As ServiceQuerySet.seen_by, of one that is loaded."""
    if not service.private or viewer.sees_all:
        return True
    mine = service.owner_id is not None and service.owner_id == viewer.person_id
    return mine or service.team_id in viewer.teams


def hidden_from(viewer: Viewer) -> list[str]:
    """The words of private services that this viewer has no part in. No query for who sees all."""
    if viewer.sees_all:
        return []
    found = services_of_words()
    return [word for word, service in found.items() if service and not sees(viewer, service)]


def alerts_hidden_from(viewer: Viewer) -> set[str]:
    """Names of alerts that only rules of such services fire."""
    words = hidden_from(viewer)
    if not words:
        return set()
    hidden = set(Rule.objects.filter(service_word__in=words).values_list("folded", flat=True))
    others = Rule.objects.exclude(service_word__in=words).filter(folded__in=hidden)
    return hidden - set(others.values_list("folded", flat=True))

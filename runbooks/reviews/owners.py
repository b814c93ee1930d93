"""Always one who answers: what a leaver owns goes to heirs, what nobody answers for to the lead's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.access import Viewer
from portal.accounts.leaving import Room, Thing
from portal.accounts.managing import Refused
from portal.accounts.models import User
from portal.transactions import one_transaction
from runbooks import privacy, publishing
from runbooks.models import Runbook, Service
from runbooks.reviews import handing
from runbooks.reviews.heirs import propose
from runbooks.reviews.models import Handover, HandoverQuerySet


@dataclass(frozen=True, slots=True)
class Orphan:
    """A live runbook whose owner nobody reaches, with the most likely heir."""

    runbook: Runbook
    heir: User | None
    why: str

    @property
    def owner(self) -> User:
        return self.runbook.owner


#: Of a runbook: its owner cannot be reached.
ORPHANED = Q(owner__unreachable_since__isnull=False) | Q(owner__is_active=False)


def orphaned(viewer: Viewer) -> QuerySet[Runbook]:
    """Live runbooks whose owner cannot be reached, of those that the viewer sees."""
    return Runbook.objects.live().readable().seen_by(viewer).filter(ORPHANED)


def orphans(viewer: Viewer, *, most: int | None = None) -> list[Orphan]:
    """With heirs, the longest gone first. The number of queries does not grow with them."""
    rows = orphaned(viewer).order_by("owner__unreachable_since", "owner", "title")
    return _with_heirs(rows[:most])


def orphans_of(person: User, viewer: Viewer) -> list[Orphan]:
    """What they own, as it will stand among the orphans once they are gone."""
    owned = Runbook.objects.live().readable().seen_by(viewer).filter(owner=person)
    return _with_heirs(owned.order_by("title", "pk"))


def _with_heirs(runbooks: QuerySet[Runbook]) -> list[Orphan]:
    found = list(runbooks.select_related("owner", "trust").prefetch_related("services"))
    proposed = propose(found)
    return [
        Orphan(
            one,
            heir.person if (heir := proposed.get(one.pk)) else None,
            heir.why if heir else "",
        )
        for one in found
    ]


@one_transaction
def move(
    moves: Iterable[tuple[Runbook, User]], *, by: User, why: str, now: datetime | None = None
) -> int:
    """Each runbook to its heir by a revision that `by` answers for: all of them, or none. How many.

    Raises Refused with a sentence.
    """
    now = now or timezone.now()
    with publishing.together():
        return _move(moves, by=by, why=why, now=now)


def _move(moves: Iterable[tuple[Runbook, User]], *, by: User, why: str, now: datetime) -> int:
    """Within `publishing.together`. In the order of keys, so that no two movings wait for each other."""
    moved = 0
    for runbook, heir in sorted(moves, key=lambda pair: pair[0].pk):
        if not heir.answers:
            raise Refused(f"{heir} cannot inherit: nobody answers under that name any more.")
        held = Runbook.objects.held().select_related("owner").get(pk=runbook.pk)
        if held.owner_id == heir.pk:
            continue
        if held.owner_id != runbook.owner_id:
            raise Refused(f"{held} is {held.owner}’s by now. Look again, then move the rest.")
        try:
            handing.change_owner(held, to=heir, by=by, why=why, now=now)
        except publishing.PublishingRefused as refused:
            raise Refused(f"{held}: {refused}") from refused
        _withdraw(Handover.objects.filter(runbook=held), by=by, now=now)
        audit.record(
            "owner.moved",
            by=by,
            of=held,
            name=held.slug,
            before={"owner": runbook.owner.username},
            after={"owner": heir.username},
            note=why,
            at=now,
        )
        moved += 1
    return moved


def _withdraw(offers: HandoverQuerySet, *, by: User, now: datetime) -> None:
    for offer in offers.open().select_related("runbook", "to"):
        offer.state, offer.decided_at = Handover.State.WITHDRAWN, now
        offer.save(update_fields=["state", "decided_at"])
        audit.record(
            "handover.withdrawn",
            by=by,
            of=offer.runbook,
            name=offer.runbook.slug,
            after={"to": offer.to.username, "state": offer.state},
            at=now,
        )


def _owned_by(person: User) -> list[Runbook]:
    rows = Runbook.objects.live().readable().filter(owner=person).select_related("owner")
    return list(rows.order_by("title", "pk"))


def _things(person: User) -> list[Thing]:
    runbooks = _owned_by(person)
    proposed = propose(runbooks)
    found = [
        Thing(
            f"runbook-{one.pk}",
            "Runbooks",
            one.title,
            one.get_absolute_url(),
            needed=True,
            heir=heir.person if (heir := proposed.get(one.pk)) else None,
            why=heir.why if heir else "",
        )
        for one in runbooks
    ]
    return found + _services(person)


def _services(person: User) -> list[Thing]:
    found = []
    theirs = Service.objects.filter(Q(owner=person) | Q(deputy=person))
    for service in theirs.select_related("owner", "deputy", "team__lead").order_by("name"):
        url = service.get_absolute_url()
        if service.owner_id == person.pk:
            heir, why = _next_for(service, person)
            found.append(
                Thing(
                    f"service-{service.pk}", "Services owned", service.name, url, False, heir, why
                )
            )
        if service.deputy_id == person.pk:
            found.append(Thing(f"deputy-{service.pk}", "Deputy of", service.name, url))
    return found


def _next_for(service: Service, person: User) -> tuple[User | None, str]:
    deputy, lead = service.deputy, service.team.lead if service.team else None
    for one, why in ((deputy, "is its deputy"), (lead, f"leads {service.team}")):
        if one and one.pk != person.pk and one.answers:
            return one, why
    return None, ""


def _inherit(person: User, heirs: Mapping[str, User], *, by: User, now: datetime) -> None:
    """All that a leaver answers for here, within `publishing.together` (accounts/leaving.py)."""
    moves = [(r, heir) for r in _owned_by(person) if (heir := heirs.get(f"runbook-{r.pk}"))]
    _move(moves, by=by, why=f"{person} leaves.", now=now)
    _withdraw(Handover.objects.filter(Q(to=person) | Q(offered_by=person)), by=by, now=now)
    theirs = Service.objects.select_for_update(no_key=True).filter(
        Q(owner=person) | Q(deputy=person)
    )
    for service in theirs.order_by("pk"):
        owns, stands_in = service.owner_id == person.pk, service.deputy_id == person.pk
        privacy.change_service(
            service,
            by=by,
            team=service.team,
            owner=heirs.get(f"service-{service.pk}") if owns else service.owner,
            deputy=heirs.get(f"deputy-{service.pk}") if stands_in else service.deputy,
            review_every=service.review_every,
            private=service.private,
        )


#: Registered in ReviewsConfig.ready().
ROOM = Room(_things, _inherit, around=publishing.together)

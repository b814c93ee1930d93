"""Private services: who may see their runbooks, asked of one, of a list, and of what search keeps.

A runbook of a private service is for that service's team, its owner and the runbook's own owner, and for who
may see all. Of several private services, belonging to one is enough; a public one beside it opens nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from portal.accounts import audit
from portal.accounts.access import Viewer
from portal.accounts.models import Team, User
from portal.accounts.models.people import Joined
from runbooks import hooks

if TYPE_CHECKING:
    from runbooks.models import Service

#: What search marks a runbook with that everybody may see.
ALL = "all"


def audience(runbook: str = "pk") -> Coalesce:
    """An annotation: "" for everybody, else who may see it as marks: "t3,u7" (`Viewer.marks`).

    `runbook` is the path to the runbook's key from what is asked.
    """
    grouped = (
        _services()
        .objects.filter(private=True, runbooks=OuterRef(runbook))
        .order_by()
        .values("private")
        .annotate(
            joined=Joined(
                Concat(
                    Value("t"),
                    _number("team_id"),
                    Value(",u"),
                    _number("owner_id"),
                    output_field=TextField(),
                )
            )
        )
    )
    return Coalesce(
        Subquery(grouped.values("joined"), output_field=TextField()), Value("", TextField())
    )


def _number(name: str) -> Cast:
    # 0 is nobody's key: a private service without a team is not everybody's.
    return Cast(Coalesce(F(name), Value(0)), TextField())


def may_see(viewer: Viewer, *, audience: str, owner: int) -> bool:
    if not audience or viewer.sees_all or owner == viewer.person_id:
        return True
    return not viewer.marks.isdisjoint(audience.split(","))


def seen_by(viewer: Viewer, runbook: str = "pk", owner: str = "owner") -> Q | None:
    """What narrows runbooks, or what has one, to what this viewer may see; None where that is all."""
    if viewer.sees_all:
        return None
    private = _services().objects.filter(private=True, runbooks=OuterRef(runbook))
    open_to_all = Q(~Exists(private))
    if viewer.person_id is None:
        return open_to_all
    mine = private.filter(Q(team__in=viewer.teams) | Q(owner=viewer.person_id))
    return open_to_all | Q(**{owner: viewer.person_id}) | Q(Exists(mine))


def marks_for_search(audience: str, owner: int) -> tuple[str, ...]:
    if not audience:
        return (ALL,)
    return tuple(sorted({*audience.split(","), f"u{owner}"} - {"t0", "u0"})) or ("nobody",)


def marks_of(viewer: Viewer) -> tuple[str, ...] | None:
    """The marks that an engine lets pass for this viewer; None: whatever it is marked with."""
    return None if viewer.sees_all else (ALL, *sorted(viewer.marks))


@transaction.atomic
def change_service(
    service: Service,
    *,
    by: User,
    team: Team | None,
    owner: User | None,
    private: bool,
    deputy: User | None = None,
    review_every: int | None = None,
) -> None:
    """Whose a service is, who stands in for them, how often its runbooks are reviewed, and whether it is
    private. Lists follow at once, search with the same commit."""
    before = _told(service)
    service.team, service.owner, service.private = team, owner, private
    # Nobody stands in for themself.
    service.deputy = deputy if deputy != owner else None
    service.review_every = review_every
    service.save(update_fields=["team", "owner", "private", "deputy", "review_every"])
    audit.record("service.changed", by=by, of=service, **audit.changes(before, _told(service)))
    ids = list(service.runbooks.order_by("pk").values_list("pk", flat=True))
    for hook in hooks.on_facts_changed:
        hook(ids)


def _told(service: Service) -> dict[str, Any]:
    return {
        "team": str(service.team or ""),
        "owner": str(service.owner or ""),
        "deputy": str(service.deputy or ""),
        "review every": service.review_every,
        "private": service.private,
    }


def _services() -> Any:
    from runbooks.models import Service  # noqa: PLC0415 -- its querysets ask us

    return Service

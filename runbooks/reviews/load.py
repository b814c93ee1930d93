"""How much each person answers for. The number of queries does not grow with people or runbooks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from portal.accounts.access import Viewer
from portal.accounts.models import User
from runbooks.models import Report, Runbook
from runbooks.reviews import prevention

ORDERS = {"runbooks": "runbooks", "due": "due", "reports": "reports", "prevention": "prevention"}


@dataclass(frozen=True, slots=True)
class Load:
    """What one person answers for, of what the viewer sees."""

    person: User
    runbooks: int
    critical: int
    due: int
    reports: int
    prevention: int
    away: bool


def load(
    viewer: Viewer, *, now: datetime, order: str = "due", teams: Collection[int] | None = None
) -> list[Load]:
    """Everybody who owns a live runbook, the most loaded first. `teams`: only people who are in one of these.

    Five queries.
    """
    today = timezone.localdate(now)
    owned = {row["owner"]: row for row in _owned(viewer, today)}
    reports = _by_owner(
        Report.objects.open().filter(
            runbook__in=_seen(viewer).filter(state=Runbook.State.LIVE).values("pk")
        ),
        "runbook__owner",
    )
    open_items = _by_owner(
        prevention.debts_of(owned, now).filter(runbook__in=_seen(viewer).values("pk")),
        "runbook__owner",
    )
    people = User.objects.filter(pk__in=owned)
    if teams is not None:
        people = people.filter(teams__in=teams).distinct()
    found = [
        Load(
            person,
            owned[person.pk]["runbooks"],
            owned[person.pk]["critical"],
            owned[person.pk]["due"],
            reports.get(person.pk, 0),
            open_items.get(person.pk, 0),
            person.is_away(today),
        )
        for person in people.prefetch_related("teams")
    ]
    by = ORDERS.get(order, "due")
    return sorted(found, key=lambda one: (-getattr(one, by), -one.runbooks, str(one.person)))


def _seen(viewer: Viewer) -> QuerySet[Runbook]:
    return Runbook.objects.readable().seen_by(viewer).order_by()


def _owned(viewer: Viewer, today: date) -> Iterable[dict[str, Any]]:
    urgent = Q(severity__in=[Runbook.Severity.HIGH, Runbook.Severity.CRITICAL])
    counted = (
        _seen(viewer)
        .filter(state=Runbook.State.LIVE)
        .values("owner")
        .annotate(
            runbooks=Count("pk"),
            critical=Count("pk", filter=urgent),
            due=Count("pk", filter=Q(trust__due_on__lte=today)),
        )
    )
    return [dict(row) for row in counted]


def _by_owner(rows: QuerySet, owner: str) -> dict[int, int]:  # type: ignore[type-arg]
    counted = rows.order_by().values(owner).annotate(count=Count("pk"))
    return {row[owner]: row["count"] for row in counted}

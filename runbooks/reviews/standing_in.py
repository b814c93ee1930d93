"""For whom a deputy answers just now: the owners of their services' runbooks who are away, or gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Page
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from portal.accounts.access import Viewer
from portal.accounts.models import User
from runbooks.models import Runbook
from runbooks.reviews.due import today_for
from runbooks.reviews.listing import Row, counted, reviews_of
from runbooks.reviews.owners import ORPHANED


@dataclass(frozen=True, slots=True)
class Absent:
    """An owner who is not there. `until`: the last day away; None where nobody reaches them at all."""

    person: User
    until: date | None
    runbooks: int


@dataclass(frozen=True, slots=True)
class StandingIn:
    """`reviews` are those of all these owners, in the order of one's own."""

    absent: tuple[Absent, ...]
    counts: dict[str, int]
    reviews: Page[Row]

    @property
    def due(self) -> int:
        return self.counts["overdue"] + self.counts["due"]


def standing_in(
    person: User, *, viewer: Viewer, now: datetime, page: str = "1"
) -> StandingIn | None:
    """None where everybody is there. One query then, and a fixed number else."""
    behind = _behind(person, viewer, now)
    of = dict(behind.order_by().values_list("owner").annotate(Count("pk")))
    absent = [
        Absent(owner, owner.away_until if owner.answers else None, of[owner.pk])
        for owner in (User.objects.filter(pk__in=of).order_by("name", "pk") if of else ())
        if not owner.answers or owner.is_away(today_for(owner, now))
    ]
    if not absent:
        return None
    theirs = behind.filter(owner__in=[one.person for one in absent])
    today = today_for(person, now)
    return StandingIn(
        absent=tuple(absent),
        counts=counted(theirs, today).by_group,
        reviews=reviews_of(theirs, today=today, now=now, page=page),
    )


def _behind(person: User, viewer: Viewer, now: datetime) -> QuerySet[Runbook]:
    """What this person is told of in the owner's stead, as `Answering.deputies` has it, where the owner may
    be away: whether they are today, in their own zone, is looked at closely afterwards."""
    nobody_else = (
        Q(service__deputy=None)
        | Q(service__deputy=OuterRef("owner"))
        | ~Q(service__deputy__in=User.objects.answering())
    )
    mine = Runbook.services.through.objects.filter(
        Q(service__deputy=person) | (Q(service__owner=person) & nobody_else),
        runbook=OuterRef("pk"),
    )
    day, one = now.date(), timedelta(days=1)
    away = Q(owner__away_from__lte=day + one, owner__away_until__gte=day - one)
    live = Runbook.objects.live().readable().seen_by(viewer).exclude(owner=person)
    return live.filter(away | ORPHANED, Exists(mine))

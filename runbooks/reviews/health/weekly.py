"""A row of figures for each week and part, so that a lead sees whether it gets better.

The running week's row is taken again each night: the last one of the week stays. A week that was missed is
filled with what dates prove (past.py), and says so; what nobody can know any more is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from portal.accounts.access import NOBODY, Rank, Viewer
from runbooks.reviews.health.figures import By, Counts, counted, parts
from runbooks.reviews.health.past import Past
from runbooks.reviews.health.scope import EVERYTHING, PUBLIC, Scope
from runbooks.reviews.models import Figures

#: A year, with the running week.
WEEKS = 53
#: What counts for the portal itself, not for a person.
_EVERYBODY = Viewer(None, Rank.ADMIN, (), frozenset())
#: In a row's figures: how it came to be, where it was not counted in its own week.
FILLED = "filled"
#: Its value where today's rules and each publishing stood in for what nobody dated.
AS_TODAY = 2
Key = tuple[str, int]
_BATCH = 500
_BY: dict[By, str] = {
    "service": Figures.Scope.SERVICE,
    "team": Figures.Scope.TEAM,
    "owner": Figures.Scope.OWNER,
}


def monday(now: datetime) -> date:
    """The running week's, where the portal is."""
    today = timezone.localdate(now)
    return today - timedelta(days=today.weekday())


@transaction.atomic
def take(*, now: datetime) -> int:
    """Count the running week, for everything and each part; again is the same rows. How many there are."""
    today = timezone.localdate(now)
    whole = Scope(_EVERYBODY)
    rows: dict[Key, Counts] = {
        (Figures.Scope.ALL, EVERYTHING): counted(whole, today=today),
        (Figures.Scope.ALL, PUBLIC): counted(Scope(NOBODY), today=today),
    }
    for by, scope in _BY.items():
        rows |= {(scope, part.id): part.counts for part in parts(whole, by, today=today) if part.id}
    _keep(monday(now), rows, now=now)
    return len(rows)


def fill(*, now: datetime, as_today: bool = False) -> int:
    """Fill the weeks of the last year that have no row, from the library's first on. How many were filled.

    `as_today`, for the demo: where nothing is dated, today's rules and each publishing stand in for it.
    """
    this = monday(now)
    begin = this - timedelta(weeks=WEEKS - 1)
    there = set(
        Figures.objects.filter(
            scope=Figures.Scope.ALL, scope_id=EVERYTHING, week__gte=begin
        ).values_list("week", flat=True)
    )
    missing = [
        week
        for number in range(WEEKS - 1)
        if (week := begin + timedelta(weeks=number)) not in there
    ]
    if not missing:
        return 0
    past = Past.load(as_today=as_today)
    if past.began is None:
        return 0
    filled = 0
    for week in missing:
        sunday = week + timedelta(days=6)
        if sunday < past.began:
            continue
        with transaction.atomic():
            rows = {
                key: {**counts, FILLED: AS_TODAY if as_today else 1}
                for key, counts in past.figures_on(sunday).items()
            }
            _keep(week, rows, now=now)
        filled += 1
    return filled


def _keep(week: date, rows: dict[Key, Counts], *, now: datetime) -> None:
    Figures.objects.bulk_create(
        (
            Figures(week=week, scope=scope, scope_id=pk, figures=counts, taken_at=now)
            for (scope, pk), counts in rows.items()
        ),
        update_conflicts=True,
        unique_fields=["week", "scope", "scope_id"],
        update_fields=["figures", "taken_at"],
        batch_size=_BATCH,
    )


@dataclass(frozen=True, slots=True)
class Week:
    week: date
    counts: Counts

    @property
    def as_today(self) -> bool:
        return self.counts.get(FILLED) == AS_TODAY

    @property
    def filled(self) -> bool:
        return bool(self.counts.get(FILLED))


def trend(scope: Scope, *, now: datetime, running: Counts) -> list[Week]:
    """The last year's weeks of this part, the oldest first, and the running one as it is now. One query,
    or none where this viewer may not see all that the rows count."""
    this = monday(now)
    rows = scope.rows()
    if rows is None:
        return [Week(this, running)]
    of_scope, pk = rows
    found = Figures.objects.filter(
        scope=of_scope, scope_id=pk, week__gte=this - timedelta(weeks=WEEKS - 1), week__lt=this
    )
    return [
        *(Week(row.week, row.figures) for row in found.order_by("week")),
        Week(this, running),
    ]


def trends(by: By, ids: Iterable[int], *, now: datetime, weeks: int = 26) -> dict[int, list[Week]]:
    """The same for the parts of a table, by their id, without the running week. One query."""
    this = monday(now)
    found: dict[int, list[Week]] = {}
    for row in Figures.objects.filter(
        scope=_BY[by],
        scope_id__in=list(ids),
        week__gte=this - timedelta(weeks=weeks),
        week__lt=this,
    ).order_by("week"):
        found.setdefault(row.scope_id, []).append(Week(row.week, row.figures))
    return found

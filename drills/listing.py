"""Which drills somebody may know of, what they may know of each, and how often each team drills."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from drills import readers, seen_by
from drills.models import Drill, Participant
from drills.states import OVER
from portal.accounts.access import Rank, Right, Viewer
from portal.accounts.models import Team
from runbooks.models import Runbook

S = Drill.State


@dataclass(frozen=True, slots=True)
class Row:
    """`runbook` is None while the reader is not to know which it is."""

    drill: Drill
    seat: Participant | None
    runbook: Runbook | None
    leads: bool
    day: date
    coming: int


@dataclass(frozen=True, slots=True)
class Cadence:
    """Of a team's drills of a quarter, how many took place."""

    team: Team
    held: int
    planned: int


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    in_month: bool
    today: bool
    rows: list[Row]


def visible_to(viewer: Viewer) -> QuerySet[Drill]:
    """Those that one is in, leads, or leads the team of; and what the whole company may see."""
    if viewer.sees_all:
        return Drill.objects.all()
    seated = Participant.objects.filter(drill=OuterRef("pk"), person=viewer.person_id or 0)
    led = [team for team, rank in viewer.ranks if rank >= Rank.LEAD]
    seen = readers.seen(viewer)
    return Drill.objects.filter(
        Exists(seated)
        | Q(facilitator=viewer.person_id or 0)
        | Q(made_by=viewer.person_id or 0)
        | Q(team__in=led)
        | Q(Exists(readers.to_do(viewer.person_id or 0)), state__in=OVER)
        | Q(runbook__owner=viewer.person_id or 0, state__in=OVER)
        | (Q(confidentiality=Drill.Confidentiality.COMPANY) & Q(seen))
    )


def rows(drills: QuerySet[Drill], viewer: Viewer, *, zone: ZoneInfo) -> list[Row]:
    """Two queries more than the drills' own."""
    mine = Participant.objects.filter(person=viewer.person_id or 0)
    found = (
        drills.select_related("runbook", "team", "facilitator")
        .annotate(
            coming=Count("participants", filter=~Q(participants__answer="no")),
            may_read=readers.seen(viewer),
        )
        .prefetch_related(Prefetch("participants", mine, to_attr="mine"))
    )
    return [_row(drill, viewer, zone) for drill in found]


def _row(drill: Drill, viewer: Viewer, zone: ZoneInfo) -> Row:
    seat: Participant | None = next(iter(drill.mine), None)  # type: ignore[attr-defined]
    if seat is not None:
        seat.drill = drill
    leads = viewer.person_id in (drill.facilitator_id, drill.made_by_id) or viewer.may(
        Right.FACILITATE, teams=[drill.team_id] if drill.team_id else []
    )
    sees: bool = drill.may_read  # type: ignore[attr-defined]
    return Row(
        drill=drill,
        seat=seat,
        runbook=drill.runbook if is_named(drill, seat, leads=leads, sees=sees) else None,
        leads=leads,
        day=drill.starts_at.astimezone(zone).date(),
        coming=drill.coming,  # type: ignore[attr-defined]
    )


def is_named(drill: Drill, seat: Participant | None, *, leads: bool, sees: bool) -> bool:
    """Whether somebody may read which runbook it is; `sees`: it is none that is private to others. A lead who
    plays in it plays fair. A seat is a reason while the drill lasts, and none afterwards."""
    if not sees and drill.state in OVER:
        return False
    if seat is not None:
        return seen_by.knows_runbook(seat)
    return leads or (sees and (drill.runbook_told or drill.state in OVER))


def filtered(drills: QuerySet[Drill], *, team: str, state: str) -> QuerySet[Drill]:
    if team:
        drills = drills.filter(team__slug=team)
    if state == "coming":
        return drills.exclude(state__in=OVER).order_by("starts_at", "pk")
    if state in S.values:
        drills = drills.filter(state=state)
    return drills.order_by("-starts_at", "-pk")


def month(
    drills: QuerySet[Drill], viewer: Viewer, *, first: date, zone: ZoneInfo
) -> list[list[Day]]:
    """The weeks of a month, Mondays first, each day with its drills."""
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    start, end = weeks[0][0] - timedelta(days=1), weeks[-1][-1] + timedelta(days=2)
    between = drills.filter(
        starts_at__gte=datetime(start.year, start.month, start.day, tzinfo=UTC),
        starts_at__lt=datetime(end.year, end.month, end.day, tzinfo=UTC),
    ).order_by("starts_at", "pk")
    by_day: dict[date, list[Row]] = {}
    for row in rows(between, viewer, zone=zone):
        by_day.setdefault(row.day, []).append(row)
    today = datetime.now(zone).date()
    return [
        [Day(day, day.month == first.month, day == today, by_day.get(day, [])) for day in week]
        for week in weeks
    ]


def quarter_of(day: date) -> date:
    """Its first day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def next_quarter(quarter: date) -> date:
    return quarter_of(quarter + timedelta(days=100))


def cadence(teams: QuerySet[Team], *, quarter: date) -> list[Cadence]:
    """One query, by team: “3 of 4 this quarter”. A drill counts once it was begun."""
    within = Q(
        drills__starts_at__gte=datetime(quarter.year, quarter.month, 1, tzinfo=UTC),
        drills__starts_at__lt=datetime.combine(next_quarter(quarter), datetime.min.time(), UTC),
    ) & ~Q(drills__state=S.CANCELLED)
    held = within & Q(drills__began_at__isnull=False)
    # A drill that somebody began alone and left counts for nothing.
    planned = within & (Q(drills__quick=False) | Q(drills__began_at__isnull=False))
    counted = teams.annotate(
        held=Count("drills", filter=held, distinct=True),
        planned=Count("drills", filter=planned, distinct=True),
    )
    return [Cadence(team, team.held, team.planned) for team in counted]

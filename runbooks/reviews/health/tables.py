"""The library parted by service, team or owner: one row each, sorted by what was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Team, User
from runbooks.models import Service
from runbooks.reviews.health import drawing, figures
from runbooks.reviews.health.drawing import Chart
from runbooks.reviews.health.figures import By, Counts, Part, share
from runbooks.reviews.health.scope import Scope
from runbooks.reviews.health.weekly import trends

#: Weeks that the small line beside a row shows.
SPARK_WEEKS = 26
#: Columns that open a table in the order that asks for something first.
ORDERS = ("late", "name", "live", "on_time", "drilled", "covered", "orphans", "findings", "gaps")


@dataclass(frozen=True, slots=True)
class Number:
    """A cell: what stands in it, and the list behind it; empty where the part has none of it."""

    key: str
    words: str = ""
    url: str = ""
    #: Above zero where it should be zero.
    bad: bool = False


@dataclass(slots=True)
class TableRow:
    part: Part
    name: str
    url: str
    note: str
    cells: list[Number]
    spark: Chart | None = None

    @property
    def counts(self) -> Counts:
        return self.part.counts

    @property
    def spark_words(self) -> str:
        now = share(self.counts, "on_time", "live")
        return f"Reviews on time over half a year, now {now} percent"


#: Column -> heading.
HEADINGS = {
    "live": "Runbooks",
    "on_time": "On time",
    "late": "Late",
    "drilled": "Drilled",
    "covered": "Alerts covered",
    "orphans": "Orphans",
    "findings": "Findings",
    "gaps": "Gaps",
}


def columns(by: By) -> list[str]:
    """An owner has no alerts and no gaps: those are services'."""
    return [key for key in HEADINGS if not (by == "owner" and key in ("covered", "gaps"))]


def table(scope: Scope, by: By, order: str, *, now: datetime) -> tuple[list[TableRow], str]:
    """All rows in order, and which order that is."""
    found = figures.visible(figures.parts(scope, by, today=timezone.localdate(now)), scope)
    named = _named(by, (part.id for part in found))
    if by == "team" and scope.team is None:
        found = [part for part in found if part.id or part.counts.get("live")]
    rows = [
        TableRow(part, *_name(scope, by, named.get(part.id)), cells(scope, part, named))
        for part in found
    ]
    order = order if order in ORDERS and order in ("name", *columns(by)) else ORDERS[0]
    rows.sort(key=lambda row: _place(row, order))
    return rows, order


def _place(row: TableRow, order: str) -> tuple[float, str, int]:
    """What asks most for somebody first: the fewest percent, the highest count."""
    counts, name, pk = row.counts, row.name.casefold(), row.part.id
    if order == "name":
        return 0, name, pk
    if order in _SHARES:
        percent = share(counts, *_SHARES[order])
        return (percent if percent is not None else 101), name, pk
    if order == "late":
        return -late(counts), name, pk
    return -counts.get(order, 0), name, pk


_SHARES = {
    "on_time": ("on_time", "live"),
    "drilled": ("drilled", "severe"),
    "covered": ("covered", "alerts"),
}


def late(counts: Counts) -> int:
    return counts.get("live", 0) - counts.get("on_time", 0)


def _named(by: By, ids: Iterable[int]) -> dict[int, Model]:
    wanted = [pk for pk in ids if pk]
    if by == "service":
        return {**Service.objects.in_bulk(wanted)}
    if by == "team":
        return {**Team.objects.in_bulk(wanted)}
    return {**User.objects.in_bulk(wanted)}


def _name(scope: Scope, by: By, thing: Model | None) -> tuple[str, str, str]:
    """Name, address and what stands small beside it."""
    here = reverse("reviews:health")
    url = here + _part(scope, by, thing).query()
    if thing is None:
        return ("no service", url, "") if by == "service" else ("no team", url, "")
    note = "cannot be reached" if isinstance(thing, User) and thing.unreachable_since else ""
    return str(thing), url, note


def _part(scope: Scope, by: By, thing: Model | None) -> Scope:
    """The row's part of the part that the table is of."""
    if isinstance(thing, Service):
        return replace(scope, service=thing)
    if isinstance(thing, Team):
        return replace(scope, team=thing)
    if isinstance(thing, User):
        return replace(scope, owner=thing)
    return replace(scope, unserved=by == "service", unteamed=by == "team")


def cells(scope: Scope, part: Part, named: dict[int, Model]) -> list[Number]:
    """In the order of `columns`."""
    counts, thing = part.counts, named.get(part.id)
    of = _part(scope, part.by, thing)

    def listed(name: str) -> str:
        return reverse("reviews:health_list", args=[name]) + of.query()

    made = {
        "live": Number("live", str(counts.get("live", 0)), listed("live")),
        "on_time": _percent("on_time", counts, listed("on-time")),
        "late": _count("late", late(counts), listed("late")),
        "drilled": _percent("drilled", counts, listed("drilled")),
        "covered": _percent("covered", counts, listed("covered")),
        "orphans": _count("orphans", counts.get("orphans", 0), listed("orphans")),
        "findings": _count("findings", counts.get("findings", 0), listed("findings")),
        "gaps": _count("gaps", counts.get("gaps", 0), listed("gaps")),
    }
    return [made[key] for key in columns(part.by)]


def _percent(key: str, counts: Counts, url: str) -> Number:
    percent = share(counts, *_SHARES[key])
    return Number(key) if percent is None else Number(key, f"{percent}\u202f%", url)


def _count(key: str, count: int, url: str) -> Number:
    bad = bool(count) and key in ("late", "orphans")
    return Number(key, str(count), url if count else "", bad)


def add_sparks(rows: Iterable[TableRow], by: By, *, now: datetime) -> None:
    """The line of reviews on time beside each row of a page. One query. For who sees all that the weekly
    rows count, and where a row is the whole of its part."""
    rows = list(rows)
    known = trends(by, [row.part.id for row in rows if row.part.id], now=now, weeks=SPARK_WEEKS)
    for row in rows:
        weeks = known.get(row.part.id, [])
        points: list[drawing.Point] = [
            (week.week, share(week.counts, "on_time", "live")) for week in weeks
        ]
        if weeks:
            points.append((timezone.localdate(now), share(row.counts, "on_time", "live")))
        row.spark = drawing.spark(points)

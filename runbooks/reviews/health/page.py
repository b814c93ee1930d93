"""What `/health` shows: figures with what they count and of how many, their year, and where to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils import timezone

from runbooks.models import Gap
from runbooks.reviews.health import drawing, figures
from runbooks.reviews.health.drawing import Band, Chart, Heat
from runbooks.reviews.health.figures import NEVER, By, Counts, share
from runbooks.reviews.health.scope import Scope
from runbooks.reviews.health.tables import TableRow, late, table
from runbooks.reviews.health.weekly import Week, trend

#: What a lead is to reach, in percent; and how many runbooks the seed text promises after two quarters.
GOAL = 90
ENTRIES = 30
MOST_HEAT = 12
MOST_GAPS = 6
PER_PAGE = 25
WEEKS_BACK = 4

BANDS = (
    Band("0-30", "0–30", "0", old=False),
    Band("31-60", "31–60", "31", old=False),
    Band("61-90", "61–90", "61", old=False),
    Band("91-180", "91–180", "91", old=True),
    Band("181", "over 180", "181", old=True),
    Band(NEVER, "never", "never", old=True),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: what it is called, of how many, where its list is, and what is missing to all."""

    key: str
    name: str
    value: str
    url: str
    of: str
    was: str = ""
    rest: str = ""
    rest_url: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """What can be drawn over the year."""

    key: str
    name: str
    value: Callable[[Counts], int | None]
    goal: int | None = None
    percent: bool = True
    note: str = ""

    @property
    def unit(self) -> str:
        # A narrow space that does not break stands before the sign.
        return "\u202f%" if self.percent else ""


SERIES: dict[str, Series] = {
    s.key: s
    for s in (
        Series("on_time", "Reviews on time", lambda c: share(c, "on_time", "live"), GOAL),
        Series("covered", "Alerts with a runbook", lambda c: share(c, "covered", "alerts"), GOAL),
        Series("drilled", "Drilled in two quarters", lambda c: _known(c, "drilled", "severe")),
        Series(
            "live",
            "Live runbooks",
            lambda c: c.get("live"),
            ENTRIES,
            percent=False,
            note="30 within two quarters is what a team that starts now can reach.",
        ),
        Series("orphans", "Orphans", lambda c: c.get("orphans"), percent=False),
        Series("findings", "Findings", lambda c: c.get("findings"), percent=False),
        Series("gaps", "Open gaps", lambda c: c.get("gaps"), percent=False),
    )
}


def _known(counts: Counts, part: str, whole: str) -> int | None:
    """As `share`, but None where the part was not counted: a filled week knows no drills."""
    return share(counts, part, whole) if part in counts else None


@dataclass(frozen=True, slots=True)
class Health:
    """The page, and what the API tells of it."""

    scope: Scope
    today: date
    counts: Counts
    figures: list[Figure]
    opening: str
    series: Series
    weeks: list[Week]
    wide: Chart
    narrow: Chart
    drawn: str  # the chart in a sentence
    ages: list[tuple[str, str, dict[str, int], dict[str, str]]]
    ages_left: int
    heat_wide: Heat | None
    heat_narrow: Heat | None
    by: By | None
    order: str
    table: Page[TableRow]
    gaps: list[Gap]

    @property
    def gap_searches(self) -> int:
        return self.counts.get("gaps", 0) - self.counts.get("gap_alerts", 0)

    @property
    def series_list(self) -> str:
        """The list behind what is drawn."""
        return {"on_time": "on-time"}.get(self.series.key, self.series.key)

    @property
    def filled(self) -> int:
        return sum(week.filled for week in self.weeks)

    @property
    def as_today(self) -> bool:
        return any(week.as_today for week in self.weeks)

    @property
    def points(self) -> list[tuple[Week, int | None]]:
        return [(week, self.series.value(week.counts)) for week in self.weeks]


def health(scope: Scope, asked: Mapping[str, str], *, now: datetime) -> Health:
    """What `?trend=&by=&sort=&page=` ask for. As many queries for any number of runbooks."""
    today = timezone.localdate(now)
    counts = figures.counted(scope, today=today)
    series = SERIES.get(asked.get("trend", ""), SERIES["on_time"])
    weeks = trend(scope, now=now, running=counts)
    points = [(week.week, series.value(week.counts)) for week in weeks]
    goal = series.goal
    if series.key == "live" and counts["live"] > 3 * ENTRIES:
        goal = None  # long past: the line would be drawn flat to show it

    def drawn(size: drawing.Size) -> Chart:
        return drawing.chart(points, size=size, goal=goal, unit=series.unit, percent=series.percent)

    rows = [] if scope.unserved else age_rows(scope, today=today)
    by = _by(asked.get("by", ""), scope)
    ordered, order = table(scope, by, asked.get("sort", ""), now=now) if by else ([], "")
    gaps = Gap.objects.filter(scope.gaps()).select_related("service", "service__owner")
    return Health(
        scope=scope,
        today=today,
        counts=counts,
        figures=told(scope, counts, _back(weeks)),
        opening=" ".join(filter(None, [_opening(counts, _back(weeks)), _latest(ordered, by)])),
        series=series,
        weeks=weeks,
        wide=drawn(drawing.WIDE),
        narrow=drawn(drawing.NARROW),
        drawn=_in_words(series, points),
        ages=rows,
        ages_left=max(len(rows) - MOST_HEAT, 0),
        heat_wide=drawing.heat(rows[:MOST_HEAT], BANDS, wide=True) if rows else None,
        heat_narrow=drawing.heat(rows[:MOST_HEAT], BANDS, wide=False) if rows else None,
        by=by,
        order=order,
        table=Paginator(ordered, PER_PAGE).get_page(asked.get("page")),
        gaps=list(gaps.order_by("-count", "-last_seen", "pk")[:MOST_GAPS])
        if scope.has_alerts
        else [],
    )


def bys(scope: Scope) -> list[By]:
    """Which tables make sense of this part: a service is not parted by service."""
    offered: list[By] = []
    if not (scope.service or scope.unserved):
        offered.append("service")
        if not (scope.team or scope.unteamed):
            offered.append("team")
    if not scope.owner:
        offered.append("owner")
    return offered


def _by(asked: str, scope: Scope) -> By | None:
    offered = bys(scope)
    return next((by for by in offered if by == asked), next(iter(offered), None))


def _back(weeks: list[Week]) -> Counts:
    """The figures of four weeks ago; empty where nobody counted them."""
    this = weeks[-1].week
    for week in weeks[:-1]:
        if (this - week.week).days == 7 * WEEKS_BACK:
            return week.counts
    return {}


def _list(name: str, scope: Scope, **more: str) -> str:
    return reverse("reviews:health_list", args=[name]) + scope.query(**more)


def told(scope: Scope, counts: Counts, back: Counts) -> list[Figure]:
    """The row of figures. One that has nothing to be counted of is left out."""
    found = []
    for key, name, part, whole, of, name_rest, listed, rest in _SHARES:
        percent = share(counts, part, whole)
        if percent is None:
            continue
        before = _known(back, part, whole)
        missing = counts[whole] - counts[part]
        found.append(
            Figure(
                key,
                name,
                f"{percent}\u202f%",
                _list(listed, scope),
                f"{counts[part]} of {counts[whole]} {of}",
                f"was {before}\u202f%" if before is not None and before != percent else "",
                f"{missing} {name_rest}" if missing else "",
                _list(rest, scope),
            )
        )
    live = counts["live"]
    found.append(
        Figure(
            "orphans",
            "Orphans",
            str(counts["orphans"]),
            _list("orphans", scope),
            f"of {live} runbooks: owner cannot be reached",
        )
    )
    found.append(
        Figure(
            "findings",
            "Findings",
            str(counts["findings"]),
            _list("findings", scope),
            f"not waived, in {counts['with_findings']} of {live} runbooks",
        )
    )
    if "gaps" in counts:
        searches = counts["gaps"] - counts["gap_alerts"]
        found.append(
            Figure(
                "gaps",
                "Gaps",
                str(counts["gaps"]),
                _list("gaps", scope),
                f"{_many(counts['gap_alerts'], 'alert', 'alerts')} and "
                f"{_many(searches, 'search', 'searches')}, met {_many(counts['times'], 'time', 'times')}",
            )
        )
    return found


#: key, name, part, whole, of what, what the rest is called, list, list of the rest
_SHARES = (
    (
        "covered",
        "Alerts with a runbook",
        "covered",
        "alerts",
        "alerts",
        "without",
        "covered",
        "uncovered",
    ),
    ("on_time", "Reviews on time", "on_time", "live", "runbooks", "late", "on-time", "late"),
    (
        "drilled",
        "Drilled in two quarters",
        "drilled",
        "severe",
        "high or critical",
        "not drilled",
        "drilled",
        "undrilled",
    ),
)


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _opening(counts: Counts, back: Counts) -> str:
    """What moved in four weeks, in a sentence; empty where nobody counted then."""
    moved = []
    for name, part, whole in (
        ("coverage", "covered", "alerts"),
        ("reviews on time", "on_time", "live"),
        ("drilled", "drilled", "severe"),
    ):
        now, before = share(counts, part, whole), _known(back, part, whole)
        if now is None or before is None or now == before:
            continue
        by = _many(abs(now - before), "point", "points")
        moved.append(f"{name} {'rose' if now > before else 'fell'} by {by}")
    if not moved:
        return "Nothing moved in four weeks." if back else ""
    said = "; ".join(moved)
    return f"{said[0].upper()}{said[1:]} in four weeks."


def _latest(rows: list[TableRow], by: By | None) -> str:
    """The service with the most late reviews, where one stands out."""
    if by != "service":
        return ""
    found = sorted(((late(row.counts), row.name) for row in rows), reverse=True)[:2]
    if not found or found[0][0] < 2 or (len(found) > 1 and found[0][0] == found[1][0]):
        return ""
    count, name = found[0]
    return f"Most are late in {name}: {count}."


def _in_words(series: Series, points: list[tuple[date, int | None]]) -> str:
    known = [(week, value) for week, value in points if value is not None]
    if not known:
        return "Nothing is counted yet."
    (first, was), (_, now) = known[0], known[-1]
    best = max(value for _, value in known)
    least = min(value for _, value in known)
    unit = "percent" if series.percent else ""
    if len(known) == 1:
        return f"{now} {unit} this week.".replace("  ", " ").replace(" .", ".")
    said = (
        f"From {was} {unit} in the week of {first:%-d %B %Y} to {now} {unit} this week, "
        f"between {least} and {best} {unit}."
    )
    return " ".join(said.split()).replace(" ,", ",").replace(" .", ".")


def age_rows(scope: Scope, *, today: date) -> list[tuple[str, str, dict[str, int], dict[str, str]]]:
    """(service, its address, band -> count, band -> list), those with the most old reviews first."""
    found = figures.ages(scope, today=today)
    names = scope.services().in_bulk([row.id for row in found if row.id])
    rows = []
    for row in found:
        service = names.get(row.id)
        name = service.name if service else "no service"
        part = replace(scope, service=service, unserved=service is None)
        urls = {band: _list("live", part, age=band) for band in row.counts}
        rows.append((name, reverse("reviews:health") + part.query(), row.counts, urls))
    return rows

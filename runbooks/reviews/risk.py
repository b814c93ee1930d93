"""How much it would cost to trust a runbook that may be wrong: one number, and its reasons in words.

What is at stake (severity, how often its alert fires) times how doubtful the page is (open reports, age of
the review, result of the last drill). docs/health.md says it in a table; lists are sorted by it and show the
reasons, the number only on request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import log2
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from runbooks.models import AlertName, Gap, Runbook
from runbooks.reporting import WORST_FIRST
from runbooks.trust import ago, days

#: Severity -> what is at stake, of 1. A runbook that states none is taken for medium.
STAKES = {"critical": 1.0, "high": 0.8, "medium": 0.5, "low": 0.3}
UNSTATED = 0.5
#: An alert that fires so often a week, or more, is worth half of what is missing to 1.
OFTEN_A_WEEK = 7.0
OFTEN_ADDS = 0.5
#: Verdict -> doubt that one open report of it raises; several add up.
REPORTED = {"wrong": 0.6, "blocked": 0.5, "missing": 0.3, "unclear": 0.15}
MOST_REPORTS = 5
#: Doubt about a review: one that never was; one that is a quarter late or later; one that is a year old.
NEVER_REVIEWED = 0.5
LATE = 0.6
OLD = 0.4
#: Doubt about a drill: never or longer ago than two quarters; and one in which no step worked.
NOT_DRILLED = 0.2
DRILL_FAILED = 0.7
QUARTER_DAYS = 91
DRILL_LASTS_DAYS = 2 * QUARTER_DAYS
YEAR_DAYS = 365
#: What a week's firings are counted over.
FIRES_DAYS = 28


@dataclass(frozen=True, slots=True)
class Facts:
    """What the risk of one runbook is made of. None is "never", or for `fires_per_week` "nobody counted"."""

    severity: str = ""
    fires_per_week: float | None = None
    days_since_review: int | None = None
    overdue_days: int = 0
    days_since_drill: int | None = None
    #: Steps of the last drill that worked, and that were tried.
    drill_result: tuple[int, int] = (0, 0)
    #: Verdict -> open reports.
    open_reports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Risk:
    """`number` is 0 to 100; `reasons` say why, what weighs most first."""

    number: int
    reasons: tuple[str, ...]


def risk(facts: Facts) -> Risk:
    """Pure. Without a doubt there is no risk, whatever is at stake; and the reverse."""
    stake, why_stake = _stake(facts)
    doubts = [*_reports(facts), *_review(facts), *_drill(facts)]
    trusted = 1.0
    for doubt, _ in doubts:
        trusted *= 1 - doubt
    doubts.sort(key=lambda d: -d[0])
    words = [words for _, words in doubts if words]
    return Risk(round(100 * stake * (1 - trusted)), (*words, *why_stake))


def _stake(facts: Facts) -> tuple[float, list[str]]:
    stake = STAKES.get(facts.severity, UNSTATED)
    why = [f"{facts.severity} severity"] if facts.severity in ("critical", "high") else []
    fires = facts.fires_per_week or 0.0
    if fires > 0:
        often = min(1.0, log2(1 + fires) / log2(1 + OFTEN_A_WEEK))
        stake += (1 - stake) * OFTEN_ADDS * often
        why.append(f"its alert fires {_times(fires)}")
    return stake, why


def _times(per_week: float) -> str:
    if per_week >= 1.5:
        return f"{round(per_week)} times a week"
    if per_week >= 0.75:
        return "once a week"
    a_month = round(per_week * FIRES_DAYS / 7)
    return f"{a_month} times a month" if a_month > 1 else "about once a month"


def _reports(facts: Facts) -> list[tuple[float, str]]:
    found = []
    for verdict in WORST_FIRST:
        count = facts.open_reports.get(verdict, 0)
        if count > 0:
            doubt = 1 - (1 - REPORTED[verdict]) ** min(count, MOST_REPORTS)
            times = "" if count == 1 else f", {count} reports"
            found.append((doubt, f"reported {verdict}{times}"))
    return found


def _review(facts: Facts) -> list[tuple[float, str]]:
    """The larger of lateness and age, said once."""
    late = LATE * min(1.0, facts.overdue_days / QUARTER_DAYS)
    overdue = f"review {days(timedelta(facts.overdue_days))} overdue" if facts.overdue_days else ""
    if facts.days_since_review is None:
        words = f"never reviewed, {overdue}" if overdue else "never reviewed"
        return [(max(late, NEVER_REVIEWED), words)]
    old = OLD * min(1.0, facts.days_since_review / YEAR_DAYS)
    if overdue:
        return [(max(late, old), overdue)]
    aged = facts.days_since_review > QUARTER_DAYS
    then = date(2000, 1, 1)
    words = f"reviewed {ago(then, today=then + timedelta(facts.days_since_review))}" if aged else ""
    return [(old, words)]


def _drill(facts: Facts) -> list[tuple[float, str]]:
    if facts.days_since_drill is None:
        return [(NOT_DRILLED, "never drilled")]
    worked, tried = facts.drill_result
    if tried and worked < tried:
        return [
            (DRILL_FAILED * (tried - worked) / tried, f"last drill: {worked} of {tried} worked")
        ]
    if facts.days_since_drill > DRILL_LASTS_DAYS:
        return [(NOT_DRILLED, "not drilled for two quarters")]
    return []


def _fires_of_gaps(runbooks: Iterable[int], now: datetime) -> dict[int, float]:
    """How often its alerts were followed here while they led nowhere: what is recorded without firings."""
    recent = Gap.objects.filter(
        kind=Gap.Kind.ALERT, last_seen__gt=now - timedelta(days=FIRES_DAYS)
    ).values_list("folded", "count", "first_seen")
    by_alert = {
        # `count` is over all time, so that it is spread over all weeks since.
        folded: count / max(FIRES_DAYS / 7, (now - first).days / 7)
        for folded, count, first in recent
    }
    if not by_alert:
        return {}
    fires: dict[int, float] = {}
    asked = set(runbooks)
    names = AlertName.objects.filter(folded__in=by_alert).values_list("runbook", "folded")
    for runbook, folded in set(names):
        if runbook in asked:
            fires[runbook] = fires.get(runbook, 0.0) + by_alert[folded]
    return fires


#: How often the alerts of runbooks fire a week: rooms that know add themselves in `AppConfig.ready()`. Each
#: is asked once for all runbooks, in a fixed number of queries; of several answers the highest counts.
fires: list[Callable[[Iterable[int], datetime], Mapping[int, float]]] = [_fires_of_gaps]

_COLUMNS = (
    "pk",
    "severity",
    "trust__reviewed_on",
    "trust__due_on",
    "trust__drilled_on",
    "trust__steps_worked",
    "trust__steps_tried",
    "trust__reports",
)


def facts_of(
    runbooks: QuerySet[Any, Any] | Iterable[Runbook | int], *, now: datetime | None = None
) -> dict[int, Facts]:
    """The facts of each, by primary key. As many queries for ten thousand as for one; a queryset is asked
    inside the query, so that it may be of any size."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    if isinstance(runbooks, QuerySet):
        wanted = Q(pk__in=runbooks.values("pk"))
    else:
        wanted = Q(pk__in=[r if isinstance(r, int) else r.pk for r in runbooks])
    rows = list(Runbook.objects.filter(wanted).order_by().values_list(*_COLUMNS))
    ids = [row[0] for row in rows]
    fired: dict[int, float] = {}
    for ask in fires if ids else ():
        for pk, often in ask(ids, now).items():
            fired[pk] = max(often, fired.get(pk, 0.0))
    return {row[0]: _facts(row, fired.get(row[0]), today) for row in rows}


def _facts(row: tuple[Any, ...], fires_per_week: float | None, today: date) -> Facts:
    _, severity, reviewed_on, due_on, drilled_on, worked, tried, reports = row
    counted: dict[str, int] = {}
    for known in reports or ():
        verdict = str(known.get("verdict", ""))
        counted[verdict] = counted.get(verdict, 0) + int(known.get("count", 1))
    return Facts(
        severity=severity,
        fires_per_week=fires_per_week,
        days_since_review=max((today - reviewed_on).days, 0) if reviewed_on else None,
        overdue_days=max((today - due_on).days, 0) if due_on else 0,
        days_since_drill=max((today - drilled_on).days, 0) if drilled_on else None,
        drill_result=(worked or 0, tried or 0),
        open_reports=counted,
    )


def riskiest_first(
    runbooks: QuerySet[Any, Any] | Iterable[Runbook | int], *, now: datetime | None = None
) -> list[tuple[int, Risk]]:
    """(primary key, risk), the highest first, by key among equals."""
    found = [(pk, risk(facts)) for pk, facts in facts_of(runbooks, now=now).items()]
    return sorted(found, key=lambda f: (-f[1].number, f[0]))

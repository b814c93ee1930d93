"""The figures themselves: what each counts, counted in the database, of one part or of all parts at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from runbooks.alerts.models import Rule
from runbooks.models import Debt, Gap, Runbook, Waiver
from runbooks.reviews.health.scope import Scope, services_of_words
from runbooks.reviews.owners import ORPHANED
from runbooks.reviews.risk import DRILL_LASTS_DAYS

By = Literal["service", "team", "owner"]
#: A count by its name; which there are is said by `RUNBOOK_COUNTS` and below.
Counts = dict[str, int]

#: Days since the last review -> from, to; None: no end. "never" stands beside them.
AGES: dict[str, tuple[int, int | None]] = {
    "0-30": (0, 30),
    "31-60": (31, 60),
    "61-90": (61, 90),
    "91-180": (91, 180),
    "181": (181, None),
}
NEVER = "never"
#: Of AGES, those that are older than a quarter.
OLD = ("91-180", "181", NEVER)

SEVERE = Q(severity__in=[Runbook.Severity.HIGH, Runbook.Severity.CRITICAL])


def on_time(today: date) -> Q:
    return Q(trust__due_on__gte=today)


def drilled(today: date) -> Q:
    return SEVERE & Q(trust__drilled_on__gte=today - timedelta(days=DRILL_LASTS_DAYS))


def aged(band: str, today: date) -> Q:
    """Runbooks whose last review is so many days old; NEVER: that had none."""
    if band == NEVER:
        return Q(trust__reviewed_on=None)
    youngest, oldest = AGES[band]
    found = Q(trust__reviewed_on__lte=today - timedelta(days=youngest))
    if youngest == 0:
        found = Q(trust__reviewed_on__isnull=False)  # a review dated tomorrow, in another zone
    if oldest is not None:
        found &= Q(trust__reviewed_on__gte=today - timedelta(days=oldest))
    return found


def _sums(today: date) -> dict[str, Count]:
    """Counts of runbooks; `distinct`, because a runbook of two services of a team is one."""
    return {
        "live": Count("pk", distinct=True),
        "on_time": Count("pk", filter=on_time(today), distinct=True),
        "severe": Count("pk", filter=SEVERE, distinct=True),
        "drilled": Count("pk", filter=drilled(today), distinct=True),
        "orphans": Count("pk", filter=ORPHANED, distinct=True),
    }


def _age_sums(today: date) -> dict[str, Count]:
    return {band: Count("pk", filter=aged(band, today), distinct=True) for band in (*AGES, NEVER)}


def open_debts() -> QuerySet[Debt]:
    """Findings that no lead has waived."""
    waived = Waiver.objects.filter(runbook=OuterRef("runbook"), code=OuterRef("code")).filter(
        Q(about="") | Q(about=OuterRef("about"))
    )
    return Debt.objects.filter(~Exists(waived)).order_by()


def counted(scope: Scope, *, today: date) -> Counts:
    """The figures of one part. What it cannot have is absent: an owner has no alerts."""
    found: Counts = scope.runbooks().order_by().aggregate(**_sums(today))
    found |= (
        open_debts()
        .filter(runbook__in=scope.runbooks().order_by().values("pk"))
        .aggregate(findings=Count("pk"), with_findings=Count("runbook", distinct=True))
    )
    if scope.has_alerts:
        found |= _alerts(scope)
        gaps = Gap.objects.filter(scope.gaps()).aggregate(
            gaps=Count("pk"),
            gap_alerts=Count("pk", filter=Q(kind=Gap.Kind.ALERT)),
            times=Sum("count", default=0),
        )
        found |= gaps
    return found


def led_names() -> QuerySet[Any]:
    """Names of alerts of which at least one rule leads to a live runbook."""
    return Rule.objects.led().order_by().values("folded")


def _alerts(scope: Scope) -> Counts:
    found = Rule.objects.filter(scope.rules()).order_by()
    return found.aggregate(
        alerts=Count("folded", distinct=True),
        covered=Count("folded", filter=Q(folded__in=led_names()), distinct=True),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a table: a service, a team or an owner. `id` is 0 for what has no service or team."""

    by: By
    id: int
    counts: Counts


_KEYS: dict[By, str] = {"service": "services", "team": "services__team", "owner": "owner"}


def parts(scope: Scope, by: By, *, today: date) -> list[Part]:
    """Every part that has anything to count, in a fixed number of queries however many there are.

    A runbook of two services counts in both; alerts are of the service that their rule names, else of their
    runbook's.
    """
    key = _KEYS[by]
    found: dict[int, Counts] = defaultdict(dict)
    for row in scope.runbooks().order_by().values(key).annotate(**_sums(today)):
        found[row.pop(key) or 0] |= row
    debts = open_debts().filter(runbook__in=scope.runbooks().order_by().values("pk"))
    for row in debts.values(f"runbook__{key}").annotate(
        findings=Count("pk", distinct=True), with_findings=Count("runbook", distinct=True)
    ):
        found[row.pop(f"runbook__{key}") or 0] |= row
    if by != "owner" and scope.has_alerts:
        _add_alerts(found, scope, by)
        gap_key = "service" if by == "service" else "service__team"
        for row in (
            Gap.objects.filter(scope.gaps(), service__isnull=False)
            .order_by()
            .values(gap_key)
            .annotate(
                gaps=Count("pk"),
                gap_alerts=Count("pk", filter=Q(kind=Gap.Kind.ALERT)),
                times=Sum("count", default=0),
            )
        ):
            found[row.pop(gap_key) or 0] |= row
    return [Part(by, pk, counts) for pk, counts in found.items() if counts]


def _add_alerts(found: dict[int, Counts], scope: Scope, by: By) -> None:
    team_of = dict(scope.services().order_by().values_list("pk", "team"))
    known = services_of_words()
    led = set(led_names().values_list("folded", flat=True).distinct())
    names: dict[int, set[str]] = defaultdict(set)
    rules = Rule.objects.filter(scope.rules()).order_by()
    for folded, word, linked in rules.values_list(
        "folded", "service_word", "runbook__services"
    ).distinct():
        service = known.get(word, linked)
        if service in team_of:
            names[service if by == "service" else team_of[service] or 0].add(folded)
    for pk, alerts in names.items():
        found[pk] |= {"alerts": len(alerts), "covered": len(alerts & led)}


@dataclass(frozen=True, slots=True)
class Ages:
    """A row of the heat map: how many runbooks of a service had their last review so long ago."""

    id: int
    counts: Counts

    @property
    def old(self) -> int:
        return sum(self.counts[band] for band in OLD)

    @property
    def live(self) -> int:
        return sum(self.counts.values())


def ages(scope: Scope, *, today: date) -> list[Ages]:
    """By service, those with the most old ones first. One query."""
    rows: Any = scope.runbooks().order_by().values("services").annotate(**_age_sums(today))
    bands = (*AGES, NEVER)
    found = [Ages(row["services"] or 0, {band: row[band] for band in bands}) for row in rows]
    if scope.service or scope.team or scope.unteamed or not scope.viewer.sees_all:
        seen = set(scope.services().values_list("pk", flat=True))
        unserved = not (scope.service or scope.team)
        found = [row for row in found if row.id in seen or (row.id == 0 and unserved)]
    return sorted(found, key=lambda row: (-row.old, -row.live, row.id))


def share(of: Counts, part: str, whole: str) -> int | None:
    """Percent, rounded down so that 100 means all; None where there is nothing to count."""
    total = of.get(whole, 0)
    return of.get(part, 0) * 100 // total if total else None


def visible(found: Iterable[Part], scope: Scope) -> list[Part]:
    """Without services that are not of this part or that the viewer may not see: a runbook may be theirs
    and the other service of it not."""
    rows = list(found)
    if scope.viewer.sees_all and not (scope.service or scope.team or scope.unteamed):
        return rows
    seen = set(scope.services().values_list("pk", flat=True))
    unserved = not (scope.service or scope.team)
    return [
        row for row in rows if row.by != "service" or row.id in seen or (row.id == 0 and unserved)
    ]

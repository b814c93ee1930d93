"""The list behind each number: runbooks, alerts or gaps, ordered and in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from runbooks.alerts.models import Rule
from runbooks.models import Gap, Runbook
from runbooks.reviews.health import figures
from runbooks.reviews.health.scope import Scope
from runbooks.reviews.owners import ORPHANED
from runbooks.reviews.risk import Risk, facts_of, risk, riskiest_first
from runbooks.trust import Freshness, freshness, worst

PER_PAGE = 50
PER_EXPORT = 1_000
Kind = Literal["runbooks", "alerts", "gaps"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: its heading, what it leaves, and what it says when nothing is left."""

    kind: Kind
    heading: str
    none: str
    of: Callable[[date], Q] = lambda today: Q()  # noqa: ARG005 -- the live ones, whatever the day
    figure: str = ""


#: By the word in the address.
LISTS: dict[str, Listed] = {
    "live": Listed("runbooks", "Live runbooks", "There is no live runbook here yet."),
    "on-time": Listed(
        "runbooks", "Reviewed on time", "No runbook is reviewed on time.", figures.on_time
    ),
    "late": Listed(
        "runbooks",
        "Reviews that are late",
        "No review is late.",
        lambda today: ~Q(pk__in=Runbook.objects.filter(figures.on_time(today)).values("pk")),
    ),
    "severe": Listed(
        "runbooks",
        "High and critical runbooks",
        "No runbook is of high or critical severity.",
        lambda today: figures.SEVERE,  # noqa: ARG005
    ),
    "drilled": Listed(
        "runbooks",
        "High and critical, drilled in the last two quarters",
        "None was drilled in the last two quarters.",
        figures.drilled,
    ),
    "undrilled": Listed(
        "runbooks",
        "High and critical, not drilled in the last two quarters",
        "Every high and critical runbook was drilled in the last two quarters.",
        lambda today: (
            figures.SEVERE & ~Q(pk__in=Runbook.objects.filter(figures.drilled(today)).values("pk"))
        ),
    ),
    "orphans": Listed(
        "runbooks",
        "Orphans: their owner cannot be reached",
        "Every owner can be reached.",
        lambda today: ORPHANED,  # noqa: ARG005
    ),
    "findings": Listed(
        "runbooks",
        "Runbooks with findings",
        "The checker finds nothing, or all that it found is waived.",
        lambda today: Q(Exists(figures.open_debts().filter(runbook=OuterRef("pk")))),  # noqa: ARG005
    ),
    "alerts": Listed("alerts", "Alerts", "No rule is known here."),
    "covered": Listed("alerts", "Alerts with a live runbook", "No alert has a live runbook."),
    "uncovered": Listed(
        "alerts", "Alerts without a live runbook", "Every alert has a live runbook."
    ),
    "gaps": Listed("gaps", "Gaps", "No alert link and no search came up empty."),
}
#: Words of the age bands, for headings and for the heat map.
AGE_WORDS = {
    "0-30": "0 to 30 days ago",
    "31-60": "31 to 60 days ago",
    "61-90": "61 to 90 days ago",
    "91-180": "91 to 180 days ago",
    "181": "more than 180 days ago",
    figures.NEVER: "never",
}
_SEVERITY = Case(
    *(When(severity=name, then=rank) for rank, name in enumerate(Runbook.Severity.values)),
    default=-1,
    output_field=IntegerField(),
)
#: Kind -> column -> ordering. The first is how the list opens. "risk" is reckoned, not stored.
ORDERS: dict[Kind, dict[str, tuple[Any, ...]]] = {
    "runbooks": {
        "risk": (),
        "title": (Lower("title"), "pk"),
        "owner": (Lower("owner__name"), Lower("title"), "pk"),
        "severity": (_SEVERITY.desc(), Lower("title"), "pk"),
        "review": (F("trust__due_on").asc(nulls_first=True), Lower("title"), "pk"),
        "drill": (F("trust__drilled_on").asc(nulls_first=True), Lower("title"), "pk"),
        "findings": ("-open_findings", Lower("title"), "pk"),
    },
    "alerts": {
        "severity": (_SEVERITY.desc(), "folded", "pk"),
        "alert": ("folded", "pk"),
        "service": ("service_word", "folded", "pk"),
    },
    "gaps": {
        "times": ("-count", "-last_seen", "pk"),
        "last": ("-last_seen", "pk"),
        "words": ("folded", "pk"),
        "service": (Coalesce("service__name", "folded"), "-count", "pk"),
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    """A runbook in a list."""

    runbook: Runbook
    fresh: Freshness
    risk: Risk
    findings: int
    worst: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of one list."""

    name: str
    listed: Listed
    heading: str
    order: str
    age: str
    gap_kind: str
    page: Page[Any]
    rows: list[Any] = field(default_factory=list)

    @property
    def more(self) -> dict[str, str]:
        """What stands in the address beside the part."""
        asked = {"age": self.age, "kind": self.gap_kind, "sort": self.order}
        first = next(iter(ORDERS[self.listed.kind]))
        return {name: value for name, value in asked.items() if value and value != first}


class NoSuchList(LookupError):  # noqa: N818 -- said in the product's words
    """No list has this name."""


def shown(
    name: str, scope: Scope, asked: Mapping[str, str], *, now: datetime, per_page: int = PER_PAGE
) -> Shown:
    """What `?sort=&page=&age=&kind=` ask for; what is unknown in it is left out. As many queries for any
    number of rows. Raises NoSuchList."""
    listed = LISTS.get(name)
    if listed is None:
        raise NoSuchList(name)
    orders = ORDERS[listed.kind]
    order = asked.get("sort", "")
    order = order if order in orders else next(iter(orders))
    age = asked.get("age", "") if listed.kind == "runbooks" else ""
    age = age if age in AGE_WORDS else ""
    kind = asked.get("kind", "") if listed.kind == "gaps" else ""
    kind = kind if kind in Gap.Kind.values else ""
    found = _found(name, listed, scope, age, kind, order, timezone.localdate(now))
    ordered = _by_risk(found, now) if order == "risk" else found
    page = Paginator(ordered, per_page).get_page(asked.get("page"))
    heading = listed.heading
    if age == figures.NEVER:
        heading += ", never reviewed"
    elif age:
        heading += f", last reviewed {AGE_WORDS[age]}"
    rows = _rows(listed.kind, scope, list(page.object_list), now)
    return Shown(name, listed, heading, order, age, kind, page, rows)


def everything(
    name: str, scope: Scope, asked: Mapping[str, str], *, now: datetime
) -> Iterator[list[Any]]:
    """All rows of the list, as `shown` orders them, some hundreds at a time: for export."""
    first = shown(name, scope, {**asked, "page": "1"}, now=now, per_page=PER_EXPORT)
    yield first.rows
    for number in range(2, first.page.paginator.num_pages + 1):
        rows = list(first.page.paginator.page(number).object_list)
        yield _rows(first.listed.kind, scope, rows, now)


def _found(
    name: str, listed: Listed, scope: Scope, age: str, kind: str, order: str, today: date
) -> QuerySet[Any, Any]:
    ordering = ORDERS[listed.kind][order]
    if listed.kind == "gaps":
        gaps = Gap.objects.filter(scope.gaps() if scope.owner is None else Q(pk=None))
        gaps = gaps.filter(kind=kind) if kind else gaps
        return gaps.select_related("service", "service__owner").order_by(*ordering)
    if listed.kind == "alerts":
        rules = Rule.objects.filter(scope.rules() if scope.has_alerts else Q(pk=None))
        if name == "covered":
            rules = rules.filter(folded__in=figures.led_names())
        elif name == "uncovered":
            rules = rules.exclude(folded__in=figures.led_names())
        # One row for an alert, however many rules fire it: its first.
        firsts = rules.order_by().values("folded").annotate(first=Min("pk")).values("first")
        return Rule.objects.filter(pk__in=firsts).order_by(*ordering)
    runbooks = scope.runbooks().filter(listed.of(today))
    if age:
        runbooks = runbooks.filter(figures.aged(age, today))
    if order == "findings":
        waived = figures.open_debts().values("pk")
        runbooks = runbooks.annotate(
            open_findings=Count("debts", filter=Q(debts__in=waived), distinct=True)
        )
    return runbooks.order_by(*ordering).values_list("pk", flat=True)


def _by_risk(found: QuerySet[Any, Any], now: datetime) -> list[int]:
    return [pk for pk, _ in riskiest_first(found.order_by(), now=now)]


def _rows(kind: Kind, scope: Scope, rows: list[Any], now: datetime) -> list[Any]:
    if kind == "runbooks":
        return _runbooks(rows, now)
    if kind == "alerts":
        return _alerts(rows, scope)
    return rows


def _runbooks(ids: list[int], now: datetime) -> list[Row]:
    today = timezone.localdate(now)
    loaded = (
        Runbook.objects.filter(pk__in=ids)
        .select_related("owner", "trust")
        .prefetch_related("services")
        .in_bulk()
    )
    facts = facts_of(ids, now=now)
    debts = dict(
        figures.open_debts()
        .filter(runbook__in=ids)
        .values("runbook")
        .annotate(how_many=Count("pk"))
        .values_list("runbook", "how_many")
    )
    found = []
    for pk in ids:
        runbook = loaded[pk]
        fresh = freshness(
            reviewed_on=runbook.trust.reviewed_on, due_on=runbook.trust.due_on, today=today
        )
        wrong = worst(runbook.trust.reports)
        found.append(
            Row(runbook, fresh, risk(facts[pk]), debts.get(pk, 0), wrong.short if wrong else "")
        )
    return found


@dataclass(frozen=True, slots=True)
class Alert:
    rule: Rule
    #: Where the alert leads, if the viewer may see it.
    runbook: Runbook | None
    covered: bool


def _alerts(rules: list[Rule], scope: Scope) -> list[Alert]:
    names = {rule.folded for rule in rules}
    leading = Rule.objects.led().filter(folded__in=names).order_by("-pk")
    to = {
        folded: (successor if state == Runbook.State.RETIRED else runbook)
        for folded, runbook, state, successor in leading.values_list(
            "folded", "runbook", "runbook__state", "runbook__successor"
        )
    }
    seen = Runbook.objects.seen_by(scope.viewer).in_bulk([pk for pk in to.values() if pk])
    return [Alert(rule, seen.get(to.get(rule.folded) or 0), rule.folded in to) for rule in rules]

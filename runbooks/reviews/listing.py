"""What a person owns and has to do with it: the parts of `/owned`. As many queries for 10,000 runbooks as
for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from portal.accounts.models import User
from runbooks.models import Debt, Proposal, Report, Runbook, TrustLine, Waiver
from runbooks.reviews.due import today_for
from runbooks.reviews.evidence import left_out
from runbooks.reviews.models import Concern, Handover, PreventionItem
from runbooks.reviews.risk import Risk, riskiest_first
from runbooks.trust import DUE_SOON_DAYS, Freshness, freshness

#: Reviews that come so soon stand in the list.
COMING_DAYS = 30
#: Rows of the list of reviews, and of each other part, on one page.
ROWS = 50
FEW = 10
GROUPS = {"overdue": "Overdue", "due": "Due", "coming": f"Coming in {COMING_DAYS} days"}
#: Parts of other rooms, between what is reported and what was never drilled: name -> title, and what asks for
#: its rows over a query of runbooks' keys.
more_parts: dict[str, tuple[str, Callable[[QuerySet[Any]], QuerySet[Any, Any]]]] = {}
_URGENT = (Runbook.Severity.CRITICAL, Runbook.Severity.HIGH)


@dataclass(frozen=True, slots=True)
class Row:
    """One review that is due, or comes. `together`: a drill proves it and nothing is open, so that it may be
    decided with others in one go."""

    runbook: Runbook
    group: str
    fresh: Freshness
    risk: Risk
    why_early: str
    together: bool

    @property
    def trust(self) -> TrustLine:
        return self.runbook.trust


@dataclass(frozen=True, slots=True)
class Part:
    """Another part of the page: so many in all, and those on this page of it."""

    name: str
    title: str
    count: int
    page: Page[Any]


@dataclass(frozen=True, slots=True)
class Owned:
    person: User
    today: date
    total: int
    counts: dict[str, int]
    reviews: Page[Row]
    parts: dict[str, Part]
    free_until: date | None

    @property
    def nothing_to_do(self) -> bool:
        waits = ("handovers", "unconfirmed", "reports", "proposals")
        return not any((self.counts["overdue"], self.counts["due"])) and not any(
            self.parts[name].count for name in waits
        )


def owned_by(
    person: User,
    *,
    now: datetime,
    seen: QuerySet[Runbook] | None = None,
    page: str = "1",
    pages: dict[str, str] | None = None,
) -> Owned:
    """`seen`: what another who looks may see (None: the person looks). `page` is of the reviews, `pages` of
    the other parts."""
    today = today_for(person, now)
    mine = Runbook.objects.live().readable().filter(owner=person)
    offered = Handover.objects.open().filter(to=person)
    if seen is not None:
        among = seen.order_by().values("pk")
        mine, offered = mine.filter(pk__in=among), offered.filter(runbook__in=among)
    found = counted(mine, today)
    return Owned(
        person=person,
        today=today,
        total=found.total,
        counts=found.by_group,
        reviews=reviews_of(mine, today=today, now=now, page=page),
        parts=dict(_parts(person, mine, offered, pages=pages or {})),
        free_until=found.free_until,
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """`free_until`: the first day on which something comes that is not due yet."""

    total: int
    by_group: dict[str, int]
    free_until: date | None


def counted(runbooks: QuerySet[Runbook], today: date) -> Counted:
    """One query."""
    found = runbooks.aggregate(
        total=Count("pk"),
        overdue=Count("pk", filter=Q(trust__due_on__lt=today)),
        due=Count("pk", filter=_between(today, DUE_SOON_DAYS)),
        coming=Count("pk", filter=_between(today + timedelta(DUE_SOON_DAYS + 1), COMING_DAYS - 15)),
        first=Min("trust__due_on", filter=Q(trust__due_on__gt=today + timedelta(DUE_SOON_DAYS))),
    )
    return Counted(found["total"], {name: found[name] for name in GROUPS}, found["first"])


def _between(first: date, days: int) -> Q:
    return Q(trust__due_on__gte=first, trust__due_on__lte=first + timedelta(days))


def reviews_of(mine: QuerySet[Runbook], *, today: date, now: datetime, page: str) -> Page[Row]:
    """Overdue, due, coming; the riskiest first in each."""
    soon = mine.filter(trust__due_on__lte=today + timedelta(COMING_DAYS))
    dated = soon.order_by().values_list("pk", "trust__due_on")
    due_on = {pk: day for pk, day in dated if day is not None}
    risks = dict(riskiest_first(soon.order_by(), now=now))
    group = {pk: _group(day, today) for pk, day in due_on.items()}
    order = list(GROUPS)
    ordered = sorted(
        (pk for pk in due_on if pk in risks),
        key=lambda pk: (order.index(group[pk]), -risks[pk].number, due_on[pk], pk),
    )
    chosen = Paginator(ordered, ROWS).get_page(page)
    found = {
        r.pk: r
        for r in Runbook.objects.filter(pk__in=list(chosen.object_list))
        .select_related("trust", "owner")
        .prefetch_related("services")
    }
    concerns: dict[int, str] = {}
    for concern in Concern.objects.open().filter(runbook__in=found).order_by("at", "pk"):
        concerns[concern.runbook_id] = concern.words
    proved = [
        pk for pk, one in found.items() if group[pk] != "coming" and proved_by_drill(one.trust)
    ]
    left = left_out(proved)
    together = {pk for pk in proved if not left.get(pk) and pk not in concerns}
    rows: Any = [
        _row(found[pk], group[pk], risks[pk], concerns.get(pk, ""), today, pk in together)
        for pk in chosen.object_list
        if pk in found
    ]
    return Page(rows, chosen.number, chosen.paginator)


def _group(day: date, today: date) -> str:
    if day < today:
        return "overdue"
    return "due" if day <= today + timedelta(DUE_SOON_DAYS) else "coming"


def _row(
    runbook: Runbook, group: str, risk: Risk, why_early: str, today: date, together: bool
) -> Row:
    trust = runbook.trust
    return Row(
        runbook=runbook,
        group=group,
        fresh=freshness(reviewed_on=trust.reviewed_on, due_on=trust.due_on, today=today),
        risk=risk,
        why_early=why_early,
        together=together,
    )


def proved_by_drill(trust: TrustLine) -> bool:
    """A drill after the last review in which every step that was tried worked, and no report since.
    evidence.py has the last word when it comes to deciding."""
    if trust.drilled_on is None or trust.reports or not trust.steps_tried:
        return False
    later = trust.reviewed_on is None or trust.drilled_on >= trust.reviewed_on
    return later and trust.steps_worked == trust.steps_tried


def _parts(
    person: User,
    mine: QuerySet[Runbook],
    offered: QuerySet[Handover],
    *,
    pages: dict[str, str],
) -> Sequence[tuple[str, Part]]:
    ids = mine.order_by().values("pk")
    waived = Waiver.objects.filter(
        Q(about="") | Q(about=OuterRef("about")), runbook=OuterRef("runbook"), code=OuterRef("code")
    )
    rows: dict[str, tuple[str, QuerySet[Any, Any]]] = {
        "handovers": (
            "Offered to you",
            offered.select_related("runbook", "offered_by").order_by("offered_at"),
        ),
        "unconfirmed": (
            "Yours? An import guessed it",
            mine.filter(owner_confirmed=False).order_by("title", "pk"),
        ),
        "reports": (
            "Reports on steps",
            Report.objects.open()
            .filter(runbook__in=ids)
            .select_related("runbook", "by")
            .order_by(_by_verdict(), "-created_at", "-pk"),
        ),
        "proposals": (
            "Proposals waiting for you",
            Proposal.objects.open()
            .filter(Q(runbook__in=ids) | Q(runbook=None, proposed_owner=person))
            .exclude(proposed_by=person)
            .select_related("runbook", "proposed_by")
            .defer("text"),
        ),
        "prevention": (
            "Prevention still open",
            PreventionItem.objects.filter(
                runbook__in=ids, named=True, state=PreventionItem.State.OPEN
            )
            .select_related("runbook")
            .order_by("opened_at", "pk"),
        ),
        "findings": (
            "Findings",
            Debt.objects.filter(~Exists(waived), runbook__in=ids)
            .order_by()
            .values("runbook__slug", "runbook__title")
            .annotate(count=Count("pk"), blocking=Count("pk", filter=Q(blocking=True)))
            .order_by("-blocking", "-count", "runbook__title"),
        ),
        "undrilled": (
            "Never drilled",
            mine.filter(trust__drilled_on=None).order_by(_by_severity(), "title", "pk"),
        ),
        "given": (
            "Offered to others",
            Handover.objects.open()
            .filter(runbook__in=ids)
            .select_related("runbook", "to")
            .order_by("offered_at"),
        ),
    }
    for name, (title, ask) in more_parts.items():
        rows[name] = (title, ask(ids))
    return [
        (name, _part(name, title, found, pages.get(name, "1")))
        for name, (title, found) in rows.items()
    ]


def _part(name: str, title: str, found: QuerySet[Any, Any], page: str) -> Part:
    paginator = Paginator(found, FEW)
    return Part(name, title, paginator.count, paginator.get_page(page))


def _by_severity() -> Case:
    ranks = [When(severity=value, then=Value(rank)) for rank, value in enumerate(_URGENT)]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())


def _by_verdict() -> Case:
    worst = ("wrong", "blocked", "missing")
    ranks = [When(verdict=value, then=Value(rank)) for rank, value in enumerate(worst)]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())

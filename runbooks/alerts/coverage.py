"""Which alerts lead to a live runbook, which lead nowhere, and which runbooks no rule leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, When
from django.db.models.expressions import OrderBy

from portal.accounts.access import NOBODY, Viewer
from runbooks.alerts.models import IS_LED, Rule
from runbooks.models import Runbook

PER_PAGE = 50
LISTS = ("missing", "dead", "unled")


@dataclass(frozen=True, slots=True)
class Counts:
    """`alerts` and what follows count alert names, however many rules fire them; `rules` counts rules."""

    rules: int
    alerts: int
    missing: int
    dead: int
    runbooks: int
    unled: int

    @property
    def covered(self) -> int:
        return self.alerts - self.missing


@dataclass(frozen=True, slots=True)
class Coverage:
    """One page of one list, and what stands above it."""

    counts: Counts
    chosen: str
    service: str
    group: str
    words: str
    page: Page[Any]
    services: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not self.counts.rules

    @property
    def narrowed(self) -> bool:
        return bool(self.service or self.group or self.words)

    def address(self, **changes: str | int) -> str:
        known = {"list": self.chosen, "service": self.service, "group": self.group, "q": self.words}
        asked = {**known, **changes}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    @property
    def next_address(self) -> str:
        return self.address(page=self.page.next_page_number())

    @property
    def previous_address(self) -> str:
        return self.address(page=self.page.previous_page_number())


def counts(viewer: Viewer = NOBODY) -> Counts:
    """Two queries: over all rules, and over all live runbooks."""
    told = Rule.objects.aggregate(
        rules=Count("pk"),
        alerts=Count("folded", distinct=True),
        led=Count("folded", distinct=True, filter=IS_LED),
        dead=Count("folded", distinct=True, filter=Q(link_state=Rule.LinkState.DEAD)),
    )
    live = (
        Runbook.objects.live()
        .seen_by(viewer)
        .aggregate(runbooks=Count("pk"), unled=Count("pk", filter=~_led_to()))
    )
    return Counts(
        rules=told["rules"],
        alerts=told["alerts"],
        missing=told["alerts"] - told["led"],
        dead=told["dead"],
        runbooks=live["runbooks"],
        unled=live["unled"],
    )


def _led_to() -> Exists:
    rules = Rule.objects.filter(
        Q(runbook=OuterRef("pk"))
        | Q(runbook__state=Runbook.State.RETIRED, runbook__successor=OuterRef("pk"))
    )
    return Exists(rules)


def coverage_of(asked: Mapping[str, str], viewer: Viewer = NOBODY) -> Coverage:
    """What `?list=&service=&group=&q=&page=` asks for; what is unknown in it is left out."""
    chosen = asked.get("list", "")
    chosen = chosen if chosen in LISTS else LISTS[0]
    service, group, words = (
        asked.get(name, "").replace("\0", "")[:300].strip() for name in ("service", "group", "q")
    )
    rows = _rows(chosen, service, group, words, viewer)
    paginator: Paginator[Any] = Paginator(rows, PER_PAGE)
    return Coverage(
        counts=counts(viewer),
        chosen=chosen,
        service=service,
        group=group,
        words=words,
        page=paginator.get_page(asked.get("page")),
        services=_values("service_word"),
        groups=_values("group"),
    )


def _values(name: str) -> list[str]:
    found = Rule.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True)
    return list(found.distinct()[:300])


def _rows(chosen: str, service: str, group: str, words: str, viewer: Viewer) -> QuerySet[Any]:
    if chosen == "unled":
        runbooks = Runbook.objects.live().seen_by(viewer).filter(~_led_to()).select_related("owner")
        if service:
            runbooks = runbooks.filter(
                Q(services__slug=service) | Q(services__name=service)
            ).distinct()
        if words:
            runbooks = runbooks.filter(title__icontains=words)
        return runbooks.prefetch_related("services").order_by("title", "pk")
    if chosen == "missing":
        rules = Rule.objects.exclude(folded__in=Rule.objects.led().values("folded"))
    else:
        rules = Rule.objects.dead_link()
    if service:
        rules = rules.filter(service_word=service)
    if group:
        rules = rules.filter(group=group)
    if words:
        rules = rules.filter(folded__contains=words.casefold())
    # One row for an alert, however many rules fire it: its first.
    firsts = rules.order_by().values("folded").annotate(first=Min("pk")).values("first")
    found = Rule.objects.filter(pk__in=firsts).select_related("runbook")
    return found.order_by(_by_severity(), "folded", "pk")


def _by_severity() -> OrderBy:
    """The most severe first, what says nothing of it last."""
    ranked = [When(severity=name, then=rank) for rank, name in enumerate(Runbook.Severity.values)]
    return Case(*ranked, default=-1).desc()

"""Which alerts lead to a live runbook, which lead nowhere, and which runbooks no rule leads to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, When
from django.db.models.expressions import OrderBy

from portal.accounts.access import NOBODY, Viewer
from portal.typed import words_of
from runbooks.alerts.models import IS_LED, Rule, RuleQuerySet
from runbooks.alerts.service_words import sees, services_of_words
from runbooks.models import Runbook, Service

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
class Listed:
    """A row of the first two lists. `runbook` is what its name leads to; `private`: that is not for them."""

    rule: Rule
    service: str
    service_key: str
    runbook: Runbook | None
    private: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """One page of one list, and what stands above it."""

    counts: Counts
    chosen: str
    service: str
    group: str
    words: str
    page: Page[Any]
    rows: list[Listed] = field(default_factory=list)
    #: What is chosen by, and what it is called.
    services: list[tuple[str, str]] = field(default_factory=list)
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


def counts(viewer: Viewer = NOBODY, *, hidden: Collection[str] = ()) -> Counts:
    """Two queries: over all rules but those of `hidden` services, and over all live runbooks."""
    told = _rules(hidden).aggregate(
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


def _rules(hidden: Collection[str]) -> RuleQuerySet:
    return Rule.objects.exclude(service_word__in=hidden) if hidden else Rule.objects.all()


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
    service, group, words = (words_of(asked, name, 300) for name in ("service", "group", "q"))
    known = services_of_words()
    hidden = [word for word, one in known.items() if one and not sees(viewer, one)]
    shown = {word: one for word, one in known.items() if word not in hidden}
    words_of_it = [word for word, one in shown.items() if service in (word, one and one.slug)]
    if chosen == "unled":
        rows: QuerySet[Any] = _unled(service, words, viewer)
    else:
        found = _rules(hidden)
        if service:
            found = found.filter(service_word__in=words_of_it)
        rows = _firsts(found, chosen, group, words)
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    return Coverage(
        counts=counts(viewer, hidden=hidden),
        chosen=chosen,
        service=service,
        group=group,
        words=words,
        page=page,
        rows=[] if chosen == "unled" else _listed(page, shown, viewer),
        services=_choices(shown),
        groups=_groups(hidden),
    )


def _choices(known: Mapping[str, Service | None]) -> list[tuple[str, str]]:
    found = {(one.slug, one.name) if one else (word, word) for word, one in known.items()}
    return sorted(found, key=lambda choice: choice[1].casefold())[:300]


def _groups(hidden: Collection[str]) -> list[str]:
    found = _rules(hidden).exclude(group="").order_by("group").values_list("group", flat=True)
    return list(found.distinct()[:300])


def _listed(
    rules: Iterable[Rule], known: Mapping[str, Service | None], viewer: Viewer
) -> list[Listed]:
    rules = list(rules)
    led_to = [rule.runbook_id for rule in rules if rule.runbook_id]
    seen = Runbook.objects.seen_by(viewer).in_bulk(led_to) if led_to else {}
    listed = []
    for rule in rules:
        service = known.get(rule.service_word)
        runbook = seen.get(rule.runbook_id or 0)
        listed.append(
            Listed(
                rule,
                service=service.name if service else rule.service_word,
                service_key=service.slug if service else rule.service_word,
                runbook=runbook,
                private=bool(rule.runbook_id) and runbook is None,
            )
        )
    return listed


def _unled(service: str, words: str, viewer: Viewer) -> QuerySet[Runbook]:
    found = Runbook.objects.live().seen_by(viewer).filter(~_led_to()).select_related("owner")
    if service:
        found = found.filter(Q(services__slug=service) | Q(services__name=service)).distinct()
    if words:
        found = found.filter(title__icontains=words)
    return found.prefetch_related("services").order_by("title", "pk")


def _firsts(rules: RuleQuerySet, chosen: str, group: str, words: str) -> QuerySet[Rule]:
    """Of the alerts that are missing, or whose link is dead: one row each, however many rules fire it."""
    if chosen == "missing":
        rules = rules.exclude(folded__in=Rule.objects.led().values("folded"))
    else:
        rules = rules.dead_link()
    if group:
        rules = rules.filter(group=group)
    if words:
        rules = rules.filter(folded__contains=words.casefold())
    firsts = rules.order_by().values("folded").annotate(first=Min("pk")).values("first")
    return Rule.objects.filter(pk__in=firsts).order_by(_by_severity(), "folded", "pk")


def _by_severity() -> OrderBy:
    """The most severe first, what says nothing of it last."""
    ranked = [When(severity=name, then=rank) for rank, name in enumerate(Runbook.Severity.values)]
    return Case(*ranked, default=-1).desc()

"""What names, slugs and addresses lead to, asked of the library for many at once, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from portal.accounts.access import Viewer
from runbooks import privacy
from runbooks.alerts.links import Target, spellings, target_of
from runbooks.alerts.matching import Matcher, Verdict, verdict
from runbooks.document import severity_named
from runbooks.models import AlertName, Alias, Runbook
from runbooks.naming import fold_address, slug_of

#: SQLite takes 32,766 parameters; PostgreSQL plans short lists better.
_CHUNK = 500
_FACTS = (
    "pk",
    "slug",
    "title",
    "state",
    "severity",
    "successor__slug",
    "successor__state",
    "successor__owner",
    "owner",
)
#: Labels that may name a service, the most telling first.
SERVICE_LABELS = (
    "service",
    "app",
    "app_kubernetes_io_name",
    "component",
    "job",
    "deployment",
    "namespace",
    "team",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A runbook that a name leads to: live, or retired (and then perhaps followed by a live one)."""

    pk: int
    slug: str
    title: str
    state: str
    severity: str
    successor_slug: str
    successor_live: bool
    owner: int
    #: Who may see it, as privacy.audience says; "" for everybody. The same of the successor.
    audience: str = ""
    successor_owner: int = 0
    successor_audience: str = ""

    @property
    def live(self) -> bool:
        return self.state == Runbook.State.LIVE or self.successor_live

    @property
    def address_slug(self) -> str:
        """Where the reader is sent: a retired runbook's live successor in its place."""
        return self.successor_slug if self.successor_live else self.slug

    @property
    def private(self) -> bool:
        return bool(self.audience or (self.successor_live and self.successor_audience))

    @property
    def whom_to_ask(self) -> int:
        return self.successor_owner if self.successor_live else self.owner

    def seen_by(self, viewer: Viewer) -> bool:
        """It, and what it leads to in its place."""
        one = privacy.may_see(viewer, audience=self.audience, owner=self.owner)
        if not (one and self.successor_live):
            return one
        return privacy.may_see(viewer, audience=self.successor_audience, owner=self.successor_owner)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A runbook that answers an alert, and the labels it answers it for."""

    found: Found
    matchers: tuple[Matcher, ...] = ()
    stated: bool = True
    services: tuple[str, ...] = ()  # their slugs, and below their names in the same order
    service_names: tuple[str, ...] = ()


@dataclass(slots=True)
class Library:
    """The part of the library that the words it was loaded for can lead to."""

    names: dict[str, list[Candidate]] = field(default_factory=dict)
    slugs: dict[str, Found] = field(default_factory=dict)
    addresses: dict[str, Found] = field(default_factory=dict)
    site_url: str = ""

    def by_name(self, alert: str) -> list[Candidate]:
        """Those that name the alert; else the one whose slug is the alert's name."""
        named = self.names.get(alert.casefold())
        if named:
            return named
        found = self.by_slug(slug_of(alert))
        return [Candidate(found)] if found else []

    def by_slug(self, slug: str) -> Found | None:
        return next((self.slugs[s] for s in spellings(slug) if s in self.slugs), None)

    def by_link(self, link: str) -> Found | None:
        """Where a `runbook_url` leads here, if anywhere."""
        target = target_of(link, site_url=self.site_url)
        if target.alert:
            candidates = self.by_name(target.alert)
            return best(candidates).found if candidates else None
        if target.address in self.addresses:
            return self.addresses[target.address]
        return next((found for s in target.slugs if (found := self.by_slug(s))), None)

    def guesses(self, link: str) -> bool:
        """Nothing but the last part of its address speaks for it: what is there, the portal cannot know."""
        target = target_of(link, site_url=self.site_url)
        known = target.ours or target.relative or target.address in self.addresses
        return not known


def library_for(alerts: Iterable[str], links: Iterable[str] = (), *, site_url: str = "") -> Library:
    """Three queries for each 500 alerts and links, and one more where links are relative.

    `site_url` is the portal's own address, where it is not the one of the settings."""
    site_url = site_url or settings.SITE_URL
    targets = [target_of(link, site_url=site_url) for link in links]
    names = {alert.casefold() for alert in alerts}
    names |= {target.alert.casefold() for target in targets if target.alert}
    slugs = {s for name in names if (slug := slug_of(name)) for s in spellings(slug)}
    slugs |= {s for target in targets for slug in target.slugs for s in spellings(slug)}
    addresses = {target.address for target in targets if target.address and not target.ours}
    library = Library(site_url=site_url)
    for chunk in _chunks(names):
        _load_names(library, chunk)
    for chunk in _chunks(slugs):
        for row in (
            Runbook.objects.readable().filter(slug__in=chunk).values(*_FACTS, **_audiences())
        ):
            library.slugs[row["slug"]] = _found(row)
    for kind, values in ((Alias.Kind.SLUG, slugs), (Alias.Kind.ADDRESS, addresses)):
        for chunk in _chunks(values):
            _load_aliases(library, kind, chunk)
    _load_relative(library, targets)
    return library


def candidates_for(alert: str) -> list[Candidate]:
    """Who names this alert, services included: one query."""
    library = Library()
    _load_names(library, [alert.casefold()], services=True)
    return library.names.get(alert.casefold(), [])


def old_name(name: str) -> Found | None:
    """The runbook with this slug, or that used to have this slug or address: two queries."""
    slug = slug_of(name)
    library = Library()
    for row in (
        Runbook.objects.readable().filter(slug__in=spellings(slug)).values(*_FACTS, **_audiences())
    ):
        library.slugs[row["slug"]] = _found(row)
    found = library.by_slug(slug)
    if found is None:
        _load_aliases(library, None, [*spellings(slug), name.casefold(), fold_address(name)])
        found = library.by_slug(slug) or next(iter(library.addresses.values()), None)
    return found


def fitting(candidates: Iterable[Candidate], labels: Mapping[str, str]) -> list[Candidate]:
    """Those that the labels do not rule out, the most specific first: by matchers that fit, then by those
    that nothing is known of, then by the service and the severity in the labels. Live ones only, where
    there are any."""
    services = {slug_of(labels[name]) for name in SERVICE_LABELS if labels.get(name)}
    severity = severity_named(labels.get("severity", ""))
    left = [(verdict(c.matchers, labels), c) for c in candidates]
    left = [(answer, c) for answer, c in left if answer is not Verdict.NO]
    if any(c.found.live for _, c in left):
        left = [(answer, c) for answer, c in left if c.found.live]

    def order(pair: tuple[Verdict, Candidate]) -> tuple[bool, int, bool, bool, bool, str]:
        answer, candidate = pair
        return (
            answer is not Verdict.YES,
            -len(candidate.matchers),
            not services.intersection(candidate.services),
            not severity or candidate.found.severity != severity,
            not candidate.stated,
            candidate.found.title.casefold(),
        )

    # A runbook may state an alert more than once; its best entry speaks for it.
    first: dict[str, Candidate] = {}
    for _, candidate in sorted(left, key=order):
        first.setdefault(candidate.found.address_slug, candidate)
    return list(first.values())


def parted(
    candidates: Iterable[Candidate], viewer: Viewer
) -> tuple[list[Candidate], list[Candidate]]:
    """Those that the viewer may see, and those of private services that they may not."""
    seen: list[Candidate] = []
    hidden: list[Candidate] = []
    for candidate in candidates:
        (seen if candidate.found.seen_by(viewer) else hidden).append(candidate)
    return seen, hidden


def best(candidates: list[Candidate]) -> Candidate:
    """The one that a rule leads to when its labels are not known: the most general, live first."""
    return min(candidates, key=lambda c: (not c.found.live, not c.stated, len(c.matchers)))


def _load_names(library: Library, names: Iterable[str], *, services: bool = False) -> None:
    facts = [f"runbook__{fact}" for fact in _FACTS]
    columns = ["pk", "folded", "matchers", "stated", *facts]
    if services:
        columns += ["runbook__services__slug", "runbook__services__name"]
    rows = AlertName.objects.filter(folded__in=names, runbook__live_revision__isnull=False)
    seen: dict[int, tuple[dict[str, Any], dict[str, str]]] = {}
    for row in rows.order_by("pk").values(*columns, **_audiences("runbook__")):
        _, named = seen.setdefault(row["pk"], (row, {}))
        if row.get("runbook__services__slug"):
            named[row["runbook__services__slug"]] = row["runbook__services__name"]
    loaded: dict[str, list[Candidate]] = defaultdict(list)
    for row, named in seen.values():
        found = _found(_of_runbook(row))
        matchers = tuple(tuple(matcher) for matcher in row["matchers"])
        loaded[row["folded"]].append(
            Candidate(found, matchers, row["stated"], tuple(named), tuple(named.values()))
        )
    library.names.update(loaded)


def _load_aliases(library: Library, kind: str | None, values: Iterable[str]) -> None:
    columns = ["kind", "folded", *(f"runbook__{fact}" for fact in _FACTS)]
    rows = Alias.objects.filter(folded__in=list(values), runbook__live_revision__isnull=False)
    for row in (rows.filter(kind=kind) if kind else rows).values(
        *columns, **_audiences("runbook__")
    ):
        found = _found(_of_runbook(row))
        if row["kind"] == Alias.Kind.SLUG:
            library.slugs.setdefault(row["folded"], found)
        else:
            library.addresses.setdefault(row["folded"], found)


def _load_relative(library: Library, targets: Iterable[Target]) -> None:
    """`docs/kube/kubernetes.md` ends exactly one known address: that is the one that is meant."""
    wanted = {
        target.address
        for target in targets
        if target.relative and "/" in target.address and target.address not in library.addresses
    }
    if not wanted:
        return
    columns = ["folded", *(f"runbook__{fact}" for fact in _FACTS)]
    rows = Alias.objects.filter(kind=Alias.Kind.ADDRESS, runbook__live_revision__isnull=False)
    ends: dict[str, dict[int, Found]] = defaultdict(dict)
    for row in rows.values(*columns, **_audiences("runbook__")).iterator():
        segments = row["folded"].split("/")
        for start in range(1, len(segments)):
            tail = "/".join(segments[start:])
            if tail in wanted:
                found = _found(_of_runbook(row))
                ends[tail][found.pk] = found
    for tail, several in ends.items():
        if len(several) == 1:
            library.addresses[tail] = next(iter(several.values()))


#: Who may see it, and what takes its place: annotations of a runbook, or of what leads to one.
_AUDIENCES = ("audience", "successor_audience")


def _audiences(path: str = "") -> dict[str, Any]:
    return {
        "audience": privacy.audience(f"{path}pk"),
        "successor_audience": privacy.audience(f"{path}successor"),
    }


def _of_runbook(row: Mapping[str, Any]) -> dict[str, Any]:
    """The runbook's facts from a row of something that leads to it."""
    facts = {fact: row[f"runbook__{fact}"] for fact in _FACTS}
    return facts | {name: row[name] for name in _AUDIENCES}


def _found(row: Mapping[str, Any]) -> Found:
    return Found(
        pk=row["pk"],
        slug=row["slug"],
        title=row["title"],
        state=row["state"],
        severity=row["severity"],
        successor_slug=row["successor__slug"] or "",
        successor_live=(
            row["state"] != Runbook.State.LIVE and row["successor__state"] == Runbook.State.LIVE
        ),
        owner=row["owner"],
        audience=row["audience"],
        successor_owner=row["successor__owner"] or 0,
        successor_audience=row["successor_audience"],
    )


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]

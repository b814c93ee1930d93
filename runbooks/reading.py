"""One runbook as its page shows it: found by its address, drawn once, kept until something changes."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, Expression, ExpressionWrapper, Q, Subquery, Value
from django.template.loader import render_to_string

from runbooks import privacy
from runbooks.beside_steps import beside_steps
from runbooks.kept import Kept
from runbooks.models import Alias, Runbook
from runbooks.naming import slug_of
from runbooks.page_facts import page_facts
from runbooks.reporting import open_reports
from runbooks.trust import ago, freshness, worst
from runbooks.variables import fill
from runbooks.worn import debts_of_a_page, service_names_of_a_page, worn

#: A colleague's new name, or a related runbook's new title, may be so old on the page.
KEPT_SECONDS = 600
#: For each process; some hundreds of pages, which is what an incident and its neighbours need.
KEPT_BYTES = 16 * 1024 * 1024

_FOUND = (
    "pk",
    "slug",
    "state",
    "live_revision_id",
    "live_revision__rendering__renderer",
    "trust__version",
    "updated_at",
    "successor__slug",
)
_ANY = "any-slug-at-all"
#: What rooms let the top of the page say, asked in the page's own query: name in the template -> a subquery
#: over `Runbook`. Who adds one raises the trust line's version when its answer changes.
said_on_top: dict[str, Callable[[], Subquery]] = {}
#: Whether a room wants to hear who opens a page (hooks.on_opened), asked in the narrow query.
watches: list[Callable[[], Exists]] = []


@dataclass(frozen=True, slots=True)
class Found:
    """What one narrow query says of an address: enough to know whether a kept page is still right."""

    pk: int
    slug: str
    state: str
    revision: int
    renderer: int
    trust: int
    changed: str
    successor: str
    #: Who may see it, as privacy.audience says; "" for everybody.
    audience: str
    owner: int
    #: The page is the same one.
    watched: bool = field(default=False, compare=False)

    @property
    def retired(self) -> bool:
        return self.state == Runbook.State.RETIRED


@dataclass(frozen=True, slots=True)
class Shown:
    """What depends on an alert's values: the band that lists them, and the steps that hold them."""

    band: str
    body: str


@dataclass(frozen=True, slots=True)
class Page:
    """The runbook's HTML in the pieces between which an alert's values stand.

    `body` holds its variables as `variables.placeholder` wrote them; `unfilled` is how both look when no
    alert led here.
    """

    title: str
    opening: str
    body: str
    dock: str
    variables: tuple[str, ...]
    unfilled: Shown

    @property
    def size(self) -> int:
        """Bytes in memory, roughly: where nothing is to be filled in, both bodies are one text."""
        bodies = {self.body, self.unfilled.body}
        return sum(map(len, (self.opening, self.dock, self.unfilled.band, *bodies)))


_pages: Kept[Page] = Kept(most_bytes=KEPT_BYTES, seconds=KEPT_SECONDS)


def find(slug: str) -> Found | None:
    sql, parameters = _finding(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [slug if value is _ANY else value for value in parameters])
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    pk, known, state, revision, renderer, trust, changed, successor, audience, owner, seen = row
    facts = pk, known, state, revision, renderer, trust, str(changed), successor or ""
    return Found(*facts, audience=audience, owner=owner, watched=bool(seen))


@functools.cache
def _finding(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The SQL of the narrow query, with `_ANY` where the slug goes: it is asked for every page, and
    putting it together would cost more than the database's answer."""
    query = (
        Runbook.objects.readable()
        .filter(slug=_ANY)
        .values_list(*_FOUND, privacy.audience(), "owner_id", watched())[:1]
        .query
    )
    sql, parameters = query.sql_with_params()
    return sql, tuple(_ANY if value == _ANY else value for value in parameters)


def watched() -> Expression:
    """An annotation of runbooks: whether any room wants to hear who opens its page."""
    asked = [Q(watch()) for watch in watches]
    if not asked:
        return Value(False, output_field=BooleanField())
    return ExpressionWrapper(functools.reduce(operator.or_, asked), output_field=BooleanField())


def moved_to(slug: str) -> str | None:
    """The slug that an old one, or another spelling of one, leads to; None when it leads nowhere."""
    found = Runbook.objects.readable().filter(
        Q(aliases__kind=Alias.Kind.SLUG, aliases__folded=slug.casefold()) | Q(slug=slug_of(slug))
    )
    return found.exclude(slug=slug).values_list("slug", flat=True).first()


def page(found: Found, *, today: date) -> Page:
    """The page of a runbook, from this process's memory where nothing has changed."""
    key = (found, today)
    known = _pages.get(key)
    if known is None:
        known = _drawn(found, today=today)
        _pages.put(key, known, known.size)
    return known


def with_values(page: Page, labels: Mapping[str, str]) -> Shown:
    """The page's changing parts with an alert's labels put into the commands."""
    return _filled(page.body, page.variables, labels) if labels else page.unfilled


def _drawn(found: Found, *, today: date) -> Page:
    runbook = (
        Runbook.objects.for_page()
        .annotate(debt_rows=debts_of_a_page(), service_rows=service_names_of_a_page())
        .annotate(**{name: make() for name, make in said_on_top.items()})
        .select_related("live_revision__accepted_by")
        .defer("live_revision__text", "live_revision__rendering__plain")
        .get(pk=found.pk)
    )
    revision = runbook.live_revision
    assert revision is not None  # readable() says so  # noqa: S101
    trust = runbook.trust
    all_debts = worn(getattr(runbook, "debt_rows", None))
    debts = [debt for debt in all_debts if not debt.reason]
    context = {
        "runbook": runbook,
        "revision": revision,
        "owner": runbook.owner,
        "trust": trust,
        "debts": debts,
        "waived": all_debts[len(debts) :],
        "dangerous": sum(debt.dangerous for debt in debts),
        "rendering": revision.rendering,
        "steps_html": beside_steps(
            revision.rendering.steps_html,
            slug=runbook.slug,
            reports=open_reports(runbook) if trust.reports else [],
        ),
        "fresh": freshness(reviewed_on=trust.reviewed_on, due_on=trust.due_on, today=today),
        "wrong": worst(trust.reports),
        "changed": ago(revision.accepted_at.date(), today=today),
        "said": {name: getattr(runbook, name) for name in said_on_top},
        "others": _others(runbook, revision.rendering.facts.get("related", []), found.audience),
        **page_facts(
            revision.rendering.facts,
            severity=runbook.severity,
            service_names=dict(getattr(runbook, "service_rows", None) or ()),
        ),
    }
    body = render_to_string("runbooks/_body.html", context)
    variables = tuple(used["name"] for used in revision.rendering.facts.get("variables", []))
    return Page(
        title=runbook.title,
        opening=render_to_string("runbooks/_opening.html", context),
        body=body,
        dock=render_to_string("runbooks/_dock.html", context),
        variables=variables,
        unfilled=_filled(body, variables, {}),
    )


def _others(runbook: Runbook, related: list[str], audience: str) -> dict[str, list[Runbook]]:
    """The related runbooks in the text's order, and those that this one replaces, in one query.

    The page is the same for all who may see it: it names what everybody may see, or just the same people.
    """
    found = list(
        Runbook.objects.readable()
        .annotate(audience=privacy.audience())
        .filter(audience__in=["", audience])
        .filter(Q(slug__in=related) | Q(successor=runbook))
        .exclude(pk=runbook.pk)
        .only("slug", "title", "state", "successor_id")
    )
    return {
        "related": sorted(
            (r for r in found if r.slug in related and r.state == Runbook.State.LIVE),
            key=lambda r: related.index(r.slug),
        ),
        "replaced": [r for r in found if r.successor_id == runbook.pk],
    }


def _filled(body: str, variables: tuple[str, ...], labels: Mapping[str, str]) -> Shown:
    filled = fill(body, labels)
    alert = labels.get("alertname", "")
    if not variables and not labels:
        return Shown("", filled.html)
    quoted = set(filled.quoted)
    context: dict[str, Any] = {
        "alert": alert,
        "led_here": bool(labels),
        "known": [
            {"name": name, "value": filled.used[name], "quoted": name in quoted}
            for name in variables
            if name in filled.used
        ],
        "missing": [name for name in variables if name not in filled.used],
        "quoted": [name for name in variables if name in quoted],
        "others": [(name, value) for name, value in labels.items() if name not in variables],
    }
    return Shown(render_to_string("runbooks/_values.html", context), filled.html)

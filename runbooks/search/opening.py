"""What stands on the search page before anything is typed, and what its filters offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from portal.accounts.access import Right, Viewer, may, viewer
from portal.accounts.models import User
from portal.http import HttpRequest
from runbooks import privacy
from runbooks.models import Alias, Runbook, Service
from runbooks.naming import fold_address
from runbooks.search.engine import Filters
from runbooks.search.models import SearchDocument
from runbooks.search.showing import Row
from runbooks.trust import DUE_SOON_DAYS, ago, freshness, worst

RECENT = 8
DUE = 5
#: A new service or owner is offered as a filter after so long at the latest.
CHOICES_SECONDS = 60
_HEAVIEST_FIRST = ("critical", "high", "medium", "low", "")

_COLUMNS = (
    "runbook__slug",
    "runbook__title",
    "runbook__severity",
    "runbook__owner__name",
    "runbook__owner__username",
    "runbook__trust__reviewed_on",
    "runbook__trust__due_on",
    "runbook__trust__reports",
    "runbook__live_revision__accepted_at",
    "shown",
)


@dataclass(frozen=True, slots=True)
class Recent:
    row: Row
    changed: str


def start(request: HttpRequest) -> dict[str, object]:
    """Recently changed, due for review (the most severe first), and the services of one's own teams."""
    today = timezone.localdate()
    soon = today + timedelta(days=DUE_SOON_DAYS)
    live = Runbook.objects.live().seen_by(viewer(request))
    recent = live.order_by(F("live_revision__accepted_at").desc(), "pk")[:RECENT]
    due = live.filter(trust__due_on__lte=soon).order_by("trust__due_on", "pk")[: 4 * DUE]
    rows = list(
        SearchDocument.objects.filter(
            Q(pk__in=recent.values("pk")) | Q(pk__in=due.values("pk"))
        ).values_list(*_COLUMNS)
    )
    return {
        "recent": _recent(rows, today),
        "due": _due(rows, today, soon),
        "may_import": may(request, Right.IMPORT),
        "mine": _mine(request.user) if request.user.is_authenticated else [],
    }


def listed(filters: Filters, *, limit: int, viewer: Viewer) -> list[Row]:
    """What the filters leave when nothing is typed, by title."""
    wanted = {
        "runbook__services__slug": filters.service,
        "runbook__severity": filters.severity,
        "runbook__owner__username": filters.owner,
        "runbook__state": filters.state,
    }
    found = SearchDocument.objects.filter(**{k: v for k, v in wanted.items() if v})
    visible = privacy.seen_by(viewer, "pk", "runbook__owner")
    found = found if visible is None else found.filter(visible)
    today = timezone.localdate()
    rows = found.order_by("runbook__title", "pk").values_list(*_COLUMNS)[:limit]
    return [_row(row, today, retired=filters.state == Runbook.State.RETIRED) for row in rows]


def by_old_address(query: str, *, viewer: Viewer) -> list[Row]:
    """The runbook that lived at this address before it came here; [] where the query is no such address."""
    if not query.startswith(("http://", "https://")) or any(char.isspace() for char in query):
        return []
    try:
        folded = fold_address(query)
    except ValueError:
        return []
    found = SearchDocument.objects.filter(
        runbook__aliases__kind=Alias.Kind.ADDRESS, runbook__aliases__folded=folded
    )
    visible = privacy.seen_by(viewer, "pk", "runbook__owner")
    found = found if visible is None else found.filter(visible)
    today = timezone.localdate()
    return [_row(row, today) for row in found.values_list(*_COLUMNS)[:1]]


def _recent(rows: list[tuple[Any, ...]], today: date) -> list[Recent]:
    newest = sorted(rows, key=lambda row: row[8], reverse=True)[:RECENT]
    return [Recent(_row(row, today), ago(row[8].date(), today=today)) for row in newest]


def _due(rows: list[tuple[Any, ...]], today: date, soon: date) -> list[Row]:
    due = [row for row in rows if row[6] is not None and row[6] <= soon]
    due.sort(key=lambda row: (_HEAVIEST_FIRST.index(row[2]), row[6]))
    return [_row(row, today) for row in due[:DUE]]


def _row(row: tuple[Any, ...], today: date, *, retired: bool = False) -> Row:
    slug, title, severity, name, username, reviewed_on, due_on, reports, _, shown = row
    return Row(
        url=reverse("runbooks:runbook", args=[slug]),
        title=title,
        label="",
        line="",
        services=", ".join(name for _, name in shown["services"]),
        severity=severity,
        owner=name or username,
        retired=retired,
        fresh=freshness(reviewed_on=reviewed_on, due_on=due_on, today=today),
        wrong=worst(reports or ()),
    )


def _mine(user: User) -> list[tuple[str, str]]:
    mine = Service.objects.filter(Q(team__people=user) | Q(owner=user)).distinct()
    return list(mine.order_by("name").values_list("slug", "name")[:24])


def choices(who: Viewer) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, kept for a minute: a select box need not cost a query on each page."""
    kept: dict[str, Any] | None = cache.get("search:choices")
    if kept is None:
        owners = User.objects.filter(runbooks_owned__state=Runbook.State.LIVE).distinct()
        kept = {
            "services": list(
                Service.objects.order_by("name").values_list(
                    "slug", "name", "private", "team_id", "owner_id"
                )
            ),
            "severities": [(str(value), str(name)) for value, name in Runbook.Severity.choices][
                ::-1
            ],
            "owners": list(owners.order_by("name").values_list("username", "name")),
        }
        if kept["services"]:  # a first import is seen at once
            cache.set("search:choices", kept, CHOICES_SECONDS)
    # Kept once for all; who is asking is only then told their part of it.
    seen = [
        (slug, name)
        for slug, name, private, team, owner in kept["services"]
        if not private or who.sees_all or team in who.teams or owner == (who.person_id or 0)
    ]
    return {**kept, "services": seen}


def options(offered: dict[str, list[tuple[str, str]]], filters: Filters) -> dict[str, SafeString]:
    """The select boxes' options as HTML: a hundred services are drawn once, not on each page."""
    chosen = {"services": filters.service, "severities": filters.severity, "owners": filters.owner}
    return {name: _chosen(_drawn(tuple(offered[name])), value) for name, value in chosen.items()}


@lru_cache(maxsize=64)
def _drawn(pairs: tuple[tuple[str, str], ...]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', pairs)


def _chosen(drawn: SafeString, value: str) -> SafeString:
    """With this value selected; without one, the box's own "any" is."""
    attribute = format_html('value="{}"', value)
    return mark_safe(drawn.replace(attribute, f"{attribute} selected", 1)) if value else drawn  # noqa: S308

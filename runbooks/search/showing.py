"""An answer as the page shows it: rows, and whether anything in them answers at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html

from portal.accounts.access import Viewer
from runbooks.models import Runbook, Service
from runbooks.naming import slug_of
from runbooks.search.finding import Answer, Result
from runbooks.trust import Freshness, Wrong, freshness, worst

#: Below this the best result shares only stray words with the question: it is shown as "nearest".
#: Of the judged questions to the development corpus none had its right runbook first with less.
WEAK_SCORE = 0.35
#: A longer question is pasted: that a runbook lacks most of a log line's words says little.
_SHORT = 8
_LONGEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One row of results. `title` and `line` are safe HTML."""

    url: str
    title: str
    label: str
    line: str
    services: str
    severity: str
    owner: str
    retired: bool
    fresh: Freshness
    wrong: Wrong | None


def row_of(result: Result, *, today: date, query: str = "") -> Row:
    """Whoever asks for an alert by its name is told that this answers it, not some line of the text."""
    asked = query.strip().casefold()
    alert = next((name for name in result.alerts if name.casefold() == asked), "")
    return Row(
        url=result.url,
        title=result.title_html,
        label="answers" if alert else result.line_label,
        line=format_html("<mark>{}</mark>", alert) if alert else result.line_html,
        services=result.service_names,
        severity=result.severity,
        owner=result.owner_name,
        retired=result.state == Runbook.State.RETIRED,
        fresh=freshness(reviewed_on=result.reviewed_on, due_on=result.due_on, today=today),
        wrong=worst(result.reports),
    )


def answers(found: Answer) -> bool:
    """Whether the best result is more than the nearest there is."""
    if not found.results:
        return False
    if found.words <= _SHORT and 2 * len(found.unknown) >= found.words:
        return False
    best = found.results[0]
    return best.exact or best.score >= WEAK_SCORE


def services_named(query: str, viewer: Viewer) -> list[Service]:
    """The services whose names stand in the query, in its order: whom to ask."""
    words = query.split()[:60]
    slugs = {
        slug_of(" ".join(words[start:end])): start
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST_NAME, len(words) + 1))
    }
    found = Service.objects.seen_by(viewer).filter(slug__in=slugs).select_related("owner", "team")
    return sorted(found, key=lambda service: slugs[service.slug])

"""What else holds for an imported runbook once it is live: its old addresses, its last review, its first.

`settle` is a hook of publishing, so that it holds for a proposal that is accepted in the browser too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urljoin

from django.db import transaction
from django.db.models import F

from runbooks import hooks
from runbooks.importing.converting import addresses, reviewed_on
from runbooks.models import Alias, Proposal, Runbook, TrustLine
from runbooks.publishing import REVIEW_EVERY_DAYS, add_alias

#: Over so many days, two quarters, the first reviews of an imported library are spread (decision 31).
SPREAD_DAYS = 180
_WORST_FIRST: dict[str, int] = {
    Runbook.Severity.CRITICAL: 0,
    Runbook.Severity.HIGH: 1,
    Runbook.Severity.MEDIUM: 2,
    Runbook.Severity.LOW: 3,
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A runbook that an import made, whose first review nobody has dated."""

    runbook_id: int
    slug: str
    severity: str


def settle(published: hooks.Published) -> None:
    """Old addresses lead here, and the review that the file tells of counts."""
    proposal = published.revision.proposal
    if proposal.kind != Proposal.Kind.IMPORT:
        return
    runbook = published.runbook
    data = published.document.meta.unknown
    base = proposal.source_address or runbook.source_url
    for address in (proposal.source_address, *addresses(data)):
        whole = urljoin(base, address) if address.startswith("/") else address
        if whole and not whole.startswith("/"):
            add_alias(runbook, kind=Alias.Kind.ADDRESS, value=whole)
    stated = reviewed_on(data)
    if stated is not None and stated <= published.revision.accepted_at.date():
        due = stated + timedelta(days=runbook.review_every or REVIEW_EVERY_DAYS)
        later = TrustLine.objects.filter(runbook=runbook).exclude(reviewed_on__gte=stated)
        later.update(reviewed_on=stated, due_on=due, version=F("version") + 1)


def spread_first_reviews(arrived: Sequence[Arrived], *, today: date) -> None:
    """Date the first reviews evenly over two quarters, the worst severity first.

    A shorter interval of the runbook's own stays as it is.
    """
    days: dict[date, list[int]] = {}
    for runbook_id, day in first_reviews(arrived, today=today):
        days.setdefault(day, []).append(runbook_id)
    with transaction.atomic():
        for day, ids in days.items():
            for start in range(0, len(ids), 500):
                lines = TrustLine.objects.filter(
                    runbook_id__in=ids[start : start + 500], reviewed_on=None
                )
                own = lines.exclude(runbook__review_every=None).filter(due_on__lte=day)
                lines.exclude(pk__in=own.values("pk")).update(due_on=day, version=F("version") + 1)


def first_reviews(arrived: Sequence[Arrived], *, today: date) -> Iterable[tuple[int, date]]:
    ordered = sorted(arrived, key=lambda a: (_WORST_FIRST.get(a.severity, 4), a.slug))
    for place, one in enumerate(ordered):
        # The middle of its share, so that a single runbook is due in a quarter like any other.
        share = (2 * place + 1) * SPREAD_DAYS // (2 * len(ordered))
        yield one.runbook_id, today + timedelta(days=share)

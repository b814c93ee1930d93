"""The first review of what is new: dated with the publishing, and spread where a library comes in at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateField, Value, When

from runbooks.hooks import Arrived, Published
from runbooks.models import Proposal, Runbook, TrustLine
from runbooks.reviews.due import stated_of

#: Over so many days, two quarters, the first reviews of an imported library are spread.
SPREAD_DAYS = 180
_WORST_FIRST: dict[str, int] = {
    Runbook.Severity.CRITICAL: 0,
    Runbook.Severity.HIGH: 1,
    Runbook.Severity.MEDIUM: 2,
    Runbook.Severity.LOW: 3,
}
_CHUNK = 500


def date_first_reviews(published: Sequence[Published]) -> None:
    """Hook of publishing: whatever has no due date gets one. Two or three queries, however many there are."""
    undated = {
        line.runbook_id: line
        for line in TrustLine.objects.filter(
            runbook__in=[one.runbook.pk for one in published], due_on=None
        )
    }
    fresh = [one for one in published if one.runbook.pk in undated]
    if not fresh:
        return
    stated = stated_of(one.runbook for one in fresh)
    for one in fresh:
        line = undated[one.runbook.pk]
        line.due_on = _first_day(one, line, stated.get(one.runbook.pk))
        # Whoever published it goes on with this object.
        one.runbook.trust = line
    TrustLine.objects.bulk_update(undated.values(), ["due_on"], batch_size=_CHUNK)


def _first_day(one: Published, line: TrustLine, stated: int | None) -> date:
    if line.reviewed_on is not None:
        return line.reviewed_on + timedelta(days=stated or settings.REVIEW_EVERY_DAYS)
    days = stated or settings.REVIEW_EVERY_DAYS
    if one.revision.proposal.kind == Proposal.Kind.IMPORT:
        # One that is accepted on its own: by its severity and its name, until its import spreads all.
        share = SPREAD_DAYS // 5
        own = _rank(one.runbook.severity) * share + crc32(one.runbook.slug.encode()) % share + 1
        days = min(own, stated) if stated else own
    return one.revision.accepted_at.date() + timedelta(days=days)


def spread_first_reviews(arrived: Sequence[Arrived], today: date) -> None:
    """Hook of the import: the first reviews evenly over two quarters, the worst severity first.

    A shorter interval of the runbook's own, or of its service, stays as it is.
    """
    with transaction.atomic():
        # In the order of their keys, as they are held.
        for chunk in _chunks(sorted(_evenly(arrived))):
            _spread(dict(chunk), today)


def _spread(shares: dict[int, int], today: date) -> None:
    stated = stated_of(Runbook.objects.filter(pk__in=shares).only("pk", "review_every"))
    days: dict[date, list[int]] = {}
    for pk, share in shares.items():
        day = today + timedelta(days=min(share, stated.get(pk, share)))
        days.setdefault(day, []).append(pk)
    whose = (When(runbook__in=ids, then=Value(day)) for day, ids in days.items())
    lines = TrustLine.objects.filter(runbook__in=shares, reviewed_on=None)
    lines.tell(due_on=Case(*whose, output_field=DateField()))


def _evenly(arrived: Sequence[Arrived]) -> Iterator[tuple[int, int]]:
    ordered = sorted(arrived, key=lambda one: (_rank(one.severity), one.slug))
    for place, one in enumerate(ordered):
        # The middle of its share, so that a single runbook is due in a quarter like any other.
        yield one.runbook_id, (2 * place + 1) * SPREAD_DAYS // (2 * len(ordered))


def _rank(severity: str) -> int:
    return _WORST_FIRST.get(severity, 4)


def _chunks(rows: list[tuple[int, int]]) -> Iterable[list[tuple[int, int]]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))

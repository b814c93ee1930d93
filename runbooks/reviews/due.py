"""When a review is due: so many days after the last decision, by the runbook, its services or the site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min

from portal.accounts.models import User
from runbooks.models import Runbook


def every(runbook: Runbook) -> int:
    """Days between two reviews: the runbook's own, else the shortest of its services', else the site's."""
    return every_of([runbook])[runbook.pk]


def every_of(runbooks: Iterable[Runbook]) -> dict[int, int]:
    """`every` for many, by primary key: one query for all of them, and none where each says its own."""
    runbooks = list(runbooks)
    stated = stated_of(runbooks)
    return {r.pk: stated.get(r.pk) or settings.REVIEW_EVERY_DAYS for r in runbooks}


def stated_of(runbooks: Iterable[Runbook]) -> dict[int, int]:
    """What runbooks or their services say for themselves; absent where the site's default holds."""
    runbooks = list(runbooks)
    stated = {r.pk: r.review_every for r in runbooks if r.review_every}
    asked = [r.pk for r in runbooks if r.pk not in stated]
    if asked:
        shortest = (
            Runbook.objects.filter(pk__in=asked, services__review_every__gt=0)
            .order_by()
            .values("pk")
            .annotate(days=Min("services__review_every"))
        )
        stated |= {row["pk"]: row["days"] for row in shortest}
    return stated


def due_on_after(runbook: Runbook, on: date) -> date:
    """The day of the next review, when the last decision was made `on` that day."""
    return on + timedelta(days=every(runbook))


def today_for(person: User, now: datetime) -> date:
    """The day that it is where the person is."""
    return now.astimezone(ZoneInfo(person.time_zone or settings.TIME_ZONE)).date()

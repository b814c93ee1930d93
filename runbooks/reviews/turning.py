"""Evidence that turns against a runbook brings its review forward; the next decision settles it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from runbooks.models import Runbook, TrustLine
from runbooks.reviews.due import today_for
from runbooks.reviews.models import Concern

_MOST_WORDS = 500
_MOST_SOURCE = 200


@transaction.atomic
def raise_concern(
    runbook: Runbook, *, kind: str, source: str, words: str, now: datetime
) -> Concern | None:
    """The runbook's review is due today, and its page says why in `words`.

    `source` says what makes it a concern, as "report:17": raised twice is raised once, also when it was
    settled in between. None where nothing changed: raised before, or nobody uses the runbook any more.
    """
    if runbook.state != Runbook.State.LIVE:
        return None
    concern, new = Concern.objects.get_or_create(
        runbook=runbook,
        source=source[:_MOST_SOURCE],
        defaults={"kind": kind, "words": words[:_MOST_WORDS], "at": now},
    )
    if not new:
        return None
    bring_forward(runbook, now=now)
    return concern


def bring_forward(runbook: Runbook, *, now: datetime) -> None:
    """The review is due today at the latest, where the owner is."""
    today = today_for(runbook.owner, now)
    line = TrustLine.objects.filter(runbook=runbook)
    line.filter(Q(due_on=None) | Q(due_on__gt=today)).update(due_on=today)
    # The page shows the reason, whether or not the day changed.
    line.update(version=F("version") + 1)


def open_concerns(runbook: Runbook) -> QuerySet[Concern]:
    """What stands against the runbook since its last decision, the newest first."""
    return Concern.objects.filter(runbook=runbook, settled_at=None)


def settle_concerns(runbook: Runbook, now: datetime) -> int:
    """A decision answers what stood against the runbook. How many were open."""
    return open_concerns(runbook).update(settled_at=now)

"""A service says how often its runbooks are reviewed, and says it anew: due dates follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, Subquery

from runbooks.models import Runbook, TrustLine
from runbooks.reviews.due import stated_of
from runbooks.reviews.models import Concern, Decision

_CHUNK = 500
_COUNTED = (Decision.Kind.STILL_TRUE, Decision.Kind.UPDATED)


def follow(ids: Sequence[int]) -> None:
    """Hook of whatever changes facts of runbooks. Three queries for 500 where nothing follows.

    Only what the last decision dated: not what was put off, and not what something brought forward.
    """
    for start in range(0, len(ids), _CHUNK):
        _follow(ids[start : start + _CHUNK])


def _follow(ids: Sequence[int]) -> None:
    last = Decision.objects.filter(runbook=OuterRef("runbook")).order_by("-at", "-pk")
    against = Concern.objects.open().filter(runbook=OuterRef("runbook"))
    lines = list(
        TrustLine.objects.filter(runbook__in=ids, runbook__state=Runbook.State.LIVE)
        .exclude(Q(reviewed_on=None) | Q(due_on=None))
        .annotate(
            said=Subquery(last.values("kind")[:1], output_field=CharField()),
        )
        .filter(~Exists(against), said__in=_COUNTED)
        .select_related("runbook")
    )
    if not lines:
        return
    stated = stated_of(line.runbook for line in lines)
    for line in lines:
        days = stated.get(line.runbook_id) or settings.REVIEW_EVERY_DAYS
        if line.reviewed_on is None:
            continue
        due = line.reviewed_on + timedelta(days=days)
        if due != line.due_on:
            TrustLine.objects.filter(pk=line.pk).tell(due_on=due)

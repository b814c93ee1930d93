"""A search that found nothing is a gap until what answers it is published. Search itself decides."""

from __future__ import annotations

from dataclasses import replace

from portal.accounts.access import NOBODY, Rank
from runbooks.models import Gap, Runbook
from runbooks.search.finding import find
from runbooks.search.showing import answers

#: Open gaps that are asked again, the latest first: each costs one search.
MOST = 500


def close_answered() -> int:
    """Close the search gaps whose words now lead to a runbook that was published since. How many.

    What is private answers only what was asked of its own private service: others still find nothing.
    """
    open_gaps = Gap.objects.filter(kind=Gap.Kind.SEARCH, closed_by=None).select_related("service")
    closed = 0
    for gap in open_gaps.order_by("-last_seen")[:MOST]:
        private = gap.service is not None and gap.service.private
        viewer = replace(NOBODY, rank=Rank.ADMIN) if private else NOBODY
        found = find(gap.words, limit=1, viewer=viewer)
        if not answers(found):
            continue
        newer = Runbook.objects.live().filter(
            pk=found.results[0].pk, live_revision__accepted_at__gte=gap.last_seen
        )
        # Whoever searched in vain meanwhile has opened it again.
        still = Gap.objects.filter(pk=gap.pk, closed_by=None, last_seen=gap.last_seen)
        closed += still.update(closed_by=newer.values("pk")[:1]) if newer.exists() else 0
    return closed


def are_there_any() -> bool:
    """Whether anybody searched in vain for what is not there yet."""
    return Gap.objects.filter(kind=Gap.Kind.SEARCH, closed_by=None).exists()

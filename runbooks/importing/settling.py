"""What else holds for an imported runbook once it is live: its old addresses and its last review.

`settle` is a hook of publishing, so that it holds for a proposal that is accepted in the browser too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urljoin

from runbooks import hooks
from runbooks.hooks import Arrived
from runbooks.importing.converting import addresses, reviewed_on
from runbooks.leading_here import add_addresses
from runbooks.models import Proposal, TrustLine

__all__ = ["Arrived", "settle", "spread_first_reviews"]


def settle(published: Sequence[hooks.Published]) -> None:
    """Old addresses lead here, and the review that the file tells of counts."""
    imported = [one for one in published if one.revision.proposal.kind == Proposal.Kind.IMPORT]
    add_addresses((one.runbook, address) for one in imported for address in _old_addresses(one))
    new: dict[int, date] = {}
    for one in imported:
        stated = reviewed_on(one.document.meta.unknown)
        if stated is None or stated > one.revision.accepted_at.date():
            continue
        if one.created:
            new[one.runbook.pk] = stated
            continue
        later = TrustLine.objects.filter(runbook=one.runbook).exclude(reviewed_on__gte=stated)
        # The reviews' own hook dates the next one.
        later.tell(reviewed_on=stated, due_on=None)
    if new:
        lines = list(TrustLine.objects.filter(runbook__in=new))
        for line in lines:
            line.reviewed_on, line.version = new[line.runbook_id], line.version + 1
        TrustLine.objects.bulk_update(lines, ["reviewed_on", "version"])


def _old_addresses(one: hooks.Published) -> Iterator[str]:
    address_here = one.revision.proposal.source_address
    base = address_here or one.runbook.source_url
    for address in (address_here, *addresses(one.document.meta.unknown)):
        whole = urljoin(base, address) if address.startswith("/") else address
        if whole and not whole.startswith("/"):
            yield whole


def spread_first_reviews(arrived: Sequence[Arrived], *, today: date) -> None:
    """Once an import has published all that it publishes: the reviews date what is new, spread over time:
    nobody gets a whole library to review on one day."""
    for hook in hooks.on_imported:
        hook(arrived, today)

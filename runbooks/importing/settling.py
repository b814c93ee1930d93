"""What else holds for an imported runbook once it is live: its old addresses and its last review.

`settle` is a hook of publishing, so that it holds for a proposal that is accepted in the browser too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urljoin

from runbooks import hooks
from runbooks.hooks import Arrived
from runbooks.importing.converting import addresses, reviewed_on
from runbooks.models import Alias, Proposal, TrustLine
from runbooks.publishing import add_alias

__all__ = ["Arrived", "settle", "spread_first_reviews"]


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
        later = TrustLine.objects.filter(runbook=runbook).exclude(reviewed_on__gte=stated)
        # The reviews' own hook dates the next one.
        later.tell(reviewed_on=stated, due_on=None)


def spread_first_reviews(arrived: Sequence[Arrived], *, today: date) -> None:
    """Once an import has published all that it publishes: the reviews date what is new (decision 31)."""
    for hook in hooks.on_imported:
        hook(arrived, today)

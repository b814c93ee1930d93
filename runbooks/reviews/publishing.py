"""What publishing means for reviews: a first due date for what is new, a decision where its owner did it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.access import Right, viewer_of
from runbooks import hooks
from runbooks.hooks import Published
from runbooks.models import Proposal, Runbook
from runbooks.reviews import deciding
from runbooks.reviews.first import date_first_reviews
from runbooks.reviews.whose import over

#: What says nothing of the text: it came from elsewhere, or changed hands.
_NO_REVIEW = (Proposal.Kind.IMPORT, Proposal.Kind.HANDOVER)


def after_publishing(published: Sequence[Published]) -> None:
    """Hook at the end of the transaction."""
    date_first_reviews(published)
    for one in published:
        if not one.created and _answers_the_review(one):
            revision = one.revision
            deciding.updated(
                one.runbook,
                by=revision.accepted_by,
                revision=revision,
                note=revision.why,
                now=revision.accepted_at,
            )


def _answers_the_review(one: Published) -> bool:
    """The owner's own word on the text; another's only where they came from the review page and may."""
    revision, runbook = one.revision, one.runbook
    if runbook.state != Runbook.State.LIVE or revision.proposal.kind in _NO_REVIEW:
        return False
    if revision.accepted_by_id == runbook.owner_id:
        return True
    return hooks.reviewing.get() and viewer_of(revision.accepted_by).may(
        Right.REVIEW, **over(runbook)
    )

"""Several reviews in one go: only those that evidence decides by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.accounts.models import User
from runbooks.models import Runbook
from runbooks.reviews import deciding
from runbooks.reviews.deciding import Refused
from runbooks.reviews.evidence import Evidence, evidence_of
from runbooks.reviews.models import Decision


def proof_of(evidence: Iterable[Evidence]) -> Evidence | None:
    """What proves a runbook by itself; None while anything is open or speaks against it."""
    found = list(evidence)
    if any(one.open or one.against for one in found):
        return None
    return next((one for one in found if one.rests_on), None)


def still_true_together(
    runbooks: Iterable[Runbook], *, by: User, now: datetime | None = None
) -> tuple[list[Decision], list[tuple[Runbook, str]]]:
    """The decisions that were made, and those that were not with a sentence. Each stands for itself."""
    done: list[Decision] = []
    refused: list[tuple[Runbook, str]] = []
    for runbook in runbooks:
        last = deciding.last_decision(runbook)
        proof = proof_of(evidence_of(runbook, last.at if last else None))
        if proof is None:
            refused.append((runbook, "look at this one by itself: there is something to see."))
            continue
        try:
            done.append(
                deciding.still_true(
                    runbook,
                    by=by,
                    rests_on=[proof.rests_on],
                    note=proof.words,
                    now=now,
                    after=last.pk if last else None,
                )
            )
        except Refused as why:
            refused.append((runbook, str(why)))
    return done, refused

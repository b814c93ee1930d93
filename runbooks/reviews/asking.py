"""What the review page asks its owner, and all that it shows to help them answer. Reading only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.accounts.models import User
from runbooks.comparing import Hunk, compare, counts
from runbooks.models import Proposal, Revision, Runbook, TrustLine
from runbooks.reviews.deciding import SNOOZE_DAYS, SNOOZES
from runbooks.reviews.due import due_on_after, today_for
from runbooks.reviews.evidence import Evidence, evidence_of
from runbooks.reviews.models import Decision, Handover
from runbooks.reviews.risk import Risk, facts_of, risk
from runbooks.reviews.together import proof_of
from runbooks.trust import Freshness, freshness

_DECISIONS = 10
_PROPOSALS = 5
#: Beyond so many changed lines the page leads to the whole comparison.
_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Changed:
    """What the text became since `before`, the revision that was live at the last decision."""

    before: Revision
    hunks: tuple[Hunk, ...]
    added: int
    removed: int

    @property
    def long(self) -> bool:
        return self.added + self.removed > _MOST_LINES


@dataclass(frozen=True, slots=True)
class Review:
    """`proof` is evidence that proves the runbook by itself, with nothing open beside it: one tap. `blocked`
    is what keeps it from being called still true."""

    runbook: Runbook
    trust: TrustLine
    fresh: Freshness
    today: date
    decisions: tuple[Decision, ...]
    evidence: tuple[Evidence, ...]
    changed: Changed | None
    proposals: tuple[Proposal, ...]
    offer: Handover | None
    risk: Risk
    next_due: date

    @property
    def last(self) -> Decision | None:
        return self.decisions[0] if self.decisions else None

    @property
    def open(self) -> list[Evidence]:
        return [one for one in self.evidence if one.open]

    @property
    def against(self) -> list[Evidence]:
        return [one for one in self.evidence if one.against and not one.open]

    @property
    def rest(self) -> list[Evidence]:
        return [one for one in self.evidence if not one.against and not one.open]

    @property
    def blocked(self) -> Evidence | None:
        return next((one for one in self.evidence if one.blocks_still_true), None)

    @property
    def proof(self) -> Evidence | None:
        return proof_of(self.evidence)

    @property
    def snooze_until(self) -> date:
        return self.today + timedelta(days=SNOOZE_DAYS)

    @property
    def may_wait(self) -> bool:
        """Neither put off twice in a row, nor due later than it could be put off to."""
        recent = [d.kind for d in self.decisions[:SNOOZES]]
        soon = self.trust.due_on is None or self.trust.due_on < self.snooze_until
        return soon and recent != [Decision.Kind.SNOOZED] * SNOOZES


def review_of(runbook: Runbook, *, person: User, now: datetime) -> Review:
    """`person` looks at it: days are theirs. A fixed number of queries."""
    today = today_for(person, now)
    trust = TrustLine.objects.select_related("reviewed_by").get(runbook=runbook)
    decisions = tuple(
        Decision.objects.filter(runbook=runbook).select_related("by", "revision")[:_DECISIONS]
    )
    last = decisions[0] if decisions else None
    proposals = Proposal.objects.open().filter(runbook=runbook).select_related("proposed_by")
    offers = Handover.objects.open().filter(runbook=runbook)
    return Review(
        runbook=runbook,
        trust=trust,
        fresh=freshness(reviewed_on=trust.reviewed_on, due_on=trust.due_on, today=today),
        today=today,
        decisions=decisions,
        evidence=tuple(evidence_of(runbook, last.at if last else None)),
        changed=_changed(runbook, last),
        proposals=tuple(proposals.defer("text")[:_PROPOSALS]),
        offer=offers.select_related("to", "offered_by").first(),
        risk=risk(facts_of([runbook], now=now)[runbook.pk]),
        next_due=due_on_after(runbook, today),
    )


def _changed(runbook: Runbook, last: Decision | None) -> Changed | None:
    live = runbook.live_revision
    if last is None or live is None or last.revision_id == live.pk:
        return None
    hunks = compare(last.revision.text, live.text, context=1)
    added, removed = counts(hunks)
    return Changed(last.revision, hunks, added, removed) if hunks else None

"""What the time after a drill adds to the other rooms: the review, the runbook's page, the figures."""

from __future__ import annotations

from typing import Any

from django.urls import reverse_lazy

from drills import end_to_end, note_drafting, telling_after, trusting
from portal.accounts import audit
from portal.ai import jobs
from portal.notify import kinds
from runbooks import reading
from runbooks.reviews import evidence, listing, starting


def register() -> None:
    """Once, when the site starts."""
    kinds.register(telling_after.NOTES)
    kinds.register(telling_after.ACTIONS)
    audit.actions.update(
        {
            "action.given": "gave somebody an action item of a drill",
            "action.done": "finished an action item of a drill",
            "action.reopened": "reopened an action item of a drill",
        }
    )
    jobs.handlers[note_drafting.KIND] = note_drafting.do
    evidence.sources.append(trusting.evidence)
    evidence.left_out_by_drills.append(end_to_end.left_out)
    reading.said_on_top["drill_gaps"] = trusting.open_gaps_of_a_page
    reading.said_on_top["redrill_on"] = trusting.redrill_of_a_page
    listing.more_parts["drill_gaps"] = ("What drills found", trusting.gaps_of)
    starting.counts["drills"] = trusting.first_drills
    starting.counts["cadence"] = trusting.quarters
    # Looked up when they are drawn: no address is loaded yet.
    place: Any = reverse_lazy("drills:drills")
    starting.places["drills"] = (place, "Plan one")
    starting.places["cadence"] = (place, "Plan the next")

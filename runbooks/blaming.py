"""Since when each step stands as it does, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

from runbooks.models import Revision, Runbook, Step


@dataclass(frozen=True, slots=True)
class Blame:
    """A step of the live revision: the revision that gave it its text, and the first that had it."""

    step: Step
    since: Revision
    first: Revision


def blame(runbook: Runbook) -> list[Blame]:
    """One row for each step of the live revision, in its order. Two queries, however many revisions."""
    revisions = {
        revision.pk: revision
        for revision in Revision.objects.filter(runbook=runbook)
        .select_related("accepted_by", "proposal")
        .defer("text", "proposal__text")
    }
    history: dict[str, list[Step]] = {}
    steps = Step.objects.filter(revision__runbook=runbook).order_by("-revision__number", "pk")
    for step in steps:
        history.setdefault(step.key, []).append(step)
    found = []
    for versions in history.values():
        newest = versions[0]
        if newest.revision_id != runbook.live_revision_id:
            continue
        since = newest
        for step in versions[1:]:
            if step.text != newest.text:
                break
            since = step
        found.append(
            Blame(versions[0], revisions[since.revision_id], revisions[versions[-1].revision_id])
        )
    return sorted(found, key=lambda row: row.step.pk)

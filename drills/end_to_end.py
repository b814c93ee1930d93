"""Whether a drill went through a runbook from end to end: only then may a review rest on it.

Every step of the live revision was tried and worked, as it now stands. Left out may be what the drill skipped
with a word that says why (the other branch of an “if”, a step that nobody can rehearse).
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from drills import trusting
from drills.models import Drill, Entry, Verdict
from runbooks.models import Runbook, Step


def left_out(runbooks: Collection[int]) -> dict[int, list[str]]:
    """Of those of these runbooks that were drilled: the labels of the steps that the last drill left out, did
    not see work, or saw in other words, in the order of the page. Three queries, for however many."""
    last = _last(runbooks)
    if not last:
        return {}
    seen: dict[tuple[int, str, str], list[Verdict]] = {}
    observed = Entry.objects.filter(drill__in=last.values(), kind=Entry.Kind.OBSERVATION)
    for runbook, key, as_it_stood, verdict, words in observed.exclude(step_key="").values_list(
        "drill__runbook", "step_key", "step_text", "verdict", "text"
    ):
        # Skipped without a word is no reason.
        if verdict != Verdict.SKIPPED or words:
            seen.setdefault((runbook, key, as_it_stood), []).append(Verdict(verdict))
    live = Runbook.objects.filter(pk__in=last).values("live_revision")
    steps = Step.objects.filter(revision__in=live).order_by("pk")
    missing: dict[int, list[str]] = {pk: [] for pk in last}
    for runbook, key, label, text in steps.values_list("revision__runbook", "key", "label", "text"):
        verdicts = set(seen.get((runbook, key, text), ()))
        if not verdicts or verdicts - {Verdict.WORKED, Verdict.SKIPPED}:
            missing[runbook].append(label)
    return missing


def _last(runbooks: Collection[int]) -> dict[int, int]:
    """Runbook -> its last drill that counts, as trusting.count chooses it."""
    counts = Q(state=Drill.State.SIGNED_OFF) | Q(quick=True, state=Drill.State.REPORTING)
    drills = Drill.objects.filter(counts, runbook__in=runbooks, began_at__isnull=False)
    rows = drills.only("pk", "runbook", "began_at", "starts_at", "signed_at", "time_zone")
    ordered = sorted(rows, key=lambda one: (trusting.day_of(one), one.signed_at or one.began_at))
    return {drill.runbook_id: drill.pk for drill in ordered}

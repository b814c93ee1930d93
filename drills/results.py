"""How each step of the drilled revision went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drills.models import Drill, Entry, Verdict

#: What is a gap: all that is neither "worked" nor "skipped". The worst first.
GAPS = (Verdict.WRONG, Verdict.BLOCKED, Verdict.MISSING, Verdict.UNCLEAR)
_ORDER = (*GAPS, Verdict.SKIPPED, Verdict.WORKED)


@dataclass(frozen=True, slots=True)
class StepResult:
    """`verdict` is the worst that was said of the step, "" where nobody tried it."""

    label: str
    title: str
    verdict: str

    @property
    def tried(self) -> bool:
        return self.verdict not in ("", Verdict.SKIPPED)


def steps_of(drill: Drill, entries: Sequence[Entry] | None = None) -> Iterator[StepResult]:
    """In the order of the revision. Two queries, one where the entries are known."""
    if entries is None:
        entries = list(Entry.objects.filter(drill=drill, kind=Entry.Kind.OBSERVATION))
    said: dict[str, list[str]] = {}
    for entry in entries:
        if entry.verdict and entry.step_key:
            said.setdefault(entry.step_key, []).append(entry.verdict)
    for key, label, title in drill.revision.steps.values_list("key", "label", "title"):
        verdicts = said.get(key, [])
        worst = min(verdicts, key=lambda verdict: _ORDER.index(Verdict(verdict)), default="")
        yield StepResult(label, title, worst)

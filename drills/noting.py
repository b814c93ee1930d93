"""Update notes: for each gap that a drill found, what the step should say instead. The owner decides on
each by itself; what is accepted becomes one proposal, and published, a revision that names the drill.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from drills.models import Drill, Entry, Preflight, Scenario, UpdateNote, Verdict
from portal.accounts import audit
from portal.accounts.models import User
from runbooks import document, hooks, publishing
from runbooks.models import Proposal, Revision

#: What is a gap: all that is neither "worked" nor "skipped". The worst first.
GAPS = (Verdict.WRONG, Verdict.BLOCKED, Verdict.MISSING, Verdict.UNCLEAR)
_SAID = {
    Verdict.WRONG: "is wrong",
    Verdict.BLOCKED: "could not be done",
    Verdict.MISSING: "lacks something",
    Verdict.UNCLEAR: "is unclear",
}


class CannotNote(Exception):  # noqa: N818 -- said in the product's words
    """The note cannot be decided so. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Gap:
    """All that was observed at one step with one verdict. `label` is empty for what is in no step."""

    key: str
    label: str
    verdict: str
    observations: tuple[Entry, ...]

    @property
    def words(self) -> str:
        said = "; ".join(dict.fromkeys(one.text for one in self.observations if one.text))
        what = f"{self.label or 'The runbook'} {_SAID[Verdict(self.verdict)]}"
        return f"{what}: {said}" if said else f"{what}."


def gaps_of(drill: Drill) -> list[Gap]:
    """The worst first, then in the order of the steps."""
    found: dict[tuple[str, str], list[Entry]] = {}
    seen = Entry.objects.filter(drill=drill, kind=Entry.Kind.OBSERVATION, verdict__in=GAPS)
    for entry in seen.select_related("by"):
        found.setdefault((entry.step_key, entry.verdict), []).append(entry)
    positions = dict(drill.revision.steps.values_list("key", "position"))
    gaps = [
        Gap(key, entries[0].step_label, verdict, tuple(entries))
        for (key, verdict), entries in found.items()
    ]
    return sorted(
        gaps, key=lambda gap: (GAPS.index(Verdict(gap.verdict)), positions.get(gap.key, 10_000))
    )


@transaction.atomic
def draft(drill: Drill, *, now: datetime | None = None) -> list[UpdateNote]:
    """A plain note for each gap that has none yet, by the offline writer. What a person decided stays."""
    now = now or timezone.now()
    drill = (
        Drill.objects.select_for_update(of=("self",))
        .select_related("runbook", "revision")
        .get(pk=drill.pk)
    )
    there = {(note.step_key, note.verdict): note for note in drill.notes.all()}
    texts = step_texts(drill.revision)
    made: list[UpdateNote] = []
    for gap in gaps_of(drill):
        note = there.get((gap.key, gap.verdict))
        if note is None:
            before = texts.get(gap.key, "")
            note = UpdateNote.objects.create(
                drill=drill,
                step_key=gap.key,
                step_label=gap.label,
                gap=gap.words,
                verdict=gap.verdict,
                severity=severity_of(gap, drill),
                before=before,
                after=offline_text(before, gap, drill) if before else "",
                writer=Scenario.Writer.OFFLINE,
                made_at=now,
            )
        note.observations.set(gap.observations)
        made.append(note)
    for check in Preflight.objects.filter(participant__drill=drill, passed=False):
        gap_words = f"Preflight: {check.what} could not be opened" + (
            f": {check.words}" if check.words else "."
        )
        if not drill.notes.filter(gap=gap_words).exists():
            made.append(
                UpdateNote.objects.create(
                    drill=drill,
                    gap=gap_words,
                    verdict=Verdict.BLOCKED,
                    severity=UpdateNote.Severity.HIGH,
                    writer=Scenario.Writer.OFFLINE,
                    made_at=now,
                )
            )
    return made


def severity_of(gap: Gap, drill: Drill) -> str:
    """What a wrong or blocked step costs depends on what the runbook is for."""
    levels = UpdateNote.Severity
    if gap.verdict in (Verdict.WRONG, Verdict.BLOCKED):
        critical = drill.runbook.severity in ("high", "critical")
        return levels.CRITICAL if critical and len(gap.observations) > 1 else levels.HIGH
    return levels.MEDIUM if gap.verdict == Verdict.MISSING else levels.LOW


def step_texts(revision: Revision) -> dict[str, str]:
    """Step key -> its lines in the revision's text, byte for byte."""
    keys = dict(revision.steps.values_list("label", "key"))
    lines = revision.text.split("\n")
    parsed = document.parse(revision.text, fallback_title=revision.title)
    return {
        keys[step.label]: "\n".join(lines[step.line - 1 : step.line_end])
        for step in parsed.steps
        if step.label in keys
    }


def offline_text(before: str, gap: Gap, drill: Drill) -> str:
    """The step with what was observed said in it, where its reader needs it: right behind its first line."""
    said = " ".join(
        dict.fromkeys(one.text.rstrip(".") + "." for one in gap.observations if one.text)
    )
    day = f"{drill.starts_at:%-d %B %Y}"
    if not said:
        said = f"In the drill of {day} this step {_SAID[Verdict(gap.verdict)].removeprefix('is ')}."
    first, _, rest = before.partition("\n")
    marker = re.match(r"\s*(?:[-*+]|\d{1,9}[.)])\s+", first)
    indent = " " * len(marker[0]) if marker else ""
    lead = {
        Verdict.WRONG: "Not as written",
        Verdict.BLOCKED: "Needs before",
        Verdict.MISSING: "Also",
        Verdict.UNCLEAR: "That means",
    }[Verdict(gap.verdict)]
    note = f"{indent}{lead} (drill of {day}): {' '.join(said.split())}"
    return "\n".join([first, "", note, *([""] if rest and rest.strip() else []), rest]).rstrip("\n")


@transaction.atomic
def decide(
    note: UpdateNote,
    *,
    accept: bool,
    by: User,
    after: str | None = None,
    why: str = "",
    now: datetime | None = None,
) -> UpdateNote:
    """The owner accepts (perhaps with other words in `after`) or rejects one note. Raises CannotNote."""
    note = UpdateNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    if note.proposal_id is not None or note.closed:
        raise CannotNote("This note is decided: its change is proposed or its gap is closed.")
    if accept:
        if after is not None:
            note.after = after.replace("\r\n", "\n").replace("\0", "").strip("\n")
        if not note.after.strip() or note.after == note.before:
            raise CannotNote("Say what the step should say instead.")
    elif not why.strip():
        raise CannotNote("Say why the step stays as it is: those who drilled it will read it.")
    note.state = UpdateNote.State.ACCEPTED if accept else UpdateNote.State.REJECTED
    note.decided_by, note.decided_at = by, now or timezone.now()
    note.decision_note = why.strip()[:2_000]
    note.save()
    audit.record(
        "note.accepted" if accept else "note.rejected",
        by=by,
        of=note,
        name=note.drill.runbook.slug,
        after={"step": note.step_label, "drill": note.drill_id},
        note=note.decision_note,
    )
    return note


@transaction.atomic
def propose(drill: Drill, *, by: User, now: datetime | None = None) -> Proposal:
    """One proposal of all accepted notes that are in none yet, based on the drilled revision: where the live
    runbook has moved on, it is settled as any other. Raises CannotNote, document.DocumentError."""
    drill = (
        Drill.objects.select_for_update(of=("self",))
        .select_related("runbook", "revision")
        .get(pk=drill.pk)
    )
    notes = list(
        drill.notes.select_for_update(of=("self",)).filter(
            state=UpdateNote.State.ACCEPTED, proposal=None, closed=""
        )
    )
    if not notes:
        raise CannotNote("There is no accepted note to propose.")
    text = with_notes(drill.revision.text, notes)
    proposal = publishing.propose(
        text=text,
        kind=Proposal.Kind.DRILL,
        runbook=drill.runbook,
        base=drill.revision,
        by=by,
        why=f"From the drill of {drill.starts_at:%-d %B %Y}: "
        + "; ".join(dict.fromkeys(note.gap[:120].rstrip(".") for note in notes))
        + ".",
        origin=f"/drills/{drill.pk}",
        now=now,
    )
    drill.notes.filter(pk__in=[note.pk for note in notes]).update(proposal=proposal)
    return proposal


def with_notes(text: str, notes: Iterable[UpdateNote]) -> str:
    """The text with each note's step replaced. Two notes of one step: the second is said behind the first."""
    for note in notes:
        if note.before and note.before in text:
            text = text.replace(note.before, note.after, 1)
        elif note.before:
            added = [line for line in note.after.split("\n") if line not in note.before.split("\n")]
            text = _behind(text, note, added)
        else:
            text = f"{text.rstrip()}\n\n{note.after.strip()}\n"
    return text


def _behind(text: str, note: UpdateNote, added: Sequence[str]) -> str:
    first = note.before.split("\n", 1)[0]
    if first not in text:
        raise CannotNote(f"{note.step_label or 'The step'} has changed since: edit the note.")
    return text.replace(first, "\n".join([first, *([""] if added and added[0] else []), *added]), 1)


def after_publishing(published: hooks.Published) -> None:
    """Hook: what was published closes the gaps whose notes it holds; the revision names the drill."""
    notes = UpdateNote.objects.filter(proposal=published.revision.proposal_id, closed="")
    notes.update(
        closed=UpdateNote.Closed.PUBLISHED,
        closed_at=published.revision.accepted_at,
        closed_by=published.revision.accepted_by,
        closed_revision=published.revision,
    )


@transaction.atomic
def close_retested(drill: Drill, *, by: User, now: datetime | None = None) -> int:
    """Signing a drill closes older gaps of the same steps that worked this time and showed nothing else."""
    tried = Entry.objects.filter(drill=drill, kind=Entry.Kind.OBSERVATION).exclude(step_key="")
    worked = set(tried.filter(verdict=Verdict.WORKED).values_list("step_key", flat=True))
    worked -= set(tried.filter(verdict__in=GAPS).values_list("step_key", flat=True))
    older = UpdateNote.objects.filter(
        drill__runbook=drill.runbook_id, step_key__in=worked, closed=""
    ).filter(Q(drill__starts_at__lt=drill.starts_at) & ~Q(drill=drill))
    return older.update(
        closed=UpdateNote.Closed.RETESTED,
        closed_at=now or timezone.now(),
        closed_by=by,
        closed_drill=drill,
    )


@transaction.atomic
def waive(note: UpdateNote, *, by: User, reason: str, now: datetime | None = None) -> None:
    """Live with a gap, and say why. Raises CannotNote."""
    reason = reason.replace("\0", "").strip()[:2_000]
    if not reason:
        raise CannotNote("Say why this gap may stay.")
    waived = UpdateNote.objects.filter(pk=note.pk, closed="").update(
        closed=UpdateNote.Closed.WAIVED,
        closed_at=now or timezone.now(),
        closed_by=by,
        waiver=reason,
    )
    if not waived:
        raise CannotNote("This gap is closed already.")
    audit.record("gap.closed", by=by, of=note, name=note.drill.runbook.slug, note=reason)

"""Update notes: for each gap that a drill found, what the step should say instead. The owner decides on
each by itself; what is accepted becomes one proposal, and published, a revision that names the drill.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from drills import trusting
from drills.models import Drill, Entry, Preflight, Scenario, UpdateNote, Verdict
from drills.results import GAPS
from portal.accounts import audit
from portal.accounts.models import User
from portal.transactions import one_transaction
from portal.typed import clean
from runbooks import document, hooks, merging, publishing, telling, writing
from runbooks.models import Proposal, Revision, Runbook

_SAID = {
    Verdict.WRONG: "is wrong",
    Verdict.BLOCKED: "could not be done",
    Verdict.MISSING: "lacks something",
    Verdict.UNCLEAR: "is unclear",
}
#: An observation without a word: the note has no more to say, and says that.
_NOT_SAID = {
    Verdict.WRONG: "what is true instead",
    Verdict.BLOCKED: "what was in the way",
    Verdict.MISSING: "what",
    Verdict.UNCLEAR: "what was not understood",
}
_MOST_REASON = 2_000


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
    keys = drill.revision.steps.values_list("key", flat=True)
    positions = {key: place for place, key in enumerate(keys)}
    gaps = [
        Gap(key, entries[0].step_label, verdict, tuple(entries))
        for (key, verdict), entries in found.items()
    ]
    return sorted(
        gaps, key=lambda gap: (GAPS.index(Verdict(gap.verdict)), positions.get(gap.key, 10_000))
    )


@one_transaction
def draft(drill: Drill, *, now: datetime | None = None) -> list[UpdateNote]:
    """A plain note for each gap that has none yet, by the offline writer. Again, it adds what was observed
    since: a plain note that nobody decided yet is written anew, one by AI keeps its change; what a person
    decided stays."""
    now = now or timezone.now()
    drill = (
        Drill.objects.select_for_update(of=("self",), no_key=True)
        .select_related("runbook", "revision")
        .get(pk=drill.pk)
    )
    there = {(note.step_key, note.verdict): note for note in drill.notes.all()}
    texts = step_texts(drill.revision)
    made: list[UpdateNote] = []
    for gap in gaps_of(drill):
        note = there.get((gap.key, gap.verdict))
        if note is None:
            note = _new_note(drill, gap, texts.get(gap.key, ""), now)
        elif note.is_undecided:
            _add_words(note, gap, drill)
        note.observations.set(gap.observations)
        made.append(note)
    return made + list(_of_preflights(drill, now))


def _new_note(drill: Drill, gap: Gap, before: str, now: datetime) -> UpdateNote:
    return UpdateNote.objects.create(
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


def _of_preflights(drill: Drill, now: datetime) -> Iterator[UpdateNote]:
    """What somebody could not open before the start is a finding that is in no step."""
    for check in Preflight.objects.filter(participant__drill=drill, passed=False):
        why = f": {check.words}" if check.words else "."
        words = f"Preflight: {check.what} could not be opened{why}"
        if not drill.notes.filter(gap=words).exists():
            yield UpdateNote.objects.create(
                drill=drill,
                gap=words,
                verdict=Verdict.BLOCKED,
                severity=UpdateNote.Severity.HIGH,
                writer=Scenario.Writer.OFFLINE,
                made_at=now,
            )


def _add_words(note: UpdateNote, gap: Gap, drill: Drill) -> None:
    """Somebody's observation came later than the note was written."""
    if note.gap == gap.words:
        return
    note.gap, note.severity = gap.words, severity_of(gap, drill)
    if note.writer == Scenario.Writer.OFFLINE and note.before:
        note.after = offline_text(note.before, gap, drill)
    note.save(update_fields=["gap", "severity", "after"])


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


def day_of(drill: Drill) -> str:
    """The day that it was held on, where it was."""
    held = (drill.began_at or drill.starts_at).astimezone(ZoneInfo(drill.time_zone))
    return f"{held:%-d %B %Y}"


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def offline_text(before: str, gap: Gap, drill: Drill) -> str:
    """The step with what was observed said in it, where its reader needs it: right behind its first line."""
    said = " ".join(dict.fromkeys(_closed(one.text) for one in gap.observations if one.text))
    day = day_of(drill)
    if not said:
        said = f"Nobody wrote down {_NOT_SAID[Verdict(gap.verdict)]}."
    first, _, rest = before.partition("\n")
    marker = re.match(r"\s*(?:[-*+]|\d{1,9}[.)])\s+", first)
    indent = " " * len(marker[0]) if marker else ""
    lead = {
        Verdict.WRONG: "Not as written",
        Verdict.BLOCKED: "Blocked",
        Verdict.MISSING: "Missing",
        Verdict.UNCLEAR: "Unclear",
    }[Verdict(gap.verdict)]
    note = f"{indent}{lead} (drill of {day}): {' '.join(said.split())}"
    return "\n".join([first, "", note, *([""] if rest and rest.strip() else []), rest]).rstrip("\n")


def as_lines(text: str) -> str:
    """A step's Markdown as a browser or a model sends it, as it stands in a runbook: its indent is kept."""
    return text.replace("\r\n", "\n").replace("\0", "").strip("\n")


@one_transaction
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
    note = UpdateNote.objects.select_for_update(of=("self",), no_key=True).get(pk=note.pk)
    if note.closed or note.is_out:
        raise CannotNote("This note is decided: its change is proposed or its gap is closed.")
    note.proposal, why = None, clean(why, _MOST_REASON)
    if accept:
        if after is not None:
            note.after = as_lines(after)
        if not note.after.strip() or note.after == note.before:
            raise CannotNote("Say what the step should say instead.")
        _refuse_what_is_no_runbook(note)
    elif not why:
        raise CannotNote("Say why the step stays as it is: those who drilled it will read it.")
    note.state = UpdateNote.State.ACCEPTED if accept else UpdateNote.State.REJECTED
    note.decided_by, note.decided_at = by, now or timezone.now()
    note.decision_note = why
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


@one_transaction
def propose(drill: Drill, *, by: User, now: datetime | None = None) -> Proposal:
    """One proposal of all accepted notes that are in none yet, based on the drilled revision: where the live
    runbook has moved on, it is settled as any other. Raises CannotNote, document.DocumentError."""
    Runbook.objects.held().get(pk=drill.runbook_id)  # first, as whoever publishes
    drill = (
        Drill.objects.select_for_update(of=("self",), no_key=True)
        .select_related("runbook", "revision")
        .get(pk=drill.pk)
    )
    notes = list(drill.notes.ready().select_for_update(of=("self",), no_key=True))
    if not notes:
        raise CannotNote("There is no accepted note to propose.")
    text = with_notes(drill.revision.text, notes)
    proposal = publishing.propose(
        text=text,
        kind=Proposal.Kind.DRILL,
        runbook=drill.runbook,
        base=drill.revision,
        by=by,
        why=f"From the drill of {day_of(drill)}: "
        + "; ".join(dict.fromkeys(note.gap[:120].rstrip(".") for note in notes))
        + ".",
        origin=f"/drills/{drill.pk}",
        now=now,
    )
    drill.notes.filter(pk__in=[note.pk for note in notes]).update(proposal=proposal)
    telling.proposal_made(proposal, now=now)
    return proposal


def waiting_of(notes: Iterable[UpdateNote]) -> Proposal | None:
    """The proposal that some of these wait in."""
    made = (note.proposal for note in notes if note.proposal is not None)
    return next((one for one in made if one.state == Proposal.State.OPEN), None)


def with_notes(text: str, notes: Iterable[UpdateNote]) -> str:
    """The text with each note's step replaced where it stands; what is in no step is said at the end.

    Notes of one step are joined. Raises CannotNote where they change the same lines, or the step is not as
    it was when the note was written.
    """
    lines = text.split("\n")
    parsed = document.parse(text, fallback_title="Runbook")
    places = {step.label: (step.line - 1, step.line_end) for step in parsed.steps}
    by_step: dict[str, list[UpdateNote]] = {}
    behind: list[str] = []
    for note in notes:
        if note.before:
            by_step.setdefault(note.step_label, []).append(note)
        else:
            behind.append(note.after.strip())
    # From the last step to the first: what stands above keeps its place.
    for label in sorted(by_step, key=lambda one: places.get(one, (0, 0)), reverse=True):
        start, end = places.get(label, (0, 0))
        if "\n".join(lines[start:end]) != by_step[label][0].before:
            raise CannotNote(f"{label} has changed since the drill: edit the runbook itself.")
        lines[start:end] = _joined(by_step[label]).split("\n")
    whole = "\n".join(lines)
    for added in behind:
        whole = f"{whole.rstrip()}\n\n{added}\n"
    # A file with the other line ends keeps them.
    return whole.replace("\r", "").replace("\n", "\r\n") if "\r\n" in text else whole


def _joined(notes: Sequence[UpdateNote]) -> str:
    """What one step says with all its notes."""
    text, before = notes[0].after, notes[0].before
    for note in notes[1:]:
        merged = merging.merge(base=before, live=text, proposed=note.after)
        if any(conflict.base.strip() for conflict in merged.conflicts):
            raise CannotNote(
                f"Two notes change the same lines of {note.step_label}: edit one so that it says both, and"
                " reject the other."
            )
        text = merging.settle(merged, ["both"] * len(merged.conflicts)).rstrip("\n")
    return text


def _refuse_what_is_no_runbook(note: UpdateNote) -> None:
    try:
        document.parse(with_notes(note.drill.revision.text, [note]))
    except document.DocumentError as error:
        raise CannotNote(f"With this change it would be no runbook any more: {error}") from None


@one_transaction
def publish(drill: Drill, *, by: User, now: datetime | None = None) -> writing.Outcome:
    """Propose all that is accepted and publish it in one go; who calls has asked for the right. Where the
    live runbook moved on in the same place, the outcome has no revision and a person settles the two texts.

    Raises CannotNote, document.DocumentError, publishing.PublishingRefused; then nothing is proposed.
    """
    return writing.accept(propose(drill, by=by, now=now), by=by, now=now)


def after_publishing(published: hooks.Published) -> None:
    """Hook: what was published closes the gaps whose notes it holds; the revision names the drill."""
    if published.created:  # a new runbook answers no drill, and an import brings thousands
        return
    notes = UpdateNote.objects.filter(proposal=published.revision.proposal_id, closed="")
    drills = list(notes.order_by().values_list("drill", flat=True).distinct())
    notes.update(
        closed=UpdateNote.Closed.PUBLISHED,
        closed_at=published.revision.accepted_at,
        closed_by=published.revision.accepted_by,
        closed_revision=published.revision,
    )
    trusting.settle(drills, now=published.revision.accepted_at)


@one_transaction
def close_retested(drill: Drill, *, by: User, now: datetime | None = None) -> int:
    """Signing a drill closes older gaps of the same steps that worked this time and showed nothing else."""
    tried = Entry.objects.filter(drill=drill, kind=Entry.Kind.OBSERVATION).exclude(step_key="")
    worked = set(tried.filter(verdict=Verdict.WORKED).values_list("step_key", flat=True))
    worked -= set(tried.filter(verdict__in=GAPS).values_list("step_key", flat=True))
    older = UpdateNote.objects.filter(
        drill__runbook=drill.runbook_id, step_key__in=worked, closed=""
    ).filter(Q(drill__starts_at__lt=drill.starts_at) & ~Q(drill=drill))
    drills = list(older.order_by().values_list("drill", flat=True).distinct())
    now = now or timezone.now()
    closed = older.update(
        closed=UpdateNote.Closed.RETESTED, closed_at=now, closed_by=by, closed_drill=drill
    )
    trusting.settle(drills, now=now)
    return closed


@one_transaction
def waive(note: UpdateNote, *, by: User, reason: str, now: datetime | None = None) -> None:
    """Live with a gap, and say why. Raises CannotNote."""
    reason = clean(reason, _MOST_REASON)
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
    trusting.settle([note.drill_id], now=now or timezone.now())
    audit.record("gap.closed", by=by, of=note, name=note.drill.runbook.slug, note=reason)

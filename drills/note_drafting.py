"""Update notes written by the model. What it makes up, or what would be no runbook any more, is not kept:
there the offline writer's plain note stays."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse
from pydantic import BaseModel, Field

from drills.models import Drill, Scenario, UpdateNote
from drills.noting import CannotNote, as_lines, with_notes
from drills.scenario import guards
from portal.accounts.models import User
from portal.ai import asking, jobs
from portal.ai.asking import NoAnswer
from portal.ai.models import Job
from portal.ai.prompts import Prompt, read_prompt
from runbooks import document

KIND = "drills.notes"
#: A note has about so many characters: what the progress is measured against.
_USUAL = 800


class OneNote(BaseModel):
    """The step as it should stand."""

    note: int = Field(description="The number of the note that it answers.")
    after: str = Field(description="The step's whole Markdown.", max_length=8_000)


class Drafted(BaseModel):
    """The model's answer."""

    notes: list[OneNote] = Field(max_length=60)


@cache
def prompt() -> Prompt:
    return read_prompt(Path(__file__).resolve().parent / "prompts" / "notes.md")


def ask_for(drill: Drill, *, by: User) -> Job:
    """A job that writes the notes that nobody decided yet; the one that is under way, if there is one."""
    last = job_of(drill)
    if last is not None and is_under_way(last):
        return last
    about = {"drill": drill.pk, "back": reverse("drills:update_notes", args=[drill.pk])}
    return jobs.start(KIND, about=about, by=by, team=drill.team)


def job_of(drill: Drill) -> Job | None:
    """The last one of this drill."""
    return Job.objects.filter(kind=KIND, about__drill=drill.pk).order_by("-pk").first()


def is_under_way(job: Job) -> bool:
    return job.state in (Job.State.WAITING, Job.State.RUNNING)


def do(job: Job, watch: jobs.Watch) -> dict[str, Any]:
    """The job. Run again, it writes the same notes anew; what a person decided meanwhile stays."""
    drill = Drill.objects.select_related("runbook", "revision", "team").get(pk=job.about["drill"])
    notes = list(drill.notes.undecided().prefetch_related("observations"))
    if not notes:
        return {"writer": "", "written": 0, "note": "Every note is decided already."}
    watch.say(3, "Reading what was observed.")

    def listen(count: int) -> None:
        part = 90 * count // (_USUAL * len(notes))
        watch.say(5 + part, f"Writing: {count:,} characters so far.")

    try:
        drafted = asking.ask(
            purpose=KIND,
            prompt=prompt(),
            sources=_sources(drill, notes),
            answer=Drafted,
            team=drill.team,
            by=job.by,
            job=job,
            listen=listen,
        )
    except asking.Cancelled:
        raise
    except NoAnswer as none:
        said = f"{none} The plain notes stay."
        return {"writer": Scenario.Writer.OFFLINE, "written": 0, "note": said}
    return keep(drill, notes, drafted)


@transaction.atomic
def keep(drill: Drill, notes: list[UpdateNote], drafted: Drafted) -> dict[str, Any]:
    """Put into the notes what holds; the result says how many, and what was refused and why."""
    by_pk = {note.pk: note for note in notes}
    open_yet = drill.notes.undecided().select_for_update(of=("self",), no_key=True)
    still = set(open_yet.values_list("pk", flat=True))
    written, refused = 0, []
    for one in drafted.notes:
        note = by_pk.get(one.note)
        if note is None or note.pk not in still:
            continue
        after = as_lines(one.after)
        why = _wrong_with(drill, note, after)
        if why:
            refused.append(f"{note.step_label or 'The runbook'}: {why}")
            continue
        written += UpdateNote.objects.filter(pk=note.pk).update(
            after=after, writer=Scenario.Writer.AI
        )
    said = "" if written else "The model gave nothing that holds. The plain notes stay."
    writer = Scenario.Writer.AI if written else Scenario.Writer.OFFLINE
    return {"writer": writer, "written": written, "note": said, "refused": refused}


def _wrong_with(drill: Drill, note: UpdateNote, after: str) -> str:
    """Why a draft is not kept, in a sentence; "" where it holds."""
    if not after.strip() or after == note.before:
        return "it changes nothing."
    observed = [entry.text for entry in note.observations.all()]
    known = "\n".join([drill.revision.text, note.gap, *observed])
    if names := guards.names_made_up(after, known):
        return f"it names what nobody said: {', '.join(names[:3])}."
    labels = list(drill.revision.steps.values_list("label", flat=True))
    trial = UpdateNote(before=note.before, after=after, step_label=note.step_label)
    try:
        parsed = document.parse(with_notes(drill.revision.text, [trial]), fallback_title="Runbook")
    except (CannotNote, document.DocumentError) as error:
        return str(error)
    if note.before and [step.label for step in parsed.steps] != labels:
        return "the step would be no step, or several."
    return ""


def _sources(drill: Drill, notes: list[UpdateNote]) -> dict[str, str]:
    found = {
        f"runbook {drill.runbook.slug}, revision {drill.revision.number}": drill.revision.text[
            :120_000
        ]
    }
    for note in notes:
        observed = "\n".join(f"- {entry.text}" for entry in note.observations.all() if entry.text)
        found[f"note {note.pk}"] = "\n\n".join(
            filter(
                None,
                [
                    f"Step {note.step_label}" if note.step_label else "In no step",
                    f"What went wrong: {note.gap}",
                    f"Observed:\n{observed}" if observed else "",
                    f"The step as it stands:\n{note.before}" if note.before else "",
                ],
            )
        )
    return found

"""A scenario asked of the model; whatever keeps it from answering, the offline writer writes one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from drills.models import Scenario
from drills.scenario import offline, writing
from drills.scenario.gathering import gather
from drills.scenario.shapes import Draft
from drills.scenario.source import Source
from drills.scenario.writing import Written
from portal.accounts.models import Team, User
from portal.ai import asking, jobs
from portal.ai.asking import NoAnswer
from portal.ai.models import Job
from portal.ai.prompts import Prompt, read_prompt
from runbooks.models import Revision

KIND = "drills.scenario"
#: A scenario has about so many characters: what the progress is measured against.
_USUAL = 14_000


@cache
def prompt() -> Prompt:
    return read_prompt(Path(__file__).resolve().parent.parent / "prompts" / "scenario.md")


def write_with_ai(
    revision: Revision,
    *,
    minutes: int,
    team: Team | None = None,
    by: User | None = None,
    job: Job | None = None,
    listen: asking.Listener | None = None,
) -> Written:
    """By the model, else by the offline writer with the reason in `note`.

    Raises offline.NothingToDrill, and asking.Cancelled when `listen` does.
    """
    source = gather(revision)
    fallback = offline.write(source, minutes=minutes)
    try:
        draft = asking.ask(
            purpose=KIND,
            prompt=prompt(),
            sources=_sources(source, minutes),
            answer=Draft,
            team=team,
            by=by,
            job=job,
            listen=listen,
        )
        return writing.written(source, _in_order(draft, source), writer=Scenario.Writer.AI)
    except asking.Cancelled:
        raise
    except NoAnswer as none:
        note = f"{none} The offline writer wrote this one."
        return writing.written(source, fallback, writer=Scenario.Writer.OFFLINE, note=note)


def do(job: Job, watch: jobs.Watch) -> dict[str, Any]:
    """The job: `about` is {"revision", "minutes"}; its result names the scenario. Run again, it keeps one."""
    kept = Scenario.objects.filter(pk=job.result.get("scenario", 0)).first()
    if kept is None:
        revision = Revision.objects.select_related("runbook").get(pk=job.about["revision"])
        minutes = int(job.about["minutes"])
        watch.say(3, "Reading the runbook.")

        def listen(count: int) -> None:
            watch.say(5 + 90 * count // _USUAL, f"Writing: {count:,} characters so far.")

        made = write_with_ai(
            revision, minutes=minutes, team=job.team, by=job.by, job=job, listen=listen
        )
        with transaction.atomic():
            kept = writing.keep(revision, made, by=job.by, minutes=minutes)
            # Whoever takes the job up after this worker's death finds it.
            Job.objects.filter(pk=job.pk).update(result={"scenario": kept.pk})
    return {"scenario": kept.pk, "writer": kept.writer}


def _sources(source: Source, minutes: int) -> dict[str, str]:
    steps = "\n\n".join(
        f"{step.label} ({step.section}, {step.tier}): {step.text}" for step in source.steps
    )
    rules = "\n\n".join(
        "\n".join(
            [
                f"{rule.alert}: {rule.expr}",
                f"for {rule.pending_for or '0s'}, {rule.severity}",
                rule.summary,
                rule.description,
            ]
        )
        for rule in source.rules
    )
    known = "\n".join(
        f"{one.label or 'runbook'} {one.verdict}: {one.words}" for one in source.known
    )
    found = {
        "length": f"{minutes} minutes",
        f"runbook {source.slug}, revision {source.revision}": source.text[:120_000],
        "its steps with their labels": steps[:60_000],
        "rules of its alerts": rules[:20_000],
        "known to be wrong": known[:10_000],
    }
    return {name: text for name, text in found.items() if text.strip()}


def _in_order(draft: Draft, source: Source) -> Draft:
    """Injects by their time; a reading that the model forgot is the offline writer's."""
    labels = {step.label for step in source.steps}
    given = {reading.step for reading in draft.readings}
    missing = [
        reading for reading in offline.write(source).readings if reading.step in labels - given
    ]
    return draft.model_copy(
        update={
            "injects": sorted(draft.injects, key=lambda inject: inject.at_minutes),
            "readings": [*draft.readings, *missing],
        }
    )

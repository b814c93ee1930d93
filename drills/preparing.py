"""A drill's scenario before it starts: written, edited in place, guarded anew, taken from the library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q

from drills import running, scheduling, states
from drills.drill_form import MOST_OBJECTIVES, TOO_MANY_OBJECTIVES
from drills.log import changed, locked
from drills.models import Drill, Inject, Objective, Participant, Scenario
from drills.scenario import asking, guards, offline, writing
from drills.scenario.gathering import gather
from drills.scenario.shapes import Assumption, Draft, DraftInject, Reading
from drills.scheduling import CannotDrill
from portal.accounts import audit
from portal.accounts.models import User
from portal.ai import jobs
from portal.ai.models import Job

MOST_INJECTS = 40
_MOST_HINTS = 6


@dataclass(frozen=True, slots=True)
class Typed:
    """A scenario as a form has it. Each inject is the fields of Inject, in the order wanted; with "pk" it is
    one that is there. Steps are labels."""

    title: str
    start_state: str
    narrative: str
    objectives: list[str]
    injects: list[dict[str, Any]]
    readings: list[dict[str, str]] = field(default_factory=list)
    assumptions: list[dict[str, str]] = field(default_factory=list)


@transaction.atomic
def write_offline(drill: Drill, *, by: User) -> Scenario:
    """At once, by rule. Raises CannotDrill for a runbook without a step."""
    try:
        made = writing.write(drill.revision, minutes=drill.minutes)
    except offline.NothingToDrill as nothing:
        raise CannotDrill(str(nothing)) from None
    kept = writing.keep(drill.revision, made, by=by, minutes=drill.minutes)
    return take(drill, kept, by=by)


@transaction.atomic
def take(drill: Drill, scenario: Scenario, *, by: User) -> Scenario:
    """`scheduling.use`, recorded. Raises CannotDrill."""
    used = scheduling.use(drill, scenario, by=by)
    after = {"scenario": used.pk, "writer": used.writer}
    audit.record("drill.changed", by=by, of=drill, after=after)
    return used


def ask_ai(drill: Drill, *, by: User, back: str) -> Job:
    """A job writes it and gives it to the drill; `back` is the page that shows it then."""
    if drill.state not in states.COMING:
        raise CannotDrill("The drill has begun: its scenario stays.")
    under_way = writing_of(drill)
    if under_way is not None:
        return under_way
    about = {
        "revision": drill.revision_id,
        "minutes": drill.minutes,
        "drill": drill.pk,
        "back": back,
    }
    return jobs.start(asking.KIND, about=about, team=drill.team, by=by)


def writing_of(drill: Drill) -> Job | None:
    """The job that writes this drill's scenario right now."""
    states = (Job.State.WAITING, Job.State.RUNNING)
    waiting = Job.objects.filter(kind=asking.KIND, state__in=states, about__drill=drill.pk)
    return waiting.first()


def writing_that_failed(drill: Drill) -> Job | None:
    """The last job that was to write it, where it failed or was cancelled."""
    last = Job.objects.filter(kind=asking.KIND, about__drill=drill.pk).first()
    ended = last is not None and last.state in (Job.State.FAILED, Job.State.CANCELLED)
    return last if ended else None


def do(job: Job, watch: jobs.Watch) -> dict[str, Any]:
    """The handler of the job: written, kept, and given to the drill that asked; done once."""
    result = asking.do(job, watch)
    drill = Drill.objects.select_related("scenario").filter(pk=job.about.get("drill", 0)).first()
    if drill is not None and job.by is not None and drill.scenario_id != result["scenario"]:
        try:
            take(drill, Scenario.objects.get(pk=result["scenario"]), by=job.by)
        except CannotDrill:  # it has begun with another: this one is in the library
            return result
    return result


@transaction.atomic
def save(drill: Drill, typed: Typed, *, by: User) -> Scenario:
    """What the facilitator edited, guarded anew. A change after the approval takes the approval back.

    Raises CannotDrill and changes nothing.
    """
    drill = locked(drill)
    if drill.state not in states.COMING:
        raise CannotDrill("The drill has begun: its scenario stays.")
    scenario = drill.scenario
    if scenario is None:
        raise CannotDrill("There is no scenario to edit yet.")
    _refuse(typed)
    keys = dict(drill.revision.steps.values_list("label", "key"))
    scenario.title = typed.title[:200] or scenario.title
    scenario.start_state, scenario.narrative = typed.start_state, typed.narrative
    scenario.objectives = typed.objectives
    scenario.readings = [{**one, "key": keys.get(one["step"], "")} for one in typed.readings]
    scenario.assumptions = [
        {"text": one["text"], "step": one["step"] or None, "key": keys.get(one["step"], "")}
        for one in typed.assumptions
    ]
    scenario.approved_by = scenario.approved_at = None
    _keep_injects(scenario, typed.injects, keys)
    scenario.flags = [flag.as_json() for flag in _flags(drill, scenario)]
    scenario.save()
    _follow_objectives(drill, typed.objectives)
    audit.record("drill.changed", by=by, of=drill, after={"scenario": scenario.pk})
    changed(drill)
    return scenario


def _refuse(typed: Typed) -> None:
    if not typed.injects:
        raise CannotDrill("A drill needs at least one inject: nothing would happen in it.")
    if len(typed.injects) > MOST_INJECTS:
        raise CannotDrill(f"A drill has {MOST_INJECTS} injects at most: remove some.")
    if len(typed.objectives) > MOST_OBJECTIVES:
        raise CannotDrill(TOO_MANY_OBJECTIVES)
    for number, inject in enumerate(typed.injects, 1):
        if not inject["text"]:
            raise CannotDrill(f"Inject {number} has no text: say what happens, or remove it.")
        if not 0 <= inject["at_minutes"] <= 600:
            raise CannotDrill(f"Inject {number}: its minute is between 0 and 600.")
        if len(inject["hints"]) > _MOST_HINTS:
            raise CannotDrill(f"Inject {number}: {_MOST_HINTS} hints at most.")


def _keep_injects(
    scenario: Scenario, injects: Iterable[Mapping[str, Any]], keys: Mapping[str, str]
) -> None:
    known = {inject.pk: inject for inject in scenario.injects.all()}
    kept = set()
    for position, typed in enumerate(injects, 1):
        inject = known.get(typed.get("pk", 0)) or Inject(scenario=scenario)
        for name, value in typed.items():
            if name not in ("pk", "step"):
                setattr(inject, name, value)
        inject.position = position
        inject.step_label = typed["step"]
        inject.step_key = keys.get(typed["step"], "")
        inject.save()
        kept.add(inject.pk)
    scenario.injects.exclude(pk__in=kept).delete()


def _follow_objectives(drill: Drill, texts: list[str]) -> None:
    """The drill's objectives are the scenario's, as edited."""
    known = set(drill.objectives.values_list("text", flat=True))
    drill.objectives.exclude(text__in=texts).delete()
    Objective.objects.bulk_create(
        Objective(drill=drill, text=text[:500]) for text in texts if text not in known
    )


def _flags(drill: Drill, scenario: Scenario) -> list[guards.Flag]:
    """The guards over the rows. Lengths are the form's matter here, so that nothing is validated away."""
    draft = Draft.model_construct(
        start_state=scenario.start_state,
        narrative=scenario.narrative,
        objectives=scenario.objectives,
        assumptions=[
            Assumption.model_construct(text=one["text"], step=one.get("step"))
            for one in scenario.assumptions
        ],
        injects=[
            DraftInject.model_construct(
                text=inject.text,
                expected=inject.expected,
                player=inject.player,
                evaluator_note=inject.evaluator_note,
                hints=inject.hints,
                step=inject.step_label or None,
            )
            for inject in scenario.injects.all()
        ],
        readings=[
            Reading.model_construct(step=one["step"], output=one["output"])
            for one in scenario.readings
        ],
    )
    return guards.check(draft, gather(drill.revision))


@transaction.atomic
def start(drill: Drill, *, by: User) -> None:
    """“I have read it: start”: approved and begun at once. A press that comes twice changes nothing. Raises
    CannotDrill, MoveRefused."""
    if drill.state not in states.LIVE:
        scheduling.approve(drill, by=by)
        running.begin(drill, by=by)


# The library


@dataclass(frozen=True, slots=True)
class Shelved:
    """A scenario of the runbook that could be used again. `spoiled` names who of this drill played it."""

    scenario: Scenario
    injects: int
    played: int
    spoiled: list[str]
    outdated: bool


def library(drill: Drill) -> list[Shelved]:
    """Scenarios of the drill's runbook besides its own, newest first. Four queries."""
    scenarios = list(
        Scenario.objects.filter(runbook=drill.runbook_id)
        .select_related("made_by", "revision")
        .prefetch_related("injects")[:200]
    )
    root = _families({one.pk: one.cloned_from_id for one in scenarios})
    seats = Participant.objects.filter(
        Q(drill__scenario__in=[one.pk for one in scenarios]), drill__began_at__isnull=False
    ).values_list("drill__scenario", "drill", "person", "role")
    played: dict[int, set[int]] = {}
    players: dict[int, set[int]] = {}
    for scenario, of, person, _role in seats:
        if scenario is not None:
            played.setdefault(root[scenario], set()).add(of)
            players.setdefault(root[scenario], set()).add(person)
    here = {
        seat.person_id: seat.name
        for seat in drill.participants.all()
        if seat.person_id and seat.role != Participant.Role.FACILITATOR
    }
    return [
        Shelved(
            scenario=one,
            injects=len(one.injects.all()),
            played=len(played.get(root[one.pk], ())),
            spoiled=sorted(
                name for pk, name in here.items() if pk in players.get(root[one.pk], ())
            ),
            outdated=one.revision_id != drill.revision_id,
        )
        for one in scenarios
        if one.pk != drill.scenario_id
    ]


def _families(parents: Mapping[int, int | None]) -> dict[int, int]:
    """Each scenario's first ancestor: who played one knows its clones."""
    found = {}
    for pk in parents:
        at, seen = pk, {pk}
        while (up := parents.get(at)) is not None and up not in seen:
            seen.add(up)
            at = up
        found[pk] = at
    return found

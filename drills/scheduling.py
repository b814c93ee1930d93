"""Making a drill, its scenario and its people: each verb one transaction, recorded."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from drills import inviting, states
from drills.log import changed, locked
from drills.models import Drill, Inject, Objective, Participant, Scenario
from drills.scenario import writing
from portal.accounts import audit
from portal.accounts.models import Team, User
from portal.typed import clean
from runbooks.models import Runbook

S = Drill.State
QUICK_MINUTES = 20
_MOST_REASON = 2_000
GROUND_RULES = (
    "Nobody is blamed: the runbook is on trial, not the people. Nothing is run on a real system, nobody"
    " outside this room is called. A real page stops the drill at once."
)


class CannotDrill(Exception):  # noqa: N818 -- said in the product's words
    """This drill cannot be made or changed so. The message is a sentence."""


@transaction.atomic
def make(
    runbook: Runbook,
    *,
    by: User,
    starts_at: datetime,
    time_zone: str,
    minutes: int = 45,
    facilitator: User | None = None,
    team: Team | None = None,
    title: str = "",
    now: datetime | None = None,
    **facts: object,
) -> Drill:
    """A planned drill of the live revision. Its title never names the runbook. Raises CannotDrill."""
    now = now or timezone.now()
    if runbook.live_revision is None or runbook.state != Runbook.State.LIVE:
        raise CannotDrill("Only a live runbook can be drilled.")
    if not runbook.live_revision.steps.exists():
        raise CannotDrill("This runbook has no step: there is nothing to drill yet.")
    if not 15 <= minutes <= 480:
        raise CannotDrill("A drill takes between 15 minutes and 8 hours.")
    facilitator = facilitator or by
    team = team or _team_of(runbook, facilitator)
    drill = Drill.objects.create(
        title=title.strip()[:200] or f"Drill of {team.name if team else facilitator}",
        runbook=runbook,
        revision=runbook.live_revision,
        team=team,
        facilitator=facilitator,
        starts_at=starts_at,
        time_zone=time_zone,
        minutes=minutes,
        made_by=by,
        made_at=now,
        **({"ground_rules": GROUND_RULES} | facts),
    )
    refuse_naming(drill)
    seat(drill, facilitator, role=Participant.Role.FACILITATOR)
    # A lead who is to play in it reads the trail, too: until it is over it names the runbook only where the
    # players are told.
    told = {"runbook": runbook.slug} if drill.runbook_told else {}
    audit.record("drill.made", by=by, of=drill, after=told | {"minutes": minutes})
    return drill


def _team_of(runbook: Runbook, facilitator: User) -> Team | None:
    """Of the teams that run its services the one whom the facilitator belongs to, else the first."""
    teams = list(Team.objects.filter(services__runbooks=runbook).distinct().order_by("name"))
    own = set(facilitator.teams.values_list("pk", flat=True))
    mine = [team for team in teams if team.pk in own or team.lead_id == facilitator.pk]
    return next(iter([*mine, *teams]), None)


def refuse_naming(drill: Drill) -> None:
    """Raises CannotDrill where what players are told would name the runbook that they are to find."""
    if drill.runbook_told:
        return
    said = "\n".join((drill.title, drill.scope, drill.ground_rules, drill.stop_word)).casefold()
    for name in (drill.runbook.title, drill.runbook.slug):
        # A short name is a word like any other: “dns”.
        if name.casefold() in said and (" " in name or "-" in name):
            raise CannotDrill(
                f"“{name}” stands in what the players read, and they are to find the runbook by themselves."
                " Say it in other words, or tell them the runbook."
            )


@transaction.atomic
def now_alone(runbook: Runbook, *, by: User, now: datetime | None = None) -> Drill:
    """“Drill this now”: 20 minutes, no schedule, no roles. The offline writer's scenario is there at once,
    and whoever starts it reads it first. The runbook is no secret. Raises CannotDrill."""
    now = now or timezone.now()
    drill = make(
        runbook,
        by=by,
        starts_at=now,
        time_zone=by.time_zone or timezone.get_default_timezone_name(),
        minutes=QUICK_MINUTES,
        now=now,
        quick=True,
        runbook_told=True,
    )
    made = writing.write(drill.revision, minutes=QUICK_MINUTES)
    use(drill, writing.keep(drill.revision, made, by=by, minutes=QUICK_MINUTES), by=by)
    drill.refresh_from_db()
    return drill


@transaction.atomic
def seat(drill: Drill, person: User, *, role: str = Participant.Role.PARTICIPANT) -> Participant:
    """A seat for somebody with an account; a second time changes the role."""
    seated, _ = Participant.objects.update_or_create(
        drill=drill, person=person, defaults={"name": str(person)[:150], "role": role}
    )
    changed(drill)
    return seated


@transaction.atomic
def use(drill: Drill, scenario: Scenario, *, by: User) -> Scenario:
    """Give the drill this scenario: its own copy where it belongs to the library or another drill."""
    drill = locked(drill)
    if drill.state not in states.COMING:
        raise CannotDrill("The drill has begun: its scenario stays.")
    if scenario.runbook_id != drill.runbook_id:
        raise CannotDrill("This scenario is another runbook's.")
    taken = Drill.objects.filter(scenario=scenario).exclude(pk=drill.pk).exists()
    own = copy(scenario, by=by) if taken or scenario.clones.exists() else scenario
    drill.scenario = own
    drill.save(update_fields=["scenario"])
    if not drill.objectives.exists():
        Objective.objects.bulk_create(
            Objective(drill=drill, text=str(text)[:500]) for text in own.objectives
        )
    changed(drill)
    return own


@transaction.atomic
def copy(scenario: Scenario, *, by: User, now: datetime | None = None) -> Scenario:
    """A clone to edit, with nothing sent and approved by nobody."""
    injects = list(scenario.injects.filter(improvised=False))
    clone = Scenario.objects.get(pk=scenario.pk)
    clone.pk = None
    clone.cloned_from, clone.made_by, clone.made_at = scenario, by, now or timezone.now()
    clone.approved_by = clone.approved_at = None
    clone.save(force_insert=True)
    for inject in injects:
        inject.pk, inject.scenario = None, clone
        inject.state, inject.sent_at, inject.sent_second = Inject.State.PLANNED, None, None
        inject.hints_given = 0
    Inject.objects.bulk_create(injects)
    return clone


@transaction.atomic
def approve(drill: Drill, *, by: User, now: datetime | None = None) -> None:
    """The facilitator has read and edited it: from now on the drill can start. Raises CannotDrill."""
    drill = locked(drill)
    scenario = drill.scenario
    if scenario is None or not scenario.injects.exists():
        raise CannotDrill("There is no scenario to approve yet.")
    scenario.approved_by, scenario.approved_at = by, now or timezone.now()
    scenario.save(update_fields=["approved_by", "approved_at"])
    audit.record("scenario.approved", by=by, of=drill, after={"scenario": scenario.pk})
    changed(drill)


@transaction.atomic
def cancel(drill: Drill, *, by: User, why: str) -> Drill:
    """Raises MoveRefused, or CannotDrill without a reason."""
    why = clean(why, _MOST_REASON)
    if not why:
        raise CannotDrill("Say why it is cancelled: everybody who was invited will read it.")
    drill = locked(drill)
    states.refuse_bad_move(drill, S.CANCELLED)
    drill.state, drill.cancelled_why = S.CANCELLED, why
    drill.clock_started_at = None
    drill.sequence += 1
    drill.save(update_fields=["state", "cancelled_why", "clock_started_at", "sequence"])
    people = [seat.person for seat in drill.participants.select_related("person") if seat.person]
    inviting.call_off(drill, people, why=why)
    audit.record("drill.cancelled", by=by, of=drill, note=why)
    return changed(drill)

"""What a facilitator does in a running drill. Each verb is one transaction over the locked drill. All state
is in the database: after a restart everybody is where they were.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from drills import states
from drills.log import NotNow, changed, clean, locked, log, seconds
from drills.models import Drill, Entry, Inject, Participant
from drills.states import MoveRefused
from portal.accounts import audit
from portal.accounts.models import User

S = Drill.State


# The clock


@transaction.atomic
def begin(drill: Drill, *, by: User, now: datetime | None = None) -> Drill:
    """Raises MoveRefused, above all while the scenario is not approved."""
    now = now or timezone.now()
    drill = locked(drill)
    states.refuse_bad_move(drill, S.RUNNING)
    drill.state, drill.began_at, drill.clock_started_at = S.RUNNING, now, now
    drill.save(update_fields=["state", "began_at", "clock_started_at"])
    log(drill, Entry.Kind.CLOCK, now, text="The drill begins.", for_players=True)
    audit.record("drill.begun", by=by, of=drill)
    return changed(drill)


@transaction.atomic
def pause(drill: Drill, *, now: datetime | None = None) -> Drill:
    return _stop_clock(locked(drill), S.PAUSED, "The clock is paused.", now or timezone.now())


@transaction.atomic
def halt(drill: Drill, *, by: Participant | None, now: datetime | None = None) -> Drill:
    """“Stop: real page”. Everybody is told; it can be resumed. Twice is once."""
    now = now or timezone.now()
    drill = locked(drill)
    if drill.halted_at is not None:
        return drill
    who = f" ({by.name})" if by else ""
    said = f"Stop: a real page{who}. The drill stands still; nobody answers it now."
    if drill.state == S.RUNNING:
        drill = _stop_clock(drill, S.PAUSED, said, now)
    elif drill.state == S.PAUSED:
        log(drill, Entry.Kind.CLOCK, now, text=said, for_players=True)
    else:
        raise NotNow("Only a drill that runs can be stopped.")
    drill.halted_at = now
    drill.save(update_fields=["halted_at"])
    return changed(drill)


@transaction.atomic
def resume(drill: Drill, *, now: datetime | None = None) -> Drill:
    now = now or timezone.now()
    drill = locked(drill)
    if drill.state != S.PAUSED:
        raise MoveRefused("Only a drill that stands still can go on.")
    after = " after a real page" if drill.halted_at else ""
    drill.state, drill.clock_started_at, drill.halted_at = S.RUNNING, now, None
    drill.save(update_fields=["state", "clock_started_at", "halted_at"])
    log(drill, Entry.Kind.CLOCK, now, text=f"The drill goes on{after}.", for_players=True)
    return changed(drill)


@transaction.atomic
def end(drill: Drill, *, by: User, now: datetime | None = None) -> Drill:
    """To the hot wash. What was not sent stays in the timeline as not sent."""
    now = now or timezone.now()
    drill = locked(drill)
    states.refuse_bad_move(drill, S.HOT_WASH)
    drill.clock_seconds, drill.clock_started_at = seconds(drill, now), None
    drill.state, drill.ended_at, drill.halted_at = S.HOT_WASH, now, None
    drill.save(
        update_fields=["state", "ended_at", "halted_at", "clock_seconds", "clock_started_at"]
    )
    log(drill, Entry.Kind.CLOCK, now, text="The drill is over: hot wash.", for_players=True)
    audit.record("drill.ended", by=by, of=drill, after={"runbook": drill.runbook.slug})
    return changed(drill)


# What the facilitator does


@transaction.atomic
def send(inject: Inject, *, now: datetime | None = None) -> Inject:
    """Reveal an inject. Sent twice is sent once: the log's row is unique."""
    now = now or timezone.now()
    drill, inject = _live(inject)
    if inject.state == Inject.State.SENT:
        return inject
    inject.state, inject.sent_at, inject.sent_second = Inject.State.SENT, now, seconds(drill, now)
    inject.save(update_fields=["state", "sent_at", "sent_second"])
    log(
        drill,
        Entry.Kind.INJECT,
        now,
        text=inject.text,
        inject=inject,
        for_players=True,
        client_id=f"inject:{inject.pk}",
    )
    changed(drill)
    return inject


def set_aside(inject: Inject) -> Inject:
    """For later, or for never."""
    return _put(inject, Inject.State.ASIDE)


def skip(inject: Inject) -> Inject:
    return _put(inject, Inject.State.SKIPPED)


def bring_back(inject: Inject) -> Inject:
    """One that was set aside or skipped comes again, where it stood."""
    return _put(inject, Inject.State.PLANNED)


@transaction.atomic
def move(inject: Inject, *, by: int) -> None:
    """So many places down the list, or up it; at most to its end."""
    drill, inject = _live(inject, also_before=True)
    order = list(inject.scenario.injects.all())
    at = order.index(inject)
    order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
    for position, one in enumerate(order, 1):
        one.position = position
    Inject.objects.bulk_update(order, ["position"])
    changed(drill)


@transaction.atomic
def improvise(
    drill: Drill,
    *,
    text: str,
    channel: str = Inject.Channel.CHAT,
    step: str = "",
    now: datetime | None = None,
) -> Inject:
    """A new inject, sent at once and marked as improvised. `step` is a label or empty. Raises NotNow."""
    now = now or timezone.now()
    drill = locked(drill)
    text = clean(text)
    if drill.state not in states.LIVE or drill.scenario is None:
        raise NotNow("The drill does not run.")
    if not text or channel not in Inject.Channel.values:
        raise NotNow("Say what happens, and how the players hear of it.")
    found = drill.revision.steps.filter(label=step).first() if step else None
    last = drill.scenario.injects.aggregate(last=Max("position"))["last"] or 0
    inject = Inject.objects.create(
        scenario=drill.scenario,
        position=last + 1,
        at_minutes=seconds(drill, now) // 60,
        channel=channel,
        text=text,
        improvised=True,
        step_key=found.key if found else "",
        step_label=found.label if found else "",
    )
    return send(inject, now=now)


@transaction.atomic
def hint(inject: Inject, *, rung: int | None = None, now: datetime | None = None) -> str:
    """Give the next hint of an inject that is out; with `rung` only if it is that one, so that pressed twice
    is given once. Raises NotNow when there is none left."""
    now = now or timezone.now()
    drill, inject = _live(inject)
    if rung is not None and rung != inject.hints_given + 1:
        return ""
    if inject.state != Inject.State.SENT:
        raise NotNow("Send the inject first.")
    if inject.hints_given >= len(inject.hints):
        raise NotNow("There are no more hints.")
    said = str(inject.hints[inject.hints_given])
    inject.hints_given += 1
    inject.save(update_fields=["hints_given"])
    log(
        drill,
        Entry.Kind.HINT,
        now,
        text=said,
        inject=inject,
        for_players=True,
        client_id=f"hint:{inject.pk}:{inject.hints_given}",
    )
    changed(drill)
    return said


@transaction.atomic
def give_reading(drill: Drill, *, label: str, now: datetime | None = None) -> str:
    """Show the players what the step's command shows. Again is allowed: they may run it again."""
    now = now or timezone.now()
    drill = locked(drill)
    if drill.state not in states.LIVE or drill.scenario is None:
        raise NotNow("The drill does not run.")
    found = next((one for one in drill.scenario.readings if one.get("step") == label), None)
    if found is None:
        raise NotNow(f"There is no reading of {label}.")
    step = drill.revision.steps.filter(label=label).first()
    log(drill, Entry.Kind.READING, now, text=str(found["output"]), step=step, for_players=True)
    changed(drill)
    return str(found["output"])


@transaction.atomic
def tell_runbook(drill: Drill, *, now: datetime | None = None) -> Drill:
    """Everybody is told which runbook it is: the search took long enough, or is not what is rehearsed."""
    drill = locked(drill)
    if drill.state in states.OVER:
        raise NotNow("The drill is over.")
    if not drill.runbook_told:
        drill.runbook_told = True
        drill.save(update_fields=["runbook_told"])
        said = "The facilitator has named the runbook: it can be read from this page."
        log(drill, Entry.Kind.CLOCK, now or timezone.now(), text=said, for_players=True)
    return changed(drill)


@transaction.atomic
def let_the_clock_send(drill: Drill, *, on: bool) -> Drill:
    """Switch `automatic`: with it the clock does not advise, it sends."""
    drill = locked(drill)
    drill.automatic = on
    drill.save(update_fields=["automatic"])
    return changed(drill)


def something_is_due(drill: Drill, *, now: datetime | None = None) -> bool:
    """Whether `send_what_is_due` would send. One query, and none while the switch is off: pages ask each
    second."""
    if not drill.automatic or drill.state != S.RUNNING:
        return False
    reached = seconds(drill, now or timezone.now()) // 60
    return Inject.objects.filter(
        scenario=drill.scenario_id, state=Inject.State.PLANNED, at_minutes__lte=reached
    ).exists()


@transaction.atomic
def send_what_is_due(drill: Drill, *, now: datetime | None = None) -> int:
    """With `automatic` on: what the clock has reached goes out. How many."""
    now = now or timezone.now()
    drill = locked(drill)
    if not drill.automatic or drill.state != S.RUNNING or drill.scenario is None:
        return 0
    due = drill.scenario.injects.filter(
        state=Inject.State.PLANNED, at_minutes__lte=seconds(drill, now) // 60
    )
    sent = [send(inject, now=now) for inject in due]
    return len(sent)


def _live(inject: Inject, *, also_before: bool = False) -> tuple[Drill, Inject]:
    drill = Drill.objects.filter(scenario=inject.scenario_id).first()
    if drill is None:
        raise NotNow("This inject belongs to no drill.")
    drill = locked(drill)
    allowed = states.LIVE | states.COMING if also_before else states.LIVE
    if drill.state not in allowed:
        raise NotNow("The drill does not run.")
    return drill, Inject.objects.select_related("scenario").get(pk=inject.pk)


@transaction.atomic
def _put(inject: Inject, state: str) -> Inject:
    drill, inject = _live(inject)
    if inject.state == Inject.State.SENT:
        raise NotNow("It has been sent: the players know it.")
    inject.state = state
    inject.save(update_fields=["state"])
    changed(drill)
    return inject


def _stop_clock(drill: Drill, state: str, said: str, now: datetime) -> Drill:
    states.refuse_bad_move(drill, state)
    drill.clock_seconds, drill.clock_started_at, drill.state = seconds(drill, now), None, state
    drill.save(update_fields=["clock_seconds", "clock_started_at", "state"])
    log(drill, Entry.Kind.CLOCK, now, text=said, for_players=True)
    return changed(drill)

"""The offline writer: a whole scenario by rule, from the runbook's own words. Pure, the same each time."""

from __future__ import annotations

from drills.scenario.assumptions import assumptions_of
from drills.scenario.beat import Beat
from drills.scenario.beats import BEATS
from drills.scenario.readings import readings_of
from drills.scenario.shapes import Draft, DraftInject
from drills.scenario.source import Source
from drills.scenario.world import World, world_of

#: Up to so many minutes a drill has 4 to 6 injects, a longer one 6 to 12.
SHORT_MINUTES = 45


class NothingToDrill(ValueError):  # noqa: N818 -- said to the person who asked
    """The runbook has no step. The message says what is missing."""


def write(source: Source, *, minutes: int = SHORT_MINUTES) -> Draft:
    """Raises NothingToDrill for a runbook without a step."""
    if not source.steps:
        raise NothingToDrill(
            f"“{source.title}” has no step: a drill needs at least one list item or command under Diagnosis,"
            " Mitigation or Resolution."
        )
    world = world_of(source)
    injects = _timed(_chosen(source, world, minutes), minutes)
    return Draft(
        start_state=_start_state(source, world),
        narrative=_narrative(source, world),
        objectives=_objectives(source, world),
        assumptions=assumptions_of(source),
        injects=injects,
        readings=readings_of(source, world),
    )


def _chosen(source: Source, world: World, minutes: int) -> list[Beat]:
    made = [beat for beat in (make(source, world) for make in BEATS) if beat is not None]
    least, most = (4, 6) if minutes <= SHORT_MINUTES else (6, 12)
    if minutes > SHORT_MINUTES:
        most = min(12, max(6, minutes // 8))
    first, rest = made[0], sorted(made[1:], key=lambda beat: -beat.weight)
    kept = [first]
    # A drill without a twist, or without somebody outside who asks, rehearses the text alone.
    for wanted in (lambda i: i.twist, lambda i: i.channel in ("customer", "executive")):
        kept += [beat for beat in rest if wanted(beat.inject) and beat not in kept][:1]
    twists = sum(beat.inject.twist for beat in kept)
    for beat in rest:
        if len(kept) >= most:
            break
        if beat in kept or (beat.inject.twist and twists >= most // 3 and len(kept) >= least):
            continue
        twists += beat.inject.twist
        kept.append(beat)
    return sorted(kept, key=lambda beat: beat.when)


def _timed(beats: list[Beat], minutes: int) -> list[DraftInject]:
    """The first at once, the last with time left for the hot wash; the others where they belong between."""
    last = max(len(beats) - 1, 1)
    until = minutes * 0.8
    timed: list[DraftInject] = []
    for n, beat in enumerate(beats):
        even, own = n / last, beat.when / (beats[-1].when or 1)
        at = round(until * (0.7 * even + 0.3 * min(own, 1.0)))
        at = max(at, timed[-1].at_minutes + 1) if timed else 0
        timed.append(beat.inject.model_copy(update={"at_minutes": at}))
    return timed


def _start_state(source: Source, world: World) -> str:
    service = ", ".join(source.services[:3]) or "the system of this runbook"
    usual = "Nothing was deployed or changed in the last hour, as far as anybody knows."
    return (
        f"It is {world.time()}. You are on call for {service}."
        f" {usual} You have what you always have at hand: phone,"
        " laptop, the portal. This is an exercise: nothing is"
        " run on a real system and nobody outside this room is"
        " called. Say what you would do, and say the step (“I'm at D3”)."
    )


def _narrative(source: Source, world: World) -> str:
    parts = [f"What is going on: {source.title}."]
    if source.symptoms:
        parts.append(f"It shows like this: {source.symptoms[0]}")
    cause = world.cause
    if cause is not None:
        parts.append(
            f"The evidence is at {cause.label} (“{cause.title[:160].rstrip('.:')}”):"
            " until something is done, its reading shows the"
            " trouble; the other looks show what their readings say."
        )
    else:
        parts.append(
            "There is no step that looks: the players have to decide on what to base the first action."
        )
    acting = [step for step in source.steps if step.section != "diagnosis"]
    if acting:
        best = acting[0]
        parts.append(
            f"What helps is {best.label} (“{best.title[:160].rstrip('.:')}”), once the evidence is named."
        )
    if source.impact:
        parts.append(f"Outside one notices: {source.impact[0]}")
    parts.append(
        "It ends when somebody says how one knows that it is over"
        " and what is left to do, or when time is up. Readings and"
        " injects are about what happens around the players; skip what does not fit what they do."
    )
    return " ".join(parts)


def _objectives(source: Source, world: World) -> list[str]:
    by = f"the alert {source.alerts[0]}" if source.alerts else "its symptom"
    found = [
        f"The runbook is found by {by} within five minutes, and every step is said by its label."
    ]
    if world.cause is not None:
        found.append(
            f"{world.cause.label} is done and read rightly: {world.cause.title[:160].rstrip('.:')}."
        )
    risky = next((step for step in source.steps if step.tier == "destructive"), None)
    if risky is not None:
        found.append(f"{risky.label} is not done before the evidence for it is named.")
    acting = next((step for step in source.steps if step.section != "diagnosis"), None)
    if acting is not None and acting is not risky:
        found.append(
            f"Somebody decides on {acting.label} aloud, and says how one sees that it helped."
        )
    found.append(
        f"{source.escalation[0].to} is told the right thing at the right time."
        if source.escalation
        else "It is clear whom to call when the steps do not help."
    )
    return found[:5]

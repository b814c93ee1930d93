"""The offline writer: a whole scenario by rule, from the runbook's own words. Pure, the same each time."""

from __future__ import annotations

import re
from collections.abc import Callable

from drills.scenario.assumptions import assumptions_of
from drills.scenario.beat import Beat
from drills.scenario.beats import BEATS
from drills.scenario.readings import readings_of
from drills.scenario.shapes import Draft, DraftInject
from drills.scenario.source import Source
from drills.scenario.symptoms import symptom
from drills.scenario.topics import PLAIN
from drills.scenario.wording import (
    changes,
    cut,
    head,
    listed,
    lowered,
    named,
    noticed,
    sentence,
    tidy,
)
from drills.scenario.world import World, world_of

#: Up to so many minutes a drill has 4 to 6 injects, a longer one 6 to 12.
SHORT_MINUTES = 45
_FEW, _MANY = (4, 6), (6, 12)
#: More steps than so many, and the narrative says which to leave out.
_LONG = 14


class NothingToDrill(ValueError):  # noqa: N818 -- said to the person who asked
    """The runbook has no step. The message says what is missing."""


def write(source: Source, *, minutes: int = SHORT_MINUTES) -> Draft:
    """Raises NothingToDrill for a runbook without a step."""
    if not source.steps:
        raise NothingToDrill(_missing(source))
    world = world_of(source)
    injects = _timed(_chosen(source, world, minutes), minutes, world)
    return Draft(
        start_state=_start_state(source, world),
        narrative=_narrative(source, world)[:6_000],
        objectives=_objectives(source, world),
        assumptions=assumptions_of(source),
        injects=injects,
        readings=readings_of(source, world),
    )


def _missing(source: Source) -> str:
    said = (
        f"“{source.title}” has no step: a drill needs at least one list item or command under Diagnosis,"
        " Mitigation or Resolution."
    )
    if not source.beside:
        return said
    where = listed([f"“{cut(heading, 60)}”" for heading in source.beside], 3)
    return f"{said} What stands under {where} could be such steps: move it there, or rename the heading."


def _chosen(source: Source, world: World, minutes: int) -> list[Beat]:
    made = [beat for beat in (make(source, world) for make in BEATS) if beat is not None]
    least, most = _FEW if minutes <= SHORT_MINUTES else _MANY
    if minutes > SHORT_MINUTES:
        most = min(most, max(least, minutes // 8))
    elif minutes < 30 or (len(source.steps) < 3 and world.rng.random() < 0.5):
        most -= 1
    first, rest = made[0], sorted(made[1:], key=lambda beat: -beat.weight)
    kept = [first]
    tested = {step.label for step in (world.cause, world.remedy) if step is not None}
    # A drill without a twist, without somebody outside who asks, or without its own decisive steps,
    # rehearses the text alone.
    wanted: list[Callable[[Beat], bool]] = [
        lambda b: b.inject.twist,
        lambda b: b.inject.channel in ("customer", "executive"),
        *(_testing(label) for label in sorted(tested)),
    ]
    for want in wanted:
        if not any(want(beat) for beat in kept[1:]):
            kept += [beat for beat in rest if want(beat) and beat not in kept][:1]
    kept = kept[:most]
    twists = sum(beat.inject.twist for beat in kept)
    for beat in rest:
        if len(kept) >= most:
            break
        if beat in kept or (
            beat.inject.twist and twists >= max(2, most // 3) and len(kept) >= least
        ):
            continue
        if len(kept) >= least and _crowded(beat, kept, most):
            continue
        twists += beat.inject.twist
        kept.append(beat)
    return sorted(kept, key=lambda beat: beat.when)


#: What puts the step itself to the test, and not only the people around it.
_TESTS = frozenset(
    {
        "question",
        "branch",
        "borderline",
        "blank",
        "vague",
        "way-back",
        "failing",
        "shortcut",
        "unseen",
        "too-long",
        "order",
        "reported",
    }
)


def _testing(label: str) -> Callable[[Beat], bool]:
    return lambda beat: beat.inject.step == label and beat.kind in _TESTS


def _crowded(beat: Beat, kept: list[Beat], most: int) -> bool:
    """Whether one step or one channel would have more than its share."""
    same = sum(other.inject.step == beat.inject.step for other in kept)
    channel = sum(other.inject.channel == beat.inject.channel for other in kept)
    return same >= max(2, most // 2) or channel >= max(3, most // 2 + 1)


def _timed(beats: list[Beat], minutes: int, world: World) -> list[DraftInject]:
    """The first at once, the last with time left for the hot wash; the others where they belong between."""
    last = max(len(beats) - 1, 1)
    until = minutes * 0.8
    timed: list[DraftInject] = []
    for n, beat in enumerate(beats):
        even, own = n / last, beat.when / (beats[-1].when or 1)
        at = round(until * (0.6 * even + 0.4 * min(own, 1.0)))
        if 0 < n < last:
            at += world.rng.choice((-1, 0, 0, 1))
        at = max(at, timed[-1].at_minutes + 1) if timed else 0
        timed.append(beat.inject.model_copy(update={"at_minutes": at}))
    return timed


_RELEASES = re.compile(r"deploy|releas|roll(?:ing)?[ -]?(?:out|back)|upgrade|canary", re.IGNORECASE)


def _is_a_release(source: Source, world: World) -> bool:
    said = " ".join((source.title, *source.alerts, *source.trigger, *source.symptoms))
    return any(topic.key == "deploy" for topic in world.topics) or bool(_RELEASES.search(said))


def _start_state(source: Source, world: World) -> str:
    service = listed(list(source.services), 3) if source.services else "what is on call tonight"
    usual = world.say(
        # Where the trouble is a release, that would be untrue, or a lie that nobody planned.
        "Two changes of other teams are announced for tomorrow."
        if _is_a_release(source, world)
        else "Nothing was released in the last two hours, as far as anybody knows.",
        "The day was quiet; the handover was two minutes long.",
        "Two of the team are on leave. The channel has been silent since noon.",
        "It is the first shift of the week; last week's notes have not been read by everybody.",
        "Half of the team is at a party and reachable by phone only.",
        "The last real trouble here was some weeks ago, and another person was on call.",
    )
    return (
        f"It is {world.time()}. You are on call for {service}. {usual}"
        " You have phone, laptop and the portal, and the rights that you really have."
        " This is an exercise: nothing is"
        " run on a real system and nobody outside this room is called. Say what you"
        " would do, and name the step by its"
        " label once the runbook is open."
    )


def _narrative(source: Source, world: World) -> str:
    title = tidy(source.title)
    parts = [sentence(title)]  # the page says above it: what is really going on
    if shows := symptom(source):
        parts.append(f"It shows like this: {sentence(shows)}")
    cause, remedy = world.cause, world.remedy
    if cause is not None:
        shows = "that something stands in the way" if world.work else "the trouble"
        others = [step.label for step in source.looking if step is not cause]
        parts.append(
            f"The evidence is at {named(cause)}: until something is done, its reading shows {shows}."
        )
        if others:
            parts.append(
                f"{listed(others, 4)} {'shows' if len(others) == 1 else 'show'} what"
                " the readings say, most of it as usual."
            )
        if not cause.commands and not cause.expect and world.topic is not PLAIN:
            found = world.topic.evidence[len(cause.title) % len(world.topic.evidence)]
            parts.append(f"What one finds there: {world.told(found)}")
    else:
        parts.append(
            "No step looks before it acts: the players have to decide on what to base the first action."
        )
    if remedy is not None:
        helps = "What helps is" if changes(remedy) else "What the runbook offers is at"
        parts.append(f"{helps} {named(remedy)}, once the evidence is named.")
        if remedy.undo:
            parts.append(f"It is taken back by: {cut(remedy.undo, 160)}.")
    else:
        parts.append(
            "The runbook names nothing that helps: what follows from the evidence has"
            " to be decided in the room."
        )
    if impact := noticed(source, 220):
        parts.append(f"Outside one notices: {sentence(impact)}")
    if len(source.steps) > _LONG:
        parts.append(
            f"The runbook has {len(source.steps)} steps: keep to those around"
            f" {cause.label if cause else source.steps[0].label}"
            " and give the other readings in one word."
        )
    parts.append(
        world.say(
            "It ends when somebody shows that it is over and says what is left to do, or when time is up.",
            "It is over when the players show it by a step, not by the silence; else when time is up.",
            "Stop when the last step is decided, or five minutes before the end, whichever comes first.",
        )
    )
    parts.append(
        "Injects and readings are about what happens around the players: skip what does not fit what they do."
    )
    return " ".join(parts)


def _objectives(source: Source, world: World) -> list[str]:
    by = (
        f"the alert {source.alerts[0]}"
        if source.alerts
        else "its title"
        if world.work
        else "its symptom"
    )
    cause, remedy = world.cause, world.remedy
    found = [
        f"The runbook is found by {by} within five minutes, and steps are said by their labels."
    ]
    if cause is not None:
        shows = f" against “{head(cause.expect, 90)}”" if cause.expect else ""
        found.append(f"{named(cause)} is done and its result judged{shows}.")
    risky = next((step for step in source.steps if step.tier == "destructive"), None)
    if risky is not None:
        found.append(f"{named(risky)} is not done before the evidence for it is named.")
    if remedy is not None and remedy is not risky:
        found.append(
            f"Somebody decides on {named(remedy)} aloud, and says how one sees that it helped."
        )
    found.append(
        f"In time, {source.escalation[0].to} is told what is known and what is needed."
        if source.escalation
        else (
            "It is clear whom to call when the steps do not"
            f" help{f': {lowered(cut(source.escalation_words[0], 90))}' if source.escalation_words else ''}."
        )
    )
    return found[:5]

"""What players see when they run a step's command or look where it says. Pure.

Diagnosis shows the trouble until something is done, what is done answers as its tool does; numbers come
from the step's own `Expect:` and the alert's threshold, names from the runbook.
"""

from __future__ import annotations

import re

from drills.scenario.outputs import DRAW, Look, metric, plain
from drills.scenario.shapes import Reading
from drills.scenario.source import ASKS, ASKS_WHETHER, METRIC, Source, StepFacts, program_of, runs
from drills.scenario.world import World, bounds

_VARIABLE = re.compile(r"\{\{\s*\$?\.?([\w.-]+)[^{}]*\}\}")
_FILES = ("yaml", "yml", "json", "toml", "ini")


def readings_of(source: Source, world: World) -> list[Reading]:
    """One for each step: every step can be played."""
    return [Reading(step=step.label, output=_of_step(step, source, world)) for step in source.steps]


def _of_step(step: StepFacts, source: Source, world: World) -> str:
    troubled = step.section == "diagnosis" and _shows_trouble(step, world)
    parts: list[str] = []
    for language, written in step.commands[:4]:
        command = _VARIABLE.sub(r"<\1>", written)
        parts.append(
            f"{_echo(command)}\n{_output(language, command, Look(step, source, world, troubled))}"
        )
    if not parts:
        parts.append(_without_command(step, source, world, troubled=troubled))
    elif step.expect and not step.observes:
        parts.append(f"A few minutes later: {_wanted(step)}.")
    return "\n\n".join(parts)[:5_900]


def _shows_trouble(step: StepFacts, world: World) -> bool:
    """Where the trouble is to be seen: at its cause, and wherever a number says how bad it is."""
    return (
        world.cause is None or step is world.cause or not step.expect or bool(bounds(step.expect))
    )


def _echo(command: str) -> str:
    lines = command.split("\n")
    return "\n".join([f"$ {lines[0]}", *(f"> {line}" for line in lines[1:6])])


def _output(language: str, command: str, look: Look) -> str:
    line = next((line.strip() for line in command.split("\n") if line.strip()), "")
    program = program_of(command)
    if language in ("promql", "logql") or (not program and METRIC.search(command)):
        return metric(command, look)
    if language in _FILES and not runs(line.removeprefix("sudo ")):
        return "(a configuration to compare with: read out what stands there today)"
    draw = next((draw for programs, draw in DRAW if program in programs), None)
    return draw(command, look) if draw else plain(look)


def _wanted(step: StepFacts) -> str:
    """The first sentence of what the step expects."""
    return re.split(r"(?<=[.;])\s", step.expect)[0].rstrip(".;")


def _without_command(step: StepFacts, source: Source, world: World, *, troubled: bool) -> str:
    """A step in words: what one finds when one looks, or what comes of doing it."""
    title = step.title.rstrip(".: ")
    if not step.observes:
        came = (
            f"A few minutes later: {_wanted(step)}."
            if step.expect
            else "It can be done, and takes some minutes."
        )
        return f"{title}: {came}"
    asked = ASKS.sub("", title).strip() or title
    named = f"{asked[:1].upper()}{asked[1:]}"
    board = f"{step.links[0][0]}: " if step.links else ""
    guilty = step is world.cause
    if step.expect and not guilty:
        return f"{board}{'Not this: ' if troubled else ''}{_wanted(step)}."
    if ASKS_WHETHER.match(title):
        found = f"{'Yes' if guilty else 'No sign of it'}: {asked}."
    elif ASKS.match(title):
        found = f"{named}: {'here something is wrong' if guilty else 'as on any other day'}."
    else:
        found = f"{named}: {'this is it' if guilty else 'not so here'}."
    return (
        f"{board}{found} It began at {world.time()}, as the alert did." if guilty else board + found
    )

"""A beat: an inject, where in a drill it belongs, and how much it says about this very runbook. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drills.scenario.shapes import Channel, DraftInject, Milestone
from drills.scenario.source import StepFacts
from drills.scenario.wording import nested, sentence
from drills.scenario.world import World

#: How far the dice may carry a beat past one that says a little more of this runbook.
_DICE = 4.0


@dataclass(frozen=True, slots=True)
class Beat:
    """`when`: 0 the beginning, 1 the end; `weight`: how much it says about this very runbook."""

    when: float
    weight: float
    kind: str
    inject: DraftInject


def beat(  # noqa: PLR0913 -- an inject has so many parts, each named
    world: World,
    kind: str,
    *,
    when: float,
    weight: float,
    channel: Channel,
    text: str,
    expected: str,
    hints: Sequence[str],
    step: StepFacts | None = None,
    player: str = "hands-on",
    twist: bool = False,
    milestone: Milestone = "",
    note: str = "",
) -> Beat:
    """The inject with its sentences closed and its hints from vague to plain, each once."""
    told = [sentence(hint[:500]) for hint in dict.fromkeys(hints) if hint.strip()]
    while len(told) < 2:
        told.append("Say aloud what is known, and what is only believed.")
    return Beat(
        when,
        weight + world.rng.random() * _DICE,
        kind,
        DraftInject(
            at_minutes=0,
            channel=channel,
            text=nested(text)[:1_990],
            player=player,
            expected=sentence(expected[:1_980].rstrip(".")),
            step=step.label if step else None,
            hints=told[:6],
            twist=twist,
            milestone=milestone,
            evaluator_note=note[:900],
        ),
    )

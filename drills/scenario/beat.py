"""A beat: an inject, where in a drill it belongs, and how much it says about this very runbook. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from drills.scenario.shapes import DraftInject
from drills.scenario.world import World


@dataclass(frozen=True, slots=True)
class Beat:
    """`when`: 0 the beginning, 1 the end; `weight`: how much it says about this very runbook."""

    when: float
    weight: float
    inject: DraftInject


def placed(when: float, weight: float, world: World, inject: DraftInject) -> Beat:
    """The inject with its sentences closed, at its place. Equal weights are parted by the world's dice."""
    expected = f"{inject.expected[:1_980].rstrip('.')}."
    inject = inject.model_copy(update={"expected": expected, "text": inject.text[:1_990]})
    return Beat(when, weight + world.rng.random(), inject)

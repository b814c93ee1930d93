"""Drills: the rehearsal of one revision, its scenario, all that happened in it, and what came of it."""

from drills.models.drill import Drill, Participant, Preflight, _token
from drills.models.happened import Entry, Objective, Verdict, Word
from drills.models.outcome import ActionItem, UpdateNote
from drills.models.plan import Proposed
from drills.models.scenarios import Inject, Scenario

__all__ = [
    "ActionItem",
    "Drill",
    "Entry",
    "Inject",
    "Objective",
    "Participant",
    "Preflight",
    "Proposed",
    "Scenario",
    "UpdateNote",
    "Verdict",
    "Word",
    "_token",  # named by the first migration
]

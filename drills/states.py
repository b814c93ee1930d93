"""Which state of a drill follows which. The database refuses every other move, whoever makes it.

    planned ──> briefed ──> running <──> paused
       │           │           │           │
       ├───────────┼───────────┼───────────┴──> cancelled
       │           │           └──> hot wash ──> reporting ──> signed off
       └─ running (a quick drill has no briefing)

A drill runs only with a scenario that somebody approved. Signed off and cancelled are ends.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

from drills.models import Drill

S = Drill.State
MOVES: dict[str, frozenset[str]] = {
    S.PLANNED: frozenset({S.BRIEFED, S.RUNNING, S.CANCELLED}),
    S.BRIEFED: frozenset({S.PLANNED, S.RUNNING, S.CANCELLED}),
    S.RUNNING: frozenset({S.PAUSED, S.HOT_WASH, S.CANCELLED}),
    S.PAUSED: frozenset({S.RUNNING, S.HOT_WASH, S.CANCELLED}),
    S.HOT_WASH: frozenset({S.REPORTING}),
    S.REPORTING: frozenset({S.SIGNED_OFF}),
    S.SIGNED_OFF: frozenset(),
    S.CANCELLED: frozenset(),
}
#: Before it begins: what is planned can be changed.
COMING = frozenset({S.PLANNED, S.BRIEFED})
#: While it is in one of these, things happen in it.
LIVE = frozenset({S.RUNNING, S.PAUSED})
#: What players did can be looked at, but no more injects come.
OVER = frozenset({S.HOT_WASH, S.REPORTING, S.SIGNED_OFF, S.CANCELLED})


class MoveRefused(Exception):  # noqa: N818 -- said in the product's words
    """The drill cannot go from here to there. The message is a sentence."""


def may_move(drill: Drill, to: str) -> bool:
    return to in MOVES[drill.state]


def refuse_bad_move(drill: Drill, to: str) -> None:
    """Raises MoveRefused."""
    if not may_move(drill, to):
        says = f"This drill is {drill.get_state_display()}: it cannot be {S(to).label} now."
        raise MoveRefused(says)
    if to == S.RUNNING and drill.state in COMING:
        if drill.scenario is None:
            raise MoveRefused("There is no scenario yet: have one written first.")
        if drill.scenario.approved_at is None:
            raise MoveRefused(
                "Approve the scenario first: nothing goes to players that nobody has read."
            )


_LEGAL = " OR ".join(
    f"(OLD.state = '{one}' AND NEW.state IN ({', '.join(repr(str(to)) for to in sorted(after)) or repr('')}))"
    for one, after in MOVES.items()
)
_APPROVED = (
    "EXISTS (SELECT 1 FROM drills_scenario WHERE id = NEW.scenario_id AND approved_at IS NOT NULL)"
)
_BEGINS = (
    f"NEW.state = '{S.RUNNING.value}' AND OLD.state IN ('{S.PLANNED.value}', '{S.BRIEFED.value}')"
)
_BAD_MOVE = "a drill cannot move from this state to that"
_NOT_APPROVED = "a drill runs only with an approved scenario"
_BAD_START = "a drill begins as planned"

_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS drill_moves_legally BEFORE UPDATE OF state ON drills_drill "
    f"WHEN NEW.state <> OLD.state AND NOT ({_LEGAL}) BEGIN SELECT RAISE(ABORT, '{_BAD_MOVE}'); END",
    "CREATE TRIGGER IF NOT EXISTS drill_runs_approved BEFORE UPDATE OF state ON drills_drill "
    f"WHEN {_BEGINS} AND NOT {_APPROVED} BEGIN SELECT RAISE(ABORT, '{_NOT_APPROVED}'); END",
    "CREATE TRIGGER IF NOT EXISTS drill_begins_planned BEFORE INSERT ON drills_drill "
    f"WHEN NEW.state <> '{S.PLANNED.value}' BEGIN SELECT RAISE(ABORT, '{_BAD_START}'); END",
)
_POSTGRES = (
    f"""
CREATE OR REPLACE FUNCTION drillbook_drill_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> '{S.PLANNED.value}' THEN
      RAISE EXCEPTION '{_BAD_START}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state <> OLD.state AND NOT ({_LEGAL}) THEN
    RAISE EXCEPTION '{_BAD_MOVE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF {_BEGINS} AND NOT {_APPROVED} THEN
    RAISE EXCEPTION '{_NOT_APPROVED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    "CREATE OR REPLACE TRIGGER drill_moves_legally BEFORE INSERT OR UPDATE OF state ON drills_drill "
    "FOR EACH ROW EXECUTE FUNCTION drillbook_drill_moves()",
)


def install(sender: Any, using: str, **kwargs: Any) -> None:
    """After each migrate, like the append-only triggers."""
    connection = connections[using]
    if not {"drills_drill", "drills_scenario"} <= set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRES:
            cursor.execute(statement)

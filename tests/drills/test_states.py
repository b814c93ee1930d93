"""The state machine, in code and in the database."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from drills import running, states
from drills.models import Drill
from drills.states import MoveRefused
from tests.drills.making import make_drill

pytestmark = pytest.mark.django_db


def put(drill, state):
    """Past every verb, as a stray script would."""
    signed = {"signed_by": drill.facilitator} if state == "signed_off" else {}
    with transaction.atomic():
        Drill.objects.filter(pk=drill.pk).update(state=state, **signed)


def reach(drill, state):
    ways = {
        "planned": [], "briefed": ["briefed"], "running": ["running"], "paused": ["running", "paused"],
        "hot_wash": ["running", "hot_wash"], "reporting": ["running", "hot_wash", "reporting"],
        "signed_off": ["running", "hot_wash", "reporting", "signed_off"], "cancelled": ["cancelled"],
    }  # fmt: skip
    for step in ways[state]:
        put(drill, step)


@pytest.mark.parametrize("before", Drill.State.values)
def test_the_database_holds_the_table_of_moves(before):
    drill = make_drill()
    reach(drill, before)
    for after in Drill.State.values:
        point = transaction.savepoint()
        if after == before or after in states.MOVES[before]:
            put(drill, after)
        else:
            with pytest.raises(IntegrityError, match="cannot move"):
                put(drill, after)
        transaction.savepoint_rollback(point)


def test_nothing_runs_that_nobody_approved():
    drill = make_drill(approved=False)
    with pytest.raises(MoveRefused, match="Approve the scenario first"):
        running.begin(drill, by=drill.facilitator)
    with pytest.raises(IntegrityError, match="approved scenario"):
        put(drill, "running")
    drill.scenario.approved_at = timezone.now()
    drill.scenario.save()
    assert running.begin(drill, by=drill.facilitator).state == "running"


def test_a_drill_begins_as_planned():
    with pytest.raises(IntegrityError, match="begins as planned"), transaction.atomic():
        make_drill(state="running")


def test_a_report_is_signed_by_a_person():
    drill = make_drill()
    reach(drill, "reporting")
    with pytest.raises(IntegrityError), transaction.atomic():
        Drill.objects.filter(pk=drill.pk).update(state="signed_off")

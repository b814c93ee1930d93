"""A review rests on a drill only where the drill went through everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drills import reporting, running, taking_part
from drills.end_to_end import left_out
from drills.models import Participant
from runbooks import publishing
from runbooks.models import Runbook
from runbooks.reviews import known
from tests.drills.making import NOW, running_drill, seat
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
ALL_WORKED = [("worked", step, "") for step in ("D1", "D2", "M1", "M2")]


@pytest.fixture
def runbook():
    return published(slug="checkout-500", owner=UserFactory(), text=RUNBOOK)


def drilled(runbook, observed, *, day=0, **facts):
    """A signed drill with these observations: (verdict, step, words)."""
    when = NOW + timedelta(days=day)
    drill = running_drill(
        runbook=runbook, facilitator=runbook.owner, starts_at=when, began_at=when, **facts
    )
    drill.__class__.objects.filter(pk=drill.pk).update(began_at=when)
    scribe = seat(drill, Participant.Role.SCRIBE)
    for n, (verdict, step, words) in enumerate(observed):
        given = {"verdict": verdict, "step": step, "text": words}
        taking_part.record(scribe, client_id=f"o{n}", now=when, **given)
    drill = running.end(drill, by=runbook.owner, now=when)
    drill = reporting.close_hot_wash(drill, by=runbook.owner, now=when)
    return reporting.sign(drill, by=runbook.owner, now=when)


def proof(runbook):
    (line,) = known.drills(runbook, None)
    return line


def test_a_drill_of_one_step_proves_nothing_and_the_review_says_what_is_missing(runbook):
    drilled(runbook, [("worked", "D1", "")])
    assert left_out([runbook.pk]) == {runbook.pk: ["D2", "M1", "M2"]}
    line = proof(runbook)
    assert "1 of 1 steps worked. Not tried as it stands: D2, M1, M2." in line.words
    assert (line.rests_on, line.against) == ("", False)


def test_where_all_was_tried_and_worked_it_is_proved(runbook):
    drilled(runbook, ALL_WORKED)
    assert left_out([runbook.pk]) == {runbook.pk: []}
    assert proof(runbook).rests_on == "drilled"


@pytest.mark.parametrize(("why", "left"), [("The other branch of the if.", []), ("", ["M2"])])
def test_a_step_is_left_out_only_with_a_word_why(runbook, why, left):
    drilled(runbook, [*ALL_WORKED[:3], ("skipped", "M2", why)])
    assert left_out([runbook.pk]) == {runbook.pk: left}
    assert proof(runbook).rests_on == ("" if left else "drilled")


def test_one_who_saw_it_fail_outweighs_one_who_saw_it_work(runbook):
    drilled(runbook, [*ALL_WORKED, ("unclear", "M1", "Which one?")])
    assert left_out([runbook.pk]) == {runbook.pk: ["M1"]}
    assert proof(runbook).rests_on == ""


def test_a_step_that_says_something_else_since_was_not_drilled(runbook):
    drilled(runbook, ALL_WORKED)
    text = RUNBOOK.replace("Count the errors", "Count the failed orders")
    assert text != RUNBOOK
    proposal = publishing.propose(
        kind="edit", text=text, runbook=runbook, by=runbook.owner, why="Clearer."
    )
    publishing.accept(proposal, by=runbook.owner)
    runbook = Runbook.objects.get(pk=runbook.pk)
    assert left_out([runbook.pk]) == {runbook.pk: ["D1"]}
    assert proof(runbook).rests_on == ""


def test_the_last_drill_counts(runbook):
    drilled(runbook, ALL_WORKED)
    drilled(runbook, ALL_WORKED[:2], day=7)
    assert left_out([runbook.pk]) == {runbook.pk: ["M1", "M2"]}


def test_many_cost_as_much_as_one(runbook, django_assert_num_queries):
    other = published(slug="other", owner=runbook.owner, alert="Other", title="Other is slow")
    for one in (runbook, other):
        drilled(one, [("worked", "D1", "")])
    with django_assert_num_queries(3):
        assert set(left_out([runbook.pk, other.pk])) == {runbook.pk, other.pk}
    assert left_out([]) == {}

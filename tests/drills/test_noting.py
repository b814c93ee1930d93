"""Gaps become notes, notes one proposal, and only a published change closes a gap."""

from __future__ import annotations

import pytest

from drills import noting, running, taking_part
from drills.models import Participant, UpdateNote
from drills.noting import CannotNote
from runbooks import publishing
from runbooks.models import Proposal, Runbook
from tests.drills.making import NOW, running_drill, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill():
    drill = running_drill()
    scribe = seat(drill, Participant.Role.SCRIBE)
    for n, (verdict, step, text) in enumerate(
        [
            ("worked", "D1", ""),
            ("wrong", "D2", "The health page answers 200 while payments fail"),
            ("wrong", "D2", "The address is another one now"),
            ("unclear", "M1", "Which provider is the second one?"),
            ("missing", "", "Nothing says how to tell the shops"),
        ]
    ):
        taking_part.record(
            scribe, verdict=verdict, step=step, text=text, client_id=f"o{n}", now=NOW
        )
    return running.end(drill, by=drill.facilitator, now=NOW)


def test_each_gap_gets_a_note_with_the_observations_it_answers(drill):
    notes = noting.draft(drill)
    assert [(n.step_label, n.verdict, n.severity) for n in notes] == [
        ("D2", "wrong", "critical"), ("", "missing", "medium"), ("M1", "unclear", "low"),
    ]  # fmt: skip
    wrong = notes[0]
    assert wrong.observations.count() == 2
    assert wrong.before in drill.revision.text
    assert "Not as written (drill of 4 March 2026): The health page answers 200" in wrong.after
    assert notes[1].after == ""
    assert noting.draft(drill) == notes


def test_what_is_accepted_becomes_one_proposal_and_closes_when_published(drill):
    wrong, missing, unclear = noting.draft(drill)
    owner = drill.runbook.owner
    noting.decide(wrong, accept=True, by=owner)
    noting.decide(
        unclear, accept=True, by=owner, after=unclear.before + "\n\n   The second one is Paylane B."
    )
    noting.decide(missing, accept=False, by=owner, why="The shops have their own page.")
    proposal = noting.propose(drill, by=owner)
    assert proposal.kind == Proposal.Kind.DRILL
    assert "answers 200" in proposal.text
    assert "The second one is Paylane B." in proposal.text
    assert UpdateNote.objects.filter(closed="").count() == 3
    revision = publishing.accept(proposal, by=owner)
    wrong.refresh_from_db()
    assert (wrong.closed, wrong.closed_revision) == ("published", revision)
    assert "From the drill of 4 March 2026" in revision.why
    labels = list(revision.steps.values_list("label", flat=True))
    assert labels == ["D1", "D2", "M1", "M2"]
    assert Runbook.objects.get(pk=drill.runbook_id).live_revision == revision
    missing.refresh_from_db()
    assert missing.closed == ""
    with pytest.raises(CannotNote, match="no accepted note"):
        noting.propose(drill, by=owner)


def test_the_keys_of_changed_steps_are_kept(drill):
    wrong = noting.draft(drill)[0]
    noting.decide(wrong, accept=True, by=drill.runbook.owner)
    revision = publishing.accept(
        noting.propose(drill, by=drill.runbook.owner), by=drill.runbook.owner
    )
    assert set(revision.steps.values_list("key", flat=True)) == set(
        drill.revision.steps.values_list("key", flat=True)
    )


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (
            "wrong",
            "Not as written (drill of 4 March 2026): Nobody wrote down what is true instead.",
        ),
        ("blocked", "Blocked (drill of 4 March 2026): Nobody wrote down what was in the way."),
        ("missing", "Missing (drill of 4 March 2026): Nobody wrote down what."),
        ("unclear", "Unclear (drill of 4 March 2026): Nobody wrote down what was not understood."),
    ],
)
def test_a_gap_without_a_word_says_so(drill, verdict, said):
    scribe = drill.participants.get(role="scribe")
    taking_part.record(scribe, verdict=verdict, step="D1", text="", client_id="y", now=NOW)
    (note,) = [note for note in noting.draft(drill) if note.step_label == "D1"]
    assert said in note.after


def test_two_notes_of_one_step_are_both_said(drill):
    scribe = drill.participants.get(role="scribe")
    taking_part.record(
        scribe, verdict="missing", step="D2", text="Say from where", client_id="x", now=NOW
    )
    notes = [note for note in noting.draft(drill) if note.step_label == "D2"]
    for note in notes:
        noting.decide(note, accept=True, by=drill.runbook.owner)
    text = noting.propose(drill, by=drill.runbook.owner).text
    assert "answers 200" in text
    assert "Say from where." in text


def test_a_rejection_and_a_waiver_say_why(drill):
    note = noting.draft(drill)[0]
    with pytest.raises(CannotNote, match="Say why"):
        noting.decide(note, accept=False, by=drill.facilitator)
    with pytest.raises(CannotNote, match="Say why"):
        noting.waive(note, by=drill.facilitator, reason=" ")
    noting.waive(note, by=drill.facilitator, reason="The provider closes this page in May.")
    note.refresh_from_db()
    assert note.closed == "waived"
    with pytest.raises(CannotNote, match="closed already"):
        noting.waive(note, by=drill.facilitator, reason="Again.")


def test_a_re_test_that_worked_closes_the_gap(drill):
    noting.draft(drill)
    again = running_drill(
        runbook=drill.runbook, facilitator=drill.facilitator, starts_at=NOW.replace(day=20)
    )
    scribe = seat(again, Participant.Role.SCRIBE)
    taking_part.record(scribe, verdict="worked", step="D2", client_id="r1", now=NOW)
    assert noting.close_retested(again, by=drill.facilitator) == 1
    assert UpdateNote.objects.get(step_label="D2").closed_drill == again

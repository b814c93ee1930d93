"""Update notes written by a model: what holds is kept and labelled, what it made up is not."""

from __future__ import annotations

import json

import pytest

from drills import note_drafting, noting
from portal.ai import jobs
from portal.ai.models import Ask, Job
from tests.drills.making import ended
from tests.portal.ai import provider as messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with messages.running() as found:
        settings.ANTHROPIC_API_KEY = "sk-ant-test"
        settings.ANTHROPIC_BASE_URL = found.url
        yield found


@pytest.fixture
def notes():
    drill = ended()
    return {note.step_label: note for note in noting.draft(drill)}


def drafted(notes, **after: str) -> str:
    return json.dumps({"notes": [{"note": notes[s].pk, "after": a} for s, a in after.items()]})


def run(drill) -> Job:
    job = note_drafting.ask_for(drill, by=drill.facilitator)
    assert note_drafting.ask_for(drill, by=drill.facilitator) == job
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_what_holds_is_kept_and_says_that_ai_wrote_it(provider, notes):
    good = notes["M1"].before + "\n   Take the first one that answers."
    provider.replies = [messages.answers(drafted(notes, M1=good))]
    job = run(notes["M1"].drill)
    notes["M1"].refresh_from_db()
    assert (notes["M1"].writer, notes["M1"].after) == ("ai", good.strip("\n"))
    assert (job.state, job.result["written"]) == ("done", 1)
    notes["D2"].refresh_from_db()
    assert notes["D2"].writer == "offline"
    assert Ask.objects.get().purpose == "drills.notes"


def test_made_up_hosts_and_steps_that_are_none_leave_the_plain_note(provider, notes):
    plain = {label: note.after for label, note in notes.items()}
    provider.replies = [
        messages.answers(
            drafted(
                notes,
                D2=notes["D2"].before + "\n   Ask https://status.made-up.example first.",
                M1="Just do it.",
            )
        )
    ]
    job = run(notes["D2"].drill)
    for label, note in notes.items():
        note.refresh_from_db()
        assert (note.writer, note.after) == ("offline", plain[label])
    assert len(job.result["refused"]) == 2
    assert "status.made-up.example" in " ".join(job.result["refused"])
    assert "plain notes stay" in job.result["note"]


def test_what_a_person_decided_meanwhile_stays(provider, notes):
    drill = notes["M1"].drill
    noting.decide(notes["M1"], accept=True, by=drill.runbook.owner)
    drafts = note_drafting.Drafted(
        notes=[note_drafting.OneNote(note=notes["M1"].pk, after=notes["M1"].before + " More.")]
    )
    assert note_drafting.keep(drill, list(notes.values()), drafts)["written"] == 0


def test_a_provider_that_is_down_is_a_sentence(provider, notes, settings):
    settings.ANTHROPIC_API_KEY = ""
    job = run(notes["D2"].drill)
    assert job.result["note"] == "No model is set up. The plain notes stay."

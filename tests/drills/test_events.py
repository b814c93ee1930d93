"""A decision, a question, a detour: one key, no verdict on a step, and nothing that players are told."""

import pytest

from drills import noting, seen_by, taking_part
from drills.log import NotNow
from drills.models import Drill, Participant
from drills.report import report_of
from tests.drills.making import running_drill, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def scribe():
    return seat(running_drill(), Participant.Role.SCRIBE, name="Priya Raman")


def note(scribe, verdict, text=""):
    return taking_part.record(scribe, verdict=verdict, step="D1", text=text, client_id=verdict)


def test_an_event_is_a_line_of_the_log_and_of_the_report(scribe):
    note(scribe, "decision", "Roll back first.")
    note(scribe, "detour")
    assert [one.text for one in seen_by.own_notes(scribe)] == [
        "Detour",
        "Decision: Roll back first.",
    ]
    drill = Drill.objects.get(pk=scribe.drill_id)
    told = [words for _, words in report_of(drill).log]
    assert "D1 Decision: Roll back first. (Priya Raman)" in told
    assert "D1 Detour (Priya Raman)" in told


def test_an_event_is_no_verdict_and_makes_no_gap(scribe):
    for verdict in taking_part.EVENTS:
        note(scribe, verdict, "Which one?")
    drill = Drill.objects.get(pk=scribe.drill_id)
    assert noting.gaps_of(drill) == []
    assert not any(step.tried for step in report_of(drill).steps)


def test_players_are_not_told_of_it(scribe):
    note(scribe, "question", "Is the replica meant?")
    player = seat(scribe.drill, name="Lou")
    player.drill.refresh_from_db()
    assert "replica" not in " ".join(line.text for line in seen_by.lines(player))


def test_what_is_neither_is_refused(scribe):
    with pytest.raises(NotNow, match="Say how it went"):
        note(scribe, "idea", "Let us")


def test_the_page_takes_it_as_any_other_note(scribe, client):
    client.cookies[f"drill-seat-{scribe.drill_id}"] = scribe.token
    address = f"/drills/{scribe.drill_id}/notes"
    client.post(f"{address}/record", {"verdict": "decision", "text": "Roll back."})
    assert "Decision: Roll back." in client.get(address).content.decode()

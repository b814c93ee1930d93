"""What no page's own form sends: numbers longer than any key, other scripts' digits, days at the end of the
calendar, NUL, which PostgreSQL has no text with. Each is answered by a sentence, by 404, or as if it were not
there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from drills import reporting, running
from drills.models import ActionItem, Drill, Proposed
from tests.drills.making import ended, lead, make_drill, planned, seat
from tests.drills.test_editing_a_scenario import typed
from tests.drills.test_hot_wash import judged
from tests.drills.test_preparing import form
from tests.factories import TeamFactory

pytestmark = pytest.mark.django_db

#: Longer than 64 bits, longer than Python reads, digits of another script, no decimal, a sign, NUL.
NUMBERS = ["9" * 18, "9" * 19, "9" * 5_000, "٣", "²", "-1", "0\0"]
odd_numbers = pytest.mark.parametrize("odd", NUMBERS, ids=lambda odd: ascii(odd[:20]))
DAYS = ["9999-12-31", "0001-01-01"]
odd_days = pytest.mark.parametrize("day", DAYS)


def running_now() -> Drill:
    drill = make_drill()
    return running.begin(drill, by=drill.facilitator)


@odd_numbers
def test_there_is_no_such_inject(client, odd):
    drill = running_now()
    client.force_login(drill.facilitator)
    answer = client.post(f"/drills/{drill.pk}/facilitate/send", {"inject": odd})
    assert answer.status_code == 404
    assert not drill.entries.filter(kind="inject").exists()


@odd_numbers
def test_feedback_is_a_number_from_1_to_5(client, odd):
    drill = ended()
    client.force_login(drill.participants.get(name="Scribe Sam").person)
    answer = client.post(f"/drills/{drill.pk}/hot-wash", {"do": "rate", "score": odd})
    assert answer.status_code == 422
    assert "Choose a number from 1 to 5" in answer.content.decode()
    assert not drill.words.exists()


@odd_numbers
def test_evidence_that_is_no_line_of_the_log_is_none(client, odd):
    drill = ended()
    client.force_login(drill.facilitator)
    objective = drill.objectives.create(text="Find it")
    line = drill.entries.filter(kind="observation").first()
    sent = judged(objective, result="met", evidence=[odd, line.pk])
    assert client.post(f"/drills/{drill.pk}/hot-wash", sent).status_code == 302
    objective.refresh_from_db()
    assert (objective.result, list(objective.evidence.all())) == ("met", [line])


@odd_numbers
def test_there_is_no_such_line_of_the_plan(client, odd):
    TeamFactory(lead=(boss := lead()))
    client.force_login(boss)
    answer = client.post("/drills/plan", {"do": "accept", "line": odd})
    assert answer.status_code == 404
    assert not Proposed.objects.exists()


@odd_numbers
def test_the_library_has_no_such_scenario(client, odd):
    drill = planned()
    client.force_login(drill.facilitator)
    sent = {"do": "take", "scenario": odd}
    assert client.post(f"/drills/{drill.pk}/scenario", sent).status_code == 404


@pytest.mark.parametrize("minute", ["601", "9" * 18, "9" * 5_000, "٣", "soon"])
def test_an_inject_comes_at_a_minute_of_the_drill(client, minute):
    drill = planned()
    client.force_login(drill.facilitator)
    sent = typed(drill) | {"inject-1-at": minute, "do": "save"}
    answer = client.post(f"/drills/{drill.pk}/scenario", sent)
    assert answer.status_code == 422
    assert "its minute is between 0 and 600" in answer.content.decode()


@odd_numbers
def test_a_scenarios_rows_and_buttons_with_odd_numbers_change_nothing(client, odd):
    drill = planned()
    client.force_login(drill.facilitator)
    before = list(drill.scenario.injects.values_list("pk", "text"))
    sent = typed(drill) | {f"inject-{odd}-text": "x", f"reading-{odd}-output": "x"}
    for do in (f"up-{odd}", f"down-{odd}", "save"):
        client.post(f"/drills/{drill.pk}/scenario", sent | {"do": do})
    assert list(drill.scenario.injects.values_list("pk", "text"))[: len(before)] == before


@odd_numbers
def test_a_drill_has_minutes(client, odd):
    drill = planned()
    client.force_login(drill.facilitator)
    answer = client.post(f"/drills/{drill.pk}/edit", form(drill, minutes=odd, role="hands_on"))
    assert answer.status_code == 422
    assert "A drill takes between 15 minutes" in answer.content.decode()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
@odd_days
def test_a_drill_is_held_on_a_day_of_the_next_two_years(client, day, zone):
    drill = planned()
    client.force_login(drill.facilitator)
    sent = form(drill, date=day, time="23:59" if day > "2" else "00:00", time_zone=zone)
    answer = client.post(f"/drills/{drill.pk}/edit", sent | {"role": "hands_on"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "more than two years away" in page or "That time is over" in page


@pytest.mark.parametrize(
    "asked",
    [
        *(
            "month=9999-12",
            "month=0001-01",
            "month=1970-01",
            "month=%00000-01",
            "page=" + "9" * 5_000,
        ),
        *("team=%00", "state=%00", "state=coming%00&team=x"),
    ],
)
def test_the_list_is_shown_whatever_is_asked(client, asked):
    drill = planned()
    client.force_login(drill.facilitator)
    for view in ("list", "month"):
        assert client.get(f"/drills?view={view}&{asked}").status_code == 200


@odd_days
def test_the_quarter_is_this_one_where_the_day_is_beyond_any_plan(client, day):
    client.force_login(lead())
    assert client.get(f"/drills/plan?quarter={day}").status_code == 200


@odd_days
def test_a_plan_moves_to_no_such_week(client, day):
    TeamFactory(lead=(boss := lead()))
    client.force_login(boss)
    answer = client.post("/drills/plan", {"do": "move", "line": "1", "week": day})
    assert answer.status_code == 404


@odd_days
def test_work_is_due_and_a_drill_comes_again_on_a_day_that_one_lives_to_see(client, day):
    drill = reporting.close_hot_wash((drill := ended()), by=drill.facilitator)
    client.force_login(drill.facilitator)
    sent = {
        "text": "Mend it",
        "owner": drill.facilitator.username,
        "due_on": day,
        "priority": "low",
    }
    answer = client.post(f"/drills/{drill.pk}/report/actions", {"do": "give"} | sent)
    assert answer.status_code == 422
    assert "Say until when" in answer.content.decode()
    assert not ActionItem.objects.exists()
    answer = client.post(f"/drills/{drill.pk}/report", {"summary": "Held", "redrill_on": day})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "within the next ten years" in page
    assert "Held" in page


def test_nul_is_taken_out_of_whatever_is_typed(client):
    """On PostgreSQL a text with NUL cannot be kept or looked for at all."""
    drill = running_now()
    player = seat(drill, person=lead())
    scribe = seat(drill, "scribe", person=lead())
    at = f"/drills/{drill.pk}"
    client.force_login(player.person)
    client.post(f"{at}/play/say", {"text": "I l\0ook", "client_id": "a\0"})
    client.get(f"{at}/search?q=a%00b")
    client.post(f"{at}/found", {"slug": "a\0", "q": "\0"})
    client.force_login(scribe.person)
    noted = {"verdict": "wrong", "step": "D\x001", "text": "O\0ld", "client_id": "b\0"}
    client.post(f"{at}/notes/record", noted)
    client.force_login(drill.facilitator)
    client.post(
        f"{at}/facilitate/improvise", {"text": "M\0ore", "channel": "ch\0at", "step": "D\x002"}
    )
    client.post(f"{at}/facilitate/note", {"text": "M\0ine", "client_id": "c\0"})
    client.post(f"{at}/facilitate/reading", {"step": "D\x001"})
    client.get(f"{at}/facilitate?step=D%001")
    said = set(drill.entries.values_list("kind", "step_label", "text"))
    assert {("said", "", "I look"), ("observation", "D1", "Old"), ("inject", "", "More")} <= said
    assert ("note", "", "Mine") in said
    assert "reading" in {kind for kind, _, _ in said}


def test_nul_is_no_key_to_a_seat(client):
    drill = running_now()
    client.cookies[f"drill-seat-{drill.pk}"] = "\0"
    assert client.get(f"/drills/{drill.pk}/play").status_code == 403
    assert client.get(f"/drills/{drill.pk}/play/live").status_code == 403
    assert client.get("/drills/join/a%00b").status_code == 404


def test_nul_after_the_drill(client):
    drill = ended()
    client.force_login(drill.facilitator)
    at = f"/drills/{drill.pk}"
    objective = drill.objectives.create(text="Find it")
    client.post(f"{at}/hot-wash", judged(objective, result="met", note="a\0b"))
    client.post(f"{at}/hot-wash", {"do": "answer", "worked": "a\0b"})
    client.post(f"{at}/hot-wash", {"do": "close"})
    day = timezone.localdate() + timedelta(days=30)
    given = {"text": "a\0b", "owner": f"{drill.facilitator.username}\0", "due_on": f"{day}"}
    client.post(f"{at}/report/actions", given | {"do": "give", "priority": "low"})
    note = drill.notes.exclude(before="").first()
    client.force_login(drill.runbook.owner)
    client.post(
        f"{at}/update-notes/{note.pk}", {"do": "accept", "after": f"{note.before}\n   a\0b"}
    )
    for other in drill.notes.exclude(pk=note.pk):
        client.post(f"{at}/update-notes/{other.pk}", {"do": "reject", "why": "a\0b"})
        client.post(f"{at}/update-notes/{other.pk}", {"do": "waive", "why": "a\0b"})
    objective.refresh_from_db()
    assert objective.note == "ab"
    assert [word.text for word in drill.words.filter(prompt="worked")] == ["ab"]
    assert [item.text for item in drill.actions.all()] == ["ab"]
    note.refresh_from_db()
    assert note.after.endswith("\n   ab")
    others = drill.notes.exclude(pk=note.pk)
    assert {(one.decision_note, one.waiver) for one in others} == {("ab", "ab")}

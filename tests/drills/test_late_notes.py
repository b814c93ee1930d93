"""Observations of a device that was offline at the end: taken until the report is signed, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from drills import noting, reporting, running, scheduling, taking_part
from drills.log import NotNow
from drills.models import Drill, Entry, Participant
from drills.report import report_of
from runbooks.models import TrustLine
from tests.drills.making import NOW, make_drill, running_drill
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def minutes(count: float):
    return timedelta(minutes=count)


@pytest.fixture
def drill():
    """Paused from minute 10 to 20, over at 40, its hot wash closed at 50."""
    drill = running_drill()
    scheduling.seat(drill, UserFactory(name="Scribe Sam"), role=Participant.Role.SCRIBE)
    running.pause(drill, now=NOW + minutes(10))
    running.resume(drill, now=NOW + minutes(20))
    return drill


def sam(drill: Drill) -> Participant:
    return Participant.objects.select_related("drill").get(drill=drill, role="scribe")


def close(drill: Drill) -> Drill:
    running.end(drill, by=drill.facilitator, now=NOW + minutes(40))
    return reporting.close_hot_wash(drill, by=drill.facilitator, now=NOW + minutes(50))


def note(drill: Drill, *, at: float, client_id: str = "late", now: float = 90, **facts) -> Entry:
    given = {"verdict": "wrong", "step": "D2", "text": "Old address"} | facts
    at_, now_ = NOW + minutes(at), NOW + minutes(now)
    return taking_part.record(sam(drill), client_id=client_id, at=at_, now=now_, **given)


@pytest.mark.parametrize(("at", "shown"), [(5, 5), (12, 10), (25, 15), (39, 29)])
def test_a_late_note_stands_at_the_minute_of_the_drills_clock_at_which_it_was_made(
    drill, at, shown
):
    close(drill)
    entry = note(drill, at=at)
    assert (entry.at, entry.second) == (NOW + minutes(at), shown * 60)


def test_one_that_comes_in_the_hot_wash_is_a_gap_there(drill, client):
    running.end(drill, by=drill.facilitator, now=NOW + minutes(40))
    client.force_login(drill.facilitator)
    page = f"/drills/{drill.pk}/hot-wash"
    tag = client.get(f"{page}/live")["ETag"]
    note(drill, at=30, now=45)
    assert "D2 is wrong: Old address" in client.get(page).content.decode()
    live = client.get(f"{page}/live", headers={"If-None-Match": tag}).content.decode()
    assert "D2 is wrong: Old address" in live
    assert "1 gap becomes an update note" in live
    client.force_login(sam(drill).person)
    assert "Old address" not in client.get(f"{page}/live").content.decode()


def test_one_that_comes_with_the_report_is_in_it_and_in_its_update_note(drill):
    note(drill, at=30, client_id="first", now=30)
    close(drill)
    for _ in range(2):
        note(drill, at=31, text="It answers 404")
    report = report_of(Drill.objects.get(pk=drill.pk))
    assert [told.what for told in report.gaps] == ["D2 is wrong: Old address; It answers 404"]
    found = drill.notes.get()
    assert found.observations.count() == 2
    assert "It answers 404" in found.after


def test_what_the_owner_decided_meanwhile_stays_and_has_the_new_evidence(drill):
    note(drill, at=30, client_id="first", now=30)
    close(drill)
    decided = noting.decide(
        drill.notes.get(), accept=True, after="1. Other words", by=drill.runbook.owner
    )
    note(drill, at=31, text="It answers 404")
    decided.refresh_from_db()
    assert (decided.after, decided.observations.count()) == ("1. Other words", 2)


def test_a_gap_that_nobody_else_saw_becomes_a_note_of_its_own(drill):
    close(drill)
    assert not drill.notes.exists()
    note(drill, at=39)
    assert drill.notes.get().gap == "D2 is wrong: Old address"


def test_a_quick_drills_runbook_says_what_came_late():
    drill = running_drill(quick=True)
    scheduling.seat(drill, UserFactory(), role=Participant.Role.SCRIBE)
    close(drill)
    note(drill, at=30, step="D1", verdict="worked", text="")
    line = TrustLine.objects.get(runbook=drill.runbook)
    assert (line.steps_tried, line.steps_worked) == (1, 1)


def test_what_is_noted_after_the_hot_wash_or_arrives_after_the_signature_is_refused(drill):
    close(drill)
    note(drill, at=45, client_id="in the hot wash")
    # Clocks differ by so much, and the way took so long: noted in time for all that anybody knows.
    assert note(drill, at=50.5, client_id="just then").at == NOW + minutes(50)
    with pytest.raises(NotNow, match="hot wash is closed"):
        note(drill, at=52)
    reporting.sign(drill, by=drill.facilitator, now=NOW + minutes(60))
    with pytest.raises(NotNow, match="report is signed"):
        note(drill, at=30)


def test_a_device_whose_clock_is_an_hour_fast_is_heard_all_the_same():
    drill = make_drill()
    scheduling.seat(drill, UserFactory(), role=Participant.Role.SCRIBE)
    drill = running.begin(drill, by=drill.facilitator)
    scribe = Client()
    scribe.force_login(sam(drill).person)
    sent = drill.began_at + timedelta(hours=1)
    running.end(drill, by=drill.facilitator)
    reporting.close_hot_wash(drill, by=drill.facilitator)
    said = {"verdict": "unclear", "client_id": "a", "at": sent.isoformat()}
    address = f"/drills/{drill.pk}/notes/record"
    refused = scribe.post(address, said, headers=JSON)
    assert refused.status_code == 409
    assert "hot wash is closed" in refused.json()["error"]
    # With what its clock shows as it sends: it was noted a minute ago.
    said["sent"] = (sent + minutes(1)).isoformat()
    assert scribe.post(address, said, headers=JSON).json() == {"kept": "a"}
    for odd in ("9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "soon"):
        more = said | {"client_id": odd, "sent": odd}
        assert scribe.post(address, more, headers=JSON).status_code in (200, 409)

"""What calendars are sent, against RFC 5546: read by another library than the one that writes it, and raw."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import icalendar
import pytest

from drills import arranging, inviting, scheduling
from drills.models import Drill
from portal.notify import by_mail
from portal.notify.models import Delivery, Message
from tests.drills.making import make_drill, seat
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MADE = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
STARTS = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def drill():
    facilitator = UserFactory(name="Fay Lindqvist", email="fay@example.org")
    made = make_drill(
        facilitator=facilitator, starts_at=STARTS, time_zone="Europe/Lisbon", made_at=MADE
    )
    seat(made, person=UserFactory(name="Rita", username="rita", email="rita@example.org"))
    ola = UserFactory(name='Ola "Ö", 2nd', username="ola", email="ola@example.org")
    seat(made, "observer", person=ola)
    return made


def sent(username: str) -> list[icalendar.Event]:
    """The entries that somebody's calendar gets, in order, each checked for what every method asks for."""
    found = []
    for message in Message.objects.filter(person__username=username).order_by("pk"):
        if "calendar" in message.body:
            invitation = message.body["calendar"]
            found.append(event_of(invitation["ics"], invitation["method"]))
    return found


def event_of(ics: str, method: str) -> icalendar.Event:
    assert "\r\n" in ics
    assert "\n" not in ics.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in ics.split("\r\n"))
    calendar = icalendar.Calendar.from_ical(ics)
    assert (calendar["version"], calendar["method"]) == ("2.0", method)
    assert calendar["prodid"]
    (event,) = calendar.walk("VEVENT")
    for once in ("UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY"):
        assert not isinstance(event[once], list), once
    for moment in ("DTSTAMP", "DTSTART", "DTEND"):
        assert event[moment].dt.utcoffset() == timedelta(), moment
        assert re.search(rf"^{moment}:\d{{8}}T\d{{6}}Z\r$", ics, re.MULTILINE), moment
    assert str(event["organizer"]) == "mailto:fay@example.org"
    assert event["summary"].startswith("Exercise: ")
    assert "VALARM" not in ics
    return event


def attendees(event: icalendar.Event) -> dict[str, dict[str, str]]:
    found = event.get("attendee", [])
    found = found if isinstance(found, list) else [found]
    return {
        str(one).removeprefix("mailto:"): {name: str(value) for name, value in one.params.items()}
        for one in found
    }


def test_a_request_names_everybody_once_by_their_part(drill):
    inviting.answer(drill.participants.get(person__username="rita"), "yes")
    inviting.invite(drill, now=MADE)
    (asked,) = sent("rita")
    who = attendees(asked)
    assert set(who) == {"fay@example.org", "rita@example.org", "ola@example.org"}
    assert (who["fay@example.org"]["ROLE"], who["fay@example.org"]["PARTSTAT"]) == (
        "CHAIR",
        "ACCEPTED",
    )
    assert "RSVP" not in who["fay@example.org"]
    assert who["rita@example.org"]["PARTSTAT"] == "ACCEPTED"
    ola = who["ola@example.org"]
    assert (ola["ROLE"], ola["PARTSTAT"], ola["RSVP"]) == (
        "OPT-PARTICIPANT",
        "NEEDS-ACTION",
        "TRUE",
    )
    assert asked["status"] == "CONFIRMED"
    assert asked["dtend"].dt - asked["dtstart"].dt == timedelta(minutes=45)


def test_each_change_that_is_told_has_the_next_number_and_the_same_uid(drill):
    inviting.invite(drill, now=MADE)
    for days in (1, 2):
        drill = arranging.change(
            drill,
            by=drill.facilitator,
            facts={"starts_at": STARTS + timedelta(days=days)},
            now=MADE + timedelta(hours=days),
        )
    scheduling.cancel(drill, by=drill.facilitator, why="Too many pages.")
    events = sent("rita")
    assert [event["sequence"] for event in events] == [0, 1, 2, 3]
    assert len({str(event["uid"]) for event in events}) == 1
    stamps = [event["dtstamp"].dt for event in events]
    assert stamps == sorted(stamps)
    assert attendees(events[1])["rita@example.org"]["PARTSTAT"] == "NEEDS-ACTION"


def test_the_cancel_of_the_whole_names_everybody_and_says_that_it_is_off(drill):
    inviting.invite(drill, now=MADE)
    scheduling.cancel(drill, by=drill.facilitator, why="Too many pages.")
    gone = sent("ola")[-1]
    assert gone["status"] == "CANCELLED"
    assert set(attendees(gone)) == {"fay@example.org", "rita@example.org", "ola@example.org"}


def test_who_alone_is_taken_out_is_the_only_one_named_and_the_drill_is_not_off(drill):
    inviting.invite(drill, now=MADE)
    rita = drill.participants.get(person__username="rita").person
    drill = arranging.change(drill, by=drill.facilitator, facts={}, roles={rita: "hands_on"})
    out = sent("ola")[-1]
    assert set(attendees(out)) == {"ola@example.org"}
    assert "status" not in out
    assert out["sequence"] == 1
    # The others are told who is missing, with the same number.
    last = Message.objects.filter(person=rita).order_by("pk").last()
    assert last.body["intro"].startswith('Ola "Ö", 2nd will not be in it.')
    assert set(attendees(sent("rita")[-1])) == {"fay@example.org", "rita@example.org"}
    assert sent("rita")[-1]["sequence"] == 1


def test_the_mail_carries_it_as_a_part_that_calendars_know(drill):
    inviting.invite(drill, now=MADE)
    delivery = Delivery.objects.get(message__person__username="rita", kind="email")
    sent_as = by_mail.drawn(delivery).message().as_bytes(linesep="\r\n")
    mail = message_from_bytes(sent_as, policy=policy.SMTP)
    parts = {part.get_content_type(): part for part in mail.walk()}
    part = parts["text/calendar"]
    assert part["content-type"].params["method"] == "REQUEST"
    assert part["content-type"].params["charset"].casefold() == "utf-8"
    assert parts["multipart/alternative"]
    assert event_of(part.get_payload(decode=True).decode(), "REQUEST")["sequence"] == 0


def test_every_message_says_that_it_is_an_exercise(drill):
    inviting.invite(drill, now=MADE)
    inviting.remind(now=STARTS - timedelta(hours=20))
    arranging.change(drill, by=drill.facilitator, facts={"minutes": 60}, now=MADE)
    scheduling.cancel(Drill.objects.get(), by=drill.facilitator, why="Too many pages.")
    messages = list(Message.objects.filter(person__username="rita"))
    assert len(messages) == 4
    for message in messages:
        assert "Exercise: " in message.subject
        assert "exercise" in message.body["intro"]

"""Invitations that real calendars take, change and cancel; reminders once each; no runbook in any of them."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
from django.utils import timezone

from drills import arranging, inviting, scheduling, tasks
from drills.models import Drill
from portal.notify import calendar as feeds
from portal.notify.models import Message
from tests.drills.making import make_drill, seat
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MADE = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
STARTS = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def drill():
    made = make_drill(starts_at=STARTS, time_zone="Europe/Lisbon", made_at=MADE)
    seat(made, person=UserFactory(name="Rita Ö.", username="rita"))
    return made


def mails_of(person, **more):
    return list(Message.objects.filter(person__username=person, **more).order_by("pk"))


def event(message):
    invitation = message.body["calendar"]
    calendar = vobject.readOne(invitation["ics"])
    assert calendar.method.value == invitation["method"]
    return calendar.vevent


def test_an_invitation_is_an_entry_that_asks_for_an_answer(drill):
    assert inviting.invite(drill, now=MADE) == 2
    (mail,) = mails_of("rita")
    asked = event(mail)
    assert asked.dtstart.value == STARTS
    assert asked.dtend.value == STARTS + timedelta(minutes=45)
    assert asked.sequence.value == "0"
    assert asked.uid.value.startswith(drill.uid)
    assert asked.status.value == "CONFIRMED"
    assert asked.organizer.value == f"mailto:{drill.facilitator.email}"
    rita = next(a for a in asked.attendee_list if "rita" in a.value)
    assert rita.params["RSVP"] == ["TRUE"]
    assert rita.params["CN"] == ["Rita Ö."]
    assert "10:00 (Europe/Lisbon)" in mail.subject


def test_who_was_invited_is_not_invited_again(drill):
    inviting.invite(drill, now=MADE)
    seat(drill, person=UserFactory(username="late"))
    assert inviting.invite(drill, now=MADE) == 1
    assert len(mails_of("rita")) == 1


def test_nothing_that_is_sent_names_the_runbook(drill):
    drill.facilitator.email = "fay@shop.example"
    inviting.invite(drill, now=MADE)
    inviting.remind(now=STARTS - timedelta(hours=20))
    drill = arranging.change(
        drill, by=drill.facilitator, facts={"starts_at": STARTS + timedelta(days=1)}, now=MADE
    )
    scheduling.cancel(drill, by=drill.facilitator, why="Too many pages this week.")
    sent = "".join(f"{m.subject}{m.url}{m.body}" for m in Message.objects.all())
    assert drill.runbook.slug not in sent
    assert drill.runbook.title not in sent


def test_another_time_replaces_the_entry_and_asks_again(drill):
    inviting.invite(drill, now=MADE)
    rita = drill.participants.get(person__username="rita")
    inviting.answer(rita, "yes")
    later = STARTS + timedelta(days=1)
    arranging.change(drill, by=drill.facilitator, facts={"starts_at": later}, now=MADE)
    before, after = map(event, mails_of("rita"))
    assert after.uid.value == before.uid.value
    assert (after.sequence.value, after.dtstart.value) == ("1", later)
    rita.refresh_from_db()
    assert rita.answer == "open"


def test_a_change_that_no_calendar_shows_tells_nobody(drill):
    inviting.invite(drill, now=MADE)
    arranging.change(drill, by=drill.facilitator, facts={"scope": "Only the shop."}, now=MADE)
    assert len(mails_of("rita")) == 1


def test_a_plan_that_nobody_was_told_of_changes_quietly(drill):
    arranging.change(drill, by=drill.facilitator, facts={"minutes": 90}, now=MADE)
    scheduling.cancel(drill, by=drill.facilitator, why="No.")
    assert not Message.objects.exists()


def test_who_is_taken_out_loses_the_entry_and_can_come_back(drill):
    inviting.invite(drill, now=MADE)
    rita = drill.participants.get(person__username="rita").person
    drill = arranging.change(drill, by=drill.facilitator, facts={}, roles={}, now=MADE)
    gone = mails_of("rita")[-1]
    assert gone.body["calendar"]["method"] == "CANCEL"
    assert event(gone).sequence.value == "1"
    arranging.change(drill, by=drill.facilitator, facts={}, roles={rita: "scribe"}, now=MADE)
    assert mails_of("rita")[-1].body["calendar"]["method"] == "REQUEST"


def test_a_cancellation_takes_it_off_every_calendar(drill):
    inviting.invite(drill, now=MADE)
    scheduling.cancel(drill, by=drill.facilitator, why="Too many pages this week.")
    told = mails_of("rita")[-1]
    assert "Too many pages" in told.body["intro"]
    cancelled = event(told)
    assert (cancelled.status.value, cancelled.sequence.value) == ("CANCELLED", "1")
    assert cancelled.uid.value == event(mails_of("rita")[0]).uid.value


def test_reminders_come_a_day_and_an_hour_before_once_each(drill):
    kind = inviting.REMINDER.name
    for left in (26, 23.9, 23.8, 5, 1.5, 0.95, 0.9, 0):
        inviting.remind(now=STARTS - timedelta(hours=left))
    subjects = [m.subject for m in mails_of("rita", kind=kind)]
    assert subjects == [
        "Exercise: Tuesday's drill is tomorrow",
        "Exercise: Tuesday's drill starts within the hour",
    ]


def test_a_moved_drill_is_reminded_of_anew(drill):
    inviting.invite(drill, now=MADE)
    inviting.remind(now=STARTS - timedelta(hours=20))
    later = STARTS + timedelta(days=7)
    arranging.change(drill, by=drill.facilitator, facts={"starts_at": later}, now=MADE)
    assert inviting.remind(now=STARTS - timedelta(minutes=30)) == 0
    assert inviting.remind(now=later - timedelta(hours=20)) == 2


def test_another_title_reminds_nobody_again(drill):
    inviting.invite(drill, now=MADE)
    inviting.remind(now=STARTS - timedelta(hours=20))
    arranging.change(drill, by=drill.facilitator, facts={"title": "The drill"}, now=MADE)
    assert inviting.remind(now=STARTS - timedelta(hours=19)) == 0


def test_who_does_not_come_and_what_is_over_is_not_reminded(drill):
    inviting.answer(drill.participants.get(person__username="rita"), "no")
    assert inviting.remind(now=STARTS - timedelta(hours=20)) == 1
    assert not mails_of("rita")
    Drill.objects.filter(pk=drill.pk).update(state="cancelled")
    assert inviting.remind(now=STARTS - timedelta(minutes=30)) == 0


def test_reminding_many_costs_as_much_as_reminding_one(django_assert_max_num_queries):
    one = make_drill(starts_at=STARTS, made_at=MADE)
    for number in range(5):
        more = make_drill(
            runbook=one.runbook,
            facilitator=one.facilitator,
            starts_at=STARTS,
            made_at=MADE,
            title=f"Drill {number}",
        )
        seat(more, person=UserFactory())
    with django_assert_max_num_queries(13):
        assert inviting.remind(now=STARTS - timedelta(hours=20)) == 11


def test_the_beat_reminds():
    drill = make_drill(starts_at=timezone.now() + timedelta(minutes=30), made_at=MADE)
    tasks.remind()
    assert Message.objects.filter(person=drill.facilitator).count() == 1


def test_ones_own_calendar_has_the_drill_as_the_same_entry(drill):
    rita = drill.participants.get(person__username="rita").person
    feed = feeds.written(rita, made_at=MADE, now=STARTS - timedelta(days=3)).decode()
    assert f"UID:{inviting.uid_of(drill)}" in feed.replace("\r\n ", "")
    assert drill.runbook.title not in feed

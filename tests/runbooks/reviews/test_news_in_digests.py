"""What is not urgent leaves once a day: what became of proposals and reports stands in the next digest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from drills import improving
from drills import reporting as reporting_drills
from portal.notify.models import Delivery, Message
from runbooks import publishing, reporting, writing
from runbooks.reviews import reminding
from tests.drills.making import ended
from tests.factories import UserFactory
from tests.runbooks.reviews.reminded import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita(runbook):
    return UserFactory(username="rita", name="Rita Reader")


def monday():
    """The first Monday after what the fixtures made, which happens now."""
    day = Message.objects.latest("created_at").created_at.date()
    return day + timedelta(days=7 - day.weekday())


def propose(runbook, by, limit):
    live = runbook.live_revision
    text = live.text.replace("below 160", f"below {limit}")
    why = f"{limit} is safer."
    return writing.propose(text=text, by=by, runbook=runbook, base=live, why=why)


def digests(person):
    return list(Message.objects.filter(person=person, kind="digest").order_by("pk"))


def lines(message):
    return {
        section["title"]: [item["title"] for item in section["items"]]
        for section in message.body["sections"]
    }


def set_aside(runbook, reporter, by):
    step = runbook.live_revision.steps.select_related("revision__runbook").get(label="R1")
    made = reporting.report(step, verdict="unclear", by=reporter)
    reporting.set_aside(made, by=by, why="It is right at night.")


def test_many_answers_of_a_day_are_one_mail(runbook, yash, rita):
    for limit in (150, 140):
        publishing.decline(propose(runbook, rita, limit), by=yash, note="Which pods?")
    set_aside(runbook, rita, yash)
    assert not Delivery.objects.exists()
    day: date = monday()
    for hour in (9, 12):
        reminding.sweep(now=at(day, hour))
    reminding.sweep(now=at(day + timedelta(days=1)))
    (digest,) = digests(rita)
    assert lines(digest) == {
        "Changes that you suggested": ["Sent back: your change to API latency above 5 s"] * 2,
        "Steps that you reported": ["Your report on R1 is answered: API latency above 5 s"],
    }
    assert "Which pods?" in str(digest.body)
    assert "It is right at night." in str(digest.body)
    assert Delivery.objects.filter(message=digest).exists()


def test_an_owner_is_told_of_two_proposals_in_one_mail_and_of_each_once(runbook, yash, rita):
    for limit in (150, 140):
        propose(runbook, rita, limit)
    assert len(Message.objects.filter(person=yash, kind="proposals")) == 2
    reminding.sweep(now=at(monday()))
    (digest,) = digests(yash)
    assert len(lines(digest)["Suggestions that wait for your answer"]) == 2
    assert "Changes that you suggested" not in lines(digest)
    assert set(Delivery.objects.values_list("message", flat=True)) == {digest.pk}


def test_what_was_read_in_the_inbox_is_not_told_again(runbook, yash, rita, client):
    publishing.decline(propose(runbook, rita, 150), by=yash, note="Which pods?")
    client.force_login(rita)
    assert client.get(f"/inbox/{Message.objects.get(person=rita).pk}").status_code == 200
    reminding.sweep(now=at(monday()))
    assert digests(rita) == []


def test_old_news_is_none(runbook, yash, rita):
    publishing.decline(propose(runbook, rita, 150), by=yash, note="Which pods?")
    reminding.sweep(now=at(monday() + timedelta(days=21)))
    assert digests(rita) == []


def test_what_came_of_a_drill_stands_there_too(db):
    drill = reporting_drills.close_hot_wash(ended(), by=UserFactory())
    doer = UserFactory(username="dan")
    improving.give(
        drill,
        text="Order a second key",
        owner=doer,
        due_on=monday() + timedelta(days=30),
        by=drill.facilitator,
    )
    assert not Delivery.objects.exists()
    reminding.sweep(now=at(monday()))
    owners, doers = digests(drill.runbook.owner), digests(doer)
    assert lines(owners[0])["What drills found"] == [f"A drill found 2 gaps: {drill.runbook.title}"]
    assert lines(doers[0]) == {
        "What you are to do after a drill": ["To do after a drill: Order a second key"]
    }

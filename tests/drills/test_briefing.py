"""The page of a drill that is to come: what is next, when each part begins, whose turn it is."""

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from drills import arranging, briefing, inviting, scheduling
from drills.models import Drill, Participant
from drills.scheduling import CannotDrill
from tests.drills.making import make_drill, planned, seat
from tests.factories import TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db


def member(team, **facts):
    person = UserFactory(**facts)
    person.teams.add(team)
    return person


def test_the_page_says_what_is_next_and_when_each_part_begins(client):
    drill = planned(approved=False, runbook=published())
    client.force_login(drill.facilitator)

    def again():
        return Drill.objects.get(pk=drill.pk)

    def next_act():
        html = client.get(f"/drills/{drill.pk}").content.decode()
        todo = html.partition('id="next"')[2].partition("</section>")[0]
        assert todo.count("main") == 1
        return todo.partition("main")[2].partition(">")[2].partition("<")[0]

    assert next_act() == "Read and edit"
    scheduling.approve(again(), by=drill.facilitator)
    assert next_act() == "Invite"
    inviting.invite(again())
    assert next_act() == "It is briefed"
    arranging.brief(again(), by=drill.facilitator)
    assert next_act() == "To the room"
    begins = drill.starts_at.astimezone(ZoneInfo(drill.time_zone))
    html = client.get(f"/drills/{drill.pk}").content.decode()
    for minutes in (-10, 0, drill.minutes, drill.minutes + 15):
        assert f">{begins + timedelta(minutes=minutes):%H:%M}</time>" in html


def test_at_its_time_nothing_stands_before_the_start_but_the_scenario():
    drill = make_drill(approved=False, starts_at=timezone.now())
    assert briefing.next_act(drill, invited=0, to_invite=3) == "scenario"
    scheduling.approve(drill, by=drill.facilitator)
    drill = Drill.objects.get(pk=drill.pk)
    assert briefing.next_act(drill, invited=0, to_invite=3) == "start"


def test_the_lot_falls_on_who_had_the_fewest_turns_and_never_on_who_cannot():
    team = TeamFactory()
    owner, often, away, first, second = (member(team) for _ in range(5))
    before = make_drill(runbook=published(slug="before", owner=owner), began_at=timezone.now())
    seat(before, Participant.Role.HANDS_ON, person=often)
    drill = planned(team=team, runbook=published(slug="now", owner=owner))
    said_no = seat(drill, Participant.Role.PARTICIPANT, person=away)
    inviting.answer(said_no, "no")
    fresh = {briefing.pick(drill, chance=random.Random(n))[0].person for n in range(2)}
    assert fresh == {first, second}
    # Both are hands-on now. Who had a turn comes next, and who wrote the runbook last.
    assert briefing.pick(drill)[0].person == often
    assert briefing.pick(drill)[0].person == owner
    with pytest.raises(CannotDrill, match="Nobody else of"):
        briefing.pick(drill)


def test_a_press_picks_who_is_hands_on(client):
    team = TeamFactory()
    person = member(team, name="Noor Haddad")
    drill = planned(team=team)
    client.force_login(drill.facilitator)
    assert "Pick who is hands-on" in client.get(f"/drills/{drill.pk}").content.decode()
    page = client.post(f"/drills/{drill.pk}/do/pick", follow=True).content.decode()
    assert "Noor Haddad is hands-on: never before." in page
    assert "for the first time" in page
    assert "Pick who is hands-on" not in page
    assert drill.participants.get(person=person).role == "hands_on"


def test_the_preflight_says_how_far_one_is_and_asks_for_words_where_something_failed(client):
    player = UserFactory()
    drill = planned()
    scheduling.seat(drill, player, role=Participant.Role.HANDS_ON)
    client.force_login(player)
    address = f"/drills/{drill.pk}/preflight"
    page = client.get(address).content.decode()
    assert "<b>0 of " in page
    assert "What happened" not in page
    line = Participant.objects.get(drill=drill, person=player).preflight.first()
    page = client.post(f"{address}/{line.pk}", {"passed": "0"}, follow=True).content.decode()
    assert "<b>1 of " in page
    assert "1 does not open" in page
    assert "What happened" in page

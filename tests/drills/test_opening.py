"""Opening the drilled runbook's page in the portal is finding it, and nobody else learns of it."""

from __future__ import annotations

import re

import pytest
from django.core.cache import caches
from django.test import Client

from drills import running, scheduling
from drills.models import Drill, Entry, Participant
from tests.drills.making import make_drill
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
PAGE = "/r/checkout-500"


@pytest.fixture
def drill():
    caches["shared"].clear()
    return make_drill()


def sit(drill: Drill, role: str = Participant.Role.HANDS_ON, **facts) -> tuple[Client, Participant]:
    person = UserFactory(**facts)
    seat = scheduling.seat(drill, person, role=role)
    client = Client()
    client.force_login(person)
    return client, seat


def begin(drill: Drill) -> Drill:
    return running.begin(drill, by=drill.facilitator)


def found_by(drill: Drill) -> list[str]:
    entries = Entry.objects.filter(drill=drill, milestone="runbook_found")
    return [entry.by.name for entry in entries]


def names_it(client: Client, drill: Drill) -> bool:
    return "Read the runbook" in client.get(f"/drills/{drill.pk}/play").content.decode()


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}?namespace=shop", f"{PAGE}.md"])
def test_a_player_who_opens_its_page_has_found_it(drill, address):
    client, _ = sit(drill, name="Amara Okafor")
    begin(drill)
    assert not names_it(client, drill)
    assert client.get(address).status_code == 200
    assert found_by(drill) == ["Amara Okafor"]
    assert names_it(client, drill)
    client.get(address)
    assert found_by(drill) == ["Amara Okafor"]


def test_a_guest_finds_it_where_the_portal_is_open_to_read(drill, settings):
    settings.READ_WITHOUT_LOGIN = True
    begin(drill)
    guest = Client()
    guest.post(f"/drills/join/{drill.join_token}", {"name": "Guest Gus"})
    Client().get(PAGE)
    assert found_by(drill) == []
    guest.get(PAGE)
    assert found_by(drill) == ["Guest Gus"]
    forged = Client()
    forged.cookies[f"drill-seat-{drill.pk}"] = "made-up"
    assert forged.get(PAGE).status_code == 200
    assert found_by(drill) == ["Guest Gus"]


def test_the_others_see_and_hear_nothing_of_it(drill):
    finder, _ = sit(drill)
    other, _ = sit(drill)
    stranger = Client()
    stranger.force_login(UserFactory())
    begin(drill)
    pages = [
        f"/drills/{drill.pk}/play/live",
        f"/drills/{drill.pk}",
        "/drills",
        "/search?q=checkout",
    ]

    def heard():
        changing = r'data-now="\d+"|name="csrfmiddlewaretoken" value="[^"]+"|data-elapsed>[\d:]+'
        return [re.sub(changing, "", other.get(one).content.decode()) for one in pages]

    before = heard()
    shown = finder.get(PAGE).content.decode()
    assert heard() == before
    # What the finder was sent is what everybody is sent.
    me = re.compile(r'<li class="me">.*?</li>', re.DOTALL)
    assert me.sub("", stranger.get(PAGE).content.decode()) == me.sub("", shown)


def test_who_looks_on_knows_it_then_and_the_room_has_not_found_it(drill):
    scribe, seat = sit(drill, Participant.Role.SCRIBE)
    begin(drill)
    scribe.get(PAGE)
    seat.refresh_from_db()
    assert seat.found_runbook_at is not None
    assert "Count the errors" in scribe.get(f"/drills/{drill.pk}/notes").content.decode()
    assert found_by(drill) == []


def test_the_facilitator_strangers_other_pages_and_browsers_that_guess_find_nothing(drill):
    player, seat = sit(drill)
    published(slug="other", owner=drill.facilitator, alert="Other", title="Other is slow")
    begin(drill)
    leader, stranger = Client(), Client()
    leader.force_login(drill.facilitator)
    stranger.force_login(UserFactory())
    for client in (leader, stranger):
        client.get(PAGE)
    player.get("/r/other")
    player.head(PAGE)
    player.get(PAGE, headers={"Sec-Purpose": "prefetch;prerender"})
    seat.refresh_from_db()
    assert (found_by(drill), seat.found_runbook_at) == ([], None)


def test_before_it_begins_trying_tells_nothing(drill):
    client, seat = sit(drill)
    published(slug="other", owner=drill.facilitator, alert="Other", title="Other is slow")
    client.get(PAGE)
    told = {
        client.post(f"/drills/{drill.pk}/found", {"slug": slug})["Location"]
        for slug in ("checkout-500", "other")
    }
    assert told == {f"/drills/{drill.pk}/play"}
    assert client.get(f"/drills/{drill.pk}/search?q=x")["Location"] == f"/drills/{drill.pk}/play"
    seat.refresh_from_db()
    assert seat.found_runbook_at is None
    begin(drill)
    client.get(PAGE)
    assert found_by(drill)


def test_it_costs_one_query_while_somebody_else_is_drilled(drill, django_assert_max_num_queries):
    begin(drill)
    reader = Client()
    reader.force_login(UserFactory())
    reader.get(PAGE)
    with django_assert_max_num_queries(4):
        reader.get(PAGE)

"""A player's pages, the scribe's, joining and the preflight."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.test import Client

from drills import preflight, running, scheduling, taking_part
from drills.models import Entry, Participant
from drills.noting import draft
from drills.views import joining
from portal.accounts.throttling import claim
from tests.drills.making import make_drill
from tests.factories import ServiceFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _slots():
    caches["shared"].clear()


@pytest.fixture
def drill():
    drill = make_drill()
    return running.begin(drill, by=drill.facilitator)


def guest_of(drill, name="Guest Gus"):
    client = Client()
    answer = client.post(f"/drills/join/{drill.join_token}", {"name": name})
    assert answer.status_code == 302, answer.content
    return client


def player_of(drill, role=Participant.Role.HANDS_ON, **facts):
    person = UserFactory(**facts)
    scheduling.seat(drill, person, role=role)
    client = Client()
    client.force_login(person)
    return client


def text_of(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


# Joining


def test_a_guest_joins_with_a_name_and_comes_back_to_the_same_seat(drill):
    client = guest_of(drill)
    cookie = client.cookies[f"drill-seat-{drill.pk}"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "Guest Gus" in text_of(client, f"/drills/{drill.pk}/play")
    again = client.get(f"/drills/join/{drill.join_token}")
    assert again["Location"] == f"/drills/{drill.pk}/play"
    assert drill.participants.filter(name="Guest Gus").count() == 1


def test_a_guests_cookie_is_good_for_one_drill_and_forgery_for_none(drill):
    other = make_drill(runbook=drill.runbook, facilitator=drill.facilitator)
    client = guest_of(drill)
    client.cookies[f"drill-seat-{other.pk}"] = client.cookies[f"drill-seat-{drill.pk}"].value
    assert client.get(f"/drills/{other.pk}/play").status_code == 403
    client.cookies[f"drill-seat-{drill.pk}"] = "made-up"
    assert client.get(f"/drills/{drill.pk}/play").status_code == 403


def test_a_name_is_needed_and_asked_for_in_words(drill):
    answer = Client().post(f"/drills/join/{drill.join_token}", {"name": "  "})
    assert "Say your name" in answer.content.decode()


def test_who_is_signed_in_joins_under_their_own_name(drill, client):
    person = UserFactory(name="Jonas Weber")
    client.force_login(person)
    assert "Join as Jonas Weber" in text_of(client, f"/drills/join/{drill.join_token}")
    client.post(f"/drills/join/{drill.join_token}")
    seat = drill.participants.get(person=person)
    assert (seat.role, seat.joined_at is not None) == ("participant", True)


def test_each_role_is_led_to_its_page(drill):
    for role, page in [("scribe", "notes"), ("evaluator", "facilitate"), ("hands_on", "play")]:
        answer = player_of(drill, role).get(f"/drills/join/{drill.join_token}")
        assert answer["Location"] == f"/drills/{drill.pk}/{page}"


def test_guessing_links_ends_soon(client):
    for _ in range(joining.JOINS.most):
        claim(joining.JOINS, "127.0.0.1")
    answer = client.get("/drills/join/guessed")
    assert answer.status_code == 429
    assert "Try again in" in answer.content.decode()


def test_a_drill_that_is_over_takes_nobody_in(drill):
    running.end(drill, by=drill.facilitator)
    scheduling_over = drill.__class__.objects.filter(pk=drill.pk)
    scheduling_over.update(state="reporting")
    assert "This drill is over" in text_of(Client(), f"/drills/join/{drill.join_token}")


# Playing


def test_who_comes_late_sees_the_past(drill):
    first = drill.scenario.injects.first()
    running.send(first)
    running.hint(first)
    late = guest_of(drill, "Late Lou")
    shown = text_of(late, f"/drills/{drill.pk}/play")
    assert "Hint" in shown
    assert "The drill begins." in shown


def test_what_they_say_is_heard_by_all_and_a_private_line_by_one(drill):
    gus, lou = guest_of(drill), guest_of(drill, "Lou")
    say = f"/drills/{drill.pk}/play/say"
    gus.post(say, {"text": "D1 is 197, so D2.", "client_id": "a"})
    gus.post(say, {"text": "D1 is 197, so D2.", "client_id": "a"})
    gus.post(say, {"text": "I am lost.", "client_id": "b", "private": "1"})
    assert Entry.objects.filter(drill=drill, kind="said").count() == 1
    heard = text_of(lou, f"/drills/{drill.pk}/play")
    assert "D1 is 197, so D2." in heard
    assert "I am lost." not in heard
    assert "I am lost." in text_of(gus, f"/drills/{drill.pk}/play")
    fay = Client()
    fay.force_login(drill.facilitator)
    assert "I am lost." in text_of(fay, f"/drills/{drill.pk}/facilitate")


def test_anybody_stops_the_drill_for_a_real_page(drill):
    gus, lou = guest_of(drill), guest_of(drill, "Lou")
    gus.post(f"/drills/{drill.pk}/play/halt")
    assert "Stopped: a real page." in text_of(lou, f"/drills/{drill.pk}/play/live")
    drill.refresh_from_db()
    assert drill.halted_at is not None


def test_a_poll_with_nothing_new_costs_three_queries_and_a_guests_fewer(
    drill, django_assert_max_num_queries
):
    address = f"/drills/{drill.pk}/play/live"
    for client, most in [(player_of(drill), 3), (guest_of(drill), 1)]:
        tag = client.get(address)["ETag"]
        with django_assert_max_num_queries(most):
            answer = client.get(address, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        for number in range(4):
            running.improvise(drill, text=f"Something {number}")
        with django_assert_max_num_queries(most + 4):
            assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_presence_is_written_every_ten_seconds_and_changes_no_version(drill):
    client = guest_of(drill)
    version = drill.__class__.objects.get(pk=drill.pk).version
    client.get(f"/drills/{drill.pk}/play")
    seen = drill.participants.get(name="Guest Gus").seen_at
    client.get(f"/drills/{drill.pk}/play/live")
    assert drill.participants.get(name="Guest Gus").seen_at == seen
    assert drill.__class__.objects.get(pk=drill.pk).version == version


def test_the_facilitator_may_name_the_runbook_for_all(drill):
    client = guest_of(drill)
    runbook = f"/drills/{drill.pk}/runbook"
    assert client.get(runbook)["Location"] == f"/drills/{drill.pk}/search"
    tag = client.get(f"/drills/{drill.pk}/play/live")["ETag"]
    running.tell_runbook(drill)
    live = client.get(f"/drills/{drill.pk}/play/live", headers={"If-None-Match": tag})
    assert "Read the runbook" in live.content.decode()
    assert "Count the errors." in text_of(client, runbook)


def test_a_player_finds_it_with_the_portals_own_search(drill):
    client = player_of(drill)
    shown = text_of(client, f"/drills/{drill.pk}/search?q=checkout 500")
    assert "This is the one" in shown
    client.post(f"/drills/{drill.pk}/found", {"slug": drill.runbook.slug})
    assert Entry.objects.get(drill=drill, milestone="runbook_found").by.person_id
    assert "Read the runbook" in text_of(client, f"/drills/{drill.pk}/play")


# Notes


def test_a_note_is_kept_once_with_the_time_at_which_it_was_made(drill):
    client = player_of(drill, "scribe")
    note = {
        "verdict": "wrong",
        "step": "d1",
        "text": "It shows pods.",
        "client_id": "abc",
        "at": drill.began_at.isoformat(),
    }
    for _ in range(2):
        answer = client.post(
            f"/drills/{drill.pk}/notes/record", note, headers={"Accept": "application/json"}
        )
        assert answer.json() == {"kept": "abc"}
    entry = Entry.objects.get(drill=drill, kind="observation")
    assert (entry.step_label, entry.verdict, entry.at) == ("D1", "wrong", drill.began_at)
    assert "It shows pods." in text_of(client, f"/drills/{drill.pk}/notes/live")


def test_a_note_that_comes_too_late_is_refused_for_ever_and_a_bad_time_is_no_error(drill):
    client = player_of(drill, "observer")
    json = {"Accept": "application/json"}
    record = f"/drills/{drill.pk}/notes/record"
    for at in ("yesterday", "2026-99-99T00:00:00Z", "2026-01-01T00:00:00"):
        note = {"verdict": "unclear", "client_id": at, "at": at}
        assert client.post(record, note, headers=json).status_code == 200
    drill.__class__.objects.filter(pk=drill.pk).update(state="hot_wash")
    drill.__class__.objects.filter(pk=drill.pk).update(state="reporting")
    answer = client.post(record, {"verdict": "unclear", "client_id": "z"}, headers=json)
    assert answer.status_code == 409
    assert "hot wash" in answer.json()["error"]


def test_a_step_that_does_not_exist_is_kept_in_the_words(drill):
    client = player_of(drill, "scribe")
    client.post(f"/drills/{drill.pk}/notes/record", {"verdict": "missing", "step": "D9"})
    assert Entry.objects.get(drill=drill, kind="observation").text == "At D9."


def test_a_scribe_is_told_the_steps_only_once_the_runbook_is_known(drill):
    client = player_of(drill, "scribe")
    assert "Count the errors" not in text_of(client, f"/drills/{drill.pk}/notes")
    running.tell_runbook(drill)
    assert "Count the errors" in text_of(client, f"/drills/{drill.pk}/notes")


def test_players_take_no_notes_but_in_a_drill_for_two(drill):
    client = player_of(drill)
    assert client.get(f"/drills/{drill.pk}/notes").status_code == 403
    drill.__class__.objects.filter(pk=drill.pk).update(quick=True)
    assert client.get(f"/drills/{drill.pk}/notes").status_code == 200


# Preflight


def test_the_preflight_asks_of_the_services_and_what_fails_is_the_first_gap():
    drill = make_drill()
    client = player_of(drill)
    shown = text_of(client, f"/drills/{drill.pk}/preflight")
    assert "Access: kubectl-prod" in shown
    assert drill.runbook.title not in shown
    line = drill.participants.get(role="hands_on").preflight.get(what="Access: kubectl-prod")
    address = f"/drills/{drill.pk}/preflight/{line.pk}"
    client.post(address, {"passed": "0", "words": "My token has expired."})
    assert "It does not open" in text_of(client, f"/drills/{drill.pk}/preflight")
    fay = Client()
    fay.force_login(drill.facilitator)
    assert "My token has expired." in text_of(fay, f"/drills/{drill.pk}/facilitate")
    running.begin(drill, by=drill.facilitator)
    running.end(drill, by=drill.facilitator)
    assert ["Preflight" in note.gap for note in draft(drill)] == [True]


def test_the_preflight_names_what_all_runbooks_of_the_service_need():
    drill = make_drill()
    ServiceFactory._meta.model.objects.get_or_create(slug="checkout", name="checkout")
    text = runbook_text(owner="x").replace("services: [api-server]", "services: [checkout]")
    text = text.replace(
        "severity: high", "severity: high\ndashboards: [https://graf.example/d/pay]"
    )
    published(slug="another", owner=drill.facilitator, text=text)
    whats = [what for what, _ in preflight.lines_for(drill)]
    assert "Dashboard: graf.example pay" in whats
    assert "Access: kubectl-prod" in whats


def test_one_marks_only_ones_own_lines():
    drill = make_drill()
    one, other = player_of(drill), player_of(drill)
    text_of(one, f"/drills/{drill.pk}/preflight")
    line = drill.participants.filter(preflight__isnull=False).first().preflight.first()
    answer = other.post(f"/drills/{drill.pk}/preflight/{line.pk}", {"passed": "1"}, follow=True)
    assert "not yours" in answer.content.decode()
    line.refresh_from_db()
    assert line.passed is None


def test_after_the_drill_the_page_leads_to_the_hot_wash(drill):
    client = guest_of(drill)
    taking_part.found_runbook(drill.participants.get(name="Guest Gus"))
    running.end(drill, by=drill.facilitator)
    assert "To the hot wash" in text_of(client, f"/drills/{drill.pk}/play")

"""A drill in three browsers: the facilitator at a desk, a responder and a scribe on their phones."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from playwright.sync_api import expect

from drills import running, scheduling
from drills.models import Drill, Entry, Participant
from tests.browser.conftest import PHONE
from tests.browser.judging import violations
from tests.drills.making import make_drill, seat
from tests.factories import UserFactory

#: Two polls, and a slow machine.
SOON = 8_000


@pytest.fixture
def drill(transactional_db):
    caches["shared"].clear()
    return make_drill(facilitator=UserFactory(name="Fay Lindqvist"))


@pytest.fixture
def sit(signed_in):
    """A window of somebody who is signed in."""
    return lambda person, **options: signed_in(person, **options).new_page()


def test_a_drill_in_three_browsers(  # noqa: PLR0915 -- one story
    drill, sit, open_context, keep_picture
):
    scribe_person = UserFactory(name="Priya Raman")
    scheduling.seat(drill, scribe_person, role=Participant.Role.SCRIBE)
    first = drill.scenario.injects.first()
    opening = first.text.splitlines()[0][:40]

    desk = sit(drill.facilitator)
    desk.goto(f"/drills/{drill.pk}/facilitate")
    keep_picture(desk, "facilitate-before-1280")
    phone = open_context(viewport=PHONE, has_touch=True).new_page()
    phone.goto(f"/drills/join/{drill.join_token}")
    keep_picture(phone, "join-390")
    phone.get_by_label("Your name").fill("Amara Okafor")
    phone.get_by_role("button", name="Join").tap()
    expect(phone.get_by_role("heading", name="It has not begun yet")).to_be_visible()
    pen = sit(scribe_person, viewport=PHONE, has_touch=True)
    pen.goto(f"/drills/{drill.pk}/notes")

    expect(desk.locator("#clocks")).to_contain_text("2 connected", timeout=SOON)
    desk.get_by_role("button", name="Begin the drill").click()
    expect(phone.get_by_role("heading", name="It has begun")).to_be_visible(timeout=SOON)

    expect(desk.get_by_role("button", name="Send inject 1 now")).to_be_visible(timeout=SOON)
    desk.keyboard.press("n")
    expect(phone.locator("#now")).to_contain_text(opening, timeout=SOON)
    expect(desk.get_by_role("button", name="Give hint 1")).to_be_visible(timeout=SOON)
    desk.keyboard.press("h")
    expect(phone.locator(".hint")).to_contain_text("Hint", timeout=SOON)
    tested = desk.locator("#clocks").get_attribute("data-tested")
    desk.locator("#all-readings summary").click()
    reading = desk.locator(f'[data-reading="{tested or "D1"}"]')
    reading.click()
    expect(phone.locator(".shows samp")).to_be_visible(timeout=SOON)
    # The list of readings was drawn anew, and stayed open.
    expect(reading).to_contain_text("again", timeout=SOON)

    phone.get_by_label("What do you do?").fill("D1: I count the errors.")
    phone.get_by_role("button", name="Say it to all").tap()
    expect(desk.locator("#heard")).to_contain_text("I count the errors.", timeout=SOON)
    expect(phone.get_by_label("What do you do?")).to_have_value("")
    assert violations(phone) == []
    keep_picture(phone, "play-390")

    # The scribe's phone loses the network, goes on, and sends later, once.
    expect(pen.get_by_role("button", name="Wrong")).to_be_visible(timeout=SOON)
    pen.context.set_offline(True)
    pen.locator("#obs-step").fill("D1")
    pen.get_by_label("A word on it").fill("They count on the wrong pod.")
    pen.get_by_role("button", name="Wrong").tap()
    expect(pen.locator("[data-waiting]")).to_contain_text("They count on the wrong pod.")
    keep_picture(pen, "notes-waiting-390")
    pen.context.set_offline(False)
    expect(pen.locator("#mine")).to_contain_text("They count on the wrong pod.", timeout=SOON)
    expect(pen.locator("[data-waiting]")).to_be_hidden()
    assert Entry.objects.filter(drill=drill, kind="observation").count() == 1
    assert violations(pen) == []

    desk.keyboard.press("o")
    desk.keyboard.type("Slow to look")
    desk.keyboard.press("Alt+2")
    expect(desk.locator("#heard")).to_contain_text("Unclear. Slow to look", timeout=SOON)
    desk.keyboard.press("Escape")
    desk.keyboard.press("a")
    expect(desk.locator("#msel li.aside")).to_have_count(1, timeout=SOON)
    desk.keyboard.press("x")
    expect(desk.locator("#msel li.skipped")).to_have_count(1, timeout=SOON)
    desk.keyboard.press("p")
    expect(phone.locator("#halted")).to_contain_text("The clock is paused", timeout=SOON)
    expect(desk.get_by_role("button", name="Resume clock")).to_be_visible(timeout=SOON)
    desk.keyboard.press("p")
    expect(phone.locator("#halted")).to_be_empty(timeout=SOON)
    desk.keyboard.press("i")
    desk.keyboard.type("Support asks how long it will take.")
    desk.get_by_role("button", name="Send it now").click()
    expect(phone.locator("#now")).to_contain_text("Support asks how long", timeout=SOON)
    assert violations(desk) == []
    desk.evaluate("scrollTo(0, 0)")
    keep_picture(desk, "facilitate-1280")
    desk.emulate_media(color_scheme="dark")
    keep_picture(desk, "facilitate-1280-dark")
    desk.set_viewport_size(PHONE)
    keep_picture(desk, "facilitate-390-dark")
    desk.emulate_media(color_scheme="light")
    keep_picture(desk, "facilitate-390")
    desk.set_viewport_size({"width": 1280, "height": 900})

    phone.get_by_role("button", name="Stop: real page").tap()
    phone.get_by_role("button", name="Stop the drill now").tap()
    expect(desk.locator("#halted")).to_contain_text("Stopped: a real page", timeout=SOON)
    keep_picture(phone, "play-halted-390")
    keep_picture(pen, "notes-390")
    expect(desk.get_by_role("button", name="Go on with the drill")).to_be_visible(timeout=SOON)
    desk.keyboard.press("p")
    expect(phone.locator("#halted")).to_be_empty(timeout=SOON)
    phone.emulate_media(color_scheme="dark")
    keep_picture(phone, "play-390-dark")

    desk.get_by_role("button", name="End …").click()
    desk.get_by_role("button", name="End it: hot wash").click()
    expect(phone.get_by_role("heading", name="The drill is over")).to_be_visible(timeout=SOON)
    assert Drill.objects.get(pk=drill.pk).state == "hot_wash"


def test_without_scripts_the_pages_of_a_drill_work(drill, open_context, live_server):
    running.begin(drill, by=drill.facilitator)
    running.send(drill.scenario.injects.first())
    guest = seat(drill, name="Lou")
    context = open_context(viewport=PHONE, java_script_enabled=False)
    context.add_cookies(
        [{"name": f"drill-seat-{drill.pk}", "value": guest.token, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(f"/drills/{drill.pk}/play")
    page.get_by_label("What do you do?").fill("I look at D1.")
    page.get_by_role("button", name="Say it to all").click()
    expect(page.locator("#before")).to_contain_text("I look at D1.")

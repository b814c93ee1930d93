"""A scribe's phone that is offline while the drill ends: what was noted on it is not lost."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from playwright.sync_api import expect

from drills import reporting, running, scheduling
from drills.models import Drill, Entry, Participant
from tests.browser.conftest import PHONE
from tests.drills.making import make_drill
from tests.factories import UserFactory

#: Two polls, a second try after three seconds, and a slow machine.
SOON = 20_000


@pytest.fixture
def drill(transactional_db):
    caches["shared"].clear()
    drill = make_drill(facilitator=UserFactory(name="Fay Lindqvist"))
    scheduling.seat(drill, UserFactory(name="Priya Raman"), role=Participant.Role.SCRIBE)
    running.begin(drill, by=drill.facilitator)
    return drill


@pytest.fixture
def pen(drill, signed_in):
    """The scribe's phone, with the page of notes open."""
    scribe = Participant.objects.get(drill=drill, role="scribe").person
    page = signed_in(scribe, viewport=PHONE, has_touch=True).new_page()
    page.goto(f"/drills/{drill.pk}/notes")
    return page


def take(pen, words: str, verdict: str = "Wrong") -> None:
    pen.locator("#obs-step").fill("D2")
    pen.get_by_label("A word on it").fill(words)
    pen.get_by_role("button", name=verdict).tap()
    expect(pen.locator("[data-waiting]")).to_contain_text(words)


def observed(drill: Drill) -> list[str]:
    entries = Entry.objects.filter(drill=drill, kind="observation")
    return list(entries.order_by("at").values_list("text", flat=True))


def test_notes_taken_offline_arrive_after_the_hot_wash_was_closed(drill, pen, keep_picture):
    pen.context.set_offline(True)
    take(pen, "The page is of the old provider.")
    running.end(drill, by=drill.facilitator)
    reporting.close_hot_wash(drill, by=drill.facilitator)
    keep_picture(pen, "notes-waiting-390")
    pen.context.set_offline(False)
    expect(pen.locator("#when")).to_contain_text("The drill is over", timeout=SOON)
    expect(pen.locator("#mine")).to_contain_text("of the old provider", timeout=SOON)
    expect(pen.locator("[data-waiting]")).to_be_hidden()
    assert observed(drill) == ["The page is of the old provider."]
    assert [note.step_label for note in drill.notes.all()] == ["D2"]


def test_what_comes_after_the_signature_stays_on_the_device_with_the_reason(
    drill, pen, keep_picture
):
    pen.context.set_offline(True)
    take(pen, "Nobody had the key.", "Blocked")
    running.end(drill, by=drill.facilitator)
    reporting.close_hot_wash(drill, by=drill.facilitator)
    drill.refresh_from_db()
    reporting.sign(drill, by=drill.facilitator)
    pen.context.set_offline(False)
    waiting = pen.locator("[data-waiting]")
    expect(waiting).to_contain_text("The report is signed", timeout=SOON)
    expect(waiting).to_contain_text("Nobody had the key.")
    keep_picture(pen, "notes-refused-390")
    pen.reload()
    expect(waiting).to_contain_text("Nobody had the key.")
    waiting.get_by_role("button", name="Throw away").tap()
    expect(waiting).to_be_hidden()
    assert observed(drill) == []

"""The pages of drills in each of their states: they fit, axe finds nothing serious, a key for every act."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.utils import timezone
from playwright.sync_api import expect

from drills import (
    hot_wash,
    listing,
    planning,
    preflight,
    preparing,
    reporting,
    running,
    scheduling,
    taking_part,
)
from drills.models import Drill, Inject, Participant, Proposed
from drills.scenario.guards import Flag
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import wrong_with
from tests.drills.making import make_drill, planned, seat
from tests.drills.test_planning import library as team_library
from tests.factories import TeamFactory, UserFactory, published

Role = Participant.Role
#: Two polls, and a slow machine.
SOON = 10_000
TOO_SMALL = """() => [...document.querySelectorAll(
    "main :is(button, select, summary, input:not([type=hidden], [type=radio], [type=checkbox])), .dock > *")]
    .filter(e => e.getClientRects().length && !e.closest(".visually-hidden, .run, [aria-hidden=true]"))
    .filter(e => e.getBoundingClientRect().height < 43.5)
    .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def fay(transactional_db):
    caches["shared"].clear()
    return UserFactory(name="Fay Lindqvist")


@pytest.fixture
def sit(signed_in):
    """A window of somebody who is signed in."""
    return lambda person, **options: signed_in(person, **options).new_page()


def talked(drill, player):
    """A drill in the middle: two injects out, a hint, a reading, words, an observation of each kind."""
    first, second, *_ = drill.scenario.injects.all()
    running.send(first)
    taking_part.found_runbook(player)
    taking_part.say(player, text="I'm at D1.", client_id="a")
    taking_part.say(player, text="Is that meant?", client_id="b", private=True)
    for number, verdict in enumerate(("worked", "unclear", "wrong", "strength")):
        taking_part.record(
            player, verdict=verdict, step="D1", text="As it is", client_id=f"o{number}"
        )
    running.send(second)
    running.hint(Inject.objects.get(pk=second.pk))
    running.give_reading(drill, label=drill.scenario.readings[0]["step"])
    return Drill.objects.get(pk=drill.pk)


def drills_of(fay, book, player):
    """A drill in each state that has a page of its own."""

    def sat(drill):
        made = seat(drill, Role.HANDS_ON, person=player)
        made.drill = drill
        return made

    def begun():
        drill = make_drill(facilitator=fay, runbook=book)
        sat(drill)
        return running.begin(drill, by=fay)

    def run():
        drill = begun()
        return talked(drill, drill.participants.get(person=player))

    bare = planned(facilitator=fay, runbook=book)
    Drill.objects.filter(pk=bare.pk).update(scenario=None)
    ready = planned(facilitator=fay, runbook=book)
    Participant.objects.filter(drill=ready).update(answer="yes")
    lines = preflight.prepare(sat(ready))
    preflight.mark(sat_again(ready, player), lines[0].pk, passed=False, words="No group.")
    flagged = planned(facilitator=fay, runbook=book, approved=False)
    flagged.scenario.writer = "ai"
    flagged.scenario.flags = [
        Flag("inject 1", "db-7", "This host is in none of the sources.").as_json(),
        Flag("narrative", "dana@shop.example", "This address is in none of the sources.").as_json(),
    ]
    flagged.scenario.save()
    written = planned(facilitator=fay, runbook=book, approved=False)
    preparing.ask_ai(written, by=fay, back=f"/drills/{written.pk}/scenario")
    paused, halted, automatic = run(), run(), run()
    running.pause(paused)
    running.halt(halted, by=halted.participants.get(person=player))
    running.let_the_clock_send(automatic, on=True)
    washing = running.end(run(), by=fay)
    for text in ("The runbook is found in time", "Customers are told"):
        washing.objectives.create(text=text)
    hot_wash.answer(
        washing.participants.get(person=player), answers={str(hot_wash.QUESTIONS[0]): "All of it."}
    )
    drafted = reporting.close_hot_wash(running.end(run(), by=fay), by=fay)
    quick = scheduling.now_alone(book, by=fay)
    noted = run()
    Participant.objects.filter(drill=noted, person=player).update(role=Role.SCRIBE)
    return {
        "bare": bare, "ready": ready, "flagged": flagged, "written": written, "begun": begun(),
        "run": run(), "paused": paused, "halted": halted, "automatic": automatic,
        "washing": washing, "drafted": drafted, "quick": quick, "noted": noted,
    }  # fmt: skip


def sat_again(drill, player):
    found = drill.participants.get(person=player)
    found.drill = drill
    return found


LEADS = {
    "drills": "/drills", "calendar": "/drills?view=month", "new": "/drills/new?runbook=api-latency",
    "gaps": "/drills/gaps", "quick": "/r/api-latency/drill",
    "briefing": "/drills/{bare}", "briefing-ready": "/drills/{ready}", "edit": "/drills/{ready}/edit",
    "quick-read": "/drills/{quick}", "scenario-none": "/drills/{bare}/scenario",
    "scenario-writing": "/drills/{written}/scenario", "scenario-flags": "/drills/{flagged}/scenario",
    "room-before": "/drills/{ready}/facilitate", "room-begun": "/drills/{begun}/facilitate",
    "room": "/drills/{run}/facilitate", "room-paused": "/drills/{paused}/facilitate",
    "room-halted": "/drills/{halted}/facilitate", "room-automatic": "/drills/{automatic}/facilitate",
    "room-asks": "/drills/{ready}/facilitate?begin=ask", "room-over": "/drills/{washing}/facilitate",
    "hot-wash": "/drills/{washing}/hot-wash", "report": "/drills/{drafted}/report",
    "update-notes": "/drills/{drafted}/update-notes", "plan": "/drills/plan?quarter={quarter}",
}  # fmt: skip
PLAYS = {
    "briefing-player": "/drills/{ready}", "preflight": "/drills/{ready}/preflight",
    "play-before": "/drills/{ready}/play", "play-nothing": "/drills/{begun}/play",
    "play": "/drills/{run}/play", "play-search": "/drills/{begun}/search?q=latency",
    "play-runbook": "/drills/{run}/runbook", "play-paused": "/drills/{paused}/play",
    "play-halted": "/drills/{halted}/play", "notes": "/drills/{noted}/notes",
    "play-over": "/drills/{washing}/play", "hot-wash-player": "/drills/{washing}/hot-wash",
    "join": "/drills/join/{token}",
}  # fmt: skip


def looked_at(page, name, keep_picture):
    """What is wrong with this page: on a phone in the light, and on a desk in the dark."""
    found = []
    for size, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        here = f"{name}, {size['width']}, {scheme}"
        if size is PHONE and (small := page.evaluate(TOO_SMALL)):
            found.append((here, "too small to tap", small))
        found += wrong_with(page, here)
        keep_picture(page, f"drill-{name}-{size['width']}-{scheme}")
    return found


@pytest.mark.parametrize("pages", [LEADS, PLAYS], ids=["leads", "plays"])
def test_each_page_fits_and_has_nothing_serious_for_axe(fay, sit, settings, keep_picture, pages):
    settings.ANTHROPIC_API_KEY = "a key, so that the page offers AI"
    team, player = TeamFactory(lead=fay), UserFactory(name="Noor Haddad")
    team_library(team)
    quarter = listing.next_quarter(listing.quarter_of(timezone.localdate()))
    planning.propose([team], quarter=quarter)
    made = drills_of(fay, published(owner=fay), player)
    names = {name: drill.pk for name, drill in made.items()}
    names |= {"quarter": quarter.isoformat(), "token": made["ready"].join_token}
    page = sit(fay if pages is LEADS else player, viewport=PHONE, has_touch=True)
    wrong = []
    for name, address in pages.items():
        answer = page.goto(address.format(**names))
        assert answer.status == 200, name
        wrong += looked_at(page, name, keep_picture)
    assert wrong == []


def test_every_act_of_the_room_has_a_key_and_what_has_the_focus_keeps_it(fay, sit):
    drill = running.begin(make_drill(facilitator=fay), by=fay)
    second = drill.scenario.injects.all()[1]
    page = sit(fay)
    page.goto(f"/drills/{drill.pk}/facilitate")
    send = page.locator("#b-send")
    expect(send).to_contain_text("Send inject 1 now")
    focused = page.locator(":focus")

    page.keyboard.press("n")
    expect(send).to_contain_text("Send inject 2 now", timeout=SOON)
    # To the list; a move draws it anew, and the button that was pressed stays under the fingers.
    page.keyboard.press("r")
    expect(focused).to_have_accessible_name("Move inject 2 up")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move inject 3 down")).to_be_focused(timeout=SOON)
    assert drill.scenario.injects.all()[2] == second

    page.keyboard.press("m")
    expect(focused).to_have_accessible_name("Runbook found: reached now")
    page.keyboard.press("d")
    expect(page.locator("#all-readings")).to_have_attribute("open", "")
    page.keyboard.press("u")
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "true", timeout=SOON)
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Tell everyone")).to_have_count(0, timeout=SOON)
    page.keyboard.press("w")
    expect(focused).to_have_attribute("name", "text")
    page.keyboard.type("Let them try alone.")
    page.keyboard.press("Enter")
    expect(page.locator("#private-notes")).to_contain_text("Let them try", timeout=SOON)
    page.keyboard.press("Escape")
    # The end asks first, and the way back has the focus.
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="End the drill?")
    expect(dialog.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("!")
    expect(page.locator("#halted")).to_contain_text("Stopped: a real page", timeout=SOON)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("End the drill; asks first")
    expect(keys).to_contain_text("Pause the clock, let it go on")


def test_who_reads_the_runbook_is_told_of_what_is_new(fay, sit):
    drill = running.begin(make_drill(facilitator=fay), by=fay)
    player = UserFactory()
    taking_part.found_runbook(seat(drill, person=player))
    page = sit(player, viewport=PHONE, has_touch=True)
    page.goto(f"/drills/{drill.pk}/runbook")
    expect(page.get_by_role("link", name="Back to the drill", exact=True)).to_be_visible()
    running.improvise(drill, text="Support asks how long.", channel="chat")
    expect(page.get_by_role("link", name="New. Back to the drill")).to_be_visible(timeout=SOON)
    page.get_by_text("What happened last").tap()
    expect(page.locator("#now")).to_contain_text("Support asks how long.")
    expect(page.locator("#now .told")).to_be_visible()


def test_a_table_that_a_tool_printed_scrolls_within_its_box_on_a_phone(fay, sit):
    drill = make_drill(facilitator=fay)
    names = "NAME                       READY   STATUS             RESTARTS   AGE     NODE"
    row = "checkout-6f7c9d5b4-x2x{}q   0/1     CrashLoopBackOff   12         3h41m   ip-10-0-31-7"
    table = "\n".join([names, row.format(1), row.format(2)])
    label = drill.scenario.readings[0]["step"]
    drill.scenario.readings = [{"step": label, "output": table}]
    drill.scenario.save()
    drill = running.begin(drill, by=fay)
    player = UserFactory()
    seat(drill, Role.HANDS_ON, person=player)
    running.give_reading(drill, label=label)
    page = sit(player, viewport=PHONE, has_touch=True)
    page.goto(f"/drills/{drill.pk}/play")
    box = page.locator("main pre")
    expect(box).to_have_attribute("tabindex", "0")
    inner, outer = box.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner > outer
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("by", ["drag", "keys"])
def test_a_proposed_drill_moves_by_drag_and_without_a_mouse(fay, sit, by):
    team = TeamFactory(lead=fay)
    team_library(team)
    quarter = listing.next_quarter(listing.quarter_of(timezone.localdate()))
    line = planning.propose([team], quarter=quarter)[0]
    weeks = planning.weeks_of(quarter)
    to = next(week for week in weeks if week != line.week)
    page = sit(fay)
    page.goto(f"/drills/plan?quarter={quarter}")
    box, goal = page.locator(f"#line-{line.pk}"), page.locator(f'[data-week="{to}"]')
    expect(goal.locator(f"#line-{line.pk}")).to_have_count(0)
    if by == "drag":
        box.locator("[data-grip]").drag_to(goal.get_by_role("heading").first)
    else:
        box.get_by_label("Week of").focus()
        page.keyboard.type(f"{to.day} {to:%b}")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Move")
        page.keyboard.press("Enter")
    expect(goal.locator(f"#line-{line.pk}")).to_have_count(1, timeout=SOON)
    expect(page.get_by_role("status")).to_contain_text("is in the week of")
    assert Proposed.objects.get(pk=line.pk).week == to

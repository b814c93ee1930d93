"""A whole drill, from the plan to the runbook that came out better: three browsers, and a server that dies in
the middle."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE

#: Two polls, and a slow machine.
SOON = 10_000


@pytest.fixture
def opened(browser, portal):
    contexts = []

    def opened(*, signed_in=False, viewport=DESKTOP):
        context = browser.new_context(base_url=portal.url, viewport=viewport)
        context.set_default_timeout(20_000)
        if signed_in:
            cookie = {"name": portal.cookie, "value": portal.session, "url": portal.url}
            context.add_cookies([cookie])
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def test_a_whole_drill(portal, opened, keep_picture):  # noqa: PLR0915 -- one story
    desk = opened(signed_in=True)
    desk.goto("/drills/new?runbook=api-latency")
    desk.get_by_label("Title").fill("Tuesday on call")
    desk.get_by_label("Day").fill((date.today() + timedelta(days=1)).isoformat())  # noqa: DTZ011
    desk.get_by_role("button", name="Plan it").click()
    desk.wait_for_url(re.compile(r"/drills/\d+$"))
    drill = desk.url.rpartition("/")[2]

    desk.goto(f"/drills/{drill}/scenario")
    desk.get_by_role("button", name="Write it by rule, at once").click()
    expect(desk.get_by_text("Not approved: the drill cannot start")).to_be_visible()
    expect(desk.get_by_text("offline writer").first).to_be_visible()
    desk.get_by_role("button", name="I have read it: approve").click()
    expect(desk.get_by_text("Approved by")).to_be_visible()

    desk.goto(f"/drills/{drill}")
    link = desk.locator("a[href*='/drills/join/']").get_attribute("href")
    phone, pen = opened(viewport=PHONE), opened(viewport=PHONE)
    for page, name in ((phone, "Amara Okafor"), (pen, "Priya Raman")):
        page.goto(link)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Join").click()
        page.wait_for_url("**/play")

    desk.goto(f"/drills/{drill}/facilitate")
    # It is planned for tomorrow: Begin asks first.
    desk.get_by_role("button", name="Begin the drill").click()
    desk.get_by_role("button", name="Begin now").click()
    desk.get_by_role("button", name="Send inject 1 now").click()
    expect(phone.locator("#now")).to_contain_text("FIRING", timeout=SOON)
    told = phone.locator("#now").inner_text()

    portal.kill()
    portal.begin()
    # Everyone is where they were: the open pages go on, and a page that is loaded anew shows the same.
    desk.reload()
    expect(desk.get_by_role("button", name="Send inject 2 now")).to_be_visible(timeout=SOON)
    phone.reload()
    assert phone.locator("#now").inner_text().splitlines()[:2] == told.splitlines()[:2]
    expect(phone.locator("#before li", has_text="FIRING")).to_have_count(0)
    pen.reload()

    desk.locator("body").press("p")
    expect(phone.locator("#halted")).to_contain_text("paused", timeout=SOON)
    expect(desk.get_by_role("button", name="Resume clock")).to_be_visible(timeout=SOON)
    desk.locator("body").press("p")
    expect(phone.locator("#halted")).to_be_empty(timeout=SOON)
    desk.locator("body").press("x")
    expect(desk.locator("#msel li.skipped")).to_have_count(1, timeout=SOON)
    desk.locator("body").press("i")
    desk.keyboard.type("Support asks how long.")
    desk.get_by_role("button", name="Send it now").click()
    expect(phone.locator("#now")).to_contain_text("Support asks how long.", timeout=SOON)
    phone.get_by_role("button", name="Stop: real page").click()
    phone.get_by_role("button", name="Stop the drill now").click()
    expect(desk.get_by_role("button", name="Go on with the drill")).to_be_visible(timeout=SOON)
    desk.locator("body").press("p")
    expect(phone.locator("#halted")).to_be_empty(timeout=SOON)

    desk.goto(f"/drills/{drill}/notes")
    for step, verdict, words in (
        ("D1", "Wrong", "It counts on the wrong host."),
        ("R1", "Unclear", "Which flag is meant?"),
        ("D1", "Missing", "Nobody says what is normal."),
    ):
        desk.locator("#obs-step").select_option(step)
        desk.get_by_label("A word on it").fill(words)
        desk.get_by_role("button", name=verdict).click()
        expect(desk.locator("#mine")).to_contain_text(words, timeout=SOON)
    desk.goto(f"/drills/{drill}/facilitate")
    desk.get_by_role("button", name="End …").click()
    desk.get_by_role("button", name="End it: hot wash").click()
    expect(phone.get_by_role("heading", name="The drill is over")).to_be_visible(timeout=SOON)
    desk.goto(f"/drills/{drill}/hot-wash")
    phone.goto(f"/drills/{drill}/hot-wash")
    phone.get_by_label("What did not?").fill("Nobody knew the flag.")
    phone.get_by_role("button", name="Keep my answers").click()
    desk.reload()
    expect(desk.get_by_text("Nobody knew the flag.").first).to_be_visible()
    desk.get_by_role("button", name=re.compile("[Cc]lose the hot wash|close anyway")).click()

    desk.goto(f"/drills/{drill}/update-notes")
    for gap in ("D1 is wrong", "D1 lacks something"):
        note = desk.get_by_role("article", name=re.compile(gap))
        note.get_by_role("button", name="Accept", exact=True).click()
        expect(note).to_contain_text("accepted", ignore_case=True)
    note = desk.get_by_role("article", name=re.compile("R1 is unclear"))
    note.get_by_text("Reject", exact=False).first.click()
    note.get_by_label("Why the step stays as it is").fill("It is said on the dashboard.")
    note.get_by_role("button", name="Reject it").click()
    expect(note).to_contain_text("rejected", ignore_case=True)
    keep_picture(desk, "whole-update-notes-1280")
    desk.get_by_role("button", name="Publish as revision 2").click()
    desk.goto(f"/drills/{drill}/report")
    desk.get_by_role("textbox", name="Summary").fill("Found in time; two steps are better now.")
    desk.get_by_role("button", name="Sign the report").click()
    expect(desk.get_by_text("Signed", exact=False).first).to_be_visible()
    keep_picture(desk, "whole-report-1280")
    assert desk.request.get(f"/drills/{drill}/report.pdf").body()[:5] == b"%PDF-"

    desk.goto("/r/api-latency")
    expect(desk.locator("#main")).to_contain_text("It counts on the wrong host.")
    expect(desk.locator(".trust")).to_contain_text("last drill 0 of 2 steps worked")
    desk.goto("/r/api-latency/history")
    expect(desk.locator("#main")).to_contain_text("From the drill of")

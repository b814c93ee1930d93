"""The portal's process dies while somebody writes, and starts again on the same data."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.writing import TEXT, put_at_the_end


@pytest.fixture
def signed_in(browser, portal):
    """A browser of its own, with nothing kept in it, of the same person."""
    contexts = []

    def opened():
        context = browser.new_context(base_url=portal.url, viewport=DESKTOP)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": portal.cookie, "value": portal.session, "url": portal.url}])
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()


def test_a_server_that_is_killed_while_somebody_types_costs_no_word(portal, signed_in):
    page = signed_in().new_page()
    page.goto("/r/api-latency/edit")
    saved = page.locator("#ed-saved")
    put_at_the_end(page, "Before it died. ")
    expect(saved).to_contain_text("Kept")
    put_at_the_end(page, "While it died. ")
    portal.kill()
    expect(saved).to_contain_text("kept in this browser")
    portal.begin()
    # The window that stayed open sends by itself what it kept.
    expect(saved).to_contain_text("Kept")

    put_at_the_end(page, "With its window.")
    page.evaluate(
        """async () => { while (!Object.values(localStorage).join().includes("With its window."))
            await new Promise((resolve) => setTimeout(resolve, 20)); }"""
    )
    portal.kill()
    here = page.context
    page.close()
    portal.begin()
    # What the server had is offered to the person in any browser.
    elsewhere = signed_in().new_page()
    elsewhere.goto("/r/api-latency/edit")
    elsewhere.get_by_role("link", name="Take it up").click()
    expect(elsewhere.locator(TEXT)).to_have_value(re.compile(r"Before it died\. While it died\. "))
    # What it never had is offered by the browser that it was typed in.
    again = here.new_page()
    again.goto("/r/api-latency/edit")
    again.locator("#ed-begun").get_by_role("button", name="Take it up").click()
    everything = re.compile(r"Before it died\. While it died\. With its window\.$")
    expect(again.locator(TEXT)).to_have_value(everything)
    expect(again.locator("#ed-saved")).to_contain_text("Kept")
    again.reload()
    expect(again.locator(TEXT)).to_have_value(everything)

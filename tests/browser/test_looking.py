"""Every page at two widths, light and dark: nothing sticks out, and nothing serious for axe-core."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import wrong_with

PAGES = {
    "search": "/",
    "results": "/?q=above",
    "nothing": "/?q=api-server+zzqqxx+qqzzww",
    "runbook": "/r/api-latency",
    "runbook-from-alert": "/r/api-latency?alertname=ApiLatencyHigh&namespace=a%20b&other=1",
    "history": "/r/api-latency/history",
    "services": "/services",
    "service": "/s/api-server",
    "teams": "/teams",
    "coverage": "/coverage",
    "unknown-alert": "/a/NothingLikeIt?service=api-server",
    "new": "/new?title=Ledger+is+late",
    "not-found": "/r/nothing-here",
    "sign-in": "/accounts/sign-in",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_the_pages_fit_and_have_nothing_serious_for_axe(
    open_context, library, keep_picture, size, scheme
):
    page = open_context(viewport=size, color_scheme=scheme).new_page()
    found = []
    for name, address in PAGES.items():
        page.goto(address)
        keep_picture(page, f"{name}-{size['width']}-{scheme}")
        found += wrong_with(page, name)
    assert found == []


@pytest.mark.parametrize("name", ["results", "runbook", "services"])
def test_what_a_thumb_has_to_hit_is_44_pixels_high(open_context, library, name):
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto(PAGES[name])
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input:not([type=hidden], [type=radio])")]
            .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44)
            .filter(e => !e.matches(".plain"))
            .map(e => e.outerHTML.slice(0, 100))"""
    )
    assert small == []

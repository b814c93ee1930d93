"""An owner's quarter in a real browser: five reviews by keyboard, one by thumb."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from runbooks.models import TrustLine
from runbooks.reviews.models import Decision
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import violations
from tests.factories import UserFactory, published


@pytest.fixture
def yash(transactional_db):
    """Five reviews of his are due: a drill proves one of them."""
    yash = UserFactory(username="yash", name="Yash Patel")
    UserFactory(username="leila", name="Leila Haddad")
    today = timezone.now().date()
    for number, name in enumerate(("disk", "cache", "queue", "dns", "login")):
        runbook = published(slug=name, owner=yash, title=f"The {name} does not answer")
        TrustLine.objects.filter(runbook=runbook).update(
            due_on=today - timedelta(days=60 - 10 * number), reviewed_on=today - timedelta(days=120)
        )
    TrustLine.objects.filter(runbook__slug="login").update(
        drilled_on=today, steps_tried=2, steps_worked=2
    )
    return yash


@pytest.fixture
def window(signed_in, yash):
    return lambda viewport: signed_in(yash, viewport=viewport).new_page()


def kinds():
    return dict(Decision.objects.values_list("runbook__slug", "kind"))


def test_five_due_reviews_by_keyboard(window, yash, keep_picture):
    page = window(DESKTOP)
    page.goto("/owned")
    expect(page.locator("[data-row]")).to_have_count(5)
    keep_picture(page, "owned-1280")

    def review_of(name):
        expect(page.locator(f'[data-decide="{name}"]')).to_be_visible()

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    def done(words):
        expect(page.locator(".messages")).to_contain_text(words)

    # The first row has its review beside it already: still true, ran it.
    press("j")
    review_of("disk")
    press("s", "1", "Enter")
    done("The disk does not answer: still true until")
    # The next one stands where the hands are. Put off, in words.
    review_of("cache")
    press("z")
    expect(page.locator("#days")).to_be_focused()
    press("Tab")
    page.keyboard.type("On call this week.")
    press("Enter")
    done("The cache does not answer: put off until")
    # A put off review is due still, and coming: the walk goes on to the next.
    expect(page.locator("[data-row]")).to_have_count(4)
    page.locator('[data-row="queue"] a').focus()
    review_of("queue")
    press("j")
    review_of("dns")
    press("k")
    review_of("queue")
    press("h")
    page.keyboard.type("leila")
    press("Enter")
    done("is offered to Leila Haddad")
    page.locator('[data-row="dns"] a').focus()
    review_of("dns")
    press("r", "Tab")
    page.keyboard.type("The provider does it now.")
    press("Enter")
    done("The dns does not answer is retired")
    # A drill went through it end to end: one key, and Enter to mean it.
    page.locator('[data-row="login"] a').focus()
    review_of("login")
    press("s", "Enter")
    done("The login does not answer: still true until")
    assert kinds() == {
        "disk": "still_true",
        "cache": "snoozed",
        "dns": "retired",
        "login": "still_true",
    }
    assert Decision.objects.get(runbook__slug="disk").rests_on == ["ran"]
    assert Decision.objects.get(runbook__slug="login").rests_on == ["drilled"]
    press("?")
    expect(page.locator("#key-list")).to_contain_text("Still true; update it")


def test_a_key_never_decides_another_review_than_the_one_in_sight(window, yash):
    """The row is chosen, its review still on the way: the key waits for it."""
    page = window(DESKTOP)
    page.goto("/owned")
    page.route("**/review?panel=1*", lambda route: page.wait_for_timeout(300) or route.continue_())
    page.locator('[data-row="login"] a').focus()
    page.keyboard.press("s")
    expect(page.locator('[data-decide="login"] [data-key="s"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("The login does not answer")
    assert kinds() == {"login": "still_true"}


def test_on_a_phone_the_review_is_a_page_with_the_decision_under_the_thumb(
    window, yash, keep_picture
):
    page = window(PHONE)
    page.goto("/owned")
    expect(page.locator("[data-panel]")).to_be_hidden()
    keep_picture(page, "owned-390")
    page.locator('[data-row="disk"] a').click()
    button = page.locator('[data-decide="disk"] summary[data-key="s"]')
    expect(button).to_be_in_viewport()
    assert button.bounding_box()["y"] > PHONE["height"] / 2
    button.click()
    page.get_by_label("I checked links and commands").check()
    keep_picture(page, "review-390")
    assert violations(page) == []
    page.get_by_role("button", name="It is still true").click()
    expect(page.locator(".messages")).to_contain_text("still true until")
    assert kinds() == {"disk": "still_true"}

"""What somebody wrote and has not published: kept while they write, and offered to them again."""

from __future__ import annotations

import re

from django.conf import settings as django_settings
from playwright.sync_api import expect

from runbooks.models import Draft
from tests.browser.writing import TEXT, replace


def test_a_closed_window_is_offered_to_the_next(as_person):
    context = as_person()
    page = context.new_page()
    page.goto("/r/api-latency/edit")
    replace(page, "below 160", "below 155")
    expect(page.locator("#ed-saved")).to_contain_text("Kept")
    page.close()
    assert "below 155" in Draft.objects.get().text
    again = context.new_page()
    again.goto("/r/api-latency/edit")
    again.get_by_role("link", name="Take it up").click()
    expect(again.locator(TEXT)).to_have_value(re.compile("below 155"))


def test_a_portal_that_is_away_costs_a_sentence_and_no_word(as_person):
    context = as_person()
    page = context.new_page()
    page.goto("/r/api-latency/edit")
    context.set_offline(True)
    replace(page, "below 160", "below 155")
    expect(page.locator("#ed-saved")).to_contain_text("kept in this browser")
    page.close()
    context.set_offline(False)
    assert not Draft.objects.exists()
    again = context.new_page()
    again.goto("/r/api-latency/edit")
    again.get_by_role("button", name="Take it up").click()
    expect(again.locator(TEXT)).to_have_value(re.compile("below 155"))
    expect(again.locator("#ed-saved")).to_contain_text("Kept")


def sign_out(context):
    """As a session that ended. The cookies that it had, for whoever comes back."""
    name = django_settings.SESSION_COOKIE_NAME
    session = [cookie for cookie in context.cookies() if cookie["name"] == name]
    context.clear_cookies(name=name)
    return session


def test_an_expired_sign_in_keeps_the_text_and_goes_on_after_a_new_one(as_person):
    context = as_person()
    page = context.new_page()
    page.goto("/r/api-latency/edit")
    session = sign_out(context)
    replace(page, "below 160", "below 155")
    expect(page.locator("#ed-saved")).to_contain_text("signed out")
    context.add_cookies(session)
    page.locator(TEXT).press("Control+s")
    expect(page.locator("#ed-saved")).to_contain_text("Kept")
    assert "below 155" in Draft.objects.get().text


def test_a_button_pressed_after_the_sign_in_ended_loses_nothing(as_person):
    context = as_person()
    page = context.new_page()
    page.goto("/r/api-latency/edit")
    session = sign_out(context)
    replace(page, "below 160", "below 155")
    page.get_by_role("button", name="Propose").click()
    page.wait_for_url("**/accounts/sign-in**")
    context.add_cookies(session)
    page.goto("/r/api-latency/edit")
    page.get_by_role("button", name="Take it up").click()
    expect(page.locator(TEXT)).to_have_value(re.compile("below 155"))


def test_two_windows_of_one_person_do_not_fight(as_person):
    context = as_person()
    one, two = context.new_page(), context.new_page()
    for page, words in ((one, "below 151"), (two, "below 152")):
        page.goto("/r/api-latency/edit")
        replace(page, "below 160", words)
        expect(page.locator("#ed-saved")).to_contain_text("Kept")
    expect(one.locator(TEXT)).to_have_value(re.compile("below 151"))
    assert Draft.objects.count() == 2


def test_what_was_published_is_not_offered_again(as_person):
    context = as_person()
    page = context.new_page()
    page.goto("/r/api-latency/edit")
    replace(page, "below 160", "below 155")
    page.get_by_role("button", name="Publish as revision 2").click()
    page.wait_for_url("**/r/api-latency")
    page.goto("/r/api-latency/edit")
    expect(page.locator("#ed-begun > *")).to_have_count(0)
    expect(page.get_by_role("button", name="Publish as revision 3")).to_be_visible()

"""The field of the search page when it opens with a question, and how many answers it says there are."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import UserFactory, published


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_one_types_on_behind_the_question_that_the_page_opened_with(
    open_context, library, viewport
):
    page = open_context(viewport=viewport).new_page()
    page.goto("/?q=disk")
    page.wait_for_function("document.activeElement.id === 'query'")
    page.keyboard.type(" above")
    assert page.input_value("#query") == "disk above"


def test_the_likeliest_ten_are_called_so_only_where_there_are_more(page, library):
    page.goto("/?q=disk")
    assert "runbook" in page.inner_text(".said")
    assert "likeliest of" not in page.inner_text(".said")
    owner = UserFactory(username="many")
    for number in range(11):
        published(
            slug=f"latency-{number}",
            owner=owner,
            title=f"API latency above {number} s",
            alert=f"Latency{number}",
        )
    page.goto("/?q=api+latency")
    assert page.inner_text(".said").startswith("The 10 likeliest of 13 runbooks.")


def test_the_list_of_keys_says_what_works_on_this_page_only(page, library):
    def keys() -> str:
        page.keyboard.press("?")
        page.wait_for_selector("#key-list:popover-open")
        return page.inner_text("#key-list dl")

    page.goto("/r/api-latency")
    said = keys()
    assert "Copy the command" in said
    assert "Choose a result" not in said
    page.goto("/services")
    said = keys()
    assert "Copy the command" not in said
    assert "Search, from any page" in said

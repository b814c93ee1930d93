"""A lead moves a leaver's runbooks, in a real browser and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.accounts import reaching
from portal.accounts.models import Role
from runbooks.models import Runbook, Service
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import violations
from tests.factories import UserFactory


@pytest.fixture
def window(signed_in, library):
    """Of an admin, in a portal whose only owner is Yash."""
    leila = UserFactory(username="leila", name="Leila Haddad")
    Service.objects.update(deputy=leila)
    admin = UserFactory(name="Ada Admin")
    Role.objects.create(person=admin, name="admin", team=None)
    return lambda **options: signed_in(admin, **options).new_page()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_orphans_go_to_their_heirs_with_one_button(window, library, size, keep_picture):
    page = window(viewport=size)
    page.goto("/load")
    keep_picture(page, f"load-{size['width']}")
    page.get_by_role("link", name="Yash Patel is gone").click()
    expect(page.get_by_text("Most likely they go 2 to Leila")).to_be_visible()
    assert violations(page) == []
    keep_picture(page, f"gone-{size['width']}")
    page.get_by_role("button", name="Yash Patel is gone").click()
    expect(page.get_by_role("heading", name="Orphans")).to_be_visible()
    keep_picture(page, f"orphans-{size['width']}")
    page.reload()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("button", name="Move all 2 to their heirs").click()
    expect(page.get_by_text("2 runbooks moved.")).to_be_visible()
    assert set(Runbook.objects.values_list("owner__username", flat=True)) == {"leila"}


def test_an_account_is_closed_with_everything_moved(window, library, keep_picture):
    page = window(viewport=PHONE)
    page.goto("/people/yash")
    page.get_by_role("link", name="Close Yash Patel’s account…").click()
    expect(page.get_by_label("Who takes over Disk above 90 % on the primary")).to_have_value(
        "leila"
    )
    keep_picture(page, "close-390")
    assert violations(page) == []
    page.get_by_role("button", name="Move all and close the account").click()
    expect(page.get_by_text("Yash Patel’s account is closed.")).to_be_visible()
    library.refresh_from_db()
    assert library.owner.username == "leila"
    assert not reaching.User.objects.get(username="yash").is_active

"""A lead looks at the library's health, on a phone and on a desk, light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from portal.accounts.models import Role
from runbooks.gaps import record_gap
from runbooks.models import Revision, TrustLine
from runbooks.reviews.health import weekly
from runbooks.reviews.models import Figures
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import wrong_with
from tests.factories import UserFactory


@pytest.fixture
def lead(library, signed_in):
    """A page of somebody who leads all; a year of figures lies behind the library."""
    person = UserFactory(name="Ingrid Solheim")
    Role.objects.create(person=person, name="lead")
    today = timezone.localdate()
    TrustLine.objects.filter(runbook__slug="disk").update(due_on=today - timedelta(days=20))
    record_gap(kind="search", words="ledger is behind")
    weekly.take(now=timezone.now())
    this = weekly.monday(timezone.now())
    Figures.objects.bulk_create(
        Figures(
            week=this - timedelta(weeks=ago),
            scope=row.scope,
            scope_id=row.scope_id,
            figures={**row.figures, "on_time": ago % 3},
            taken_at=row.taken_at,
        )
        for row in Figures.objects.filter(week=this)
        for ago in range(1, 40)
    )
    assert Revision.objects.count() == 2

    return lambda **options: signed_in(person, **options).new_page()


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["390-dark", "1280-light"]
)
def test_the_pages_fit_and_have_nothing_serious_for_axe(lead, keep_picture, size, scheme):
    page = lead(viewport=size, color_scheme=scheme)
    for name, address in {
        "health": "/health",
        "health-trend": "/health?trend=live&by=owner",
        "health-list": "/health/list/live",
        "health-gaps": "/health/list/gaps",
        "start": "/start",
    }.items():
        page.goto(address)
        for closed in page.locator(".chart summary").all():
            closed.click()
        keep_picture(page, f"{name}-{size['width']}-{scheme}")
        assert wrong_with(page, name) == []


def test_a_lead_gets_from_a_number_to_the_runbook_behind_it(lead):
    page = lead(viewport=DESKTOP)
    page.goto("/")
    page.get_by_role("link", name="Health", exact=True).click()
    page.get_by_role("link", name="1 late").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Reviews that are late")
    page.get_by_role("link", name="Disk above 90 % on the primary").click()
    expect(page).to_have_url("/r/disk")

"""What one is told, looked at: the inbox and the choices on a phone and a desktop, and a mail on a phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from portal.accounts.models import Role
from portal.notify import calendar, kinds, outbox
from portal.notify.by_mail import context_of
from portal.notify.models import Channel, Delivery
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import violations, wrong_with
from tests.factories import UserFactory

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODY = {
    "intro": "Three runbooks of yours are due. Each takes two minutes.",
    "sections": [
        {
            "title": "Overdue since 9 November",
            "items": [
                {
                    "title": "API latency above 5 s",
                    "url": "/r/api-latency",
                    "words": "R1 was reported wrong twice; its alert fired 14 times in 30 days.",
                    "action": {"label": "Review it", "url": "/r/api-latency/review"},
                },
                {
                    "title": "kubernetes_persistent_volume_claim_filling_up_on_the_primary_cluster",
                    "url": "/r/disk",
                    "words": "Not reviewed for 120 days.",
                    "action": {"label": "Review it", "url": "/r/disk/review"},
                },
            ],
        },
        {
            "title": "Due in 14 days",
            "items": [{"title": "Ledger is late", "url": "/r/ledger", "words": "On 7 December."}],
        },
    ],
    "outro": "Nothing else is due before 14 March.",
}


@pytest.fixture
def yash(transactional_db, monkeypatch):
    """An admin with messages, with a channel that works and one that does not."""
    for kind in (
        kinds.Kind("digest", "What is due for you", digest=True),
        kinds.Kind("report.wrong", "A step of yours was reported wrong"),
    ):
        monkeypatch.setitem(kinds.registered, kind.name, kind)
    yash = UserFactory(username="yash", name="Yash Patel", email="yash.patel@shop.example")
    Role.objects.create(person=yash, name="admin")
    Channel.objects.create(person=yash, kind="slack", target="U0123ABCD")
    Channel.objects.create(
        person=yash,
        kind="webhook",
        target="https://hooks.shop.example/x",
        failed_at=NOW,
        failure="The address is gone for good (410).",
    )
    calendar.reset(person=yash)
    for number in range(3):
        outbox.tell(
            person=yash,
            key=str(number),
            kind="digest",
            subject=f"Due for you: {3 - number} runbooks, the oldest since 9 November",
            body=BODY,
            url="/owned",
            urgent=number == 2,
            now=NOW,
        )
    Delivery.objects.filter(message__key="0").update(state="sent", sent_at=NOW)
    yash.messages.filter(key="0").update(read_at=NOW)
    return yash


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, "light"), (DESKTOP, "dark")],
    ids=["390", "1280"],
)
def test_its_pages_fit_and_have_nothing_serious_for_axe(
    signed_in, yash, keep_picture, size, scheme
):
    context = signed_in(yash, viewport=size, color_scheme=scheme, has_touch=size is PHONE)
    page = context.new_page()
    newest = yash.messages.first()
    pages = {
        "inbox": "/inbox",
        "message": f"/inbox/{newest.pk}",
        "messages": "/account/messages",
        "messages-failed": "/messages/failed",
        "account": "/account",
    }
    for name, path in pages.items():
        page.goto(path)
        keep_picture(page, f"{name}-{size['width']}")
        assert wrong_with(page, name) == []


def test_a_mail_is_read_on_a_phone(open_context, yash, keep_picture):
    message = yash.messages.first()
    html = render_to_string(
        "notify/mail.html",
        context_of(message) | {"stop": "http://127.0.0.1/stop", "kind": kinds.registered["digest"]},
    )
    for scheme in ("light", "dark"):
        page = open_context(viewport=PHONE, color_scheme=scheme).new_page()
        page.set_content(html)
        keep_picture(page, f"mail-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        review = page.get_by_role("link", name="Review it").first
        assert review.get_attribute("href") == "http://127.0.0.1:8000/r/api-latency/review"
        assert review.bounding_box()["height"] >= 43
        assert violations(page) == []

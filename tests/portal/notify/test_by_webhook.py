"""By a webhook of one's own: signed JSON to a real HTTP server, and what its answers do."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.notify import choosing, outbox, sending
from portal.notify.models import Channel, Delivery
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def told(url, **more):
    yash = UserFactory(username="yash", email="")
    channel = Channel.objects.create(person=yash, kind="webhook", target=url, secret="whsec")
    outbox.tell(
        person=yash,
        key="k",
        kind="digest",
        subject="Due for you",
        body={
            "intro": "Ünder way.",
            "sections": [{"title": "", "items": [{"title": "A", "url": "/r/a", "ref": {"x": 1}}]}],
        },
        url="/owned",
        day=date(2026, 11, 23),
        now=NOW,
        **more,
    )
    return channel


def only() -> Delivery:
    return Delivery.objects.get()


def test_it_is_signed_json_with_whole_addresses(hooks):
    told(f"{hooks.url}/hook")
    sending.send_due(clock=clock)
    [(path, headers, body)] = hooks.asked
    stamp, _, signature = headers["Drillbook-Signature"].partition(",v1=")
    at = stamp.removeprefix("t=")
    expected = hmac.new(b"whsec", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert (path, signature) == ("/hook", expected)
    [said] = hooks.said
    assert said["id"] == headers["Drillbook-Event"] == only().event_id
    assert (said["kind"], said["url"], said["day"]) == (
        "digest",
        "http://127.0.0.1:8000/owned",
        "2026-11-23",
    )
    assert said["person"] == {"username": "yash", "name": Channel.objects.get().person.name}
    [item] = said["body"]["sections"][0]["items"]
    assert item == {"title": "A", "url": "http://127.0.0.1:8000/r/a", "words": "", "action": None}
    assert only().state == "sent"


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410, 301])
def test_a_revoked_hook_fails_the_channel(hooks, status):
    hooks.answer = lambda _path, _said: (status, {"Location": "http://10.0.0.1/"}, "")
    channel = told(f"{hooks.url}/hook")
    sending.send_due(clock=clock)
    channel.refresh_from_db()
    assert (only().state, channel.failed_at) == ("failed", NOW)
    assert str(status) in channel.failure
    assert len(hooks.asked) == 1


def test_a_message_that_is_refused_fails_alone(hooks):
    hooks.answer = lambda _path, _said: (422, {}, "no")
    channel = told(f"{hooks.url}/hook")
    sending.send_due(clock=clock)
    channel.refresh_from_db()
    assert (only().state, channel.failed_at) == ("failed", None)


@pytest.mark.parametrize(
    ("status", "asked_for", "least"),
    [
        (429, "300", 300),
        (429, "Mon, 23 Nov 2026 09:10:00 GMT", 30),
        (503, "", 30),
        (500, "nonsense", 30),
        (429, "\u00b2", 30),
        (429, "9" * 18, 30),
        (503, "9" * 5_000, 30),
    ],
)
def test_a_hook_that_puts_off_gets_it_later_with_the_same_id(hooks, status, asked_for, least):
    hooks.answer = lambda _path, _said: (status, {"Retry-After": asked_for}, "")
    told(f"{hooks.url}/hook")
    sending.send_due(clock=clock)
    assert only().next_try_at - NOW >= timedelta(seconds=least)
    hooks.answer = lambda _path, _said: (204, {}, "")
    sending.send_due(clock=lambda: only().next_try_at)
    assert only().state == "sent"
    assert len({said["id"] for said in hooks.said}) == 1


def test_a_hook_that_never_recovers_fails_after_days(hooks, settings):
    settings.NOTIFY_GIVE_UP_DAYS = 1
    hooks.answer = lambda _path, _said: (500, {}, "")
    channel = told(f"{hooks.url}/hook")
    now = NOW
    while only().state == "waiting":
        sending.send_due(clock=lambda: now)  # noqa: B023 -- called within this turn
        now = only().next_try_at
    channel.refresh_from_db()
    assert (only().state, len(hooks.asked) < 25) == ("failed", True)
    assert "It was tried for 1 day." in channel.failure


def test_a_private_address_is_not_asked(hooks, settings):
    settings.OUTGOING_PRIVATE = []
    channel = told(f"{hooks.url}/hook/s3cret")
    sending.send_due(clock=clock)
    channel.refresh_from_db()
    assert (hooks.asked, only().state) == ([], "failed")
    assert "OUTGOING_PRIVATE" in channel.failure
    with pytest.raises(choosing.NotAdded, match="private network"):
        choosing.add_webhook(person=channel.person, url="http://10.0.0.1/x", by=channel.person)


def test_neither_log_nor_error_names_the_address_or_the_secret(hooks, caplog):
    caplog.set_level("INFO")
    hooks.answer = lambda _path, _said: (500, {}, "")
    told(f"{hooks.url}/hook/s3cret-token")
    sending.send_due(clock=clock)
    assert "s3cret-token" not in caplog.text + only().error
    assert "whsec" not in caplog.text

"""By Slack: the real SDK against an HTTP server of this machine that answers as Slack does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from portal.notify import choosing, outbox, sending
from portal.notify.by_slack import blocks_of
from portal.notify.models import Channel, Delivery
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def told(target, *, words="Due since 20 November."):
    yash = UserFactory(email="")
    channel = Channel.objects.create(person=yash, kind="slack", target=target)
    item = {
        "title": "API <!channel> & co",
        "url": "/r/api-latency",
        "words": words,
        "action": {"label": "Review it", "url": "/r/api-latency/review"},
    }
    body = {"intro": "One is due.", "sections": [{"title": "Due now", "items": [item]}]}
    outbox.tell(
        person=yash,
        key="k",
        kind="digest",
        subject="Due: <!here>",
        body=body,
        url="/owned",
        now=NOW,
    )
    return channel


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_webhook_gets_blocks_that_call_nobody(hooks):
    told(f"{hooks.url}/services/T1/B1/s3cret")
    sending.send_due(clock=clock)
    [said] = hooks.said
    assert said["text"] == "Due: &lt;!here&gt;"
    drawn = json.dumps(said["blocks"])
    assert "<!channel>" not in drawn
    assert "&lt;!channel&gt; &amp; co" in drawn
    [button] = [block["accessory"] for block in said["blocks"] if "accessory" in block]
    assert button["url"] == "http://127.0.0.1:8000/r/api-latency/review"
    assert only().state == "sent"


def test_the_bot_writes_with_the_token_and_the_event_id(hooks, settings):
    settings.SLACK_BOT_TOKEN = "xoxb-1"
    hooks.answer = lambda _path, _said: (200, {"Content-Type": "application/json"}, '{"ok": true}')
    told("U0123ABCD")
    sending.send_due(clock=clock)
    [(path, headers, body)] = hooks.asked
    said = json.loads(body)
    assert (path, headers["Authorization"], said["channel"]) == (
        "/api/chat.postMessage",
        "Bearer xoxb-1",
        "U0123ABCD",
    )
    assert said["metadata"]["event_payload"]["id"] == only().event_id
    assert only().state == "sent"


@pytest.mark.parametrize(
    "error",
    ["channel_not_found", "account_inactive", "invalid_auth", "token_revoked", "is_archived"],
)
def test_what_the_bot_is_told_for_good_fails_the_channel(hooks, settings, error):
    settings.SLACK_BOT_TOKEN = "xoxb-1"
    said = json.dumps({"ok": False, "error": error})
    hooks.answer = lambda _path, _said: (200, {"Content-Type": "application/json"}, said)
    channel = told("C0123ABCD")
    sending.send_due(clock=clock)
    channel.refresh_from_db()
    assert (only().state, channel.failed_at) == ("failed", NOW)
    assert channel.failure.endswith(".")
    assert sending.send_due(clock=lambda: NOW + timedelta(days=1)) == 0
    assert len(hooks.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"), [(404, "no_service"), (403, "invalid_token"), (410, "channel_is_archived")]
)
def test_a_revoked_webhook_fails_the_channel_and_shows_no_token(hooks, status, said, client):
    hooks.answer = lambda _path, _said: (status, {}, said)
    channel = told(f"{hooks.url}/services/T1/B1/s3cret")
    sending.send_due(clock=clock)
    channel.refresh_from_db()
    assert channel.failed_at == NOW
    client.force_login(channel.person)
    page = client.get("/account/messages").content.decode()
    assert channel.failure.split(" (")[0] in page
    assert "s3cret" not in page + only().error


def test_too_many_at_once_are_sent_when_slack_says(hooks, settings):
    settings.SLACK_BOT_TOKEN = "xoxb-1"
    said = '{"ok": false, "error": "ratelimited"}'
    hooks.answer = lambda _path, _said: (
        429,
        {"Content-Type": "application/json", "Retry-After": "120"},
        said,
    )
    told("C0123ABCD")
    sending.send_due(clock=clock)
    wait = only().next_try_at - NOW
    assert timedelta(seconds=120) <= wait <= timedelta(seconds=150)
    assert len(hooks.asked) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_slack_that_is_ill_is_asked_again(hooks, status):
    hooks.answer = lambda _path, _said: (status, {}, "")
    told(f"{hooks.url}/services/T1/B1/x")
    sending.send_due(clock=clock)
    assert (only().state, only().tries) == ("waiting", 1)


def test_a_slack_that_is_silent_may_have_it(hooks, monkeypatch):
    monkeypatch.setattr("portal.notify.by_slack._SECONDS", 0.3)
    hooks.silent = True
    told(f"{hooks.url}/services/T1/B1/x")
    sending.send_due(clock=clock)
    assert only().state == "waiting"
    assert "may have arrived" in only().error


def test_nobody_there_is_asked_again(settings, free_port):
    settings.SLACK_HOOKS_URL = f"http://127.0.0.1:{free_port}/services/"
    told(f"http://127.0.0.1:{free_port}/services/T1/B1/s3cret")
    sending.send_due(clock=clock)
    assert (only().state, only().error) == ("waiting", "Slack cannot be reached.")


def test_neither_log_nor_error_names_the_webhook(hooks, caplog):
    caplog.set_level("DEBUG")
    hooks.answer = lambda _path, _said: (500, {}, "oops")
    told(f"{hooks.url}/services/T1/B1/s3cret-token")
    sending.send_due(clock=clock)
    assert "s3cret-token" not in caplog.text + only().error


def test_only_slacks_own_addresses_are_slack_webhooks(hooks):
    with pytest.raises(choosing.NotAdded, match="begins with"):
        choosing.add_slack(person=UserFactory(), said="https://evil.example/x", by=UserFactory())
    told("http://127.0.0.1:1/elsewhere")
    sending.send_due(clock=clock)
    assert (only().state, hooks.asked) == ("failed", [])


def test_a_direct_message_finds_the_person_by_their_mail_address(hooks, settings):
    settings.SLACK_BOT_TOKEN = "xoxb-1"
    yash = UserFactory(email="yash@shop.example")
    hooks.answer = lambda _path, _said: (
        200,
        {"Content-Type": "application/json"},
        '{"ok": true, "user": {"id": "U42YASH99"}}',
    )
    assert choosing.add_slack(person=yash, said="", by=yash).target == "U42YASH99"
    path, _, body = hooks.asked[0]
    assert path == "/api/users.lookupByEmail"
    assert parse_qs(body.decode())["email"] == ["yash@shop.example"]


def test_blocks_stay_within_slacks_limits_and_count_the_rest():
    items = [
        {"title": f"Runbook {n} " + "x" * 400, "url": f"/r/{n}", "words": "&" * 3000}
        for n in range(80)
    ]
    blocks = blocks_of(
        "S" * 400,
        {"intro": "i" * 4000, "sections": [{"title": "T", "items": items}], "outro": "o"},
        "/owned",
    )
    assert len(blocks) == 50
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if "text" in block)
    assert len(blocks[0]["text"]["text"]) <= 150
    assert "and 35 more" in blocks[-2]["text"]["text"]
    assert not any(block["text"]["text"].rstrip("…").endswith("&am") for block in blocks[:-1])

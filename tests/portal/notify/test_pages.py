"""The pages of messages: the inbox, the choices, what does not work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.access import Rank
from portal.accounts.models import AuditEntry
from portal.notify import choosing, outbox, sending
from portal.notify.models import Channel, Choice, Delivery, Message
from tests.factories import UserFactory, published
from tests.portal.accounts.test_access import person_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODY = {
    "intro": "Two are due.",
    "sections": [
        {
            "title": "Due now",
            "items": [
                {
                    "title": "API <b>latency</b>",
                    "url": "/r/api-latency",
                    "action": {"label": "Review it", "url": "/r/api-latency/review"},
                }
            ],
        }
    ],
}


@pytest.fixture
def yash(client):
    person = UserFactory(username="yash", email="yash@shop.example")
    client.force_login(person)
    return person


def tell(person, key, **more):
    told = {"kind": "digest", "subject": f"Due {key}", "body": BODY, "now": NOW} | more
    return outbox.tell(person=person, key=key, **told)


def page(client, path, **more):
    return client.get(path, **more).content.decode()


def test_the_inbox_has_what_one_was_told_and_nothing_of_anybody_else(client, yash):
    tell(yash, "one")
    other = tell(UserFactory(), "other")
    html = page(client, "/inbox")
    assert "Due one" in html
    assert "1 unread." in html
    assert "Due other" not in html
    assert client.get(f"/inbox/{other.pk}").status_code == 404
    assert client.post(f"/inbox/{other.pk}/mark").status_code == 404


def test_a_message_shows_its_lines_and_is_read_then(client, yash):
    message = tell(yash, "one", url="/owned")
    html = page(client, f"/inbox/{message.pk}")
    assert "API &lt;b&gt;latency&lt;/b&gt;" in html
    assert 'href="/r/api-latency/review"' in html
    assert "Everything is read." in page(client, "/inbox")
    client.post(f"/inbox/{message.pk}/mark", {"as": "unread"})
    assert "1 unread." in page(client, "/inbox")
    client.post("/inbox/read")
    assert not Message.objects.unread().exists()


def test_a_prefetch_that_only_asks_for_the_head_reads_nothing(client, yash):
    message = tell(yash, "one")
    client.head(f"/inbox/{message.pk}")
    assert Message.objects.unread().count() == 1


@pytest.mark.parametrize("count", [1, 29, 90])
def test_the_inbox_costs_the_same_however_full_it_is(
    client, yash, count, django_assert_num_queries
):
    for number in range(count):
        tell(yash, str(number))
    page(client, "/inbox")
    with django_assert_num_queries(3):  # session and person, unread, rows
        html = page(client, "/inbox")
    assert html.count('class="unread"') == min(count, 30)
    if count == 90:
        seen = set()
        path = "/inbox"
        while path:
            html = page(client, path)
            seen |= {number for number in range(90) if f">Due {number}<" in html}
            path = (
                "/inbox?before=" + html.split("?before=")[1].split('"')[0]
                if "?before=" in html
                else ""
            )
        assert len(seen) == 90


def test_the_bell_in_the_header_rings_on_every_page_at_no_query_of_its_own(client, yash):
    published(owner=yash)

    def asked() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as queries:
            html = page(client, "/r/api-latency")
        return len(queries), html

    asked()
    quiet, html = asked()
    assert "<b>new</b>" not in html
    tell(yash, "one")
    ringing, html = asked()
    assert "<b>new</b>" in html
    assert ringing == quiet


def test_choosing_mutes_by_kind_and_way_and_is_recorded(client, yash):
    html = page(client, "/account/messages")
    assert "yash@shop.example" in html
    assert 'value="digest:email" checked' in html
    client.post("/account/messages/choose", {"way": ["email"], "wanted": ["report.wrong:email"]})
    assert Choice.objects.filter(person=yash, kind="digest", channel_kind="email").exists()
    # Of Slack, which the page did not offer, nothing was said.
    assert not Choice.objects.filter(channel_kind="slack").exists()
    assert 'value="digest:email" checked' not in page(client, "/account/messages")
    assert AuditEntry.objects.get(action="messages.chosen").by == yash
    assert not tell(yash, "one").deliveries.exists()


def test_mail_is_turned_off_and_on(client, yash):
    client.post("/account/messages/mail", {"on": "0"})
    assert not tell(yash, "one").deliveries.exists()
    client.post("/account/messages/mail", {"on": "1"})
    assert tell(yash, "two").deliveries.count() == 1


def test_a_webhook_is_added_with_its_secret_shown_once(client, yash, settings):
    answer = client.post("/account/messages/webhook", {"url": "https://hooks.example.org/s3cret"})
    channel = Channel.objects.get(kind="webhook")
    html = answer.content.decode()
    assert channel.secret in html
    html = page(client, "/account/messages")
    assert channel.secret not in html
    assert "s3cret" not in html
    assert "hooks.example.org/…" in html
    entry = AuditEntry.objects.get(action="channel.added")
    assert "s3cret" not in f"{entry.object_name}{entry.after}"


@pytest.mark.parametrize(
    ("where", "typed", "words"),
    [
        ("webhook", {"url": "http://127.0.0.1/x"}, "private network"),
        ("webhook", {"url": "javascript:alert(1)"}, "no web address"),
        ("webhook", {"url": "https://a.example/" + "x" * 1000}, "at most 1000"),
        ("slack", {"slack": "https://evil.example/x"}, "begins with https://hooks.slack.com/"),
        ("slack", {"slack": "#oncall"}, "Give the address of a Slack webhook"),
    ],
)
def test_what_cannot_be_added_is_said_and_kept_in_its_field(client, yash, where, typed, words):
    answer = client.post(f"/account/messages/{where}", typed)
    html = answer.content.decode()
    assert (answer.status_code, words in html) == (422, True)
    assert not Channel.objects.exclude(kind="email").exists()
    [(_, value)] = typed.items()
    assert f'value="{value[:100]}' in html


def test_what_is_removed_gets_nothing_more_and_what_waited_does_not_leave(client, yash, hooks):
    channel = Channel.objects.create(person=yash, kind="webhook", target=f"{hooks.url}/x")
    tell(yash, "one")
    client.post(f"/account/messages/{channel.pk}/remove")
    sending.send_due(list(Delivery.objects.filter(kind="webhook").values_list("pk", flat=True)))
    assert hooks.asked == []
    assert Delivery.objects.get(kind="webhook").state == "failed"


def test_nobody_removes_or_tests_anothers_channel(client, yash):
    channel = Channel.objects.create(
        person=UserFactory(), kind="webhook", target="https://a.example"
    )
    assert client.post(f"/account/messages/{channel.pk}/remove").status_code == 404
    assert client.post(f"/account/messages/{channel.pk}/test").status_code == 404


def test_the_test_button_says_what_happened_and_is_not_for_spam(client, yash, hooks):
    channel = Channel.objects.create(person=yash, kind="webhook", target=f"{hooks.url}/x")
    answer = client.post(f"/account/messages/{channel.pk}/test", follow=True)
    assert "The webhook has taken the test message." in answer.content.decode()
    hooks.answer = lambda _path, _said: (410, {}, "")
    answer = client.post(f"/account/messages/{channel.pk}/test", follow=True)
    html = answer.content.decode()
    assert "did not leave. The address is gone for good (410)." in html
    assert "does not work" in html
    assert "Messages do not reach you" in page(client, "/account")
    for _ in range(10):
        answer = client.post(f"/account/messages/{channel.pk}/test", follow=True)
    assert "That was often enough" in answer.content.decode()
    assert len(hooks.asked) == 10


def test_admins_see_what_does_not_arrive_and_try_it_again(client, hooks):
    admin = person_of(Rank.ADMIN)
    client.force_login(admin)
    assert "Every way to every person works" in page(client, "/messages/failed")
    for number in range(3):
        channel = Channel.objects.create(
            person=UserFactory(name=f"Ana {number}"),
            kind="webhook",
            target=f"{hooks.url}/s3cret",
            failed_at=NOW,
            failure="The address is gone for good (410).",
        )
    html = page(client, "/messages/failed")
    assert html.count("gone for good (410)") == 3
    assert "s3cret" not in html
    assert "3 ways to people do not work" in page(client, "/people")
    client.post("/messages/failed/mend", {"kind": "webhook"})
    channel.refresh_from_db()
    assert channel.failed_at is None
    assert AuditEntry.objects.get(action="channel.mended").by == admin


@pytest.mark.parametrize("count", [1, 12])
def test_the_admins_page_costs_the_same_however_much_fails(
    client, count, django_assert_num_queries
):
    client.force_login(person_of(Rank.ADMIN))
    for _ in range(count):
        Channel.objects.create(person=UserFactory(), kind="slack", target="U1", failed_at=NOW)
    page(client, "/messages/failed")
    with django_assert_num_queries(5):
        page(client, "/messages/failed")


def test_channels_have_an_end(yash):
    for number in range(10):
        Channel.objects.create(person=yash, kind="webhook", target=f"https://a.example/{number}")
    with pytest.raises(choosing.NotAdded, match="10 channels already"):
        choosing.add_webhook(person=yash, url="https://a.example/x", by=yash)

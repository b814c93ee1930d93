"""Telling people: once for each key, by the channels they want, and sent after the commit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.utils import timezone

from portal.notify import choosing, kinds, outbox
from portal.notify.models import Channel, Choice, Delivery, Message
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODY = {"intro": "Two runbooks are due.", "sections": []}


def tell(person, key="digest:1:2026-11-23", **more):
    told = {"kind": "digest", "subject": "Due for you", "body": BODY, "now": NOW} | more
    return outbox.tell(person=person, key=key, **told)


def test_a_person_is_told_by_mail_from_the_first_message_on():
    yash = UserFactory(email="yash@shop.example")
    message = tell(yash)
    delivery = Delivery.objects.get(message=message)
    assert (delivery.kind, delivery.target, delivery.state) == (
        "email",
        "yash@shop.example",
        "waiting",
    )
    assert delivery.next_try_at == NOW


def test_the_same_key_is_told_once():
    yash = UserFactory()
    assert tell(yash) is not None
    assert tell(yash) is None
    assert Message.objects.count() == Delivery.objects.count() == 1


def test_a_rolled_back_change_tells_nobody():
    with transaction.atomic():
        tell(UserFactory())
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_each_channel_that_works_gets_it_and_the_muted_and_failed_do_not():
    yash = UserFactory()
    Channel.objects.create(person=yash, kind="slack", target="U1")
    Channel.objects.create(person=yash, kind="webhook", target="https://a.example/1")
    Channel.objects.create(
        person=yash, kind="webhook", target="https://a.example/2", failed_at=timezone.now()
    )
    Channel.objects.create(person=yash, kind="webhook", target="https://a.example/3", active=False)
    Choice.objects.create(person=yash, kind="digest", channel_kind="slack")
    message = tell(yash)
    assert [d.target for d in message.deliveries.all()] == [yash.email, "https://a.example/1"] or {
        d.target for d in message.deliveries.all()
    } == {yash.email, "https://a.example/1"}


def test_a_bounced_address_is_let_alone_until_the_account_has_another():
    yash = UserFactory(email="old@shop.example")
    Channel.objects.create(
        person=yash, kind="email", failed_at=NOW, failed_address="old@shop.example"
    )
    assert not tell(yash, key="a").deliveries.exists()
    yash.email = "new@shop.example"
    yash.save()
    assert tell(yash, key="b").deliveries.get().target == "new@shop.example"


def test_somebody_whose_account_is_closed_or_has_no_address_finds_it_in_the_inbox_alone():
    assert not tell(UserFactory(is_active=False), key="a").deliveries.exists()
    assert not tell(UserFactory(email=""), key="b").deliveries.exists()


def test_what_the_daily_digest_tells_stands_in_the_inbox_alone_unless_it_is_urgent(monkeypatch):
    daily = kinds.Kind("answered", "What became of it", daily="What became of yours")
    monkeypatch.setitem(kinds.registered, daily.name, daily)
    yash = UserFactory()
    assert not tell(yash, key="a", kind="answered").deliveries.exists()
    assert tell(yash, key="b", kind="answered", urgent=True).deliveries.exists()
    assert daily not in choosing.offered()


def test_what_is_for_nobody_is_refused_and_not_lost_without_a_word():
    nobody = outbox.Telling(None, "digest:1", "digest", "Due", BODY)
    with pytest.raises(ValueError, match="for nobody"):
        outbox.tell_many([outbox.Telling(UserFactory(), "digest:2", "digest", "Due", BODY), nobody])
    assert not Message.objects.exists()


def test_the_event_id_is_the_same_for_the_same_message_and_way():
    first = outbox.event_id("k", "email", "yash@shop.example")
    assert first == outbox.event_id("k", "email", "yash@shop.example")
    assert first != outbox.event_id("k", "email", "ana@shop.example")
    assert first.endswith("@127.0.0.1")


def test_a_subject_is_one_line():
    assert tell(UserFactory(), subject="Due\r\nBcc: all@shop.example").subject == (
        "Due Bcc: all@shop.example"
    )


def test_a_kind_that_nobody_registered_is_refused():
    with pytest.raises(ValueError, match="no kind of message"):
        tell(UserFactory(), kind="surprise")


@pytest.mark.parametrize("people", [1, 40])
def test_many_are_told_in_as_many_queries_as_one(people, django_assert_max_num_queries):
    tellings = [
        outbox.Telling(UserFactory(), f"digest:{n}", "digest", "Due", BODY) for n in range(people)
    ]
    with django_assert_max_num_queries(12):
        assert len(outbox.tell_many(tellings, now=NOW)) == people
    assert outbox.tell_many(tellings, now=NOW) == []
    assert Delivery.objects.count() == people


def test_a_worker_is_nudged_after_the_commit_and_not_before(
    django_capture_on_commit_callbacks,
):
    with django_capture_on_commit_callbacks() as calls:
        message = tell(UserFactory())
    assert len(calls) == 1
    assert message.deliveries.get().state == "waiting"

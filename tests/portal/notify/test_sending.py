"""Who sends what: one worker each row, dead workers' rows again, the clock wrong, the broker away."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from portal.notify import nudging, outbox, pruning, sending
from portal.notify.models import Delivery, Message
from portal.notify.senders import Senders
from portal.notify.tasks import send_due
from tests.factories import UserFactory

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def postgresql(request) -> None:
    """Threads share SQLite's database of a test run through one lock: side by side they are nothing."""
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite")


def tell(key="k", **more):
    told = {"kind": "digest", "subject": "Due", "body": {"intro": "Due."}, "now": NOW} | more
    return outbox.tell(person=UserFactory(), key=key, **told)


def at(now):
    return lambda: now


@pytest.mark.django_db
def test_a_row_is_claimed_once(mailbox):
    tell()
    row = Delivery.objects.get()
    assert sending.claim(row.pk, 0, now=NOW).taken_at == NOW
    assert sending.claim(row.pk, 0, now=NOW) is None
    assert sending.claim(row.pk, 1, now=NOW) is None
    assert sending.send_due(clock=at(NOW)) == 0


@pytest.mark.django_db
def test_what_a_dead_worker_took_goes_again_with_the_same_id_when_its_time_is_up(mailbox, settings):
    settings.NOTIFY_TAKEN_MINUTES = 10
    tell()
    row = Delivery.objects.get()
    with Senders() as senders:
        claimed = sending.claim(row.pk, 0, now=NOW)
        senders.send(claimed)  # it left; then the worker died before it could write that down
    assert sending.send_due(clock=at(NOW + timedelta(minutes=9))) == 0
    assert sending.send_due(clock=at(NOW + timedelta(minutes=10))) == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == ("sent", 2)
    assert len(mailbox.ids) == 2
    assert len(set(mailbox.ids)) == 1


@pytest.mark.django_db
def test_a_slow_worker_whose_time_was_up_does_not_undo_what_the_next_one_did(mailbox):
    tell()
    slow = sending.claim(Delivery.objects.get().pk, 0, now=NOW)
    later = NOW + timedelta(minutes=10)
    assert sending.send_due(clock=at(later)) == 1
    sending._record_failure(slow, "No.", channel=True, now=later)
    row = Delivery.objects.select_related("channel").get()
    assert (row.state, row.channel.failed_at) == ("sent", None)


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=4000)])
def test_what_was_written_while_the_clock_was_ahead_does_not_wait_for_that_day(mailbox, ahead):
    tell(now=NOW + ahead)
    assert sending.send_due(clock=at(NOW)) == 1
    tell(key="b")
    assert sending.claim(Delivery.objects.last().pk, 0, now=NOW + ahead)
    assert sending.send_due(clock=at(NOW)) == 1


@pytest.mark.django_db
def test_the_urgent_goes_first(mailbox):
    tell(key="a", subject="Later")
    tell(key="b", kind="report.wrong", urgent=True, subject="At once")
    sending.send_due(clock=at(NOW))
    assert [mail["Subject"] for mail in mailbox.mails] == ["At once", "Later"]


@pytest.mark.django_db
def test_only_what_was_named_and_only_what_is_due(mailbox):
    first, second = tell(key="a"), tell(key="b")
    named = list(second.deliveries.values_list("pk", flat=True))
    assert sending.send_due(named, clock=at(NOW)) == 1
    assert sending.send_due(named, clock=at(NOW)) == 0
    assert first.deliveries.get().state == "waiting"


@pytest.mark.django_db
def test_more_than_one_handful_goes_in_one_run_in_bounded_queries(
    mailbox, django_assert_max_num_queries
):
    for number in range(60):
        tell(key=str(number))
    with django_assert_max_num_queries(60 * 3 + 6):
        assert sending.send_due(clock=at(NOW)) == 60
    assert len(set(mailbox.ids)) == 60
    assert mailbox.connections == 2


@pytest.mark.django_db
def test_one_message_that_cannot_be_drawn_holds_up_no_other(mailbox, caplog):
    broken = tell(key="a")
    Message.objects.filter(pk=broken.pk).update(body={"sections": [{"s3cret": 1}]})
    tell(key="b")
    sending.send_due(clock=at(NOW))
    assert broken.deliveries.get().state == "waiting"
    assert "KeyError" in broken.deliveries.get().error
    assert len(mailbox.mails) == 1
    assert "s3cret" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_breaks_no_transaction(mailbox, caplog, monkeypatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(nudging.send_due, "apply_async", refuse)
    with transaction.atomic():
        tell()
    assert Message.objects.count() == 1
    assert "no worker could be told of new messages: ConnectionError" in caplog.text
    # The sweep of the next minute finds it.
    send_due()
    assert len(mailbox.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_send_each_row_once(mailbox, postgresql):
    for number in range(24):
        tell(key=str(number))
    start = threading.Barrier(4)
    broken: list[BaseException] = []

    def work() -> None:
        try:
            start.wait(10)
            sending.send_due(clock=at(NOW))
        except BaseException as error:  # noqa: BLE001 -- told by the main thread
            broken.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert broken == []
    assert len(mailbox.ids) == len(set(mailbox.ids)) == 24
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_two_that_tell_the_same_at_once_tell_it_once(postgresql):
    yash = UserFactory()
    start = threading.Barrier(4)
    told: list[object] = []

    def work() -> None:
        try:
            start.wait(10)
            with transaction.atomic():
                told.append(
                    outbox.tell(
                        person=yash, key="same", kind="digest", subject="Due", body={}, now=NOW
                    )
                )
        except BaseException as error:  # noqa: BLE001 -- told by the main thread
            told.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, Message) for one in told) == 1, told
    assert told.count(None) == 3, told
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_what_is_due_is_found_by_its_index_however_much_was_sent():
    if connection.vendor != "sqlite":
        pytest.skip("this run is not on SQLite, which looks things up in small tables, too")
    found = Delivery.objects.due(NOW, farthest=timedelta(hours=6))
    assert "delivery_to_do" in found.explain()


@pytest.mark.django_db
def test_old_messages_go_and_what_is_still_to_be_sent_stays(settings):
    settings.NOTIFY_KEEP_DAYS = 365
    for key in ("sent", "waiting", "young"):
        tell(key=key)
    Delivery.objects.filter(message__key="sent").update(state="sent")
    Delivery.objects.filter(message__key="young").update(state="sent")
    Message.objects.filter(key="young").update(created_at=NOW + timedelta(days=2))
    assert pruning.prune(now=NOW + timedelta(days=366)) == 1
    assert set(Message.objects.values_list("key", flat=True)) == {"waiting", "young"}

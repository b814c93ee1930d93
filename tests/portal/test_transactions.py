"""A verb that met a deadlock is begun once more, and only then."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection, connections, transaction
from psycopg import errors

from portal.accounts.models import User
from portal.transactions import TRIES, one_transaction
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def deadlock() -> OperationalError:
    problem = OperationalError("deadlock detected")
    problem.__cause__ = errors.DeadlockDetected()
    return problem


def test_what_was_written_before_a_deadlock_is_written_once():
    tried = []

    @one_transaction
    def verb(name):
        tried.append(name)
        UserFactory(username=name)
        if len(tried) < 3:
            raise deadlock()
        return name

    assert verb("mara") == "mara"
    assert len(tried) == 3
    assert User.objects.filter(username="mara").count() == 1


def test_it_gives_up_at_last():
    tried = []

    @one_transaction
    def verb():
        tried.append(1)
        raise deadlock()

    with pytest.raises(OperationalError):
        verb()
    assert len(tried) == TRIES


def test_another_trouble_is_raised_at_once():
    tried = []

    @one_transaction
    def verb():
        tried.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError, match="disk"):
        verb()
    assert len(tried) == 1


def test_a_part_of_another_transaction_leaves_it_to_the_whole():
    tried = []

    @one_transaction
    def part():
        tried.append(1)
        raise deadlock()

    with pytest.raises(OperationalError), transaction.atomic():
        part()
    assert len(tried) == 1


def test_two_that_really_wait_for_each_other_both_come_through():
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite, which has one writer")
    one, other = UserFactory(), UserFactory()
    both_hold_one = Barrier(2)
    done, met = [], []

    @one_transaction
    def rename(first, second, name):
        met.append(name)
        User.objects.filter(pk=first.pk).update(time_zone=name)
        if met.count(name) == 1:
            both_hold_one.wait(60)
        User.objects.filter(pk=second.pk).update(time_zone=name)
        return name

    def run(*act):
        try:
            done.append(rename(*act))
        finally:
            connections.close_all()

    threads = [
        Thread(target=run, args=(one, other, "Europe/Berlin")),
        Thread(target=run, args=(other, one, "Europe/Paris")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(done) == ["Europe/Berlin", "Europe/Paris"]
    # One of them at least twice. On a busy machine the one that was let through may be slower to go on than
    # the other to begin again, and they meet once more.
    assert len(met) >= 3
    zones = User.objects.filter(pk__in=[one.pk, other.pk]).values_list("time_zone", flat=True)
    assert len(set(zones)) == 1

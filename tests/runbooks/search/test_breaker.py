"""The breaker spares readers a dead server."""

from runbooks.search.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def broken(clock, times=3):
    breaker = Breaker(failures=3, rest_seconds=15, clock=clock)
    for _ in range(times):
        assert breaker.may_ask()
        breaker.failed("no answer in time")
    return breaker


def test_a_few_failures_are_forgiven():
    breaker = broken(Clock(), times=2)
    assert breaker.may_ask()
    breaker.succeeded()
    breaker.failed("again")
    assert breaker.may_ask()


def test_after_three_in_a_row_nobody_asks_for_a_while():
    clock = Clock()
    breaker = broken(clock)
    assert breaker.is_open
    assert not breaker.may_ask()
    clock.now += 14
    assert not breaker.may_ask()
    assert breaker.last_error == "no answer in time"


def test_after_the_rest_one_probes_and_the_others_still_rest():
    clock = Clock()
    breaker = broken(clock)
    clock.now += 16
    assert breaker.may_ask()
    assert not breaker.may_ask()


def test_a_probe_that_succeeds_closes_it_and_one_that_fails_opens_it_again():
    clock = Clock()
    breaker = broken(clock)
    clock.now += 16
    assert breaker.may_ask()
    breaker.failed("still dead")
    assert not breaker.may_ask()
    clock.now += 16
    assert breaker.may_ask()
    breaker.succeeded()
    assert breaker.may_ask()
    assert breaker.may_ask()
    assert not breaker.is_open


def test_a_probe_that_never_comes_back_does_not_close_the_door_for_ever():
    clock = Clock()
    breaker = broken(clock)
    clock.now += 16
    assert breaker.may_ask()  # and its thread dies
    clock.now += 16
    assert breaker.may_ask()

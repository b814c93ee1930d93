"""Label matchers as Prometheus means them."""

from __future__ import annotations

import pytest

from runbooks.alerts.matching import Verdict, verdict


@pytest.mark.parametrize(
    ("matcher", "value", "answer"),
    [
        (("cluster", "=", "eu-1"), "eu-1", Verdict.YES),
        (("cluster", "=", "eu-1"), "eu-10", Verdict.NO),
        (("cluster", "!=", "eu-1"), "us-1", Verdict.YES),
        (("cluster", "!=", "eu-1"), "eu-1", Verdict.NO),
        (("cluster", "=~", "eu-.*"), "eu-1", Verdict.YES),
        (("cluster", "=~", "eu-.*"), "not-eu-1", Verdict.NO),
        (("cluster", "=~", "eu|us"), "eux", Verdict.NO),
        (("cluster", "=~", "a.b"), "a\nb", Verdict.YES),
        (("cluster", "!~", "eu-.*"), "us-1", Verdict.YES),
        (("cluster", "!~", "eu-.*"), "eu-1", Verdict.NO),
        (("cluster", "=", ""), "", Verdict.YES),
        (("cluster", "=~", ".+"), "", Verdict.NO),
        (("cluster", "=~", "größe-.*"), "größe-1", Verdict.YES),
    ],
)
def test_a_matcher_compares_the_whole_value(matcher, value, answer):
    assert verdict([matcher], {"cluster": value}) is answer


def test_a_label_that_is_not_given_decides_nothing():
    assert verdict([("cluster", "=", "eu")], {}) is Verdict.UNKNOWN
    assert verdict([("cluster", "=", "eu"), ("team", "=", "a")], {"team": "b"}) is Verdict.NO
    assert verdict([], {}) is Verdict.YES


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", "(", "a{100000}", "x" * 3000])
def test_a_pattern_that_prometheus_would_not_take_decides_nothing(pattern):
    assert verdict([("cluster", "=~", pattern)], {"cluster": "a"}) is Verdict.UNKNOWN


def test_no_pattern_takes_long_over_a_hostile_value():
    """A backtracking engine needs 2 to the power of 5,000 steps for this; RE2 one for each character."""
    assert verdict([("cluster", "=~", "(a|aa)+$")], {"cluster": "a" * 5_000 + "!"}) is Verdict.NO

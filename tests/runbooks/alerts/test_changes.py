"""What in a rule has changed, in the words of a review."""

from __future__ import annotations

import pytest

from runbooks.alerts.changes import changes_between
from runbooks.alerts.models import Rule


def rule(expr="up == 0", pending_for="5m", severity="high") -> Rule:
    return Rule(alert="A", expr=expr, pending_for=pending_for, severity=severity)


@pytest.mark.parametrize(
    ("before", "after", "field", "said"),
    [
        ("latency > 5", "latency > 7.5", "threshold", ("> 5", "> 7.5")),
        ("a / b < 0.05", "a / b < 1e-3", "threshold", ("< 0.05", "< 1e-3")),
        ("x > bool 1 and y < 2", "x > bool 1 and y < 3", "threshold", ("< 2", "< 3")),
        ("x > -1", "x > 1", "threshold", ("> -1", "> 1")),
        ("rate(x[5m]) > 1", "rate(x[10m]) > 1", "expr", None),
        ("x > 1", "x >= 1", "expr", None),
        ("x > 1", "x > y", "expr", None),
        ('x{a="> 1"} > 1', 'x{a="> 2"} > 1', "expr", None),
    ],
)
def test_a_number_that_is_compared_with_is_a_threshold(before, after, field, said):
    (change,) = changes_between(rule(before), rule(after))
    assert change.field == field
    assert (change.before, change.after) == (said or (before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sum(x)>1", "sum( x )\n  > 1"),
        ("x > 1", "x > 1  # too much"),
        ('x{a="b  c"}', 'x { a = "b  c" }'),
    ],
)
def test_spaces_and_comments_are_no_change(before, after):
    assert changes_between(rule(before), rule(after)) == []


def test_spaces_inside_quotes_are_a_change():
    assert changes_between(rule('x{a="b c"}'), rule('x{a="b  c"}'))[0].field == "expr"


def test_for_and_severity_are_changes_of_their_own():
    found = changes_between(rule(), rule(pending_for="", severity="critical"))
    assert [str(change) for change in found] == [
        "for was 5m, is empty",
        "severity was high, is critical",
    ]

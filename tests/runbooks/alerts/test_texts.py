"""What an alert says, without what its template fills in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.alerts.texts import plain, words_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Pod {{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}) is in waiting "
            'state (reason: "CrashLoopBackOff") on cluster {{ $labels.cluster }}.',
            'Pod is in waiting state (reason: "CrashLoopBackOff") on cluster.',
        ),
        (
            'etcd cluster "{{ $labels.job }}": members are down ({{ $value }}).',
            "etcd cluster: members are down.",
        ),
        ("{{ $value | humanizePercentage }} of requests fail", "of requests fail"),
        ('CPU of {{ printf "%.2f" $value }}%.\nLook.', "CPU. Look."),
        ("took {{ $value }}s on {{ $labels.x }}, twice", "took, twice"),
        (
            "failed to load for {{ $labels.a }}/{{ $labels.b }} on {{ $labels.c }}.",
            "failed to load.",
        ),
        ("is currently at {{ $value }}%", "is currently"),
        ("Look at {{ $labels.a }} first", "Look at first"),
        ('more than {{ printf `max{a="}}"}` $labels.x | query }} shards', "more than shards"),
        ('{{- range query "up" -}}{{ .Labels.x }}{{ end }}down', "down"),
        ("90% of 5m, less than 0.5", "90% of 5m, less than 0.5"),
        ("an {{ unclosed", "an {{ unclosed"),
        ("", ""),
        ("{{ $value }}", ""),
    ],
)
def test_template_expressions_leave_no_trace(written, read):
    assert plain(written) == read


def test_message_stands_in_for_description_whatever_its_case():
    assert words_of({"Message": "it broke", "runbook_url": "https://x"}) == ("", "it broke")
    assert words_of({"summary": "s", "description": "d", "message": "m"}) == ("s", "d")


@given(st.text(alphabet='{}"`$ a.(/:%\n\\', max_size=200))
def test_no_text_is_too_odd(text):
    assert "\x01" not in plain(text)


def test_a_long_row_of_braces_takes_no_time():
    assert plain("{{" * 50_000 + '"`' * 50_000)

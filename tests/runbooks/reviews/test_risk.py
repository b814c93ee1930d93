"""One number for what it may cost to trust a runbook, and its reasons in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runbooks.gaps import record_gap
from runbooks.models import Runbook, TrustLine
from runbooks.reviews.risk import Facts, facts_of, fires, risk, riskiest_first
from tests.factories import UserFactory, published

GOOD = Facts(severity="critical", days_since_review=0, days_since_drill=3, drill_result=(7, 7))


def test_without_a_doubt_there_is_no_risk_however_much_is_at_stake() -> None:
    found = risk(replace(GOOD, fires_per_week=20))

    assert found.number == 0
    assert found.reasons == ("critical severity", "its alert fires 20 times a week")


@pytest.mark.parametrize(
    "worse",
    [
        {"open_reports": {"wrong": 1}},
        {"open_reports": {"unclear": 1}},
        {"overdue_days": 10},
        {"days_since_review": 120},
        {"days_since_review": None},
        {"drill_result": (3, 7)},
        {"days_since_drill": None},
        {"days_since_drill": 200},
    ],
)
def test_every_doubt_raises_the_risk_and_says_so(worse: dict[str, object]) -> None:
    found = risk(replace(GOOD, **worse))

    assert found.number > 0
    assert len(found.reasons) == 2


def test_the_same_doubt_weighs_more_where_more_is_at_stake() -> None:
    doubtful = Facts(days_since_review=40, overdue_days=30, days_since_drill=1)
    numbers = [
        risk(replace(doubtful, severity=s)).number for s in ("low", "medium", "high", "critical")
    ]

    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1]
    assert risk(replace(doubtful, severity="low", fires_per_week=7)).number > numbers[0]


def test_what_weighs_most_is_said_first() -> None:
    found = risk(
        Facts(
            severity="critical",
            fires_per_week=2,
            days_since_review=200,
            overdue_days=110,
            open_reports={"wrong": 2, "unclear": 1},
        )
    )

    assert found.reasons == (
        "reported wrong, 2 reports",
        "review 110 days overdue",
        "never drilled",
        "reported unclear",
        "critical severity",
        "its alert fires 2 times a week",
    )
    assert 90 <= found.number <= 100


@pytest.mark.django_db
def test_facts_come_from_the_trust_line_and_from_how_often_the_alert_was_followed() -> None:
    runbook = published(alert="ApiLatencyHigh")
    now = timezone.now()
    today = timezone.localdate(now)
    TrustLine.objects.filter(runbook=runbook).update(
        reviewed_on=today - timedelta(days=100),
        due_on=today - timedelta(days=10),
        drilled_on=today - timedelta(days=20),
        steps_tried=4,
        steps_worked=3,
        reports=[
            {"label": "D1", "key": "a", "verdict": "wrong", "count": 2},
            {"label": "R1", "key": "b", "verdict": "wrong", "count": 1},
        ],
    )
    for days in (27, 10, 3, 1):
        record_gap(kind="alert", words="APILATENCYHIGH", now=now - timedelta(days=days))

    assert facts_of([runbook], now=now)[runbook.pk] == Facts(
        severity="high",
        fires_per_week=1.0,
        days_since_review=100,
        overdue_days=10,
        days_since_drill=20,
        drill_result=(3, 4),
        open_reports={"wrong": 3},
    )


@pytest.mark.django_db
def test_a_room_that_counts_firings_hands_in_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    runbook = published()
    monkeypatch.setattr(
        "runbooks.reviews.risk.fires", [*fires, lambda ids, _now: dict.fromkeys(ids, 5.0)]
    )

    assert facts_of([runbook.pk])[runbook.pk].fires_per_week == 5.0


@pytest.mark.django_db
def test_many_runbooks_cost_as_many_queries_as_one() -> None:
    owner = UserFactory(username="yash")
    published(owner=owner)
    record_gap(kind="alert", words="ApiLatencyHigh")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert riskiest_first(Runbook.objects.live())
        return len(asked)

    one = queries()
    for number in range(4):
        published(slug=f"more-{number}", owner=owner, title=f"Number {number} is slow")

    assert queries() == one == 3

"""A simulated year, and a checker of its log that knows the rules from the issue's words alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from runbooks.models import Runbook
from runbooks.reviews.simulated_year import log_of
from runbooks.reviews.simulating import Plan, Simulation

STAGES = {"before_14": -14, "due": 0, "after_7": 7, "after_14": 14, "after_28": 28}
HEARS = {
    "owner": ["before_14", "due", "after_7", "after_14", "after_28"],
    "deputy": ["after_14", "after_28"],
    "lead": ["after_28"],
}


def mornings(log: dict[str, Any], name: str, first: date) -> Iterator[datetime]:
    """Nine o'clock on each working day of this person's, from that day on, while the simulation lasts."""
    zone = ZoneInfo(next(p["time_zone"] for p in log["people"] if p["name"] == name))
    begin = datetime.fromisoformat(f"{log['plan']['begin']}T00:00:00+00:00")
    end = begin + timedelta(days=log["plan"]["days"])
    day = first
    while (morning := datetime.combine(day, time(9), zone)) < end:
        if day.weekday() < 5 and morning >= begin:
            yield morning
        day += timedelta(days=1)


def expected(log: dict[str, Any]) -> Counter[tuple[str, str, str, str, datetime]]:
    """(to, runbook, due day, stage, moment) of everything that has to go out."""
    found: Counter[tuple[str, str, str, str, datetime]] = Counter()
    for review in log["reviews"]:
        due = date.fromisoformat(review["due_on"])
        set_at = datetime.fromisoformat(review["set_at"])
        answered = review["answered_at"] and datetime.fromisoformat(review["answered_at"])
        for part, stages in HEARS.items():
            if review[part] is None:
                continue
            by_moment = {}
            for stage in stages:
                reached = due + timedelta(days=STAGES[stage])
                later = (m for m in mornings(log, review[part], reached) if m >= set_at)
                moment = next(later, None)
                if moment is not None and (answered is None or moment < answered):
                    by_moment[moment] = stage  # of two on one morning, the later one
            for moment, stage in by_moment.items():
                found[review[part], review["runbook"], review["due_on"], stage, moment] += 1
    return found


def told(log: dict[str, Any]) -> Counter[tuple[str, str, str, str, datetime]]:
    return Counter(
        (
            message["to"],
            item["runbook"],
            item["due_on"],
            item["stage"],
            datetime.fromisoformat(message["sent_on"]),
        )
        for message in log["messages"]
        for item in message["items"]
    )


@pytest.mark.django_db
def test_in_a_simulated_year_every_stage_is_told_once_and_none_is_missing():
    plan = Plan(runbooks=24, owners=9, days=170, seed=11, begin=date(2026, 1, 5))
    log = log_of(Simulation(plan).run())
    assert told(log) == expected(log)
    check_mornings(log)
    check_that_there_was_much_to_see(log)
    # A checker that cannot fail is none.
    changed = {**log, "messages": log["messages"][1:]}
    assert told(changed) != expected(changed)


def check_mornings(log: dict[str, Any]) -> None:
    """Nobody over one a day, at nine, on working days, and never an empty one."""
    days = Counter((m["to"], m["sent_on"][:10]) for m in log["messages"])
    assert set(days.values()) == {1}
    for message in log["messages"]:
        then = datetime.fromisoformat(message["sent_on"])
        assert (then.weekday() < 5, then.hour, then.minute) == (True, 9, 0)
        assert message["kind"] == "digest"
        assert message["items"]


def check_that_there_was_much_to_see(log: dict[str, Any]) -> None:
    assert {stage for _, _, _, stage, _ in told(log)} == set(STAGES)
    answers = Counter(review["answer"] for review in log["reviews"])
    assert answers["still_true"] > 20
    assert answers["snoozed"] > 0
    assert answers[""] > 5
    late = [r for r in log["reviews"] if (r["answered_at"] or "")[:10] > r["due_on"]]
    assert len(late) > 10
    assert {"+14:00", "-11:00"} <= {message["sent_on"][-6:] for message in log["messages"]}
    assert max(len(message["items"]) for message in log["messages"]) > 1


@pytest.mark.django_db
def test_the_command_simulates_in_a_database_of_its_own_and_the_same_seed_is_the_same_year(
    tmp_path, capsys
):
    few = ["--runbooks=4", "--owners=2", "--days=30", "--seed=3"]
    call_command("simulate_reviews", *few, json=str(tmp_path / "log.json"))
    log = json.loads((tmp_path / "log.json").read_text())
    assert not Runbook.objects.exists()
    assert "4 runbooks, 2 owners, 30 days from 2026-01-05, seed 3." in capsys.readouterr().out
    plan = Plan(runbooks=4, owners=2, days=30, seed=3, begin=date(2026, 1, 5))
    assert log_of(Simulation(plan).run()) == log
    assert log["messages"]


def test_what_cannot_be_is_said_in_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="'0' is no whole number from 1 on"):
        call_command("simulate_reviews", "--owners=0")
    with pytest.raises(CommandError, match="'soon' is no day"):
        call_command("simulate_reviews", "--begin=soon")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("simulate_reviews", "--json", str(tmp_path / "nowhere" / "log.json"))


def test_the_inner_half_refuses_a_database_that_is_not_scratch(tmp_path):
    """Without being marked for it this test has no database at all; nor would it be touched."""
    assert settings.DATA_DIR not in tmp_path.parents
    with pytest.raises(CommandError, match="no scratch database"):
        call_command("simulate_reviews", "--in-scratch", str(tmp_path))

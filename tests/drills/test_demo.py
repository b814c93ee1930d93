"""The demo's drills: one over, one coming, one to try alone; loaded twice they are there once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drills import demo
from drills.models import Drill
from drills.report import report_of
from runbooks.demo import loading, reading
from runbooks.models import TrustLine

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 2, 17, tzinfo=UTC)
SLUGS = {
    "payment-webhooks-behind",
    "redis-evicting-baskets",
    "postgres-connections-exhausted",
}


def test_they_are_loaded_once_and_tell_a_whole_story(monkeypatch):
    whole = reading.read_demo()
    few = tuple(one for one in whole.runbooks if one.slug in SLUGS)
    small = replace(whole, runbooks=few, rules=(), gaps=())
    monkeypatch.setattr(loading, "read_demo", lambda: small)
    loading.load_demo(now=NOW)
    assert demo.load(now=NOW + timedelta(1)) == 0
    assert set(Drill.objects.values_list("title", "state")) == {
        (demo.FINISHED, "signed_off"),
        (demo.COMING, "planned"),
        (demo.ALONE, "planned"),
    }
    over = Drill.objects.select_related("runbook", "revision", "scenario").get(title=demo.FINISHED)
    assert sorted(over.notes.values_list("step_label", "closed")) == [
        ("D3", "published"), ("R1", ""),
    ]  # fmt: skip
    report = report_of(over)
    assert report.time_to_runbook == "00:01:13"
    assert not report.draft
    line = TrustLine.objects.get(runbook=over.runbook)
    assert (line.steps_tried, line.steps_worked) == (5, 3)
    assert "db-read-shop" in over.runbook.live_revision.text
    coming = Drill.objects.get(title=demo.COMING)
    assert coming.participants.get(person__username="noor").answer == "yes"
    assert Drill.objects.get(title=demo.ALONE).scenario.approved_at is not None

"""The demo company has a year of figures from its first day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runbooks.demo import loading
from runbooks.demo.reading import read_demo
from runbooks.reviews.models import Figures

pytestmark = pytest.mark.django_db

SLUGS = {"checkout-500s", "feature-store-stale", "redis-evicting-baskets"}


def test_the_year_before_is_reckoned_from_the_past_that_was_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    demo = read_demo()
    few = tuple(runbook for runbook in demo.runbooks if runbook.slug in SLUGS)
    monkeypatch.setattr(loading, "read_demo", lambda: replace(demo, runbooks=few))
    loading.load_demo(now=datetime(2026, 11, 21, 2, 17, tzinfo=UTC))

    weeks = Figures.objects.filter(scope="all", scope_id=0).order_by("week")
    *before, running = [row.figures for row in weeks]
    live = [figures["live"] for figures in [*before, running]]
    assert len(live) > 10
    assert live == sorted(live)
    assert live[-1] == 3
    assert all(figures["filled"] for figures in before)
    assert "filled" not in running

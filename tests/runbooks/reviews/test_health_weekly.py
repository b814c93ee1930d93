"""The year on `/health`: a row for each week and part, taken as often as one likes, filled honestly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.accounts.access import viewer_of
from portal.accounts.models import Role
from runbooks import changing
from runbooks.gaps import record_gap
from runbooks.models import Service, TrustLine
from runbooks.reviews.health import weekly
from runbooks.reviews.health.drawing import NARROW, WIDE, chart, heat, spark
from runbooks.reviews.health.page import BANDS, health
from runbooks.reviews.health.scope import Scope, scope_of
from runbooks.reviews.models import Decision, Figures
from runbooks.reviews.tasks import take_figures
from tests.factories import ServiceFactory, UserFactory, published

pytestmark = pytest.mark.django_db

#: A Wednesday.
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


@pytest.fixture
def lead():
    person = UserFactory()
    Role.objects.create(person=person, name="lead")
    return person


def published_on(when: datetime, **words: str):
    with time_machine.travel(when, tick=False):
        return published(**words)


def row(scope: str = "all", pk: int = 0, week: str = "2026-11-16") -> dict[str, int]:
    return Figures.objects.get(scope=scope, scope_id=pk, week=week).figures


def test_a_week_is_counted_for_everything_and_for_each_part():
    ServiceFactory(slug="api-server")
    runbook = published_on(NOW)
    weekly.take(now=NOW)

    service = Service.objects.get(slug="api-server")
    assert row()["live"] == 1
    assert row("service", service.pk)["live"] == 1
    assert row("owner", runbook.owner_id)["live"] == 1


def test_taking_a_week_again_keeps_one_row_with_the_newer_figures():
    published_on(NOW)
    first = weekly.take(now=NOW)
    published_on(NOW, slug="disk", title="Disk above 90 %")
    weekly.take(now=NOW + timedelta(days=2))

    assert row()["live"] == 2
    assert Figures.objects.filter(scope="all").count() == 2
    assert first <= Figures.objects.count()


def test_private_services_are_in_the_row_of_everything_and_not_in_that_of_the_public_part():
    ServiceFactory(slug="api-server", private=True)
    published_on(NOW)
    weekly.take(now=NOW)

    assert (row(pk=0)["live"], row(pk=1)["live"]) == (1, 0)


def test_a_missed_week_is_filled_with_what_dates_prove_and_says_so():
    began = NOW - timedelta(days=40)
    runbook = published_on(began)
    record_gap(kind="search", words="ledger is behind", now=NOW - timedelta(days=8))
    weekly.take(now=NOW)
    assert weekly.fill(now=NOW) == 6

    assert row(week="2026-11-09") == {
        **{"live": 1, "severe": 1, "on_time": 1, "gaps": 1},
        weekly.FILLED: 1,
    }
    assert row(week="2026-11-02")["gaps"] == 0
    assert "findings" not in row(week="2026-11-02")
    assert not Figures.objects.filter(week__lt=began.date() - timedelta(days=7)).exists()
    assert not Figures.objects.filter(week="2026-11-09", scope="owner").exists()
    assert weekly.fill(now=NOW) == 0
    assert runbook.pk


def test_a_filled_week_knows_which_reviews_were_late_then():
    """Due after 90 days; late until a decision three weeks later; on time since."""
    began = NOW - timedelta(days=160)
    runbook = published_on(began)
    decided = began + timedelta(days=111)
    Decision.objects.create(
        runbook=runbook,
        revision=runbook.live_revision,
        kind=Decision.Kind.STILL_TRUE,
        by=runbook.owner,
        at=decided,
        due_on=(began + timedelta(days=90)).date(),
        next_due_on=(decided + timedelta(days=90)).date(),
    )
    weekly.fill(now=NOW)

    weeks = Figures.objects.filter(scope="all", scope_id=0).order_by("week")
    on_time = [(week.week, week.figures["on_time"]) for week in weeks]
    late = [week for week, count in on_time if not count]
    assert len(on_time) == 23
    assert len(late) == 3
    assert min(late) > (began + timedelta(days=80)).date()
    assert max(late) < decided.date()


def test_a_retired_runbook_is_in_the_weeks_in_which_it_was_live():
    runbook = published_on(NOW - timedelta(days=40))
    with time_machine.travel(NOW - timedelta(days=15), tick=False):
        changing.retire(runbook, by=runbook.owner, reason="The service is gone.")
    weekly.fill(now=NOW)

    live = Figures.objects.filter(scope="all", scope_id=0).order_by("week")
    assert [week.figures["live"] for week in live] == [1, 1, 1, 1, 0, 0]


def test_the_trend_ends_with_the_running_week_as_it_is_now(lead):
    published_on(NOW - timedelta(days=40))
    take_figures()
    weekly.fill(now=NOW)
    found = health(Scope(viewer_of(lead)), {"trend": "live"}, now=NOW)

    assert [week.counts["live"] for week in found.weeks] == [1] * 7
    assert found.filled == 6
    assert found.wide.goal is not None
    assert found.wide.goal.words == "goal 30"


def test_what_moved_in_four_weeks_is_said(lead):
    ServiceFactory(slug="api-server")
    runbook = published_on(NOW - timedelta(days=60))
    weekly.take(now=NOW - timedelta(days=28))
    TrustLine.objects.filter(runbook=runbook).update(due_on=NOW.date() - timedelta(days=3))
    found = health(Scope(viewer_of(lead)), {}, now=NOW)

    assert found.opening == "Reviews on time fell by 100 points in four weeks."
    on_time = next(figure for figure in found.figures if figure.key == "on_time")
    assert (on_time.value, on_time.was) == ("0\u202f%", "was 100\u202f%")


def test_a_part_that_one_sees_only_some_of_shows_no_weeks_that_count_the_rest():
    person, owner = UserFactory(), UserFactory(username="yash")
    ServiceFactory(slug="api-server", private=True)
    published_on(NOW, owner=owner)
    weekly.take(now=NOW - timedelta(days=7))

    assert scope_of({"owner": "yash"}, viewer_of(person)).rows() is None
    assert scope_of({"owner": "yash"}, viewer_of(owner)).rows() == ("owner", owner.pk)


def points(*values: int | None):
    first = NOW.date() - timedelta(weeks=len(values) - 1)
    return [(first + timedelta(weeks=n), value) for n, value in enumerate(values)]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_chart_stays_inside_its_box(size):
    values = [None if n in (3, 4) else (n * 37) % 101 for n in range(53)]
    drawn = chart(points(*values), size=size, goal=90, unit=" %", percent=True)

    assert len(drawn.lines) == 2  # parted by the weeks that nobody counted
    for line in drawn.lines:
        for x, y in (pair.split(",") for pair in line.split()):
            assert 0 <= float(x) <= size.width
            assert 0 <= float(y) <= size.height


def test_counts_are_drawn_from_zero_to_above_the_highest():
    drawn = chart(points(3, 12, 26), size=WIDE, goal=30, unit="", percent=False)

    assert [mark.words for mark in drawn.grid] == ["0", "10", "20", "30"]
    assert drawn.values[0].words == "26"


def test_one_week_makes_no_small_line():
    assert spark(points(80)) is None
    assert spark(points(80, 90)) is not None


def test_the_heat_map_shades_by_the_share_of_the_largest_cell():
    counts = {band.key: 0 for band in BANDS} | {"0-30": 9, "181": 1}
    drawn = heat([("ledger", "/health", counts, {})], BANDS, wide=True)

    assert [cell.shade for cell in drawn.lines[0].cells] == ["f4", "f0", "f0", "l0", "l1", "l0"]

"""When a review is due, and what brings it forward."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from runbooks import reporting
from runbooks.alerts.importing import Source, import_rules
from runbooks.document import parse
from runbooks.hooks import Arrived, Published
from runbooks.models import Proposal, Runbook, Service, TrustLine
from runbooks.reviews import due
from runbooks.reviews.deciding import still_true
from runbooks.reviews.first import date_first_reviews, spread_first_reviews
from runbooks.reviews.models import Concern
from runbooks.reviews.turning import raise_concern
from tests.factories import ServiceFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
RULES = """
groups:
- name: api
  rules:
  - {{alert: ApiLatencyHigh, expr: "latency > {above}", for: {pending}, labels: {{severity: {severity}}},
     annotations: {{summary: {summary}}}}}
"""


@pytest.fixture
def yash():
    return UserFactory(username="yash", time_zone="Asia/Tokyo")


def line(runbook):
    return TrustLine.objects.get(runbook=runbook)


class TestEvery:
    def test_the_runbook_says_it_else_its_services_else_the_site(self, runbook, settings):
        assert due.every(runbook) == 90
        settings.REVIEW_EVERY_DAYS = 180
        assert due.every(runbook) == 180
        service = Service.objects.get()
        service.review_every = 60
        service.save()
        runbook.services.add(ServiceFactory(review_every=45), ServiceFactory())
        assert due.every(runbook) == 45
        runbook.review_every = 120
        assert due.every(runbook) == 120
        assert due.due_on_after(runbook, date(2026, 1, 1)) == date(2026, 5, 1)

    def test_many_are_asked_for_at_once(self, runbook, yash, django_assert_num_queries):
        others = [published(slug=f"disk-{n}", owner=yash) for n in range(3)]
        with django_assert_num_queries(1):
            assert set(due.every_of([runbook, *others]).values()) == {90}

    def test_a_service_decides_the_first_review_too(self, yash):
        ServiceFactory(slug="api-server", review_every=30)
        runbook = published(owner=yash)
        assert line(runbook).due_on == timezone.now().date() + timedelta(days=30)


class TestFirstReviews:
    def arrived(self, yash, severities):
        return [
            Arrived(published(slug=f"r{n:02}", owner=yash).pk, f"r{n:02}", severity)
            for n, severity in enumerate(severities)
        ]

    def test_spread_the_same_way_every_time_the_worst_first(self, yash):
        arrived = self.arrived(yash, ["low", "critical", "", "high"])
        for order in (arrived, arrived[::-1]):
            spread_first_reviews(order, NOW.date())
            days = [
                (line(Runbook.objects.get(pk=one.runbook_id)).due_on - NOW.date()).days
                for one in arrived
            ]
            assert days == [112, 22, 157, 67]

    def test_a_service_that_says_sooner_stays_sooner(self, yash):
        arrived = self.arrived(yash, ["low", "low"])
        Service.objects.update(review_every=30)
        spread_first_reviews(arrived, NOW.date())
        assert {t.due_on for t in TrustLine.objects.all()} == {NOW.date() + timedelta(days=30)}

    def test_one_that_is_accepted_by_itself_is_spread_by_severity_too(self, yash):
        days = {}
        for severity in ("critical", "low"):
            text = runbook_text(owner="yash").replace("severity: high", f"severity: {severity}")
            runbook = published(slug=severity, owner=yash, text=text, kind=Proposal.Kind.IMPORT)
            days[severity] = (line(runbook).due_on - timezone.now().date()).days
        assert 1 <= days["critical"] <= 36
        assert 109 <= days["low"] <= 144

    @pytest.mark.parametrize("count", [1, 6])
    def test_a_batch_costs_no_query_for_each(self, yash, count, django_assert_num_queries):
        for number in range(count):
            published(slug=f"d{number}", owner=yash, kind=Proposal.Kind.IMPORT)
        TrustLine.objects.update(due_on=None)
        brought = [
            Published(one, one.live_revision, one.live_revision.rendering, parse(""), created=True)
            for one in Runbook.objects.select_related(
                "live_revision__proposal", "live_revision__rendering"
            )
        ]
        # The undated lines, the services' intervals, one update in its savepoint.
        with django_assert_num_queries(3):
            date_first_reviews(brought)
        assert not TrustLine.objects.filter(due_on=None).exists()


class TestConcerns:
    def test_the_review_is_due_today_where_the_owner_is(self, runbook):
        version = line(runbook).version
        raise_concern(runbook, kind="link", source="link:1", words="Dead.", now=NOW)
        assert line(runbook).due_on == date(2026, 11, 21)
        assert line(runbook).version > version

    def test_it_is_never_put_off(self, runbook):
        TrustLine.objects.update(due_on="2026-11-01")
        raise_concern(runbook, kind="link", source="link:1", words="Dead.", now=NOW)
        assert line(runbook).due_on == date(2026, 11, 1)

    def test_raised_twice_is_raised_once_even_when_it_was_settled(self, runbook, yash):
        raise_concern(runbook, kind="link", source="link:1", words="Dead.", now=NOW)
        still_true(runbook, by=yash, rests_on=["checked"], now=NOW)
        later = line(runbook).due_on
        assert raise_concern(runbook, kind="link", source="link:1", words="Dead.", now=NOW) is None
        assert line(runbook).due_on == later
        assert Concern.objects.count() == 1

    @pytest.mark.parametrize(
        ("verdict", "turns"), [("wrong", 1), ("blocked", 1), ("unclear", 0), ("missing", 0)]
    )
    def test_a_step_that_is_wrong_or_blocked_turns_against_it(self, runbook, verdict, turns):
        step = runbook.live_revision.steps.get(label="R1")
        reporting.report(step, verdict=verdict)
        assert Concern.objects.count() == turns
        assert (line(runbook).due_on <= timezone.now().date() + timedelta(days=1)) == bool(turns)

    def test_an_answered_report_gives_the_day_back(self, runbook, yash):
        decision = still_true(runbook, by=yash, rests_on=["ran"])
        step = runbook.live_revision.steps.get(label="R1")
        made = reporting.report(step, verdict="wrong")
        assert line(runbook).due_on < decision.next_due_on
        reporting.set_aside(made, by=yash, why="A slip.")
        assert line(runbook).due_on == decision.next_due_on

    def test_the_page_leads_with_it(self, runbook, client, settings):
        settings.READ_WITHOUT_LOGIN = True
        assert "Dead link in D1." not in client.get("/r/api-latency").content.decode()
        raise_concern(
            runbook, kind="link", source="link:1", words="Dead link in D1.", now=timezone.now()
        )
        page = client.get("/r/api-latency").content.decode()
        assert page.index("Dead link in D1.") < page.index("owned by")


class TestRules:
    def bring(self, **change):
        said = {"above": 5, "pending": "10m", "severity": "warning", "summary": "Slow"} | change
        import_rules([Source("rules/api.yaml", RULES.format(**said).encode())])

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"above": 9}, "threshold was > 5, is > 9"),
            ({"pending": "1m"}, "for was 10m, is 1m"),
            ({"severity": "critical"}, "severity was medium, is critical"),
        ],
    )
    def test_a_changed_alert_brings_its_runbooks_review_forward(self, runbook, change, words):
        self.bring()
        self.bring(**change)
        concern = Concern.objects.get()
        assert (concern.kind, words in concern.words) == ("alert", True)
        assert line(runbook).due_on <= timezone.now().date() + timedelta(days=1)

    def test_another_wording_does_not(self, runbook):
        self.bring()
        self.bring(summary="Slower")
        self.bring(summary="Slower")
        assert not Concern.objects.exists()

    def test_there_and_back_again_are_two_changes(self, runbook):
        self.bring()
        self.bring(above=9)
        self.bring(above=5)
        assert Concern.objects.count() == 2

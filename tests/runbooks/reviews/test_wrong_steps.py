"""A step that is reported wrong is told to who answers for it, at once or in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from portal.notify.models import Message
from runbooks import reporting
from runbooks.models import Report, Runbook
from runbooks.reviews import wrong_steps
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 21, 2, 30, tzinfo=UTC)  # a Saturday


@pytest.fixture
def runbook() -> Runbook:
    return published(owner=UserFactory(username="yash"))


def wrong(runbook: Runbook, *, label: str = "D1", at: datetime = NIGHT, **words: object) -> Report:
    step = runbook.live_revision.steps.get(label=label)
    return reporting.report(step, verdict="wrong", now=at, **words)


def test_what_was_wrong_at_night_is_told_at_nine_with_the_suggestion_and_where_to_accept_it(
    runbook,
):
    report = wrong(
        runbook,
        words="the database has a new name",
        command="psql -h db2 -c 'select 1'",
        by=UserFactory(name="Ana"),
    )
    assert wrong_steps.tell(now=NIGHT.replace(hour=8, minute=59)) == 0
    assert wrong_steps.tell(now=NIGHT.replace(hour=9, minute=0)) == 1
    assert wrong_steps.tell(now=NIGHT.replace(hour=9, minute=5)) == 0
    message = Message.objects.get(kind="report.wrong")
    assert (message.person, message.urgent) == (runbook.owner, True)
    assert message.subject == "Reported wrong: D1 of API latency above 5 s"
    item = message.body["sections"][0]["items"][0]
    assert item["words"] == (
        "Ana: “the database has a new name” Suggested, not reviewed: psql -h db2 -c 'select 1'"
    )
    assert item["action"] == {
        "label": "See the suggested change and accept it",
        "url": reverse("reviews:wrong_step", args=["api-latency", report.pk]),
    }


def test_what_was_wrong_during_the_day_is_told_at_once(runbook):
    then = NIGHT.replace(hour=15)
    wrong(runbook, at=then)
    assert wrong_steps.tell(now=then + timedelta(minutes=1)) == 1


def test_other_verdicts_and_reports_that_are_closed_wait_for_the_review(runbook):
    report = wrong(runbook)
    reporting.set_aside(report, by=runbook.owner, why="It works here.")
    step = runbook.live_revision.steps.get(label="R1")
    reporting.report(step, verdict="unclear", now=NIGHT)
    assert wrong_steps.tell(now=NIGHT.replace(hour=12)) == 0


def test_several_reports_are_one_message_and_a_step_is_told_once_a_day(runbook):
    noon = NIGHT.replace(hour=12)
    for _ in range(3):
        wrong(runbook)
    wrong(runbook, label="R1")
    assert wrong_steps.tell(now=noon) == 1
    message = Message.objects.get(kind="report.wrong")
    assert message.subject == "Reported wrong: D1 of API latency above 5 s and 1 more"
    wrong(runbook, at=noon, words="again")
    assert wrong_steps.tell(now=noon + timedelta(minutes=5)) == 0
    assert wrong_steps.tell(now=noon + timedelta(days=1)) == 1
    newest = Message.objects.filter(kind="report.wrong").first()
    assert [i["words"] for s in newest.body["sections"] for i in s["items"]] == [
        "A reader: “again”"
    ]


def test_the_deputy_hears_of_it_while_the_owner_is_away_and_the_lead_when_there_is_no_owner(
    runbook,
):
    service = ServiceFactory(
        team=TeamFactory(lead=UserFactory(username="lead")), deputy=UserFactory(username="deputy")
    )
    runbook.services.set([service])
    wrong(runbook)
    noon = NIGHT.replace(hour=12)
    assert wrong_steps.tell(now=noon) == 1
    owner = runbook.owner
    owner.away_from = owner.away_until = noon.date()
    owner.save()
    assert wrong_steps.tell(now=noon) == 1
    owner.unreachable_since = noon
    owner.save()
    assert wrong_steps.tell(now=noon) == 1
    told = Message.objects.filter(kind="report.wrong").order_by("pk")
    assert [message.person.username for message in told] == ["yash", "deputy", "lead"]


class TestTheSuggestion:
    """The page that the message leads to."""

    @pytest.fixture
    def report(self, runbook):
        ana = UserFactory(username="ana", name="Ana")
        return wrong(runbook, words="it moved", command="psql -h db2 -c 'select 1'", by=ana)

    def address(self, report: Report) -> str:
        return reverse("reviews:wrong_step", args=[report.runbook.slug, report.pk])

    def test_looking_changes_nothing_and_one_click_publishes_and_answers_the_report(
        self, client, runbook, report
    ):
        client.force_login(runbook.owner)
        page = client.get(self.address(report))
        assert "db2" in page.text
        assert "Accept and publish" in page.text
        assert runbook.revisions.count() == 1
        answer = client.post(self.address(report), {"base": page.context["base"]})
        assert answer.url == runbook.get_absolute_url()
        runbook.refresh_from_db()
        assert "   psql -h db2 -c 'select 1'\n" in runbook.live_revision.text
        assert "select count(*)" not in runbook.live_revision.text
        report.refresh_from_db()
        assert report.answered_by == runbook.live_revision
        assert runbook.live_revision.proposal.kind == "correction"
        assert "already answered" in client.get(self.address(report)).text

    def test_what_changed_meanwhile_is_looked_at_again(self, client, runbook, report):
        client.force_login(runbook.owner)
        answer = client.post(self.address(report), {"base": "1000000"})
        assert answer.status_code == 422
        assert "has changed since you looked" in answer.text
        assert runbook.revisions.count() == 1

    def test_who_may_not_publish_may_not_take_it(self, client, runbook, report):
        client.force_login(report.by)
        page = client.get(self.address(report)).text
        assert "Propose it in the editor" in page
        assert "Accept and publish" not in page
        assert client.post(self.address(report), {"base": "1"}).status_code == 403

    def test_without_a_command_the_editor_opens_at_the_step(self, client, runbook):
        client.force_login(runbook.owner)
        report = wrong(runbook, label="R1", words="no such deployment")
        page = client.get(self.address(report))
        assert f"?report={report.pk}" in page.text
        assert "Accept and publish" not in page.text

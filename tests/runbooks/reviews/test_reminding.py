"""Who is told of which review on which day: once for each stage, in one digest a day, in the morning."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Role, User
from portal.notify.models import Message
from runbooks.models import Proposal, Runbook, Service, TrustLine
from runbooks.reviews import reminding, turning
from runbooks.reviews.digesting import MOST_REVIEWS
from runbooks.reviews.models import Handover, PreventionItem, Reminder
from tests.factories import ServiceFactory, TeamFactory, UserFactory
from tests.runbooks.reviews.reminded import DUE, at, bare, days_from, told

pytestmark = pytest.mark.django_db


def test_an_owner_who_never_answers_is_told_of_each_stage_once():
    owner = UserFactory()
    bare(owner)
    for day in days_from(DUE - timedelta(days=20), 60):
        for hour in (3, 9, 10, 15):
            reminding.sweep(now=at(day, hour))
    assert told(owner) == [
        (DUE + timedelta(days=offset), "api-latency", stage)
        for offset, stage in (
            (-14, "before_14"),
            (0, "due"),
            (7, "after_7"),
            (14, "after_14"),
            (28, "after_28"),
        )
    ]


def test_nothing_goes_out_before_nine_or_on_a_weekend_and_a_stage_of_saturday_comes_on_monday():
    saturday = date(2026, 3, 21)
    bare(UserFactory(), due_on=saturday)
    for day in days_from(saturday - timedelta(days=1), 3):
        for hour in (0, 8, 9, 23):
            reminding.sweep(now=at(day, hour, 59))
    friday, monday = saturday - timedelta(days=1), saturday + timedelta(days=2)
    assert told() == [(friday, "api-latency", "before_14")]
    reminding.sweep(now=at(monday, 8, 59))
    assert len(told()) == 1
    reminding.sweep(now=at(monday))
    assert told()[1:] == [(monday, "api-latency", "due")]


def test_all_that_is_due_stands_in_one_digest_whose_lines_open_that_very_review():
    owner = UserFactory()
    bare(owner, slug="one", due_on=DUE)
    bare(owner, slug="two", due_on=DUE + timedelta(days=14))
    bare(owner, slug="three", due_on=DUE - timedelta(days=7))
    bare(owner, slug="later", due_on=DUE + timedelta(days=15))
    assert reminding.sweep(now=at(DUE)) == 1
    message = Message.objects.get()
    assert (message.person, message.day, message.urgent) == (owner, DUE, False)
    items = message.body["sections"][0]["items"]
    assert [(item["url"], item["words"]) for item in items] == [
        ("/r/three/review", "7 days overdue"),
        ("/r/one/review", "due today"),
        ("/r/two/review", "due in 14 days"),
    ]
    assert message.subject == "3 reviews: 1 overdue, 1 due today, 1 coming"
    assert message.deliveries.get().target == owner.email


def test_what_brought_a_review_forward_stands_in_its_line():
    runbook = bare(UserFactory(), due_on=DUE + timedelta(days=60))
    words = "Its alert's threshold changed from 0.9 to 0.8."
    turning.raise_concern(runbook, kind="alert", source="alert:1", words=words, now=at(DUE, 3))
    reminding.sweep(now=at(DUE))
    item = Message.objects.get().body["sections"][0]["items"][0]
    assert item["words"] == "due today. Its alert's threshold changed from 0.9 to 0.8"


def test_who_has_nothing_due_hears_nothing():
    bare(UserFactory(), due_on=DUE + timedelta(days=15))
    UserFactory()
    assert reminding.sweep(now=at(DUE)) == 0
    assert not Message.objects.exists()


def test_a_late_run_tells_the_latest_stage_and_records_the_others_as_superseded():
    owner = UserFactory()
    runbook = bare(owner)
    reminding.sweep(now=at(DUE + timedelta(days=9), 17))
    assert told(owner) == [(DUE + timedelta(days=9), "api-latency", "after_7")]
    kept = Reminder.objects.filter(runbook=runbook).values_list("stage", "superseded")
    assert set(kept) == {("before_14", True), ("due", True), ("after_7", False)}


def test_a_review_that_was_decided_meanwhile_is_not_told():
    runbook = bare(UserFactory())
    reminding.sweep(now=at(DUE - timedelta(days=14)))
    TrustLine.objects.filter(runbook=runbook).update(due_on=DUE + timedelta(days=80))
    assert reminding.sweep(now=at(DUE)) == 0


def test_a_review_that_becomes_due_during_the_day_waits_for_the_next_morning():
    runbook = bare(UserFactory(), due_on=DUE + timedelta(days=60))
    reminding.sweep(now=at(DUE))
    TrustLine.objects.filter(runbook=runbook).update(due_on=DUE)
    assert reminding.sweep(now=at(DUE, 11)) == 0
    assert reminding.sweep(now=at(DUE + timedelta(days=1))) == 1


class TestOthers:
    @pytest.fixture
    def service(self):
        team = TeamFactory(lead=UserFactory(username="lead"))
        return ServiceFactory(team=team, deputy=UserFactory(username="deputy"))

    def year(self, service: Service | None, owner: User, **facts: object) -> dict[str, list[str]]:
        runbook = bare(owner, **facts)
        if service is not None:
            runbook.services.add(service)
        for day in days_from(DUE - timedelta(days=20), 60):
            reminding.sweep(now=at(day))
        stages: dict[str, list[str]] = {}
        for message in Message.objects.order_by("pk"):
            for section in message.body["sections"]:
                for item in section["items"]:
                    stages.setdefault(message.person.username, []).append(item["ref"]["stage"])
        return stages

    def test_the_deputy_hears_of_it_after_two_weeks_and_the_lead_after_four(self, service):
        stages = self.year(service, UserFactory(username="owner"))
        assert stages["owner"] == ["before_14", "due", "after_7", "after_14", "after_28"]
        assert stages["deputy"] == ["after_14", "after_28"]
        assert stages["lead"] == ["after_28"]

    def test_while_the_owner_is_away_the_deputy_hears_every_stage(self, service):
        away = {"away_from": DUE, "away_until": DUE + timedelta(days=8)}
        stages = self.year(service, UserFactory(username="owner", **away))
        assert stages["owner"] == ["before_14", "due", "after_7", "after_14", "after_28"]
        assert stages["deputy"] == ["due", "after_7", "after_14", "after_28"]

    def test_where_the_owner_cannot_be_reached_deputy_and_lead_hear_every_stage(self, service):
        gone = UserFactory(username="owner", unreachable_since=at(DUE - timedelta(days=50)))
        stages = self.year(service, gone)
        assert "owner" not in stages
        everything = ["before_14", "due", "after_7", "after_14", "after_28"]
        assert stages == {"deputy": everything, "lead": everything}

    def test_without_a_deputy_it_is_the_services_owner(self, service):
        service.deputy, service.owner = None, UserFactory(username="service-owner")
        service.save()
        stages = self.year(service, UserFactory(username="owner"))
        assert stages["service-owner"] == ["after_14", "after_28"]

    def test_nobody_is_their_own_deputy(self, service):
        service.deputy = service.owner = UserFactory(username="owner")
        service.save()
        stages = self.year(service, service.owner)
        assert stages == {
            "owner": ["before_14", "due", "after_7", "after_14", "after_28"],
            "lead": ["after_28"],
        }

    def test_a_lead_who_owns_it_is_not_their_own_lead(self, service):
        Role.objects.create(person=UserFactory(username="all"), name="lead")
        stages = self.year(service, service.team.lead)
        assert stages["lead"] == ["before_14", "due", "after_7", "after_14", "after_28"]
        assert stages["all"] == ["after_28"]

    def test_without_a_service_it_is_the_lead_of_the_owners_team(self):
        team = TeamFactory(lead=UserFactory(username="lead"))
        owner = UserFactory(username="owner")
        owner.teams.add(team)
        Role.objects.create(person=UserFactory(username="all"), name="lead")
        assert self.year(None, owner).keys() == {"owner", "lead"}

    def test_with_nobody_nearer_an_admin_is_told(self):
        Role.objects.create(person=UserFactory(username="admin"), name="admin")
        assert self.year(None, UserFactory(username="owner"))["admin"] == ["after_28"]

    def test_who_is_unreachable_is_passed_over(self, service):
        service.deputy.unreachable_since = at(DUE)
        service.deputy.save()
        assert "deputy" not in self.year(service, UserFactory(username="owner"))

    def test_a_line_that_is_not_ones_own_says_whose_it_is(self, service):
        bare(UserFactory(name="Ana Silva")).services.add(service)
        reminding.sweep(now=at(DUE + timedelta(days=14)))
        message = Message.objects.get(person=service.deputy)
        section = message.body["sections"][0]
        assert section["title"] == "You are the deputy"
        assert section["items"][0]["words"] == "14 days overdue, owner: Ana Silva"

    def test_a_new_owner_of_a_late_review_hears_of_it_on_the_next_morning(self):
        runbook = bare(UserFactory())
        reminding.sweep(now=at(DUE + timedelta(days=8)))
        heir = UserFactory()
        Runbook.objects.filter(pk=runbook.pk).update(owner=heir)
        reminding.sweep(now=at(DUE + timedelta(days=9)))
        assert told(heir) == [(DUE + timedelta(days=9), "api-latency", "after_7")]


class TestOtherThings:
    def test_what_waits_for_an_answer_is_told_once(self):
        owner, other = UserFactory(), UserFactory(name="Ana")
        runbook = bare(owner, due_on=DUE + timedelta(days=60))
        now = at(DUE)
        Proposal.objects.create(
            runbook=runbook,
            slug=runbook.slug,
            kind="edit",
            text="y",
            proposed_by=other,
            why="The flag has a new name",
            created_at=now,
        )
        Handover.objects.create(runbook=runbook, offered_by=owner, to=other, offered_at=now)
        PreventionItem.objects.create(
            runbook=runbook, folded="a", text="Alert earlier", opened_at=now - timedelta(days=31)
        )
        PreventionItem.objects.create(
            runbook=runbook, folded="b", text="Not yet old", opened_at=now - timedelta(days=20)
        )
        assert reminding.sweep(now=now) == 2
        mine = Message.objects.get(person=owner)
        lines = [i["words"] or i["title"] for s in mine.body["sections"] for i in s["items"]]
        assert lines == ["Ana suggests a change: The flag has a new name", "Title of api-latency"]
        theirs = Message.objects.get(person=other)
        assert theirs.body["sections"][0]["items"][0]["url"] == "/r/api-latency/review"
        assert reminding.sweep(now=at(DUE + timedelta(days=1))) == 0

    def test_a_thousand_guessed_owners_are_one_line_more(self):
        owner = UserFactory()
        for n in range(13):
            bare(owner, slug=f"r{n:02}", due_on=DUE + timedelta(days=60), owner_confirmed=False)
        reminding.sweep(now=at(DUE))
        section = Message.objects.get().body["sections"][0]
        assert len(section["items"]) == 11
        assert section["items"][-1]["title"] == "and 3 more"
        assert reminding.sweep(now=at(DUE + timedelta(days=1))) == 0


def test_what_is_too_much_for_one_digest_follows_on_the_next_days():
    owner = UserFactory()
    for n in range(MOST_REVIEWS + 20):
        bare(owner, slug=f"r{n:03}", due_on=DUE - timedelta(days=n % 3))
    reminding.sweep(now=at(DUE))
    assert len(told()) == MOST_REVIEWS
    assert Message.objects.get().body["outro"].startswith("20 more are due.")
    reminding.sweep(now=at(DUE + timedelta(days=1)))
    reminding.sweep(now=at(DUE + timedelta(days=2)))
    assert len(told()) == len({runbook for _, runbook, _ in told()}) == MOST_REVIEWS + 20


def test_the_number_of_queries_does_not_grow_with_the_library():
    team = TeamFactory(lead=UserFactory())
    service = ServiceFactory(team=team, deputy=UserFactory())
    owners = [UserFactory() for _ in range(6)]
    everybody = [*owners, service.deputy, team.lead]

    def queries_of_a_sweep(day: date, made: int) -> int:
        """Many runbooks more, each late already and told of; and one more for each owner to be told of."""
        for n in range(made):
            bare(owners[n % 6], slug=f"late-{day}-{n}", due_on=DUE).services.add(service)
        reminding.sweep(now=at(day - timedelta(days=1)))
        for owner in owners:
            slug = f"new-{day}-{owner.pk}"
            bare(owner, slug=slug, due_on=day - timedelta(days=28)).services.add(service)
        with CaptureQueriesContext(connection) as queries:
            assert reminding.sweep(now=at(day)) == len(everybody)
        return len(queries)

    few = queries_of_a_sweep(DUE + timedelta(days=36), 6)
    many = queries_of_a_sweep(DUE + timedelta(days=43), 90)
    assert few == many < 40
    with CaptureQueriesContext(connection) as queries:
        assert reminding.sweep(now=at(DUE + timedelta(days=43), 10)) == 0
    assert len(queries) == 2

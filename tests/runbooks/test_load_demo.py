"""The demo company comes in through the same doors as a team's own things, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from portal.accounts.models import Role, Team, User
from runbooks import known, publishing
from runbooks.alerts.coverage import counts
from runbooks.alerts.library import candidates_for, fitting
from runbooks.alerts.models import Rule
from runbooks.checks import check
from runbooks.demo import loading
from runbooks.demo.loading import load_demo
from runbooks.demo.reading import read_demo
from runbooks.document import parse
from runbooks.models import (
    Alias,
    Debt,
    Gap,
    IndexCounter,
    KnownName,
    Proposal,
    Report,
    Revision,
    Runbook,
    Service,
    TrustLine,
)
from runbooks.reviews.models import Concern, Decision, Handover
from tests.factories import UserFactory, runbook_text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 2, 17, tzinfo=UTC)
DEMO = read_demo()
STRANGE = """\
## Diagnosis
1. Ask @dba-oncal in #nowhere, @dba-oncall in #deploys.
   ```sh
   check_stripe --customer 1 && flagctl list
   ```
"""
CONNECTIONS = "postgres-connections-exhausted"


@pytest.fixture(autouse=True)
def demo_is_on(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEMO = True
    settings.DEMO_PASSWORD = "let me look"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole company, some of its runbooks: enough where the question is about something else."""
    slugs = {CONNECTIONS, "checkout-500s", "feature-store-stale", "redis-evicting-baskets"}
    few = tuple(runbook for runbook in DEMO.runbooks if runbook.slug in slugs)
    monkeypatch.setattr(loading, "read_demo", lambda: replace(DEMO, runbooks=few))


def everything() -> list[Any]:
    """All that a second load might change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (User, Team, Service, Runbook, Revision, Proposal, TrustLine, Alias, Gap, Rule)
    ] + [IndexCounter.current()]


def test_an_empty_portal_becomes_one_that_is_lived_in() -> None:
    loaded = load_demo(now=NOW)

    assert loaded.people == User.objects.count() == len(DEMO.people)
    assert loaded.services == Service.objects.count() == len(DEMO.services)
    assert loaded.runbooks == Runbook.objects.live().count() == len(DEMO.runbooks)
    # One more came out of the demo's drill.
    assert loaded.revisions + 1 == Revision.objects.count() > len(DEMO.runbooks)
    assert loaded.rules == Rule.objects.count() == 36
    assert loaded.gaps == Gap.objects.count() == len(DEMO.gaps)


def test_a_second_load_changes_nothing() -> None:
    load_demo(now=NOW)
    before = everything()

    again = load_demo(now=NOW + timedelta(days=3))

    assert not again.changed
    assert everything() == before


def test_a_second_load_asks_little(django_assert_max_num_queries: Callable[..., Any]) -> None:
    load_demo(now=NOW)
    with django_assert_max_num_queries(40):
        load_demo(now=NOW)


@pytest.mark.usefixtures("small")
def test_what_is_missing_comes_back_and_what_a_visitor_changed_stays() -> None:
    load_demo(now=NOW)
    yash = User.objects.get(username="yash")
    yash.set_password("my own")
    yash.save()
    Gap.objects.all().delete()
    Service.objects.filter(slug="gift-cards").delete()

    again = load_demo(now=NOW)

    assert (again.services, again.gaps, again.runbooks) == (1, len(DEMO.gaps), 0)
    yash.refresh_from_db()
    assert yash.check_password("my own")


@pytest.mark.usefixtures("small")
def test_a_runbook_of_the_same_address_is_left_alone() -> None:
    owner = UserFactory(username="ines")
    proposal = publishing.propose(
        text=runbook_text(owner="ines"), kind="edit", slug=CONNECTIONS, by=owner
    )
    publishing.accept(proposal, by=owner, now=NOW)

    load_demo(now=NOW)

    ours = Runbook.objects.get(slug=CONNECTIONS)
    assert ours.owner == owner
    assert ours.revisions.count() == 1


@pytest.mark.usefixtures("small")
def test_a_runbook_has_its_past_and_keeps_its_steps_in_it() -> None:
    load_demo(now=NOW)
    runbook = Runbook.objects.get(slug=CONNECTIONS)
    oldest, *_, newest = runbook.revisions.order_by("number")

    assert [r.number for r in runbook.revisions.order_by("number")] == [1, 2, 3, 4]
    assert oldest.accepted_at.date() == date(2026, 6, 3)
    assert newest.accepted_at.date() == date(2026, 11, 4)
    assert newest == runbook.live_revision
    assert newest.text == next(r.text for r in DEMO.runbooks if r.slug == CONNECTIONS)
    assert "--replicas=20" in oldest.text
    for label in ("D1", "D2", "M1", "R1", "R2"):
        assert newest.steps.get(label=label).key == oldest.steps.get(label=label).key


@pytest.mark.usefixtures("small")
def test_a_correction_was_proposed_by_one_person_and_accepted_by_another() -> None:
    load_demo(now=NOW)
    revision = Runbook.objects.get(slug=CONNECTIONS).live_revision
    assert revision is not None
    assert revision.accepted_by.username == "yash"
    assert revision.proposal.proposed_by is not None
    assert revision.proposal.proposed_by.username == "noor"
    assert revision.proposal.kind == Proposal.Kind.CORRECTION
    assert revision.why.startswith("R1 holds the autoscaler first")


@pytest.mark.usefixtures("small")
def test_runbooks_were_changed_when_their_revisions_say() -> None:
    load_demo(now=NOW)
    for runbook in Runbook.objects.prefetch_related("revisions"):
        times = [revision.accepted_at for revision in runbook.revisions.all()]
        assert runbook.created_at == min(times)
        assert runbook.updated_at == max(times)
        assert max(times) < NOW


@pytest.mark.usefixtures("small")
def test_the_trust_line_knows_the_last_review_and_the_next() -> None:
    load_demo(now=NOW)
    current = TrustLine.objects.get(runbook__slug=CONNECTIONS)
    assert (current.reviewed_on, current.due_on) == (date(2026, 11, 4), date(2027, 2, 2))
    assert current.reviewed_by == User.objects.get(username="yash")

    never = TrustLine.objects.get(runbook__slug="feature-store-stale")
    assert (never.reviewed_on, never.reviewed_by) == (None, None)
    assert never.due_on == date(2027, 3, 15)


@pytest.mark.usefixtures("small")
def test_some_reviews_are_late() -> None:
    load_demo(now=NOW)
    late = (
        Runbook.objects.live().filter(trust__due_on__lte=NOW.date()).values_list("slug", flat=True)
    )
    assert list(late) == ["checkout-500s"]


def test_every_runbook_has_a_confirmed_owner_and_services_of_the_company() -> None:
    load_demo(now=NOW)
    assert all(runbook.owner_confirmed for runbook in Runbook.objects.all())
    assert set(Service.objects.values_list("slug", flat=True)) == {s.slug for s in DEMO.services}
    assert not Service.objects.filter(owner=None).exists()
    assert not Team.objects.filter(lead=None).exists()


def test_the_checker_knows_what_the_company_calls_its_own() -> None:
    load_demo(now=NOW)
    assert not Debt.objects.filter(code__startswith="unknown-").exists()
    told = {f.about for f in check(parse(STRANGE), imported=False, facts=known.facts())}
    assert {"check_stripe", "dba-oncal", "nowhere"} <= told
    KnownName.objects.filter(name="flagctl").delete()
    load_demo(now=NOW)
    assert not KnownName.objects.filter(name="flagctl").exists(), "what a visitor took out stays so"


def test_five_alerts_lead_to_no_runbook_and_one_link_is_dead() -> None:
    load_demo(now=NOW)
    led = Rule.objects.led().values_list("alert", flat=True)
    assert set(Rule.objects.exclude(alert__in=led).values_list("alert", flat=True)) == {
        "GiftCardBalanceMismatch",
        "KafkaUnderReplicatedPartitions",
        "NodeClockSkew",
        "SettlementBatchLate",
        "WafBlocksHigh",
    }
    assert [rule.alert for rule in Rule.objects.dead_link()] == ["WafBlocksHigh"]
    assert (counts().missing, counts().dead, counts().unled) == (5, 1, 0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("labels", "slugs"),
    [
        ({"route": "/v1/basket/items"}, ["redis-evicting-baskets", CONNECTIONS]),
        ({"route": "/v1/products"}, [CONNECTIONS]),
    ],
)
def test_an_alert_of_two_runbooks_leads_to_the_one_that_its_labels_mean(
    labels: dict[str, str], slugs: list[str]
) -> None:
    load_demo(now=NOW)
    found = fitting(candidates_for("ApiLatencyHigh"), labels)
    assert [candidate.found.slug for candidate in found] == slugs


@pytest.mark.usefixtures("small")
def test_gaps_are_counted_over_the_weeks() -> None:
    load_demo(now=NOW)
    for demo in DEMO.gaps:
        gap = Gap.objects.get(kind=demo.kind, words=demo.words)
        assert gap.count == demo.count
        assert gap.first_seen.date() == NOW.date() - timedelta(days=demo.first)
        assert gap.last_seen.date() == NOW.date() - timedelta(days=demo.last)
        assert (gap.service.slug if gap.service else "") == demo.service


@pytest.mark.usefixtures("small")
def test_demo_people_can_sign_in_where_the_demo_is_on() -> None:
    loaded = load_demo(now=NOW)
    assert loaded.sign_ins == tuple((p.username, p.name) for p in DEMO.people)
    for person in User.objects.all():
        assert person.check_password("let me look")
        assert not person.is_superuser
        assert not person.is_staff


@pytest.mark.usefixtures("small")
def test_one_demo_person_manages_people_where_the_demo_is_on_and_the_list_says_who() -> None:
    said = StringIO()
    call_command("load_demo", stdout=said)
    assert [(r.person.username, r.name, r.team) for r in Role.objects.all()] == [
        ("grace", "admin", None)
    ]
    assert re.search(r"grace +Grace Whitlock +admin, lead of Trust & Safety", said.getvalue())
    assert re.search(r"tomasz +Tomasz Wilk +lead of Platform", said.getvalue())
    assert re.search(r"yash +Yash Mehta$", said.getvalue(), re.MULTILINE)


@pytest.mark.usefixtures("small")
def test_no_demo_person_manages_people_where_the_demo_is_off(settings: Any) -> None:
    settings.DEMO = False
    load_demo(now=NOW)
    assert not Role.objects.exists()


@pytest.mark.usefixtures("small")
def test_nobody_can_sign_in_with_the_demo_password_where_the_demo_is_off(settings: Any) -> None:
    settings.DEMO = False
    loaded = load_demo(now=NOW)
    assert loaded.sign_ins == ()
    assert not any(person.has_usable_password() for person in User.objects.all())


@pytest.mark.usefixtures("small")
def test_demo_people_are_let_in_when_the_demo_is_turned_on_later(settings: Any) -> None:
    settings.DEMO = False
    load_demo(now=NOW)
    settings.DEMO = True

    loaded = load_demo(now=NOW)

    assert len(loaded.sign_ins) == len(DEMO.people)
    assert User.objects.get(username="hana").check_password("let me look")


@pytest.mark.usefixtures("small")
def test_a_person_who_only_has_the_name_of_a_demo_person_is_not_let_in() -> None:
    other = UserFactory(username="hana", email="hana@another.example")
    other.set_unusable_password()
    other.save()

    loaded = load_demo(now=NOW)

    other.refresh_from_db()
    assert not other.has_usable_password()
    assert "hana" not in dict(loaded.sign_ins)


@pytest.mark.usefixtures("small")
def test_a_changed_demo_password_is_not_claimed_to_work(settings: Any) -> None:
    load_demo(now=NOW)
    settings.DEMO_PASSWORD = "another"
    assert load_demo(now=NOW).sign_ins == ()
    assert "DEMO_PASSWORD is another by now" in said_by_the_command()


@pytest.mark.usefixtures("small")
def test_the_command_warns_when_demo_people_of_an_earlier_start_can_still_sign_in(
    settings: Any,
) -> None:
    load_demo(now=NOW)
    settings.DEMO = False
    assert "give them other passwords" in said_by_the_command()

    User.objects.update(password="!")
    assert "Its people cannot sign in" in said_by_the_command()


def test_the_command_says_what_it_added_and_who_can_sign_in() -> None:
    first = said_by_the_command()
    assert first.startswith(
        "Added 12 people, 24 services, 26 runbooks in 41 revisions, 36 alert rules, 8 gaps.\n"
    )
    assert "Sign in with the password let me look as one of\n  yash      Yash Mehta\n" in first

    again = said_by_the_command()
    assert again.startswith("The demo company is here already. Nothing was changed.\n")
    assert "Yash Mehta" in again


def said_by_the_command() -> str:
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


def test_the_company_looks_after_its_runbooks() -> None:
    """Decisions of every kind on their days, an offer, reports, and something that turned."""
    load_demo(now=NOW)
    decisions = Decision.objects.all()
    assert {"still_true", "updated", "snoozed"} <= {made.kind for made in decisions}
    assert all(made.at < NOW for made in decisions)
    for line in TrustLine.objects.exclude(reviewed_on=None).select_related("runbook"):
        last = line.runbook.decisions.exclude(kind="snoozed").first()
        assert last.at.date() == line.reviewed_on, line.runbook.slug
    assert Handover.objects.get().to.username == "tomasz"
    assert {r.verdict for r in Report.objects.open()} == {"wrong", "unclear"}
    assert {c.kind for c in Concern.objects.filter(settled_at=None)} >= {"report", "alert"}
    late = Runbook.objects.live().filter(trust__due_on__lte=NOW.date()).count()
    assert 4 <= late <= 9
    before = Decision.objects.count()
    load_demo(now=NOW)
    assert Decision.objects.count() == before

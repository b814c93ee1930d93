"""`/owned`: all that waits for an owner, the riskiest first, at the same cost for any library."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import AuditEntry, Role
from runbooks import publishing, reporting
from runbooks.models import Debt, Proposal, Revision, Runbook, Service, TrustLine
from runbooks.reviews.listing import ROWS, owned_by
from runbooks.reviews.models import Concern, Decision, Handover, PreventionItem
from runbooks.reviews.turning import raise_concern
from tests.factories import TeamFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client, yash):
    client.force_login(yash)
    return client


def today():
    return timezone.now().date()


def due(slug, days, owner, **facts):
    runbook = published(slug=slug, owner=owner, title=f"Symptom of {slug}")
    due_on = today() + timedelta(days=days)
    TrustLine.objects.filter(runbook=runbook).update(due_on=due_on, **facts)
    return runbook


def text_of(answer):
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_what_is_late_comes_first_and_within_that_what_is_risky(owner, yash):
    due("coming", 20, yash)
    due("today", 0, yash)
    due("late", -3, yash)
    due("risky", -2, yash, reports=[{"label": "R1", "key": "k", "verdict": "wrong", "count": 2}])
    due("later", 60, yash)
    page = text_of(owner.get("/owned"))
    order = [page.index(f'data-row="{slug}"') for slug in ("risky", "late", "today", "coming")]
    assert order == sorted(order)
    assert 'data-row="later"' not in page
    assert "reported wrong, 2 reports" in page


def test_the_reason_for_an_early_review_stands_in_its_row(owner, yash):
    runbook = due("late", 50, yash)
    raise_concern(
        runbook, kind="alert", source="rule:1", words="for was 5m, is 1m", now=timezone.now()
    )
    assert "for was 5m, is 1m" in text_of(owner.get("/owned"))


def test_all_that_waits_has_its_place(owner, yash):
    runbook = due("mine", 60, yash)
    leila = UserFactory(name="Leila Haddad")
    theirs = published(slug="theirs", owner=leila, title="Cache is cold")
    Handover.objects.create(runbook=theirs, offered_by=leila, to=yash, offered_at=timezone.now())
    Runbook.objects.filter(pk=runbook.pk).update(owner_confirmed=False)
    step = runbook.live_revision.steps.get(label="R1")
    reporting.report(step, verdict="unclear", words="Is 20 right?", by=leila)
    publishing.propose(
        text=runbook_text(title="Another", owner="yash"),
        kind=Proposal.Kind.EDIT,
        runbook=runbook,
        by=leila,
        why="A bigger pool.",
    )
    PreventionItem.objects.create(
        runbook=runbook, folded="cap", text="Cap the pool.", opened_at=timezone.now()
    )
    Debt.objects.create(runbook=runbook, code="x", message="No.", checked_at=timezone.now())
    page = text_of(owner.get("/owned"))
    for words in (
        "Cache is cold",
        "Take it over",
        "It is mine",
        "Is 20 right?",
        "A bigger pool.",
        "Cap the pool.",
        "Findings",
        "Never drilled",
    ):
        assert words in page, words


def test_nothing_to_do_says_until_when(owner, yash):
    runbook = due("later", 60, yash)
    TrustLine.objects.filter(runbook=runbook).update(due_on=date(2090, 3, 14))
    assert "Nothing to do until 14 March" in text_of(owner.get("/owned"))


def test_an_empty_page_says_what_it_is_for(owner):
    assert "You own no runbook yet" in text_of(owner.get("/owned"))


def test_the_next_review_stands_where_the_last_one_was(owner, yash):
    for number in range(3):
        due(f"r{number}", -10 + number, yash)
    page = text_of(owner.get("/owned?row=1"))
    assert 'data-row="r1" aria-current="true"' in page
    assert 'data-decide="r1"' in page
    assert 'name="row" value="1"' in page
    assert 'data-decide="r2"' in text_of(owner.get("/owned?row=99"))


class TestTogether:
    def test_those_that_a_drill_proves_and_no_others(self, owner, yash):
        proved = {"drilled_on": today(), "steps_tried": 7, "steps_worked": 7}
        due("proved", -1, yash, **proved)
        due("plain", -1, yash)
        due("half", -1, yash, **(proved | {"steps_worked": 6}))
        doubted = due("doubted", -1, yash, **proved)
        raise_concern(doubted, kind="alert", source="r", words="for is 1m", now=timezone.now())
        page = text_of(owner.get("/owned"))
        assert page.count('form="together"') == 1
        slugs = ["proved", "plain", "half", "doubted"]
        answer = owner.post("/owned", {"do": "together", "slug": slugs}, follow=True)
        assert [d.runbook.slug for d in Decision.objects.all()] == ["proved"]
        assert "1 runbook is still true" in text_of(answer)

    def test_nobody_decides_anothers(self, client, yash):
        due("proved", -1, yash, drilled_on=today(), steps_tried=7, steps_worked=7)
        client.force_login(UserFactory())
        client.post("/owned", {"do": "together", "slug": ["proved"]})
        assert not Decision.objects.exists()


class TestAnothers:
    def test_a_lead_looks_at_those_of_the_team(self, client, yash):
        due("late", -3, yash)
        team, lead = TeamFactory(), UserFactory()
        yash.teams.add(team)
        client.force_login(lead)
        assert client.get("/owned?person=yash").status_code == 403
        Role.objects.create(person=lead, name="lead", team=team)
        page = text_of(client.get("/owned?person=yash"))
        assert "Owned by Yash Patel" in page
        assert 'data-row="late"' in page
        assert client.get("/owned?person=nobody").status_code == 404

    def test_and_decides_only_what_is_of_the_team(self, client, yash):
        due("late", -3, yash)
        team, lead = TeamFactory(), UserFactory()
        yash.teams.add(team)
        Role.objects.create(person=lead, name="lead", team=team)
        client.force_login(lead)
        assert 'data-decide="' not in text_of(client.get("/owned?person=yash"))
        Service.objects.update(team=team)
        assert 'data-decide="late"' in text_of(client.get("/owned?person=yash"))

    def test_without_what_is_private_to_other_teams(self, client, yash):
        other = due("offered", 50, UserFactory())
        Handover.objects.create(
            runbook=other, offered_by=other.owner, to=yash, offered_at=timezone.now()
        )
        due("late", -3, yash)
        Service.objects.update(private=True)
        team, lead = TeamFactory(), UserFactory()
        yash.teams.add(team)
        Role.objects.create(person=lead, name="lead", team=team)
        client.force_login(lead)
        page = text_of(client.get("/owned?person=yash"))
        assert 'data-row="late"' not in page
        assert "Symptom of offered" not in page
        client.force_login(yash)
        page = text_of(client.get("/owned"))
        assert 'data-row="late"' in page
        assert "Symptom of offered" in page


def fill(owner, count):
    """So many runbooks by the shortest way: what the page reads, and nothing else."""
    first = published(slug="first", owner=owner)
    runbooks = Runbook.objects.bulk_create(
        Runbook(slug=f"r{n}", title=f"Symptom {n}", owner=owner, severity="high")
        for n in range(1, count)
    )
    proposals = Proposal.objects.bulk_create(
        Proposal(
            runbook=r, slug=r.slug, kind="edit", state="accepted", decided_by=owner,
            decided_at=timezone.now(), created_at=timezone.now(),
        )
        for r in runbooks
    )  # fmt: skip
    revisions = Revision.objects.bulk_create(
        Revision(
            runbook=r, number=1, title=r.title, text="x", proposal=p, accepted_by=owner,
            accepted_at=timezone.now(),
        )
        for r, p in zip(runbooks, proposals, strict=True)
    )  # fmt: skip
    for runbook, revision in zip(runbooks, revisions, strict=True):
        runbook.live_revision = revision
    Runbook.objects.bulk_update(runbooks, ["live_revision"], batch_size=200)
    now = timezone.now()
    TrustLine.objects.bulk_create(
        TrustLine(runbook=r, due_on=today() - timedelta(days=n % 40))
        for n, r in enumerate(runbooks)
    )
    TrustLine.objects.filter(runbook=first).update(due_on=today() - timedelta(days=90))
    everything = [first, *runbooks]
    Concern.objects.bulk_create(
        Concern(runbook=r, kind="link", source="l", words="Dead.", at=now) for r in everything
    )
    Debt.objects.bulk_create(
        Debt(runbook=r, code="x", message="m", checked_at=now) for r in everything
    )
    PreventionItem.objects.bulk_create(
        PreventionItem(runbook=r, folded="x", text="x", opened_at=now) for r in everything
    )
    link = Runbook.services.through
    service = Service.objects.get()
    link.objects.bulk_create(link(runbook_id=r.pk, service_id=service.pk) for r in runbooks)


def test_ten_thousand_cost_as_many_queries_as_one(
    owner, yash, django_assert_max_num_queries, django_assert_num_queries
):
    fill(yash, 1)
    owner.get("/owned")
    with django_assert_max_num_queries(60) as one:
        assert owner.get("/owned").status_code == 200
    Runbook.objects.filter(slug="first").update(slug="first-of-all")
    fill(yash, 200)
    # The same page, but for its second query of a paginator's part or two.
    with django_assert_max_num_queries(len(one)):
        page = text_of(owner.get("/owned"))
    assert page.count("data-row=") == ROWS
    assert "Page 1 of 5" in page
    with django_assert_max_num_queries(len(one)):
        assert text_of(owner.get("/owned?page=5")).count("data-row=") == 1


def test_pages_that_are_not_there_are_no_error(owner, yash):
    due("late", -3, yash)
    for query in ("?page=x", "?page=-1", "?page=9&reports=8", "?row=x", "?findings=0", "?person="):
        assert owner.get(f"/owned{query}").status_code == 200


def test_days_are_the_owners_own(yash):
    yash.time_zone = "Pacific/Kiritimati"
    now = datetime.fromisoformat("2026-11-20T23:00:00+00:00")
    assert owned_by(yash, now=now).today == date(2026, 11, 21)


def guessed(slug, owner):
    runbook = published(slug=slug, owner=owner, title=f"Symptom of {slug}")
    Runbook.objects.filter(pk=runbook.pk).update(owner_confirmed=False)
    return runbook


def test_all_that_an_import_guessed_is_confirmed_by_one_button(owner, yash):
    for slug in ("one", "two"):
        guessed(slug, yash)
    guessed("not-listed", yash)
    others = guessed("of-another", UserFactory())
    assert "All of these are mine" in text_of(owner.get("/owned"))
    sent = {"do": "all-mine", "slug": ["one", "two", "of-another", "no-such", "a\0b"]}
    said = text_of(owner.post("/owned", sent, follow=True))
    assert "2 runbooks are yours" in said
    assert "All of these are mine" not in said
    confirmed = Runbook.objects.filter(owner_confirmed=True).values_list("slug", flat=True)
    assert sorted(confirmed) == ["one", "two"]
    others.refresh_from_db()
    assert others.owner != yash
    entries = AuditEntry.objects.filter(action="owner.confirmed", by=yash)
    assert entries.count() == 2
    again = text_of(owner.post("/owned", sent, follow=True))
    assert "nothing was changed" in again
    assert entries.count() == 2


def test_one_guess_needs_no_button_for_all_nor_does_anothers_list(client, yash):
    guessed("one", yash)
    client.force_login(yash)
    assert "All of these are mine" not in text_of(client.get("/owned"))
    guessed("two", yash)
    team, lead = TeamFactory(), UserFactory()
    yash.teams.add(team)
    Role.objects.create(person=lead, name="lead", team=team)
    client.force_login(lead)
    page = text_of(client.get(f"/owned?person={yash.username}"))
    assert "Owner to confirm" in page
    assert "All of these are mine" not in page

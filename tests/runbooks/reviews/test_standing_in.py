"""Whoever stands in for an owner who is away finds on `/owned` what is due there, and may decide it."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from portal.accounts.access import viewer_of
from portal.accounts.models import User
from runbooks.models import Service, TrustLine
from runbooks.reviews.answering import Answering
from runbooks.reviews.models import Decision
from runbooks.reviews.standing_in import standing_in
from tests.factories import TeamFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def leila():
    """The owner of two runbooks, one of them late."""
    leila = UserFactory(username="leila", name="Leila Haddad")
    for slug, days in (("late", -3), ("later", 60)):
        published(slug=slug, owner=leila, title=f"Symptom of {slug}")
        due(slug, days)
    return leila


@pytest.fixture
def deputy(client, leila):
    deputy = UserFactory(username="noor", name="Noor Visser")
    Service.objects.update(deputy=deputy)
    client.force_login(deputy)
    return deputy


def today():
    return timezone.now().date()


def due(slug, days):
    TrustLine.objects.filter(runbook__slug=slug).update(due_on=today() + timedelta(days=days))


def away(person, begins=-2, ends=5):
    person.away_from = today() + timedelta(days=begins)
    person.away_until = today() + timedelta(days=ends)
    person.save()


def page_of(client):
    answer = client.get("/owned")
    assert answer.status_code == 200
    return answer.content.decode()


def in_words(day):
    return f"{day.day} {day:%B}"


def test_a_deputy_has_a_list_of_whose_owner_is_away(client, deputy, leila):
    assert "You stand in for" not in page_of(client)
    away(leila)
    page = page_of(client)
    assert "You stand in for Leila Haddad" in page
    assert f"is away until {in_words(leila.away_until)}: 2 runbooks" in page
    assert 'data-row="late"' in page
    assert 'data-row="later"' not in page, "it is due in two months"
    assert "You own no runbook yet" not in page
    assert "<b>1</b> due where you stand in" in page


def test_and_decides_there_and_is_led_back(client, deputy, leila):
    away(leila)
    assert 'data-decide="late"' in page_of(client)
    sent = {"do": "still_true", "rests_on": ["read"], "after": "", "row": "0"}
    answer = client.post("/r/late/review", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/owned?row=0")
    made = Decision.objects.get()
    assert (made.runbook.slug, made.by) == ("late", deputy)
    page = page_of(client)
    assert "You stand in for Leila Haddad" in page
    assert "None of their reviews is due within 30 days." in page


def test_ones_own_stand_first_and_nothing_of_ones_own_is_not_nothing_to_do(client, deputy, leila):
    away(leila)
    published(slug="mine", owner=deputy, title="Symptom of mine")
    due("mine", 60)
    assert "Nothing to do" not in page_of(client)
    due("mine", -1)
    page = page_of(client)
    assert page.index('data-row="mine"') < page.index('data-row="late"')
    assert 'data-decide="mine"' in page
    assert 'data-decide="late"' in client.get("/owned?row=1").content.decode()
    due("mine", 60)
    due("late", 60)
    assert "Nothing to do" in page_of(client)


def test_whoever_is_back_or_not_gone_yet_is_not_stood_in_for(client, deputy, leila):
    away(leila, begins=-9, ends=-2)
    assert "You stand in for" not in page_of(client)
    away(leila, begins=2, ends=9)
    assert "You stand in for" not in page_of(client)


@pytest.mark.parametrize(
    ("zone", "hour", "is_away"),
    [
        ("Pacific/Kiritimati", "2026-11-20T09:00+00:00", False),
        ("Pacific/Kiritimati", "2026-11-20T11:00+00:00", True),
        ("Pacific/Kiritimati", "2026-11-21T11:00+00:00", False),
        ("Pacific/Pago_Pago", "2026-11-21T10:00+00:00", False),
        ("Pacific/Pago_Pago", "2026-11-21T12:00+00:00", True),
        ("Pacific/Pago_Pago", "2026-11-22T10:00+00:00", True),
        ("Pacific/Pago_Pago", "2026-11-22T12:00+00:00", False),
    ],
)
def test_away_is_what_it_is_in_the_owners_own_zone(deputy, leila, zone, hour, is_away):
    leila.time_zone = zone
    leila.away_from = leila.away_until = date(2026, 11, 21)
    leila.save()
    found = standing_in(deputy, viewer=viewer_of(deputy), now=datetime.fromisoformat(hour))
    assert (found is not None) == is_away


def test_an_owner_who_cannot_be_reached_is_stood_in_for(client, deputy, leila):
    User.objects.filter(pk=leila.pk).update(unreachable_since=timezone.now())
    page = page_of(client)
    assert "Leila Haddad cannot be reached: 2 runbooks" in page
    assert 'data-row="late"' in page


def test_several_are_named_and_each_row_says_whose_it_is(client, deputy, leila):
    maren = UserFactory(username="maren", name="Maren Voss")
    published(slug="hers", owner=maren, title="Symptom of hers")
    due("hers", -1)
    away(leila)
    away(maren, ends=9)
    page = page_of(client)
    assert "You stand in for Leila Haddad and Maren Voss" in page
    assert "<small>Leila Haddad’s, " in page
    assert "<small>Maren Voss’s, " in page


def test_who_does_not_stand_in_sees_nothing_of_it(client, deputy, leila):
    away(leila)
    client.force_login(UserFactory())
    assert "You stand in for" not in page_of(client)


def test_without_a_deputy_it_is_the_services_owner_who_reads_and_does_not_decide(client, leila):
    """They are reminded, too; deciding is the named deputy's and the leads'."""
    owner = UserFactory()
    Service.objects.update(owner=owner)
    away(leila)
    client.force_login(owner)
    page = page_of(client)
    assert "You stand in for Leila Haddad" in page
    assert "data-decide=" not in page
    assert "The decision is for Leila Haddad" in page
    sent = {"do": "still_true", "rests_on": ["read"], "after": ""}
    assert client.post("/r/late/review", sent).status_code == 403
    assert not Decision.objects.exists()


def test_a_private_services_runbooks_stay_private(client, deputy, leila):
    away(leila)
    Service.objects.update(private=True)
    assert "You stand in for" not in page_of(client)
    team = TeamFactory()
    Service.objects.update(team=team)
    deputy.teams.add(team)
    assert "You stand in for Leila Haddad" in page_of(client)


@pytest.mark.parametrize("named", ["deputy", "owner", "both", "owner is the deputy", "gone deputy"])
def test_the_list_holds_whom_the_reminders_name(client, leila, named):
    """Who stands in is decided in two places: for a sweep of everything, and for one page. They agree."""
    service, other = Service.objects.get(), UserFactory()
    me = UserFactory()
    gone = UserFactory(unreachable_since=timezone.now())
    service.deputy, service.owner = {
        "deputy": (me, other),
        "owner": (None, me),
        "both": (other, me),
        "owner is the deputy": (leila, me),
        "gone deputy": (gone, me),
    }[named]
    service.save()
    away(leila)
    names = Answering.load().deputies(leila.pk, [service.pk])
    client.force_login(me)
    assert ('data-row="late"' in page_of(client)) == (me.pk in names)
    assert (me.pk in names) == (named != "both")


def test_many_absent_owners_cost_no_more_queries(
    client, deputy, leila, django_assert_max_num_queries
):
    away(leila)
    page_of(client)
    with django_assert_max_num_queries(80) as one:
        page_of(client)
    for number in range(4):
        owner = UserFactory(name=f"Owner {number}")
        away(owner)
        for n in range(2):
            slug = f"r{number}-{n}"
            text = runbook_text(owner=owner.username, title=f"Symptom {slug}")
            published(slug=slug, owner=owner, text=text)
            due(slug, -1)
    with django_assert_max_num_queries(len(one)):
        page = page_of(client)
    assert page.count("data-row=") == 9

"""A session and whose it is are loaded together; what one may do is never that of an earlier request."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Session
from portal.accounts.session_store import SessionStore
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _closed_to_others(settings):
    settings.READ_WITHOUT_LOGIN = False


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def who(client: Client) -> str | None:
    answer = client.get("/services")
    return str(answer.wsgi_request.user) if answer.status_code == 200 else None


def test_who_is_signed_in_costs_one_query(django_assert_num_queries):
    store = SessionStore(signed_in(UserFactory()).cookies[settings.SESSION_COOKIE_NAME].value)
    with django_assert_num_queries(1):
        assert store.load()
        assert store.person is not None
        assert store.person.reach_teams == ""


def test_people_who_take_turns_are_never_taken_for_each_other():
    anna, ben = UserFactory(name="Anna"), UserFactory(name="Ben")
    both = [signed_in(anna), signed_in(ben)]
    assert [who(client) for client in both * 3] == ["Anna", "Ben"] * 3


def test_what_changed_of_a_person_holds_at_their_next_request():
    person = UserFactory(name="Anna")
    client = signed_in(person)
    assert who(client) == "Anna"
    person.name = "Anna Berg"
    person.save()
    assert who(client) == "Anna Berg"
    person.is_active = False
    person.save()
    assert who(client) is None


def test_a_new_password_ends_the_session():
    person = UserFactory()
    client = signed_in(person)
    person.set_password("another-long-one")
    person.save()
    assert who(client) is None


@pytest.mark.parametrize("change", ["expired", "gone"])
def test_a_session_that_ended_is_nobodys(change):
    client = signed_in(UserFactory())
    if change == "gone":
        Session.objects.all().delete()
    else:
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert who(client) is None


def test_a_session_of_nobody_keeps_what_it_holds():
    store = SessionStore()
    store["seen"] = True
    store.save()
    again = SessionStore(store.session_key)
    assert again["seen"] is True
    assert again.person is None


def test_a_key_of_somebody_elses_row_signs_nobody_in():
    """Whose it is stands in the signed data; the row's own column alone is believed nowhere."""
    anna, ben = UserFactory(name="Anna"), UserFactory(name="Ben")
    client = signed_in(anna)
    Session.objects.update(person=ben)
    assert who(client) == "Anna"

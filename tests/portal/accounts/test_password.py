"""Whoever is signed in sets a new password: by the old one, and it is over everywhere else."""

import pytest
from django.test import Client

from portal.accounts.models import AuditEntry
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

OLD, NEW = "correct horse", "another battery"
ADDRESS = "/account/password"


@pytest.fixture
def yash():
    person = UserFactory(username="yash")
    person.set_password(OLD)
    person.save()
    return person


def signed_in(password=OLD):
    browser = Client()
    browser.post("/accounts/sign-in", {"username": "yash", "password": password})
    return browser


def asked(browser, *, old=OLD, new=NEW, again=NEW):
    typed = {"old_password": old, "new_password1": new, "new_password2": again}
    return browser.post(ADDRESS, typed)


def test_a_new_password_ends_every_other_session_and_keeps_this_one(yash):
    phone, laptop = signed_in(), signed_in()
    assert ADDRESS in laptop.get("/account").content.decode()
    assert asked(laptop).url == "/account"
    assert laptop.get("/account").status_code == 200
    assert phone.get("/account").status_code == 302
    assert signed_in(NEW).get("/account").status_code == 200
    assert AuditEntry.objects.filter(action="password.changed", by=yash).count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"old": "guessed"}, "old password was entered incorrectly"),
        ({"again": "a third one"}, "two password fields"),
        ({"new": "12345678", "again": "12345678"}, "too common"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(yash, typed, words):
    browser = signed_in()
    answer = asked(browser, **typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    yash.refresh_from_db()
    assert yash.check_password(OLD)


def test_old_passwords_are_not_tried_without_end(yash):
    browser = signed_in()
    for _ in range(11):
        answer = asked(browser, old="guessed")
    assert "tried too often" in answer.content.decode()
    assert "tried too often" in asked(browser).content.decode()


def test_who_signs_in_without_a_password_is_told_so(client):
    ravi = UserFactory()
    ravi.set_unusable_password()
    ravi.save()
    client.force_login(ravi)
    assert ADDRESS not in client.get("/account").content.decode()
    assert "without a password" in client.get(ADDRESS, follow=True).content.decode()

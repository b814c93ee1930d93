"""What a database cannot keep is left out of a name, and what is too long for it is told."""

from __future__ import annotations

import pytest

from portal.accounts.models import ApiToken, Role, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

OWL = "an owl in the attic"


@pytest.fixture
def admin(client):
    person = UserFactory(username="ada")
    Role.objects.create(person=person, name="admin")
    client.force_login(person)
    return person


def test_the_first_admins_name_loses_what_no_database_keeps(client):
    sent = {"name": " Ada\0 ", "username": "a\0da", "email": "ada@shop.example", "password": OWL}
    assert client.post("/welcome", sent).status_code == 302
    assert (User.objects.get().name, User.objects.get().username) == ("Ada", "ada")


@pytest.mark.parametrize("field", ["name", "username"])
def test_a_name_that_is_too_long_is_told_and_not_cut(client, field):
    sent = {"name": "Ada", "username": "ada", "email": "ada@shop.example", "password": OWL}
    answer = client.post("/welcome", sent | {field: "a" * 5_000})
    assert answer.status_code == 422
    assert "at most 150 characters" in answer.text
    assert not User.objects.exists()


def test_an_invited_persons_name_loses_what_no_database_keeps(client, admin):
    client.post("/people/invite", {"name": "Leila\0", "username": "lei\0la", "email": ""})
    assert User.objects.get(username="leila").name == "Leila"


@pytest.mark.parametrize("at", ["role", "team"])
def test_a_team_that_no_database_can_look_for_is_not_there(client, admin, at):
    answer = client.post(f"/people/ada/{at}", {"team": "sh\0op", "give": "reader"})
    assert answer.status_code == 404


def test_a_tokens_name_loses_what_no_database_keeps(client, admin):
    client.post("/account/tokens", {"name": "C\0I", "scope": "read", "days": "90"})
    assert ApiToken.objects.get().name == "CI"

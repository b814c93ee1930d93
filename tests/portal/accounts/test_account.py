"""One's own account: sessions are listed and ended, tokens made once and revoked."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.accounts.access import Rank
from portal.accounts.models import ApiToken, AuditEntry, Role, Session, User
from tests.factories import TeamFactory, UserFactory
from tests.portal.accounts.test_access import person_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def yash():
    person = UserFactory(username="yash")
    person.set_password("correct horse")
    person.save()
    return person


@pytest.fixture
def phone(yash):
    browser = Client(HTTP_USER_AGENT="Phone/1.0")
    browser.post("/accounts/sign-in", {"username": "yash", "password": "correct horse"})
    return browser


@pytest.fixture
def laptop(yash):
    browser = Client(HTTP_USER_AGENT="Laptop/2.0")
    browser.post("/accounts/sign-in", {"username": "yash", "password": "correct horse"})
    return browser


def test_each_session_is_listed_with_device_and_address_and_without_its_key(phone, laptop, yash):
    html = laptop.get("/account").content.decode()
    assert "Phone/1.0" in html
    assert "Laptop/2.0" in html
    assert "127.0.0.1" in html
    assert not any(key in html for key in yash.sessions.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Firefox on Linux",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "unknown"),
    ],
)
def test_a_device_is_called_what_people_call_it(said, words):
    assert Session(device=said).device_words == words


def test_a_session_that_is_ended_is_out_at_once(phone, laptop, yash):
    other = yash.sessions.get(device="Phone/1.0")
    assert laptop.post(f"/account/sessions/{other.handle}/end").status_code == 302
    assert phone.get("/account").status_code == 302
    assert laptop.get("/account").status_code == 200
    assert AuditEntry.objects.filter(action="session.ended", by=yash).exists()


def test_all_others_are_ended_but_the_one_that_asks(phone, laptop, yash):
    laptop.post("/account/sessions/others/end")
    assert phone.get("/account").status_code == 302
    assert laptop.get("/account").status_code == 200


def test_nobody_ends_anothers_session_but_an_admin(phone, yash):
    handle = yash.sessions.get().handle
    for rank, status in ((Rank.LEAD, 404), (Rank.ADMIN, 302)):
        browser = Client()
        browser.force_login(person_of(rank))
        assert browser.post(f"/account/sessions/{handle}/end").status_code == status
    assert not Session.objects.filter(handle=handle).exists()


def test_a_session_keeps_its_beginning_when_its_data_changes(laptop, yash):
    began = yash.sessions.get().created_at
    session = laptop.session
    session["something"] = 1
    session.save()
    assert yash.sessions.get().created_at == began


def test_a_token_is_shown_once_and_works(laptop, yash, client):
    made = {"name": "CI", "scope": "read", "days": "30"}
    html = laptop.post("/account/tokens", made).content.decode()
    secret = re.search(r"drb_[\w-]+", html)[0]
    answer = client.get("/api/v1/search?q=x", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert secret not in laptop.get("/account").content.decode()
    assert secret not in str(list(AuditEntry.objects.values()))
    assert yash.tokens.get().expires_at is not None


def test_a_revoked_token_opens_nothing(laptop, yash, client):
    token, secret = ApiToken.create_for(yash, name="CI")
    laptop.post(f"/account/tokens/{token.pk}/revoke")
    answer = client.get("/api/v1/search?q=x", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert AuditEntry.objects.filter(action="token.revoked", by=yash).exists()


def test_nobody_revokes_anothers_token_but_an_admin(yash, client):
    token, _ = ApiToken.create_for(yash, name="CI")
    for rank, status in ((Rank.LEAD, 404), (Rank.ADMIN, 302)):
        client.force_login(person_of(rank))
        assert client.post(f"/account/tokens/{token.pk}/revoke").status_code == status


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "publish"}, {"days": "-1"}])
def test_a_token_that_cannot_be_made_keeps_what_was_typed(laptop, yash, wrong):
    asked = {"name": "CI of payments", "scope": "propose", "days": "365", **wrong}
    answer = laptop.post("/account/tokens", asked)
    assert answer.status_code == 422
    assert "No token was made" in answer.content.decode()
    assert not yash.tokens.exists()


def test_a_token_opens_no_page_of_people(yash, client):
    yash.is_superuser = True
    yash.save()
    _, secret = ApiToken.create_for(yash, name="CI", scope="propose")
    for path in ("/people", "/audit", "/account"):
        answer = client.get(path, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 302


def test_an_admin_is_told_what_an_admin_may():
    browser = Client()
    browser.force_login(UserFactory(is_superuser=True))
    html = browser.get("/account").content.decode()
    assert "You are an admin: you manage people" in html
    assert "You read, report and suggest changes" not in html


def test_the_first_person_made_without_questions_names_each_setting_that_is_missing(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "first")
    with pytest.raises(CommandError, match="--name or DJANGO_SUPERUSER_NAME; the password"):
        call_command("createsuperuser", interactive=False, email="first@shop.example")
    monkeypatch.setenv("DJANGO_SUPERUSER_NAME", "The First")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough word 17")
    call_command(
        "createsuperuser", interactive=False, email="first@shop.example", stdout=StringIO()
    )
    made = User.objects.get(username="first")
    assert (made.is_superuser, made.name, made.check_password("a long enough word 17")) == (
        True, "The First", True,
    )  # fmt: skip


def test_who_is_named_as_a_teams_lead_reads_what_that_allows(client):
    person = UserFactory()
    team = TeamFactory(name="Platform", lead=person)
    Role.objects.create(person=person, name="editor", team=TeamFactory(name="Databases"))
    Role.objects.create(person=person, name="editor", team=team)
    client.force_login(person)
    html = client.get("/account").content.decode()
    assert "Lead of Platform: you publish, waive findings, retire and hand over" in html
    assert "Editor of Databases: you publish changes" in html
    assert "Editor of Platform" not in html
    assert "You read, report and suggest changes" not in html


def test_an_editor_for_all_reads_that(client):
    person = UserFactory()
    Role.objects.create(person=person, name="editor")
    client.force_login(person)
    assert "You are an editor for all teams: you publish" in client.get("/account").content.decode()

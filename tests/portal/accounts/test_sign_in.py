"""Signing in by password: throttled, resettable by mail, and silent about which accounts there are."""

import re
from html import unescape

import pytest
from django.core import mail
from django.core.cache import caches

from portal.accounts import throttling
from portal.accounts.models import AuditEntry
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
RIGHT = "correct horse battery"


@pytest.fixture(autouse=True)
def no_attempts_yet():
    caches["shared"].clear()


@pytest.fixture
def yash():
    person = UserFactory(username="yash", email="yash@shop.example")
    person.set_password(RIGHT)
    person.save()
    return person


def sign_in(client, username="yash", password="wrong", **headers):
    return client.post("/accounts/sign-in", {"username": username, "password": password}, **headers)


def test_after_ten_wrong_passwords_even_the_right_one_waits(client, yash):
    for _ in range(throttling.BY_ACCOUNT.most):
        assert sign_in(client).status_code == 200
    answer = sign_in(client, password=RIGHT)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 300
    assert "tried too often. Wait" in answer.content.decode()
    assert not yash.sessions.exists()


def test_a_name_that_nobody_has_is_answered_alike(client, yash):
    known, unknown = sign_in(client), sign_in(client, username="ghost")
    closed = UserFactory(username="anna", is_active=False)
    closed.set_password(RIGHT)
    closed.save()
    said = {
        re.search(r'role="alert">(.*?)</div>', a.content.decode(), re.DOTALL)[1]
        for a in (known, unknown, sign_in(client, "anna", RIGHT))
    }
    assert len(said) == 1
    for _ in range(throttling.BY_ACCOUNT.most):
        answer = sign_in(client, username="ghost")
    assert answer.status_code == 429


def test_a_good_sign_in_gives_the_tries_back(client, yash):
    for _ in range(throttling.BY_ACCOUNT.most - 1):
        sign_in(client)
    assert sign_in(client, password=RIGHT).status_code == 302
    client.post("/accounts/sign-out")
    assert sign_in(client).status_code == 200


def test_one_address_cannot_try_many_names(client):
    answers = [
        sign_in(client, username=f"name{n}").status_code
        for n in range(throttling.BY_ADDRESS.most + 1)
    ]
    assert set(answers[:-1]) == {200}
    assert answers[-1] == 429


def test_a_slot_is_given_to_one_taker_only_and_comes_back_with_the_next_window():
    limit = throttling.Limit("test", 2, 60)
    assert [throttling.claim(limit, "Yash", now=600) for _ in range(3)] == [0, 0, 60]
    assert throttling.claim(limit, "yash ", now=630) == 30
    assert throttling.claim(limit, "leila", now=630) == 0
    assert throttling.claim(limit, "yash", now=661) == 0


def test_the_link_in_the_mail_sets_a_password_once(client, yash):
    client.post("/accounts/reset", {"email": "YASH@shop.example"})
    [sent] = mail.outbox
    assert "<a href=" in sent.alternatives[0].content
    path = re.search(r"http://[^/]+(/accounts/reset/\S+)", sent.body)[1]
    form = client.get(path, follow=True)
    new = {"new_password1": "a whole new passphrase", "new_password2": "a whole new passphrase"}
    assert client.post(form.request["PATH_INFO"], new).status_code == 302
    assert sign_in(client, password="a whole new passphrase").status_code == 302
    assert AuditEntry.objects.filter(action="password.changed", by=yash).exists()
    client.post("/accounts/sign-out")
    assert "no longer works" in client.get(path, follow=True).content.decode()


def test_a_new_password_ends_every_session(client, yash, django_user_model):
    sign_in(client, password=RIGHT)
    client.post("/accounts/reset", {"email": yash.email})
    path = re.search(r"http://[^/]+(/accounts/reset/\S+)", mail.outbox[0].body)[1]
    form = client.get(path, follow=True)
    new = {"new_password1": "a whole new passphrase", "new_password2": "a whole new passphrase"}
    client.post(form.request["PATH_INFO"], new)
    assert not yash.sessions.exists()


def test_asking_for_a_mail_tells_nobody_which_accounts_there_are(client, yash):
    known = client.post("/accounts/reset", {"email": yash.email}, follow=True)
    unknown = client.post("/accounts/reset", {"email": "ghost@shop.example"}, follow=True)
    assert known.content == unknown.content
    assert len(mail.outbox) == 1


def test_a_mailbox_is_not_flooded(client, yash):
    for _ in range(throttling.RESETS.most + 3):
        client.post("/accounts/reset", {"email": yash.email})
    assert len(mail.outbox) == throttling.RESETS.most


@pytest.mark.parametrize("path", ["/r/api-latency", "/r/api-latency?pod=a%26b", "/?q=lag+%22x%22"])
def test_signing_in_from_the_header_leads_back_to_the_page_that_was_open(client, settings, path):
    settings.READ_WITHOUT_LOGIN = True
    reader = UserFactory(username="reader")
    reader.set_password("a long enough word")
    reader.save()
    published()
    page = client.get(path).content.decode()
    address = unescape(re.search(r'href="([^"]*sign-in[^"]*)"', page)[1])
    form = client.get(address)
    header = form.content.decode().partition("<main")[0]
    assert "?next=" not in header, "signing in leads not back to signing in"
    assert form.context["next"] == path
    answer = client.post(
        address, {"username": "reader", "password": "a long enough word", "next": path}
    )
    assert answer["Location"] == path

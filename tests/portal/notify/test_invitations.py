"""Who is invited to the portal at an address that no mail reaches: that is said, and stands where failed ways
stand. The mail server is a real one."""

from __future__ import annotations

import pytest

from portal.accounts.access import Rank
from portal.accounts.models import User
from portal.notify import outbox
from portal.notify.models import Channel
from tests.portal.accounts.test_access import person_of

pytestmark = pytest.mark.django_db
LEILA = {"username": "leila", "name": "Leila Haddad", "email": "leila@shop.exampel"}


@pytest.fixture
def admin(client):
    admin = person_of(Rank.ADMIN)
    client.force_login(admin)
    return admin


def page(client, path):
    return client.get(path).content.decode()


def test_a_refused_address_is_said_at_once_and_to_both_afterwards(mailbox, client, admin):
    mailbox.on_rcpt = lambda _: "550 5.1.1 no such user here"
    said = client.post("/people/invite", LEILA, follow=True).content.decode()
    assert "mail cannot arrive at leila@shop.exampel" in said
    failed = page(client, "/messages/failed")
    assert "Leila Haddad" in failed
    assert "The mail server refused the address (550)." in failed
    assert "1 way to people does not work" in page(client, "/people")
    about_her = page(client, "/people/leila")
    assert "<b>Messages cannot arrive</b> by e-mail leila@shop.exampel" in about_her
    assert "Messages cannot arrive" not in page(client, f"/people/{admin.username}")
    leila = User.objects.get(username="leila")
    body = {"intro": "Two runbooks are due.", "sections": []}
    told = {"key": "digest:1", "kind": "digest", "subject": "Due for you", "body": body}
    assert not outbox.tell(person=leila, **told).deliveries.exists(), "it is not tried again"
    assert leila.unreachable_since is None, "who was invited today is not gone"
    client.force_login(leila)
    assert "Messages do not reach you" in page(client, "/account")


def test_another_address_is_tried_again(mailbox, client, admin):
    mailbox.on_rcpt = lambda to: "550 5.1.1 who?" if to.endswith("exampel") else None
    client.post("/people/invite", LEILA)
    User.objects.filter(username="leila").update(email="leila@shop.example")
    assert "Every way to every person works" in page(client, "/messages/failed")
    client.post("/accounts/reset", {"email": "leila@shop.example"})
    assert mailbox.recipients == ["leila@shop.example"]


@pytest.mark.parametrize(
    "reply", ["450 4.2.0 greylisted, come later", "550 5.7.1 relaying denied", "552 mailbox full"]
)
def test_what_is_not_the_addresss_fault_is_not_called_so(mailbox, client, admin, reply):
    mailbox.on_rcpt = lambda _: reply
    said = client.post("/people/invite", LEILA, follow=True).content.decode()
    assert "the mail server did not take the mail to them" in said
    assert not Channel.objects.failed().exists()


def test_of_many_those_whom_none_reaches_are_named_and_the_others_are_invited(
    mailbox, client, admin
):
    mailbox.on_rcpt = lambda to: "550 5.1.1 who?" if to.endswith("exampel") else None
    pasted = "Leila Haddad <leila@shop.exampel>\nTom Baker <tom@shop.example>"
    said = client.post("/import/people", {"people": pasted}).content.decode()
    assert mailbox.recipients == ["tom@shop.example"]
    assert "The mail server refuses leila@shop.exampel (Leila Haddad)." in said
    assert "The mail server did not take every mail" not in said
    assert Channel.objects.failed().get().person.email == "leila@shop.exampel"

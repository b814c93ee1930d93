"""Invitations: one mail each, from who invites; a mail server that is away breaks nothing."""

import re
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from portal.accounts.inviting import send_invitations
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class Broken(EmailBackend):
    """A server that refuses one address and goes away at another."""

    def send_messages(self, messages):
        address = messages[0].to[0]
        if address.startswith("refused"):
            raise smtplib.SMTPRecipientsRefused({address: (550, b"no such user")})
        if address.startswith("gone"):
            raise smtplib.SMTPServerDisconnected("gone")
        return super().send_messages(messages)


def test_the_link_sets_a_password_and_then_signs_in(client, settings):
    by, leila = UserFactory(name="Yash Rao"), UserFactory(username="leila", email="l@shop.example")
    leila.set_unusable_password()
    leila.save()
    assert not send_invitations([leila], by=by)
    sent = mail.outbox[0]
    assert sent.to == ["l@shop.example"]
    assert "Yash Rao made an account for you" in sent.body
    link = re.search(rf"{settings.SITE_URL}(/accounts/reset/\S+)", sent.body)[1]
    form = client.get(link, follow=True)
    owl = "an owl in the attic"
    client.post(form.request["PATH_INFO"], {"new_password1": owl, "new_password2": owl})
    assert client.login(username="leila", password=owl)


def test_whom_no_mail_reached_is_told(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    without = UserFactory(email="")
    refused = UserFactory(email="refused@shop.example")
    reached = UserFactory(email="reached@shop.example")
    gone = UserFactory(email="gone@shop.example")
    never = UserFactory(email="never@shop.example")
    missed = send_invitations([without, refused, reached, gone, never], by=reached)
    assert missed.refused == [refused]
    assert missed.others == [without, gone, never]
    assert [message.to for message in mail.outbox] == [["reached@shop.example"]]

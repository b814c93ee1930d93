"""`manage.py send_test_notification`: whether somebody's e-mail works, said now."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from portal.notify.models import Channel
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [(None, "has taken the test message"), ("550 5.1.1 no such user", "refused the address")],
)
def test_the_command_sends_now_and_says_what_happened(mailbox, capsys, refusal, words):
    mailbox.on_rcpt = lambda _: refusal
    UserFactory(username="yash")
    failing = pytest.raises(CommandError) if refusal else nullcontext()
    with failing:
        call_command("send_test_notification", "yash", "--channel", "email")
    assert words in capsys.readouterr().out
    assert len(mailbox.mails) == (0 if refusal else 1)


def test_a_test_that_arrives_mends_the_channel(mailbox):
    yash = UserFactory()
    channel = Channel.objects.create(
        person=yash, kind="email", failed_at=NOW, failed_address=yash.email, failure="full"
    )
    call_command("send_test_notification", yash.username)
    channel.refresh_from_db()
    assert channel.failed_at is None

"""Invitations to the portal are no messages of the outbox: who gets one cannot sign in yet. What a mail
server says of their address counts all the same."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.notify import choosing
from portal.notify.by_mail import outcome_of
from portal.notify.outcomes import Failed
from portal.notify.sending import mark_failed


@transaction.atomic
def address_refused(person: User, error: SMTPRecipientsRefused) -> bool:
    """Whether it was refused for good. It is then shown and let alone, as one that refused a message."""
    outcome = outcome_of(error)
    if not (isinstance(outcome, Failed) and outcome.channel):
        return False
    channel = choosing.mail_channel(person)
    mark_failed(channel, str(outcome), address=person.email, now=timezone.now())
    return True

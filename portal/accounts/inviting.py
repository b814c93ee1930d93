"""Mails to people who were given an account: who invites them, and a link to set a password."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.accounts.company import site_name
from portal.accounts.models import User

log = logging.getLogger(__name__)


def send_invitations(people: Sequence[User], *, by: User) -> list[User]:
    """One mail to each; those whom none was sent to: they have no address, or the mail server said no.

    After a failure of the server itself nobody else is tried, so that a page waits for it once.
    """
    with_address = [person for person in people if person.email]
    missed = [person for person in people if not person.email]
    if not with_address:
        return missed
    sent: set[int] = set()
    try:
        with get_connection() as open_connection:
            for person in with_address:
                try:
                    _mail(person, by, open_connection).send()
                except smtplib.SMTPRecipientsRefused:
                    log.warning("no invitation to person %s: the address was refused", person.pk)
                    continue
                sent.add(person.pk)
    except (OSError, smtplib.SMTPException):
        log.exception("the mail server did not take the invitations")
    return missed + [person for person in with_address if person.pk not in sent]


def _mail(person: User, by: User, connection: Any) -> EmailMultiAlternatives:
    context = {
        "person": person,
        "by": by,
        "site_name": site_name(),
        "site_url": settings.SITE_URL,
        "uid": urlsafe_base64_encode(force_bytes(person.pk)),
        "token": default_token_generator.make_token(person),
    }
    subject = render_to_string("accounts/mail/invite_subject.txt", context)
    mail = EmailMultiAlternatives(
        " ".join(subject.split()),
        render_to_string("accounts/mail/invite.txt", context),
        to=[person.email],
        connection=connection,
    )
    mail.attach_alternative(render_to_string("accounts/mail/invite.html", context), "text/html")
    return mail

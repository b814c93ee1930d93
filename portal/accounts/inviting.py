"""Mails to people who were given an account: who invites them, and a link to set a password."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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


#: What rooms make of a mail server that refuses somebody's address: whether it did so for good, and no mail
#: can arrive there. Filled in `AppConfig.ready()`.
on_refused: list[Callable[[User, smtplib.SMTPRecipientsRefused], bool]] = []


@dataclass(slots=True)
class Missed:
    """Whom no mail was sent to. `refused`: none can arrive at their address. `others`: they have none, or
    the mail server took nothing just now."""

    refused: list[User] = field(default_factory=list)
    others: list[User] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.refused or self.others)


def send_invitations(people: Sequence[User], *, by: User) -> Missed:
    """One mail to each; those whom none was sent to.

    After a failure of the server itself nobody else is tried, so that a page waits for it once.
    """
    with_address = [person for person in people if person.email]
    missed = Missed(others=[person for person in people if not person.email])
    if not with_address:
        return missed
    sent: set[int] = set()
    try:
        with get_connection() as open_connection:
            for person in with_address:
                try:
                    _mail(person, by, open_connection).send()
                except smtplib.SMTPRecipientsRefused as error:
                    log.warning("no invitation to person %s: the address was refused", person.pk)
                    if any(judge(person, error) for judge in on_refused):
                        missed.refused.append(person)
                    continue
                sent.add(person.pk)
    except (OSError, smtplib.SMTPException):
        log.exception("the mail server did not take the invitations")
    sent.update(person.pk for person in missed.refused)
    missed.others += [person for person in with_address if person.pk not in sent]
    return missed


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

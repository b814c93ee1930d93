"""By e-mail: text and HTML of one body, with a Message-ID that stays the same on every try."""

from __future__ import annotations

import smtplib
from email.utils import format_datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from portal.accounts.company import site_name
from portal.notify import kinds, stopping
from portal.notify.body import made_whole, whole
from portal.notify.models import Delivery, Message
from portal.notify.outcomes import Failed, Later, Unknown

#: Servers that count messages by connection cap it at about a hundred.
_BY_CONNECTION = 50
#: A server's 5xx about who we are or what we may, not about the person: RFC 3463's 5.7, and sign-in.
_ABOUT_US = (530, 534, 535, 538)


class Mailer:
    """One connection for a run of mails, opened anew when the server has had enough of it."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.sent = 0

    def send(self, delivery: Delivery) -> None:
        """Raises Failed, Later or Unknown."""
        mail = drawn(delivery)
        try:
            mail.message()
        except ValueError as error:  # Django's own check of headers and addresses
            raise Failed("The mail address cannot be written to.", channel=True) from error
        self._open()
        try:
            self._send(mail)
        except (smtplib.SMTPException, OSError) as error:
            self._drop_unless_answered(error)
            raise outcome_of(error) from error
        self.sent += 1

    def _send(self, mail: EmailMultiAlternatives) -> None:
        mail.connection = self.connection
        self.connection.send_messages([mail])

    def _open(self) -> None:
        if self.sent >= _BY_CONNECTION:
            self.close()
        if self.connection is not None and self._is_alive():
            return
        connection = get_connection()
        try:
            connection.open()
        except smtplib.SMTPAuthenticationError as error:
            words = "The mail server refused this portal's user name or password."
            raise Later(words, way_down=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Later("The mail server cannot be reached.", way_down=True) from error
        self.connection, self.sent = connection, 0

    def _is_alive(self) -> bool:
        """Servers close lines that they have kept for a while: known before a mail goes into the dark."""
        raw = getattr(self.connection, "connection", None)
        try:
            if raw is None or raw.noop()[0] == 250:
                return True
        except (smtplib.SMTPException, OSError):
            pass
        self._drop()
        return False

    def close(self) -> None:
        if self.connection is not None:
            connection, self.connection = self.connection, None
            try:
                connection.close()
            except (smtplib.SMTPException, OSError):
                return  # what was taken was taken; the farewell is nobody's concern

    def _drop_unless_answered(self, error: Exception) -> None:
        """After a plain refusal the connection serves on; after anything else nobody knows its state."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return
        if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code != 421:
            return
        self._drop()

    def _drop(self) -> None:
        connection, self.connection = self.connection, None
        raw = getattr(connection, "connection", None)
        if raw is not None:
            raw.close()  # no QUIT: there may be nobody to answer it


def outcome_of(error: Exception) -> Failed | Later:
    """What a mail server's answer, or its silence, means."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _of_recipient(code, said)
    if isinstance(error, smtplib.SMTPSenderRefused):
        words = f"The mail server refuses this portal's sender ({error.smtp_code})."
        return Later(words, way_down=True)
    if isinstance(error, smtplib.SMTPDataError):
        return _of_message(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Failed("The mail server cannot write to such an address.", channel=True)
    return _broke_off()


def _of_message(code: int, said: bytes | str) -> Failed | Later:
    if code < 500:
        return Later(f"The mail server put it off ({code}).", way_down=code == 421)
    if _text(said).startswith("5.1."):  # some servers look for the mailbox only now
        return _of_recipient(code, said)
    return Failed(f"The mail server refused the message ({code}).", channel=False)


def _of_recipient(code: int, said: bytes | str) -> Failed | Later:
    text = _text(said)
    if code < 500:
        return Later(
            f"The mail server put the address off ({code}).", way_down=code == 421, own=code != 421
        )
    if code in _ABOUT_US or text.startswith("5.7."):
        return Later(f"The mail server does not let this portal send ({code}).", way_down=True)
    if code == 552 or text.startswith("5.2.2"):
        return Later(f"The mailbox is full ({code}).", own=True)
    return Failed(f"The mail server refused the address ({code}).", channel=True)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _broke_off() -> Unknown:
    return Unknown(
        "The mail server went silent before it said yes; it may have arrived.", way_down=True
    )


def drawn(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail as it leaves: the same bytes on every try, but for the boundaries of its parts."""
    message = delivery.message
    kind = kinds.registered.get(message.kind)
    stop = ""
    headers = {
        "Message-ID": f"<{delivery.event_id}>",
        "Date": format_datetime(message.created_at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if kind is not None and kind.digest:
        stop = stopping.address_for(message.person, kind.name)
        headers["List-Unsubscribe"] = f"<{stop}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    context = context_of(message) | {"stop": stop, "kind": kind}
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=render_to_string("notify/mail.txt", context),
        to=[delivery.target],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("notify/mail.html", context), "text/html")
    invitation = message.body.get("calendar")
    if invitation:
        method = "".join(filter(str.isalpha, invitation.get("method", ""))).upper() or "REQUEST"
        mail.attach_alternative(invitation["ics"], f"text/calendar; method={method}")
    return mail


def context_of(message: Message) -> dict[str, Any]:
    """What the templates of mails draw."""
    return {
        "message": message,
        "body": made_whole(message.body),
        "url": whole(message.url),
        "site_name": site_name(),
        "settings_url": whole(reverse("notify:settings")),
    }

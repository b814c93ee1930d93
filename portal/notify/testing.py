"""A test message: sent at once by one channel, and what came of it in words. It also mends a channel that
had failed and works again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from portal.accounts.company import site_name
from portal.accounts.models import User
from portal.notify import kinds, outbox, sending
from portal.notify.body import Body, Item, Section
from portal.notify.models import Channel, Delivery, Message
from portal.notify.senders import Senders


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of it. `words` is a sentence without address or secret."""

    left: bool
    words: str


def send_test(channel: Channel, *, person: User, now: datetime | None = None) -> Tested:
    """Sends now, whatever the person has muted and whether or not the channel had failed."""
    now = now or timezone.now()
    target = channel.address(person)
    if not target:
        return Tested(False, "There is no mail address in the account.")
    key = f"test:{secrets.token_hex(12)}"
    message = Message.objects.create(
        key=key,
        person=person,
        kind=kinds.TEST.name,
        subject=f"A test message from {site_name()}",
        body=_body(),
        url="/",
        created_at=now,
        read_at=now,
    )
    delivery = Delivery.objects.create(
        message=message,
        channel=channel,
        kind=channel.kind,
        target=target,
        event_id=outbox.event_id(key, channel.kind, target),
        next_try_at=now,
    )
    claimed = sending.claim(delivery.pk, 0, now=now)
    if claimed is None:  # the sweep was faster
        return Tested(True, "The test message is on its way.")
    with Senders() as senders:
        left = sending.send(claimed, senders)
    if left:
        if channel.kind == Channel.Kind.EMAIL and not mail_leaves():
            return Tested(True, "There is no mail server (EMAIL_URL): the mail is a file.")
        return Tested(True, _LEFT[channel.kind])
    delivery.refresh_from_db()
    if delivery.state == Delivery.State.WAITING:
        # Whoever asked has the answer on the screen; a test that comes hours later helps nobody.
        delivery.state = Delivery.State.FAILED
        delivery.save(update_fields=["state"])
    return Tested(False, delivery.error)


def mail_leaves() -> bool:
    """Whether there is a mail server; without one, mails are files in DATA_DIR/mail."""
    return not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


_LEFT = {
    Channel.Kind.EMAIL.value: "The mail server has taken the test message.",
    Channel.Kind.SLACK.value: "Slack has taken the test message.",
    Channel.Kind.WEBHOOK.value: "The webhook has taken the test message.",
}


def _body() -> Body:
    return Body(
        intro="You asked for this message to see whether it arrives. It did.",
        sections=[
            Section(
                title="What messages look like",
                items=[
                    Item(
                        title="Search the runbooks",
                        url="/",
                        words="A line leads to one thing, and says why it is here.",
                        action={"label": "Open", "url": "/"},
                    )
                ],
            )
        ],
        outro="There is nothing to do.",
    )

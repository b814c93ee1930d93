"""Telling people something. `tell` is called inside the transaction of what it tells: neither is there
without the other. Sending comes later, from the rows (sending.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.notify import kinds, nudging
from portal.notify.body import Body
from portal.notify.models import Channel, Choice, Delivery, Message

_AT_ONCE = 500
_LONGEST_SUBJECT = 300
#: Two that tell the same thing at once: the later one looks again, and finds it told.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell one person; what is for nobody is refused. The same `key` is told once, ever."""

    person: User | None
    key: str
    kind: str
    subject: str
    body: Body
    url: str = ""
    urgent: bool = False
    day: date | None = None


def tell(
    *,
    person: User,
    key: str,
    kind: str,
    subject: str,
    body: Body,
    url: str = "",
    urgent: bool = False,
    day: date | None = None,
    now: datetime | None = None,
) -> Message | None:
    """The message, or None where this key was told before. Raises ValueError on an unregistered kind, and
    where there is nobody who would read it."""
    telling = Telling(person, key, kind, subject, body, url, urgent, day)
    told = tell_many([telling], now=now)
    return told[0] if told else None


def tell_many(tellings: Iterable[Telling], *, now: datetime | None = None) -> list[Message]:
    """As `tell`, for many people: the queries do not grow with them, but for one round in each 500.

    Returns the messages that are new.
    """
    by_key = {telling.key: telling for telling in tellings}
    for telling in by_key.values():
        kinds.named(telling.kind)
        if telling.person is None:
            raise ValueError(f"{telling.key!r} is for nobody: whom is it to reach?")
        if not 0 < len(telling.key) <= 200:
            raise ValueError(f"The key {telling.key!r} is empty or longer than 200 letters.")
    now = now or timezone.now()
    told: list[Message] = []
    # In the order of their keys: two at once wait for each other, and never crosswise.
    ordered = [by_key[key] for key in sorted(by_key)]
    for start in range(0, len(ordered), _AT_ONCE):
        with transaction.atomic():
            told += _tell(ordered[start : start + _AT_ONCE], now)
    return told


def _tell(tellings: Sequence[Telling], now: datetime) -> list[Message]:
    messages = _written(tellings, now)
    if not messages:
        return []
    channels = _Channels(tellings)
    deliveries = [
        Delivery(
            message=message,
            channel=channel,
            kind=channel.kind,
            target=target,
            event_id=event_id(message.key, channel.kind, target),
            next_try_at=now,
        )
        for message in messages
        for channel, target in channels.of(message)
    ]
    nudging.nudge_when_committed(
        [made.pk for made in Delivery.objects.bulk_create(deliveries, batch_size=_AT_ONCE)]
    )
    return messages


def _written(tellings: Sequence[Telling], now: datetime) -> list[Message]:
    """The messages that were not there yet, now with primary keys."""
    for left in reversed(range(_TRIES)):
        known = set(
            Message.objects.filter(key__in=[one.key for one in tellings]).values_list(
                "key", flat=True
            )
        )
        messages = [_message(one, now) for one in tellings if one.key not in known]
        try:
            with transaction.atomic():
                return Message.objects.bulk_create(messages)
        except IntegrityError:
            if not left:
                raise
    return []


def _message(telling: Telling, now: datetime) -> Message:
    return Message(
        key=telling.key,
        person=telling.person,
        kind=telling.kind,
        urgent=telling.urgent,
        subject=" ".join(telling.subject.split())[:_LONGEST_SUBJECT],
        body=telling.body,
        url=telling.url,
        day=telling.day,
        created_at=now,
    )


class _Channels:
    """Where the people of these tellings want to hear of them. Three queries, five for newcomers."""

    def __init__(self, tellings: Sequence[Telling]) -> None:
        people = {one.person.pk: one.person for one in tellings if one.person is not None}
        active = [pk for pk, person in people.items() if person.is_active]
        self.people = people
        self.channels: dict[int, list[Channel]] = {}
        # An address was given with the account: it is a channel from the first message on.
        with_mail = set(
            Channel.objects.filter(person__in=active, kind=Channel.Kind.EMAIL).values_list(
                "person", flat=True
            )
        )
        new = [pk for pk in active if people[pk].email and pk not in with_mail]
        if new:
            Channel.objects.bulk_create(
                [Channel(person_id=pk, kind=Channel.Kind.EMAIL) for pk in sorted(new)],
                ignore_conflicts=True,
            )
        found = Channel.objects.filter(active=True, person__in=active)
        for channel in found.order_by("pk"):
            self.channels.setdefault(channel.person_id, []).append(channel)
        self.muted = set(
            Choice.objects.filter(person__in=active).values_list("person", "kind", "channel_kind")
        )

    def of(self, message: Message) -> Iterator[tuple[Channel, str]]:
        """The channels with what they reach, each address once; none where the daily digest tells it."""
        if kinds.named(message.kind).daily is not None and not message.urgent:
            return
        seen = set()
        for channel in self.channels.get(message.person_id, []):
            target = channel.address(self.people[message.person_id])
            if not target or (channel.kind, target) in seen or channel.is_failed(target):
                continue
            if (message.person_id, message.kind, channel.kind) not in self.muted:
                seen.add((channel.kind, target))
                yield channel, target


def event_id(key: str, kind: str, target: str) -> str:
    """The same for the same message by the same way, whatever happens between: a mailbox that gets it twice
    shows it once."""
    # Short enough for one line with a host of 39 letters: a folded Message-ID is lost on some servers.
    digest = hashlib.sha256("\n".join((key, kind, target)).encode()).hexdigest()[:24]
    return f"{digest}@{urlsplit(settings.SITE_URL).hostname or 'drillbook'}"

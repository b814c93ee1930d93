"""The outbox: what the product tells people, by which channels, and what became of it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from portal.accounts.models import User


class ChannelQuerySet(models.QuerySet["Channel"]):
    def failed(self) -> ChannelQuerySet:
        """As `Channel.is_failed` at the address that it reaches now, for many; none of a closed account."""
        here = Q(failed_address="") | Q(failed_address=F("target"))
        here |= Q(kind=Channel.Kind.EMAIL, target="", failed_address=F("person__email"))
        return self.exclude(failed_at=None).exclude(person__is_active=False).filter(here)


class Channel(models.Model):
    """Where a person is told things besides the inbox."""

    class Kind(models.TextChoices):
        EMAIL = "email", "e-mail"
        SLACK = "slack", "Slack"
        WEBHOOK = "webhook", "webhook"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channels"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    #: A mail address, a Slack webhook's address or "@name"/"#channel"/a Slack user id for the bot, a URL.
    target = models.CharField(
        max_length=2000, blank=True, help_text="Empty for e-mail: the account's."
    )
    secret = models.CharField(
        max_length=64, blank=True, help_text="Signs what a webhook is sent (HMAC-SHA256)."
    )
    active = models.BooleanField(default=True)
    #: A permanent failure: shown to the person and the admin, and not tried again until it is mended.
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True)
    failed_address = models.CharField(
        max_length=254, blank=True, help_text="The mail address that failed; another one may work."
    )

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(kind="email"), name="one_mail_channel_per_person"
            ),
            models.UniqueConstraint(
                fields=["person", "kind", "target"], name="one_channel_per_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person}"

    def address(self, person: User) -> str:
        """What it reaches: for e-mail the account's address, as it is now."""
        if self.kind == self.Kind.EMAIL and not self.target:
            return person.email
        return self.target

    def is_failed(self, address: str) -> bool:
        """Whether it failed for good at this address."""
        return self.failed_at is not None and self.failed_address in ("", address)


class MessageQuerySet(models.QuerySet["Message"]):
    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)


class Message(models.Model):
    """One thing that one person is told. `key` makes it one: telling it again is telling it once."""

    key = models.CharField(max_length=200, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages"
    )
    kind = models.CharField(max_length=30, help_text="As digest, report.wrong, drill.invited.")
    urgent = models.BooleanField(default=False)
    subject = models.CharField(max_length=300)
    #: What the templates of its kind draw: plain JSON, addresses of the site without host.
    body: models.JSONField[Any, Any] = models.JSONField(default=dict)
    url = models.CharField(max_length=2000, blank=True)
    #: The person's own day that it is for.
    day = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["person", "read_at", "-id"], name="inbox"),
        ]

    def __str__(self) -> str:
        return self.subject


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime, *, farthest: timedelta) -> DeliveryQuerySet:
        """What waits and may be tried, and what was taken by somebody whose time ran out.

        Nothing waits longer than `farthest`: a row that seems to was written by a clock that was wrong.
        """
        to_do = self.filter(state__in=[Delivery.State.WAITING, Delivery.State.TAKEN])
        return to_do.filter(Q(next_try_at__lte=now) | Q(next_try_at__gt=now + farthest))


class Delivery(models.Model):
    """A message on its way through one channel: the row is the queue."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        #: Taken by a worker. Taken too long ago means that it may or may not have left: it goes out again
        #: with the same Message-ID.
        TAKEN = "taken", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed for good"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    kind = models.CharField(max_length=8, choices=Channel.Kind.choices)
    target = models.CharField(max_length=2000)
    #: The Message-ID of a mail, the event id of anything else: the same on every try.
    event_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    #: Of one that is taken: when the claim runs out.
    next_try_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [
            # Not a partial one: no planner uses that for a state given as a parameter.
            models.Index(fields=["state", "next_try_at"], name="delivery_to_do"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "kind", "target"], name="one_delivery_per_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} by {self.kind}: {self.state}"


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Choice(models.Model):
    """A kind of message that a person does not want by a channel's kind; the inbox has it all the same."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted"
    )
    kind = models.CharField(max_length=30)
    channel_kind = models.CharField(max_length=8, choices=Channel.Kind.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "kind", "channel_kind"], name="one_choice_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: no {self.kind} by {self.channel_kind}"


class Feed(models.Model):
    """A person's private calendar: who has the address reads it, until it is reset."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feed"
    )
    token = models.CharField(max_length=64, unique=True, default=new_token)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"calendar of {self.person}"

"""Sending from the rows. A delivery is claimed by a conditional UPDATE that commits before anything leaves,
so that two workers never send it at once; the claim is a lease. One that ran out means that nobody knows
whether it left: it goes again with the same id."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts import audit, reaching
from portal.notify import kinds, nudging
from portal.notify.models import Channel, Delivery
from portal.notify.outcomes import Failed, Later, Unknown
from portal.notify.senders import Senders

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

#: Rows in memory at a time.
_AT_ONCE = 50
#: Seconds that one run takes; what is left then is another run's.
_RUN = 50.0
_FIRST_WAIT = 30.0
_LONGEST_WAIT = timedelta(hours=6)


def send_due(delivery_ids: list[int] | None = None, *, clock: Clock = timezone.now) -> int:
    """Send these deliveries, as far as they are due, or whatever is. Returns how many were tried."""
    began, tried = time.monotonic(), 0
    with Senders() as senders:
        while time.monotonic() - began < _RUN:
            found = Delivery.objects.due(clock(), farthest=_farthest())
            if delivery_ids is not None:
                found = found.filter(pk__in=delivery_ids)
            rows = list(
                found.exclude(kind__in=senders.down)
                .order_by("-message__urgent", "next_try_at", "pk")
                .values_list("pk", "tries")[:_AT_ONCE]
            )
            if not rows:
                return tried
            for pk, tries in rows:
                delivery = claim(pk, tries, now=clock())
                if delivery is not None and delivery.kind in senders.down:
                    _give_back(delivery, now=clock())
                elif delivery is not None:
                    send(delivery, senders, clock=clock)
                    tried += 1
    _leave_the_rest()
    return tried


def claim(pk: int, tries: int, *, now: datetime) -> Delivery | None:
    """The delivery, taken by nobody but the caller; None where somebody was faster. `tries` is what the
    caller saw: each claim counts one, so that the same sight claims once."""
    token = secrets.token_hex(12)
    taken = (
        Delivery.objects.due(now, farthest=_farthest())
        .filter(pk=pk, tries=tries)
        .update(
            state=Delivery.State.TAKEN,
            taken_at=now,
            taken_by=token,
            tries=F("tries") + 1,
            next_try_at=now + _lease(),
        )
    )
    if not taken:
        return None
    return (
        Delivery.objects.select_related("message__person", "channel")
        .filter(pk=pk, taken_by=token)
        .first()
    )


def send(delivery: Delivery, senders: Senders, *, clock: Clock = timezone.now) -> bool:
    """Send what was claimed and record what came of it. True when it left."""
    try:
        _still_wanted(delivery)
        senders.send(delivery)
    except Failed as failure:
        _record_failure(delivery, str(failure), channel=failure.channel, now=clock())
    except Later as wait:
        if wait.way_down:
            senders.down.add(delivery.kind)
        _record_wait(delivery, wait, now=clock())
    except Exception as error:  # noqa: BLE001 -- one broken message must not hold up the others
        # Its own words might hold an address with a token: the trace says enough.
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("delivery %s: %s\n%s", delivery.pk, type(error).__name__, trace)
        words = f"This portal made a mistake ({type(error).__name__}); its log says where."
        _record_wait(delivery, Unknown(words), now=clock())
    else:
        _record_sent(delivery, now=clock())
        return True
    return False


def _still_wanted(delivery: Delivery) -> None:
    person = delivery.message.person
    if not person.is_active:
        raise Failed("The account was closed before it left.", channel=False)
    if delivery.channel is None:
        raise Failed("The channel was removed before it left.", channel=False)
    if not delivery.channel.active and delivery.message.kind != kinds.TEST.name:
        raise Failed("It was turned off before it left.", channel=False)


def _record_sent(delivery: Delivery, *, now: datetime) -> None:
    # Whoever may hold the row by now: it did leave.
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.SENT, sent_at=now, error="", taken_by=""
    )
    channel = delivery.channel
    if channel is not None and channel.failed_at is not None:
        Channel.objects.filter(pk=channel.pk).update(failed_at=None, failure="", failed_address="")


def _record_failure(delivery: Delivery, words: str, *, channel: bool, now: datetime) -> None:
    with transaction.atomic():
        held = Delivery.objects.filter(pk=delivery.pk, taken_by=delivery.taken_by)
        if not held.update(state=Delivery.State.FAILED, error=words, taken_by=""):
            return  # the lease ran out, and another worker has it
        log.warning("delivery %s by %s failed for good: %s", delivery.pk, delivery.kind, words)
        if channel and delivery.channel is not None:
            mark_failed(delivery.channel, words, address=delivery.target, now=now)


def mark_failed(channel: Channel, words: str, *, address: str, now: datetime) -> None:
    """Nothing more is tried by this channel until it is mended. Call it in a transaction."""
    of_mail = channel.kind == Channel.Kind.EMAIL
    at = address[:254] if of_mail else ""
    # One that failed at the address before this one fails at this one, too.
    found = Channel.objects.filter(Q(failed_at=None) | ~Q(failed_address__in=["", at]))
    if not found.filter(pk=channel.pk).update(failed_at=now, failure=words, failed_address=at):
        return
    Delivery.objects.filter(channel=channel, target=address, state=Delivery.State.WAITING).update(
        state=Delivery.State.FAILED, error=words
    )
    audit.record(
        "channel.failed",
        by=None,
        of=channel.person,
        kind="channel",
        name=str(channel),
        after={"failure": words},
        at=now,
    )
    if of_mail:
        reaching.mail_bounced(channel.person, words=words, now=now)


def _record_wait(delivery: Delivery, wait: Later, *, now: datetime) -> None:
    oldest = now - timedelta(days=settings.NOTIFY_GIVE_UP_DAYS)
    if delivery.message.created_at < oldest:
        days = settings.NOTIFY_GIVE_UP_DAYS
        words = f"{wait} It was tried for {days} day{'' if days == 1 else 's'}."
        _record_failure(delivery, words, channel=wait.own, now=now)
        return
    Delivery.objects.filter(pk=delivery.pk, taken_by=delivery.taken_by).update(
        state=Delivery.State.WAITING,
        next_try_at=now + wait_before(delivery, asked_for=wait.after),
        error=str(wait)[:500],
        taken_by="",
    )


def wait_before(delivery: Delivery, *, asked_for: float | None = None) -> timedelta:
    """Doubling from half a minute to six hours, each delivery off the beat of the others by up to a quarter:
    what failed together does not come back together."""
    doubled = _FIRST_WAIT * 2 ** min(max(delivery.tries - 1, 0), 12)
    spread = int(
        hashlib.sha256(f"{delivery.event_id}{delivery.tries}".encode()).hexdigest()[:4], 16
    )
    seconds = max(doubled, asked_for or 0.0) * (1 + spread / 0xFFFF / 4)
    return min(timedelta(seconds=seconds), _LONGEST_WAIT)


def _give_back(delivery: Delivery, *, now: datetime) -> None:
    """It was claimed while its way went down: not tried, and not counted as a try."""
    Delivery.objects.filter(pk=delivery.pk, taken_by=delivery.taken_by).update(
        state=Delivery.State.WAITING,
        next_try_at=now + timedelta(seconds=_FIRST_WAIT),
        tries=F("tries") - 1,
        taken_by="",
    )


def _lease() -> timedelta:
    return timedelta(minutes=settings.NOTIFY_TAKEN_MINUTES)


def _farthest() -> timedelta:
    """No row waits longer than this; one that does was written while the clock was wrong."""
    return _LONGEST_WAIT + _lease()


def _leave_the_rest() -> None:
    """The run was long enough, and there is more: another goes on at once, or the sweep does."""
    try:
        nudging.nudge_sweep()
    except Exception as error:  # noqa: BLE001 -- a broker that is down; the sweep comes within a minute
        log.warning("no worker could be told of the rest: %s", type(error).__name__)

"""What a person wants to be told, and by which ways."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from portal import outgoing
from portal.accounts import audit
from portal.accounts.models import User
from portal.notify import by_slack, kinds
from portal.notify.models import Channel, Choice, Delivery
from portal.notify.outcomes import Failed, Later

_MOST_CHANNELS = 10
_LONGEST_ADDRESS = 1_000
_SLACK_NAME = re.compile(r"#[^\s#,]{1,80}|[UWCGD][A-Z0-9]{6,20}")


class NotAdded(Exception):  # noqa: N818 -- said to a person, as a sentence
    """The channel cannot be added; the sentence says why and what to do."""


def channels_of(person: User) -> list[Channel]:
    """E-mail first. The row of somebody who was never told anything is made here, not yet kept."""
    found = list(Channel.objects.filter(person=person).order_by("pk"))
    if not any(channel.kind == Channel.Kind.EMAIL for channel in found):
        found.insert(0, Channel(person=person, kind=Channel.Kind.EMAIL))
    return sorted(found, key=lambda channel: channel.kind != Channel.Kind.EMAIL)


def add_webhook(*, person: User, url: str, by: User) -> Channel:
    """Raises NotAdded. The channel's `secret` signs what it is sent."""
    url = url.strip()
    refusal = _not_ascii_or_too_long(url) or outgoing.refusal_of(url)
    if refusal:
        raise NotAdded(refusal)
    return _added(person, Channel.Kind.WEBHOOK, url, by, secret=secrets.token_urlsafe(32))


def add_slack(*, person: User, said: str, by: User) -> Channel:
    """`said` is a Slack webhook's address, a #channel, a Slack id, or "": the bot then looks for who has the
    account's mail address. Raises NotAdded."""
    said = said.strip()
    if said.startswith(("http://", "https://")):
        if not said.startswith(settings.SLACK_HOOKS_URL):
            raise NotAdded(f"A Slack webhook begins with {settings.SLACK_HOOKS_URL}")
        if refusal := _not_ascii_or_too_long(said):
            raise NotAdded(refusal)
    elif not settings.SLACK_BOT_TOKEN:
        raise NotAdded(
            f"Give the address of a Slack webhook; it begins with {settings.SLACK_HOOKS_URL}"
        )
    elif not said:
        said = _found_in_slack(person)
    elif not _SLACK_NAME.fullmatch(said):
        raise NotAdded("That is no Slack channel as #oncall, and no id as U0123ABCD.")
    return _added(person, Channel.Kind.SLACK, said, by)


def _found_in_slack(person: User) -> str:
    if not person.email:
        raise NotAdded("Your account has no mail address to find you by in Slack.")
    try:
        return by_slack.person_with(person.email)
    except (Failed, Later) as outcome:
        raise NotAdded(str(outcome)) from outcome


def _not_ascii_or_too_long(url: str) -> str:
    if not url.isascii() or len(url) > _LONGEST_ADDRESS or any(c <= " " for c in url):
        return f"An address has no spaces or accents and at most {_LONGEST_ADDRESS} characters."
    return ""


def _added(person: User, kind: str, target: str, by: User, *, secret: str = "") -> Channel:
    if Channel.objects.filter(person=person).count() >= _MOST_CHANNELS:
        raise NotAdded(f"There are {_MOST_CHANNELS} channels already: remove one first.")
    try:
        with transaction.atomic():
            channel = Channel.objects.create(person=person, kind=kind, target=target, secret=secret)
            _record("channel.added", channel, by)
    except IntegrityError as error:
        raise NotAdded("You have that one already.") from error
    return channel


@transaction.atomic
def remove(channel: Channel, *, by: User) -> None:
    """What still waited for it is not sent; messages stay in the inbox."""
    Delivery.objects.filter(channel=channel, state=Delivery.State.WAITING).update(
        state=Delivery.State.FAILED, error="The channel was removed before it left."
    )
    _record("channel.removed", channel, by)
    channel.delete()


@transaction.atomic
def switch_mail(*, person: User, on: bool, by: User) -> Channel:
    channel, _ = Channel.objects.get_or_create(person=person, kind=Channel.Kind.EMAIL)
    if channel.active != on:
        channel.active = on
        channel.save(update_fields=["active"])
        _record("channel.changed", channel, by, after={"active": on})
    return channel


def mail_channel(person: User) -> Channel:
    return Channel.objects.get_or_create(person=person, kind=Channel.Kind.EMAIL)[0]


@transaction.atomic
def choose(*, person: User, wanted: Iterable[tuple[str, str]], by: User) -> None:
    """`wanted`: pairs of a kind of message and a kind of channel. Everything else is muted there."""
    wanted = set(wanted)
    every = {(kind.name, way) for kind in offered() for way in Channel.Kind.values}
    muted = set(Choice.objects.filter(person=person).values_list("kind", "channel_kind"))
    now_muted = (every - wanted) | (muted - every)  # of a room that is not here now: left alone
    if now_muted == muted:
        return
    Choice.objects.filter(person=person).delete()
    Choice.objects.bulk_create(
        Choice(person=person, kind=kind, channel_kind=way) for kind, way in sorted(now_muted)
    )
    for kind, way in sorted(now_muted - muted):
        withdraw(person=person, kind=kind, way=way)
    audit.record(
        "messages.chosen",
        by=by,
        of=person,
        before={"muted": _in_words(muted)},
        after={"muted": _in_words(now_muted)},
    )


def withdraw(*, person: User, kind: str, way: str) -> None:
    """What waited to be tried again does not go out after the person has said no to it."""
    Delivery.objects.filter(
        message__person=person, message__kind=kind, kind=way, state=Delivery.State.WAITING
    ).update(state=Delivery.State.FAILED, error="It was turned off before it left.")


def offered() -> list[kinds.Kind]:
    """The kinds that one can choose about."""
    every = kinds.registered.values()
    return [kind for kind in every if kind != kinds.TEST and kind.daily is None]


@transaction.atomic
def mend(*, kind: str, by: User) -> int:
    """Every failed channel of a kind is tried again with the next message. Returns how many there were."""
    count = (
        Channel.objects.filter(kind=kind)
        .exclude(failed_at=None)
        .update(failed_at=None, failure="", failed_address="")
    )
    if count:
        audit.record("channel.mended", by=by, kind="channel", name=f"{count} by {kind}")
    return count


def _record(
    action: str, channel: Channel, by: User, *, after: dict[str, object] | None = None
) -> None:
    audit.record(action, by=by, of=channel.person, kind="channel", name=str(channel), after=after)


def _in_words(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{kind} by {way}" for kind, way in sorted(pairs)]


def shown(channel: Channel, person: User) -> str:
    """What a page may show of it: of an address, no more than the host."""
    target = channel.address(person)
    if target.startswith(("https://", "http://")):
        return f"{urlsplit(target).hostname}/…"
    return target

"""The kinds of message that the product sends. Rooms register theirs in `AppConfig.ready()`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What a person can mute, by channel. `words` stand on /account/messages, as "What is due for you".

    `digest`: its mails come by themselves again and again, and carry a one-click way out (RFC 8058).
    `daily`: unless a message says that it is urgent, it stands in the inbox at once and goes out in the daily
    digest alone, under this title; "" where the digest knows of it from elsewhere. Nobody chooses about it.
    """

    name: str
    words: str
    digest: bool = False
    daily: str | None = None


#: Sent when somebody asks whether a way works, whatever they have turned off.
TEST = Kind("test", "Test messages")
#: By name, in the order in which the rooms registered them.
registered: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Raises ValueError when another kind has the name already, or the name does not fit its column."""
    if registered.setdefault(kind.name, kind) != kind or len(kind.name) > 30:
        raise ValueError(f"{kind.name!r} is a kind already, or longer than 30 letters.")


def named(name: str) -> Kind:
    """Raises ValueError: what nobody can mute is not sent."""
    found = registered.get(name)
    if found is None:
        raise ValueError(f"{name!r} is no kind of message: kinds.register it in ready().")
    return found

"""What a person still answers for: rooms say it here, and nobody is closed out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Answerable:
    """One thing that a person owns: what it is called and where it is."""

    name: str
    url: str


#: Filled by rooms in `AppConfig.ready()`: each answers with what needs another owner first.
owned: list[Callable[[User], list[Answerable]]] = []


def owned_by(person: User) -> list[Answerable]:
    return [one for ask in owned for one in ask(person)]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that goes to an heir when a person leaves. `key` names it in forms, as "runbook-17".

    `kind` is a heading, as "Runbooks"; `needed`: without an heir nobody can leave. `heir` is the most likely
    one, and `why` says why in words.
    """

    key: str
    kind: str
    name: str
    url: str = ""
    needed: bool = False
    heir: User | None = None
    why: str = ""


class Move(Protocol):
    """Give a person's things to their heirs (by key; what has none is left to nobody), in the caller's
    transaction. Raises Refused with a sentence."""

    def __call__(
        self, person: User, heirs: Mapping[str, User], *, by: User, now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Room:
    """What a room hands in. `around` is entered for the whole of a closing, after its transaction began."""

    things: Callable[[User], list[Thing]]
    move: Move
    around: Callable[[], AbstractContextManager[None]] = field(default=nullcontext)


#: Filled by rooms in `AppConfig.ready()`; things are shown and moved in this order.
rooms: list[Room] = []


def things_of(person: User) -> list[Thing]:
    return [thing for room in rooms for thing in room.things(person)]

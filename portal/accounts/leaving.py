"""What a person still answers for: rooms say it here, and nobody is closed out of it (decisions 5, 28)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

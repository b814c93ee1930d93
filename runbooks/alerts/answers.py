"""Where an alert leads: the question and its answer, here and over the network. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """An alert, the labels that are known of it, and the links that its rule carries today."""

    alert: str
    labels: dict[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadsTo:
    slug: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is live, retired or none. `needs` are the labels that the runbooks' commands and matchers
    want, sorted. `links` says of each link of the question: live, retired, dead, or elsewhere (an address
    that nobody has told the portal of, whose last part is a live runbook's slug)."""

    alert: str
    status: str
    runbooks: tuple[LeadsTo, ...] = ()
    needs: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

"""The demo company as files beside this one hold it. Pure Python: imports no Django.

`library/*.md` are today's runbooks, whole. `history.yaml` says how each came to be: the text of an older
revision is today's with the newer changes taken back, so that a text stands in one place only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
RULES = FOLDER / "rules"


@dataclass(frozen=True, slots=True)
class DemoTeam:
    slug: str
    name: str
    lead: str
    description: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    username: str
    name: str
    email: str
    time_zone: str
    teams: tuple[str, ...]
    admin: bool = (
        False  # where DEMO is on: else nobody could see People, Import and the audit trail
    )


@dataclass(frozen=True, slots=True)
class DemoNames:
    """What the company calls its own: tools, handles that are paged, channels. `by` added them."""

    by: str
    tool: tuple[str, ...]
    handle: tuple[str, ...]
    channel: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoService:
    slug: str
    name: str
    team: str
    owner: str
    description: str


@dataclass(frozen=True, slots=True)
class DemoRevision:
    text: str
    days_ago: int
    by: str  # who accepted it
    proposed_by: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class DemoReview:
    days_ago: int
    by: str


@dataclass(frozen=True, slots=True)
class DemoRunbook:
    slug: str
    revisions: tuple[DemoRevision, ...]  # oldest first; the last is the file
    reviewed: DemoReview | None

    @property
    def text(self) -> str:
        return self.revisions[-1].text


@dataclass(frozen=True, slots=True)
class DemoGap:
    """`first` and `last` are days ago."""

    kind: str
    words: str
    count: int
    first: int
    last: int
    service: str = ""


@dataclass(frozen=True, slots=True)
class Demo:
    teams: tuple[DemoTeam, ...]
    people: tuple[DemoPerson, ...]
    names: DemoNames
    services: tuple[DemoService, ...]
    runbooks: tuple[DemoRunbook, ...]
    gaps: tuple[DemoGap, ...]
    rules: tuple[Path, ...]


def read_demo() -> Demo:
    persons, history = _yaml("people.yaml"), _yaml("history.yaml")
    return Demo(
        teams=tuple(DemoTeam(**team) for team in persons["teams"]),
        people=tuple(
            DemoPerson(**{**person, "teams": tuple(person["teams"])})
            for person in persons["people"]
        ),
        names=DemoNames(
            by=persons["names"]["by"],
            **{kind: tuple(persons["names"][kind]) for kind in ("tool", "handle", "channel")},
        ),
        services=tuple(DemoService(**service) for service in _yaml("services.yaml")),
        runbooks=tuple(
            _runbook(file, history["runbooks"][file.stem])
            for file in sorted((FOLDER / "library").glob("*.md"))
        ),
        gaps=tuple(DemoGap(**gap) for gap in history["gaps"]),
        rules=tuple(sorted(RULES.glob("*.yaml"))),
    )


def take_back(text: str, changes: Sequence[Mapping[str, str]]) -> str:
    """`text` before `changes` were made. Raises ValueError where a change is not in it exactly once."""
    for change in changes:
        if text.count(change["replace"]) != 1:
            start = change["replace"].strip()[:60]
            raise ValueError(
                f"“{start}” stands {text.count(change['replace'])} times in the text, not once."
            )
        text = text.replace(change["replace"], change["with"])
    return text


def _runbook(file: Path, history: Mapping[str, Any]) -> DemoRunbook:
    reviewed = history.get("reviewed")
    newest_first = tuple(_revisions(file.read_text(encoding="utf-8"), history["revisions"]))
    return DemoRunbook(
        slug=file.stem,
        revisions=newest_first[::-1],
        reviewed=DemoReview(**reviewed) if reviewed else None,
    )


def _revisions(text: str, history: Sequence[Mapping[str, Any]]) -> Iterator[DemoRevision]:
    for entry in history:
        yield DemoRevision(
            text=text,
            days_ago=entry["days_ago"],
            by=entry["by"],
            proposed_by=entry.get("proposed_by", entry["by"]),
            kind=entry.get("kind", "edit"),
            why=entry["why"],
        )
        text = take_back(text, entry.get("before", ()))


def _yaml(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))

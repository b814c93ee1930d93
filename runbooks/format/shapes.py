"""The shapes of a parsed runbook: what every room reads. Imported through `runbooks.document`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runbooks.format.placeholders import variable_names

Tier = Literal["observe", "change", "destructive"]
SectionName = Literal[
    "symptoms",
    "trigger",
    "impact",
    "diagnosis",
    "mitigation",
    "resolution",
    "prevention",
    "escalation",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a text: a sentence, its 1-based line and front matter field if known."""

    message: str
    line: int | None = None
    field: str | None = None


class DocumentError(ValueError):
    """The text cannot be a runbook at all. `problems` is never empty."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Command:
    """One fenced (or indented) code block of a step. `line` is 1-based in the whole file."""

    text: str
    language: str = ""
    line: int = 0
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One item of Diagnosis, Mitigation or Resolution."""

    section: SectionName
    position: int  # 1-based within its section, running on across level-3 headings
    label: str  # "D3": a position, never a key
    title: str  # first paragraph in Markdown, without its attributes
    text: str  # plain text of the whole step: what keys are matched by
    markdown: str  # the whole step, dedented, attributes removed
    tier: Tier
    tier_stated: bool
    access: tuple[str, ...] = ()
    undo: str | None = None
    commands: tuple[Command, ...] = ()
    expect: str | None = None  # Markdown after "Expect:"
    group: str = ""  # the level-3 heading that it stands under
    line: int = 0
    line_end: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A level-2 heading and what stands under it. `name` is None for a heading outside the format."""

    name: SectionName | None
    heading: str  # as written
    markdown: str  # body without the heading line
    line: int  # 1-based line of the heading
    steps: tuple[Step, ...] = ()
    #: Body cut into runs in source order: plain Markdown (str) or a Step. Only for sections with steps.
    parts: tuple[str | Step, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """An alert name with optional matchers, `'ApiLatencyHigh{cluster=~"eu-.*"}'`."""

    name: str
    matchers: tuple[tuple[str, str, str], ...] = ()  # (label, "=" | "!=" | "=~" | "!~", value)


@dataclass(frozen=True, slots=True)
class Access:
    how: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    after: str  # as written, "15m"
    after_minutes: int | None
    to: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Meta:
    """Front matter, read tolerantly: `service`/`services`, one word or a list, `warning` -> medium."""

    title: str = ""
    services: tuple[str, ...] = ()
    alerts: tuple[AlertEntry, ...] = ()
    severity: str = ""  # low | medium | high | critical | "" when not stated
    owner: str = ""
    dashboards: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    review_every: int | None = None  # days
    access: Mapping[str, Access] = field(default_factory=dict)
    escalation: tuple[EscalationStep, ...] = ()
    source_url: str = ""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)  # field -> 1-based line


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed runbook. `problems` are tolerable oddities (an unknown key, an unreadable value).

    `text` is the source, and stays whole whatever the problems are.
    """

    text: str
    meta: Meta
    body: str  # after the front matter, as written
    body_line: int  # 1-based line on which the body starts
    preamble: str  # Markdown before the first level-2 heading, without an H1 that repeats the title
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for section in self.sections for step in section.steps)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of `{{ name }}` in commands and their undo, in order of first use."""
        seen: dict[str, None] = {}
        for step in self.steps:
            for command in step.commands:
                seen.update(dict.fromkeys(command.variables))
            seen.update(dict.fromkeys(variable_names(step.undo or "")))
        return tuple(seen)

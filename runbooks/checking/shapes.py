"""What a rule takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from runbooks.checking.passages import Passage, read_passages
from runbooks.destruction import destructive_part
from runbooks.document import Command, Document, Step
from runbooks.drawing.transcripts import typed_text
from runbooks.format.meta import field_of

if TYPE_CHECKING:
    from runbooks.checking.copies import Library


@dataclass(frozen=True, slots=True)
class Finding:
    """What the checker says of a runbook. `mend` is the one thing to do about it."""

    code: str
    message: str
    line: int | None = None  # 1-based, of the file
    field: str | None = None
    blocking: bool = False
    mend: str = ""
    #: What it is about, for telling old debt from new: the words, not the line, which moves.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the text does not say. None where nobody has looked: nothing is then said about it.

    Names are folded (`casefold`), without `@` and `#`; slugs as naming.slug_of writes them.
    """

    owner_active: bool | None = None
    #: User names of active people; with e-mail addresses only where they are known.
    people: frozenset[str] | None = None
    #: Slugs and names of teams, and the handles that are paged: `dba-oncall`.
    teams: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    tools: frozenset[str] | None = None
    services: frozenset[str] | None = None
    alerts: frozenset[str] | None = None
    #: Every slug that leads to a live runbook, old ones too.
    slugs: frozenset[str] | None = None
    #: Slugs of the files beside this one: what a relative link may name besides `slugs`.
    files: frozenset[str] | None = None
    #: The texts that this one may be a copy of, and what it is called among them.
    library: Library | None = None
    name: str = ""


@dataclass(frozen=True)
class Case:
    document: Document
    imported: bool
    facts: Facts

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What the reader is told to do: the steps, and the prose around them, in the order of the text."""
        return tuple(read_passages(self.document))

    @cached_property
    def destroying(self) -> tuple[tuple[Step, Command, str], ...]:
        """Commands of steps that plainly destroy, and the part that does: in a block or in a sentence."""
        within = {id(p.step): p.commands for p in self.passages if p.step is not None}
        return tuple(
            (step, command, part)
            for step in self.document.steps
            for command in (*step.commands, *within.get(id(step), ()))
            if (
                part := destructive_part(
                    typed_text(command.text, command.language), command.language
                )
            )
        )

    @cached_property
    def lines(self) -> list[str]:
        """The body's lines, and nothing of the front matter."""
        return self.document.body.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Each line of the body with its line in the file."""
        return enumerate(self.lines, start=self.document.body_line)


Rule = Callable[[Case], Iterator[Finding]]


def line_of(case: Case, field: str) -> int | None:
    """Where the front matter states a field, however its key is spelt."""
    lines = case.document.meta.lines
    return next((line for key, line in lines.items() if field_of(key) == field), None)

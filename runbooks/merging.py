"""Three texts become one: what both sides changed apart is joined, what they changed alike is asked.

Pure Python: imports no Django. Lines are the unit; nothing is ever dropped: every line of both sides
stands in `Merged.parts`, as text or inside a `Conflict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from merge3 import Merge3

Choice = Literal["live", "proposed", "both"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same place of the base, changed to two different texts. Each may be empty (removed)."""

    base: str
    live: str
    proposed: str
    line: int  # 1-based line of the base


@dataclass(frozen=True, slots=True)
class Merged:
    """Runs of settled text and conflicts, in order."""

    parts: tuple[str | Conflict, ...]

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(part for part in self.parts if isinstance(part, Conflict))

    @property
    def text(self) -> str | None:
        """The whole text where nothing conflicts, else None."""
        return None if self.conflicts else "".join(str(part) for part in self.parts)


def merge(*, base: str, live: str, proposed: str) -> Merged:
    """Bring a proposal that began from `base` to the text that is live now."""
    three = Merge3(_lines(base), _lines(live), _lines(proposed))
    parts: list[str | Conflict] = []
    line = 1
    for kind, *groups in three.merge_groups():
        if kind == "conflict":
            old, ours, theirs = ("".join(group) for group in groups)
            parts.append(Conflict(base=old, live=ours, proposed=theirs, line=line))
            line += len(groups[0])
        else:
            text = "".join(groups[0])
            if parts and isinstance(parts[-1], str):
                parts[-1] += text
            else:
                parts.append(text)
            if kind == "unchanged":
                line += len(groups[0])
    return Merged(tuple(parts))


def settle(merged: Merged, choices: Sequence[Choice | str]) -> str:
    """The text with each conflict answered in order: a `Choice`, or any other string as text of one's own.

    Raises ValueError when there are more conflicts than answers.
    """
    answers = list(choices)
    if len(answers) != len(merged.conflicts):
        raise ValueError(f"{len(merged.conflicts)} places to settle, {len(answers)} answers.")
    return "".join(
        part if isinstance(part, str) else _settled(part, answers.pop(0)) for part in merged.parts
    )


def _settled(conflict: Conflict, choice: str) -> str:
    if choice == "live":
        return conflict.live
    if choice == "proposed":
        return conflict.proposed
    if choice == "both":
        return conflict.live + conflict.proposed
    return choice if not choice or choice.endswith("\n") else choice + "\n"


def _lines(text: str) -> list[str]:
    """Lines with their ends. A last line without one gets it, so that joining two texts never glues lines."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    return lines

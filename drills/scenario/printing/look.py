"""Who looks, and what all printers share: tables, values, the lines of a log. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drills.scenario.bounds import Bound, bounds
from drills.scenario.printing.sayings import LINES, OPPOSITE
from drills.scenario.source import Source, StepFacts
from drills.scenario.world import World

_LITERAL = re.compile(
    r"^(?:it (?:says|prints|shows|answers)|the (?:status|state|value|answer) is"
    r"|(?:state|status|value|result) is"
    r"|should (?:be|print|say)|prints?|says?|shows?|returns?|all|both|each|every \w+)?\s*:?\s*"
    r"[\"“`']?([A-Za-z_]+|\d{1,6})[\"”`']?(?:\s*\([^)]*\))?\s*(?:[.,;]|$)",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:should|must|expect\w*|make sure|ensure|verify|confirm|check that)\b", re.IGNORECASE
)
_TIMES = frozenset({"m", "h", "min", "minute", "minutes", "hour", "hours", "d", "day", "days"})
_NOTHING = re.compile(
    r"^(?:no (?:rows?|output|lines?|results?|errors?|entries|pods?|events?|resources"
    r"|matches|unassigned|other)"
    r"|nothing|empty|none)\b",
    re.IGNORECASE,
)
_CALM = ("accepted, done in 12 ms", "periodic check passed", "config unchanged", "batch of 50 done")


@dataclass(frozen=True, slots=True)
class Look:
    """Whoever looks: at which step, in which world, and whether the trouble shows there."""

    step: StepFacts
    source: Source
    world: World
    troubled: bool
    #: Whose pods are asked for, where a command selects them.
    whose: str = ""

    def pod(self, number: int = 0) -> str:
        return self.world.pod(number, of=self.whose)

    def value(self) -> str:
        """The one thing that the step's expectation speaks of, well or not; "" where it names none."""
        if not self.step.looks:
            return ""  # what an action expects is said after it, and is no output of its own
        limit = next(iter(bounds(self.step.expect)), None) or self._named_in_title()
        if limit:
            return self.world.bad(limit) if self.troubled else self.world.good(limit)
        found = _LITERAL.match(self.step.expect)
        if found and (found[1].casefold() in OPPOSITE or found[1].isdigit()):
            return OPPOSITE.get(found[1].casefold(), "0") if self.troubled else found[1]
        return ""

    def _named_in_title(self) -> Bound | None:
        """A limit in the step's own words: "below 5 % means pressure" names the trouble, "make sure it is
        below 5 %" what is healthy."""
        if self.step.expect or not (found := bounds(self.step.title)):
            return None
        first = next((one for one in found if one.unit.strip() not in _TIMES), None)
        if first is None:
            return None  # "over 30m" is how long one looks
        if _WANTED.search(self.step.title):
            return first
        return Bound(first.value, first.unit, not first.healthy_below)

    def number(self) -> str:
        """The same, without its unit."""
        found = re.match(r"[\d.,]+", self.value())
        return found[0] if found else ""

    def nothing(self) -> bool:
        """Whether it should print nothing, and does."""
        return not self.troubled and bool(_NOTHING.search(self.step.expect))

    def errors(self, most: int = 4) -> list[str]:
        """What a log says of this trouble: the runbook's own lines, else those of its kind."""
        own = [line for line in self.source.log_lines if _sounds_like_a_line(line)]
        return (own or list(LINES.get(self.world.topic.key, LINES[""])))[:most]

    def log(self, most: int = 4) -> str:
        if not self.troubled:
            lines = [_CALM[(n + self.world.start) % len(_CALM)] for n in range(2)]
            return "\n".join(
                f"{self.world.clock(6 + n, 13 + 29 * n)} INFO  {each}"
                for n, each in enumerate(lines)
            )
        said = self.errors()
        return "\n".join(
            (
                f"{self.world.clock(2 * n + 1, 17 * n + 7)}"
                f" {'ERROR' if n % 2 == 0 else 'WARN '} {said[n % len(said)]}"
            )
            for n in range(most)
        )


def _sounds_like_a_line(text: str) -> bool:
    """A line that a program would log, and no query, file or table that the runbook shows."""
    bare = not re.search(
        r"[{}]\s*$|==|-->|^\s*[|#<]|^\w+:\s*\S*$|^[-\w./]+$|\b(?:rate|sum|avg|by)\s*\(", text
    )
    return bare and " " in text.strip() and len(text) < 220


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, between: str = "   ") -> str:
    every = [list(map(str, head)), *[list(map(str, row)) for row in rows]]
    widths = [max(len(row[n]) for row in every) for n in range(len(head))]
    return "\n".join(
        between.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in every
    )

"""The pretended state of the system in a drill: one clock, one cause, numbers that agree. Pure.

Seeded by slug and revision, so that a runbook gets the same world each time and another runbook another one.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from drills.scenario.source import Source, StepFacts

_NUMBER = r"(\d[\d.,]*\d|\d)"
_UNIT = r"(?:\s?(%|ms|s\b|seconds?|minutes?|m\b|h\b|hours?|[KMGT]i?B|rows?|pods?|connections?)|)"
_BELOW = re.compile(
    rf"\b(?:below|under|less than|fewer than|at most|up to|no more than|<=?)\s*{_NUMBER}{_UNIT}",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    rf"\b(?:above|over|exceeds?|more than|at least|greater than|>=?)\s*{_NUMBER}{_UNIT}",
    re.IGNORECASE,
)
_OR_FEWER = re.compile(rf"\b{_NUMBER}{_UNIT}[^.,;]{{0,20}}\bor (?:fewer|less)\b", re.IGNORECASE)
_COMPARED = re.compile(rf"(==|!=|<=|>=|<|>)\s*(?:bool\s*)?{_NUMBER}\s*(%|)", re.IGNORECASE)
_FILLER = {
    *[
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "from",
        "with",
        "is",
        "are",
        "was",
        "be",
        "been",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "if",
        "when",
    ],
    *[
        "check",
        "verify",
        "look",
        "see",
        "make",
        "sure",
        "ensure",
        "any",
        "some",
        "all",
        "not",
        "no",
        "by",
        "as",
        "via",
        "use",
        "using",
        "into",
        "has",
        "have",
        "can",
        "may",
    ],
}
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{2,}")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a text names: `healthy_below` says on which side of it all is well."""

    value: float
    unit: str
    healthy_below: bool


@dataclass(slots=True)
class World:
    source: Source
    rng: random.Random
    start: int  # minutes after midnight
    cause: StepFacts | None
    workload: str
    suffixes: list[str] = field(default_factory=list)

    def clock(self, after: int = 0, second: int = 0) -> str:
        """`after` minutes into the incident, as 02:14:07."""
        minute = (self.start + after) % 1440
        return f"{minute // 60:02d}:{minute % 60:02d}:{second % 60:02d}"

    def time(self, after: int = 0) -> str:
        return self.clock(after)[:5]

    def pod(self, number: int = 0) -> str:
        return f"{self.workload}-{self.suffixes[number % len(self.suffixes)]}"

    def bad(self, bound: Bound) -> str:
        """A number on the wrong side of a limit, plainly and believably."""
        factor = (
            self.rng.choice((1.12, 1.2, 1.35))
            if bound.healthy_below
            else self.rng.choice((0.4, 0.55, 0.7))
        )
        value = bound.value * factor
        if bound.unit.strip() == "%" and bound.healthy_below:
            value = min(value, bound.value + (100 - bound.value) * 0.7)
        return shown(value, bound)

    def good(self, bound: Bound) -> str:
        return shown(bound.value * (0.45 if bound.healthy_below else 1.3), bound)


def world_of(source: Source) -> World:
    rng = random.Random(f"{source.slug}:{source.revision}")  # noqa: S311 -- believable, not secret
    letters = "bcdfghjklmnpqrstvwxz2456789"
    suffixes = [
        f"{''.join(rng.choices('0123456789abcdef', k=9))}-{''.join(rng.choices(letters, k=5))}"
        for _ in range(3)
    ]
    same = suffixes[0].split("-")[0]
    suffixes = [f"{same}-{each.split('-')[1]}" for each in suffixes]
    start = rng.choice(
        (2 * 60 + 14, 3 * 60 + 41, 6 * 60 + 5, 14 * 60 + 22, 19 * 60 + 48, 23 * 60 + 31)
    )
    start += rng.randrange(0, 9)
    workload = re.sub(r"[^a-z0-9]+", "-", (source.services or (source.slug,))[0].casefold()).strip(
        "-"
    )
    return World(source, rng, start, _cause(source, rng), workload or "app", suffixes)


def bounds(text: str) -> list[Bound]:
    """Limits in an expectation, in the order of the text."""
    found: list[tuple[int, Bound]] = []
    for pattern, below in ((_BELOW, True), (_OR_FEWER, True), (_ABOVE, False)):
        found += [
            (m.start(), Bound(_number(m[1]), m[2] or "", below)) for m in pattern.finditer(text)
        ]
    return [bound for _, bound in sorted(found, key=lambda each: each[0])]


def rule_bound(expr: str) -> Bound | None:
    """The limit that an alert's expression ends in: above it, it fires."""
    compared = list(_COMPARED.finditer(expr))
    if not compared or compared[-1][1] in ("==", "!="):
        return None
    last = compared[-1]
    return Bound(_number(last[2]), "", last[1] in (">", ">="))


def trouble_bound(source: Source) -> Bound | None:
    """The limit whose other side is the trouble: the alert's own, else the one that the words name."""
    for rule in source.rules:
        if found := rule_bound(rule.expr):
            return found
    for sentence in (*source.trigger, *source.symptoms, *source.impact):
        for bound in bounds(sentence):
            return Bound(bound.value, bound.unit, not bound.healthy_below)
    return None


def shown(value: float, bound: Bound) -> str:
    unit = bound.unit.strip()
    whole = float(bound.value).is_integer() and (
        bound.value >= 5 or unit.rstrip("s") in ("row", "pod", "connection")
    )
    number = f"{round(value)}" if whole else f"{value:.3g}"
    return number + (unit if unit in ("%", "ms", "s") else f" {unit}" if unit else "")


def words_of(text: str) -> set[str]:
    return {word.rstrip("s") for word in _WORD.findall(text.casefold())} - _FILLER


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return float(re.match(r"\d+", text)[0])  # type: ignore[index]


def _cause(source: Source, rng: random.Random) -> StepFacts | None:
    """The diagnosis step that shows the culprit: one that a mitigation speaks of, and not the first where
    there are others, so that the players walk through some that show nothing."""
    looking = [step for step in source.steps if step.section == "diagnosis"]
    if not looking:
        return None
    acting = set().union(
        *(words_of(s.text) for s in source.steps if s.section != "diagnosis"), set()
    )
    scored = [
        (
            len(words_of(step.title) & acting) + (2 if step.expect else 0) + bool(step.commands),
            n,
            step,
        )
        for n, step in enumerate(looking)
    ]
    later = [each for each in scored if each[1] > 0] or scored
    best = max(each[0] for each in later)
    return rng.choice([step for score, _, step in later if score >= best - 1])

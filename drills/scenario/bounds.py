"""Limits that a text or an alert's rule names, and numbers on either side of them. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMBER = r"(\d[\d.,]*\d|\d)"
_UNIT = (
    r"(?:\s?(%|percent\b|ms\b|s\b|seconds?\b|minutes?\b|min\b|m\b|h\b|hours?\b|days?\b"
    r"|d\b|weeks?\b|[KMGT]i?B\b"
    r"|rows?\b|pods?\b|nodes?\b|connections?\b|sessions?\b|errors?\b|messages?\b"
    r"|requests?\b|jobs?\b|files?\b)|)"
)
_BELOW = re.compile(
    rf"\b(?:below|under|less than|fewer than|lower than|smaller than|younger than|at most|up to|within"
    rf"|no more than|not more than|max(?:imum)?(?: of)?|unter|weniger als|<=?)\s*{_NUMBER}{_UNIT}",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    rf"\b(?:above|over|exceeds?|more than|at least|greater than|higher than"
    rf"|no less than|min(?:imum)?(?: of)?"
    rf"|über|mindestens|>=?)\s*{_NUMBER}{_UNIT}",
    re.IGNORECASE,
)
_SIGN = re.compile(rf"(?<![-=<>\w])(<=?|>=?|≤|≥)\s*{_NUMBER}{_UNIT}")
_OR_FEWER = re.compile(rf"\b{_NUMBER}{_UNIT}[^.,;]{{0,20}}\bor (?:fewer|less)\b", re.IGNORECASE)
_COMPARED = re.compile(rf"(==|!=|<=|>=|<|>)\s*(?:bool\s*)?{_NUMBER}\s*(%|)", re.IGNORECASE)
_COUNTED = (
    "row",
    "pod",
    "node",
    "connection",
    "session",
    "error",
    "message",
    "request",
    "job",
    "file",
)
#: Nobody's limit stands further on, or has more digits.
_LONGEST, _MOST_DIGITS = 2_000, 15
_TIGHT = ("%", "ms", "s")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a text names: `healthy_below` says on which side of it all is well."""

    value: float
    unit: str
    healthy_below: bool

    @property
    def whole(self) -> bool:
        unit = self.unit.strip().rstrip("s").casefold()
        return float(self.value).is_integer() and (self.value >= 5 or unit in _COUNTED)

    @property
    def words(self) -> str:
        return shown(self.value, self)


def bounds(text: str) -> list[Bound]:
    """Limits in an expectation, in the order of the text: what is named there is what is healthy."""
    text = text[:_LONGEST]
    found: list[tuple[int, Bound]] = []
    for pattern, below in ((_BELOW, True), (_OR_FEWER, True), (_ABOVE, False)):
        found += [
            (m.start(), Bound(number(m[1]), m[2] or _percent(text, m), below))
            for m in pattern.finditer(text)
        ]
    for m in _SIGN.finditer(text):
        if not any(abs(m.start() - at) < 12 for at, _ in found):
            found.append((m.start(), Bound(number(m[2]), m[3] or "", m[1] in ("<", "<=", "≤"))))
    return [bound for _, bound in sorted(found, key=lambda each: each[0])]


def _percent(text: str, match: re.Match[str]) -> str:
    """A bare number after a word that speaks of a share of hundred."""
    before = text[max(0, match.start() - 30) : match.start()].casefold()
    spoken = re.search(r"percent|pct|\busage|utili[sz]ation", before)
    return "%" if spoken and 1 < number(match[1]) <= 100 else ""


def rule_bound(expr: str) -> Bound | None:
    """The limit that an alert's expression ends in: on its other side, it fires."""
    compared = list(_COMPARED.finditer(expr))
    if not compared or compared[-1][1] in ("==", "!="):
        return None
    last = compared[-1]
    return Bound(number(last[2]), "", last[1] in (">", ">="))


def trouble_in(sentences: Iterable[str]) -> Bound | None:
    """The limit whose other side is the trouble, as a symptom or a trigger names it."""
    for sentence in sentences:
        for bound in bounds(sentence):
            return Bound(bound.value, bound.unit, not bound.healthy_below)
    return None


def bad(bound: Bound, rng: random.Random) -> float:
    """A number plainly and believably on the wrong side."""
    value = bound.value
    if bound.healthy_below:
        if value == 0:
            return float(rng.choice((2, 3, 7)))
        worse = value * rng.choice((1.3, 1.7, 2.4))
        if bound.unit.strip() in ("%", "percent") and value < 100:
            worse = value + (100 - value) * rng.choice((0.4, 0.6, 0.7))
        elif bound.unit == "" and 0.3 <= value < 1:
            worse = value + (1 - value) * rng.choice((0.4, 0.6, 0.7))
        return max(round(worse), value + 1) if bound.whole else worse
    less = value * rng.choice((0.3, 0.45, 0.6))
    if bound.whole or (float(value).is_integer() and value <= 5):
        return max(0.0, min(round(less), value - 1))
    return less


def good(bound: Bound, rng: random.Random) -> float:
    value = bound.value
    if bound.healthy_below:
        share = value * rng.choice((0.25, 0.4, 0.55))
        return (
            float(int(share))
            if bound.whole or (value <= 1 and float(value).is_integer())
            else share
        )
    top = value * rng.choice((1.15, 1.3, 1.6))
    if bound.unit.strip() in ("%", "percent"):
        top = value + (100 - value) * rng.choice((0.4, 0.7, 0.9))
    return float(max(round(top), value + 1)) if bound.whole else top


def near(bound: Bound) -> str:
    """A number just inside the limit: right by the letter, and nobody is easy with it."""
    step = max(1.0, round(bound.value * 0.02)) if bound.whole else bound.value * 0.02
    return shown(bound.value - step if bound.healthy_below else bound.value + step, bound)


def shown(value: float, bound: Bound) -> str:
    unit = bound.unit.strip()
    if bound.whole or float(value).is_integer():
        text = f"{round(value):,}" if value >= 10_000 else f"{round(value)}"
    else:
        text = f"{value:.3g}" if value < 1000 else f"{round(value)}"
    if not unit:
        return text
    return f"{text} %" if unit == "%" else f"{text}{'' if unit in _TIGHT else ' '}{unit}"


def number(text: str) -> float:
    text = text[:_MOST_DIGITS]
    try:
        return float(text.replace(",", ""))
    except ValueError:
        found = re.match(r"\d+", text)
        return float(found[0]) if found else 0.0

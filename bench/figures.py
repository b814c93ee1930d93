"""The table: what was measured, its limit, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line. `value` and `limit` are in `unit`; without a limit it is for information."""

    part: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def shown(value: float, unit: str) -> str:
    digits = 2 if unit in ("x", "s", "") or abs(value) < 10 else 0
    return f"{value:.{digits}f}{'' if unit in ('x', '') else ' '}{unit}"


def table(figures: list[Figure]) -> str:
    rows = [
        "| part | measured | value | limit | holds | |",
        "| --- | --- | ---: | ---: | --- | --- |",
    ]
    for each in figures:
        limit = ""
        if each.limit is not None:
            limit = f"{'≥' if each.at_least else '≤'} {shown(each.limit, each.unit)}"
        verdict = "" if each.limit is None else "yes" if each.holds else "**no**"
        value = shown(each.value, each.unit)
        rows.append(f"| {each.part} | {each.what} | {value} | {limit} | {verdict} | {each.note} |")
    bound = [each for each in figures if each.limit is not None]
    held = sum(each.holds for each in bound)
    return "\n".join(rows) + f"\n\n{held} of {len(bound)} limits hold."

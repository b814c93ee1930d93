"""What a new version of a rule changes: expression, threshold, `for`, severity. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_TOKEN = re.compile(
    r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`"""  # quoted
    r"|#[^\n]*"  # a comment
    r"|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])"  # a number
    r"|[\w:.$]+|[=!<>]=|=~|!~|\S"
)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))


class Compared(Protocol):
    alert: str
    expr: str
    pending_for: str
    severity: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """`field` is expr, threshold, for or severity; `before` and `after` are what the file says."""

    alert: str
    field: str
    before: str
    after: str
    group: str = ""
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.field} was {self.before or 'empty'}, is {self.after or 'empty'}"


def changes_between(
    before: Compared, after: Compared, *, group: str = "", origin: str = ""
) -> list[RuleChange]:
    """At most one for each field. Spaces and comments in an expression do not count."""
    found: list[tuple[str, str, str]] = []
    old, new = _read(before.expr), _read(after.expr)
    if old != new:
        if old.shape == new.shape:
            pairs = [(a, b) for a, b in zip(old.thresholds, new.thresholds, strict=True) if a != b]
            found.append(
                ("threshold", ", ".join(a for a, _ in pairs), ", ".join(b for _, b in pairs))
            )
        else:
            found.append(("expr", before.expr, after.expr))
    if before.pending_for != after.pending_for:
        found.append(("for", before.pending_for, after.pending_for))
    if before.severity != after.severity:
        found.append(("severity", before.severity, after.severity))
    return [RuleChange(after.alert, *change, group, origin) for change in found]


@dataclass(frozen=True, slots=True)
class _Expression:
    """PromQL without its spaces and comments; `shape` has a gap where something is compared with a number."""

    shape: tuple[str, ...]
    thresholds: tuple[str, ...]


def _read(expr: str) -> _Expression:
    tokens = [token for token in _TOKEN.findall(expr) if not token.startswith("#")]
    shape: list[str] = []
    thresholds: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        shape.append(token)
        if token not in _COMPARISONS:
            continue
        while tokens[position : position + 1] in (["bool"], ["("]):
            shape.append(tokens[position])
            position += 1
        sign = tokens[position] if tokens[position : position + 1] in (["-"], ["+"]) else ""
        number = "".join(tokens[position + len(sign) : position + len(sign) + 1])
        if _NUMBER.fullmatch(number):
            shape.append("")
            thresholds.append(f"{token} {sign}{number}")
            position += len(sign) + 1
    return _Expression(tuple(shape), tuple(thresholds))

"""Whether to believe a page, in words: how fresh its review is, and what is known to be wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

State = Literal["fresh", "due", "late", "never"]

#: A review that falls due within so many days is shown as due, so that it is seen before it is late.
DUE_SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Freshness:
    """`state` chooses the shape (full, half, empty, dotted circle); `words` always stand beside it."""

    state: State
    words: str


def freshness(*, reviewed_on: date | None, due_on: date | None, today: date) -> Freshness:
    if due_on is not None and due_on < today:
        return Freshness("late", f"review {days(today - due_on)} overdue")
    if due_on is not None and (due_on - today).days <= DUE_SOON_DAYS:
        when = "today" if due_on == today else f"in {days(due_on - today)}"
        return Freshness("due", f"review due {when}")
    if reviewed_on is not None:
        return Freshness("fresh", f"reviewed {ago(reviewed_on, today=today)}")
    return Freshness("never", "not reviewed yet")


def days(span: Any) -> str:
    count = span.days
    return "1 day" if count == 1 else f"{count} days"


def ago(then: date, *, today: date) -> str:
    """E.g. "today", "yesterday", "17 days ago", "4 months ago", "2 years ago"."""
    count = (today - then).days
    if count <= 0:
        return "today"
    if count == 1:
        return "yesterday"
    if count < 90:
        return f"{count} days ago"
    if count < 730:
        return f"{count // 30} months ago"
    return f"{count // 365} years ago"


@dataclass(frozen=True, slots=True)
class Wrong:
    """The worst that readers reported: where it stands on the page, and a sentence."""

    label: str
    words: str
    short: str  # for a list


_WORST_FIRST = ("wrong", "blocked", "missing", "unclear")


def worst(reports: Iterable[Mapping[str, Any]]) -> Wrong | None:
    """The first of `TrustLine.reports` by verdict, or None when nothing is reported."""
    known = [r for r in reports if r.get("verdict") in _WORST_FIRST]
    if not known:
        return None
    first = min(known, key=lambda r: _WORST_FIRST.index(r["verdict"]))
    count = int(first.get("count", 1))
    times = "1 report" if count == 1 else f"{count} reports"
    label, verdict = str(first["label"]), first["verdict"]
    words = f"{label} is reported {verdict}, {times}"
    others = {str(r["label"]): r["verdict"] for r in reversed(known) if str(r["label"]) != label}
    if len(others) == 1:
        words += "; " + " ".join(*others.items())
    elif others:
        words += f"; {len(others)} more steps reported"
    return Wrong(label, words, f"{label} reported {verdict}")

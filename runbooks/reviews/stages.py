"""The stages of a due review, and what is said at each. Pure: days in, stages and words out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from runbooks.reviews.models import Reminder
from runbooks.trust import days

Stage = Reminder.Stage

#: Days from the day that a review is due, in their order. All are whole weeks: one that falls on a weekend
#: goes out on Monday with no other of its review.
OFFSETS: dict[Stage, int] = {
    Stage.BEFORE_14: -14,
    Stage.DUE: 0,
    Stage.AFTER_7: 7,
    Stage.AFTER_14: 14,
    Stage.AFTER_28: 28,
}
#: The stage from which a deputy and a team's lead are told, too.
DEPUTY_FROM = Stage.AFTER_14
LEAD_FROM = Stage.AFTER_28
IN_ORDER = tuple(OFFSETS)
#: Reviews that are further off concern nobody yet.
AHEAD = timedelta(days=-min(OFFSETS.values()))
SATURDAY = 5


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY


@dataclass(frozen=True, slots=True)
class Tell:
    """The stage to tell, and the earlier ones that it takes the place of."""

    stage: Stage
    instead_of: tuple[Stage, ...]


def to_tell(
    *, due_on: date, today: date, begins: Stage, known: Collection[str] = ()
) -> Tell | None:
    """What a person who is told from the stage `begins` on has to hear today.

    `known` are the stages that they were told of, or that were told in another's place. None where nothing
    new is reached.
    """
    reached = [
        stage
        for stage in IN_ORDER[IN_ORDER.index(begins) :]
        if due_on + timedelta(days=OFFSETS[stage]) <= today
    ]
    if not reached or reached[-1] in known:
        return None
    *earlier, latest = reached
    return Tell(latest, tuple(stage for stage in earlier if stage not in known))


def in_words(due_on: date, today: date) -> str:
    """As "due in 14 days", "due today", "8 days overdue"."""
    if due_on > today:
        return f"due in {days(due_on - today)}"
    return "due today" if due_on == today else f"{days(today - due_on)} overdue"

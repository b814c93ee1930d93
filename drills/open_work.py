"""What is still open of past drills: gaps and action items, by team and by how long they are open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet

from drills import readers
from drills.models import ActionItem, Drill, UpdateNote
from portal.accounts.access import Viewer
from runbooks.models import Runbook

#: The last day of each stretch, and what it is called.
STRETCHES = ((30, "30 days"), (60, "60 days"), (90, "90 days"))
LONGER = "longer"
_MOST = 500


@dataclass(slots=True)
class Work:
    """One gap or action item. `late`: past its day, or open for longer than 90 days."""

    what: str
    url: str
    runbook: Runbook
    who: str
    since: date
    due: date | None
    late: bool
    severity: str


@dataclass(slots=True)
class OfTeam:
    name: str
    rows: list[Work] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def late(self) -> int:
        return sum(row.late for row in self.rows)


def by_team(who: Viewer, *, today: date) -> list[OfTeam]:
    """The team with most that is late comes first. Two queries."""
    done = (Drill.State.REPORTING, Drill.State.SIGNED_OFF)
    seen = readers.read_by(who).filter(state__in=done).order_by().values("pk")
    teams: dict[str, OfTeam] = {}
    for team, row in _work(seen, today):
        found = teams.setdefault(team, OfTeam(team))
        found.rows.append(row)
        stretch = _stretch((today - row.since).days)
        found.counts[stretch] = found.counts.get(stretch, 0) + 1
    for found in teams.values():
        found.rows.sort(key=lambda row: (not row.late, row.since))
    return sorted(teams.values(), key=lambda team: (-team.late, team.name))


def _stretch(days: int) -> str:
    return next((words for last, words in STRETCHES if days <= last), LONGER)


def _work(seen: QuerySet[Drill, Any], today: date) -> Iterable[tuple[str, Work]]:
    notes = UpdateNote.objects.still_open().filter(drill__in=seen)
    for note in notes.select_related("drill__team", "drill__runbook__owner")[:_MOST]:
        since = (note.drill.began_at or note.drill.starts_at).date()
        yield (
            _team(note.drill),
            Work(
                what=note.gap,
                url=f"/drills/{note.drill_id}/update-notes#note-{note.pk}",
                runbook=note.drill.runbook,
                who=str(note.drill.runbook.owner),
                since=since,
                due=None,
                late=(today - since).days > STRETCHES[-1][0],
                severity=note.get_severity_display(),
            ),
        )
    items = ActionItem.objects.filter(drill__in=seen, done_at=None)
    for item in items.select_related("drill__team", "drill__runbook", "owner")[:_MOST]:
        yield (
            _team(item.drill),
            Work(
                what=item.text,
                url=f"/drills/{item.drill_id}/report#actions",
                runbook=item.drill.runbook,
                who=str(item.owner),
                since=item.made_at.date(),
                due=item.due_on,
                late=item.due_on < today,
                severity=item.get_priority_display(),
            ),
        )


def _team(drill: Drill) -> str:
    return drill.team.name if drill.team else "No team"

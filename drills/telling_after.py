"""Who is told what came of a drill: the runbook's owner of its update notes, and who has something to do."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from drills.models import ActionItem, Drill, UpdateNote
from portal.accounts.models import User
from portal.notify import outbox
from portal.notify.body import Action, Body, Item, Section
from portal.notify.kinds import Kind

NOTES = Kind("drill.notes", "What drills found in runbooks of yours", daily="What drills found")
ACTIONS = Kind(
    "drill.action", "What you are to do after a drill", daily="What you are to do after a drill"
)


def notes_wait(drill: Drill, *, by: User, now: datetime | None = None) -> None:
    """The owner is told once; not the one who closed the hot wash: they look at the notes already."""
    owner = drill.runbook.owner
    notes = list(drill.notes.undecided())
    if not notes or owner is None or owner == by or not owner.is_active:
        return
    url = reverse("drills:update_notes", args=[drill.pk])
    many = "1 gap" if len(notes) == 1 else f"{len(notes)} gaps"
    outbox.tell(
        person=owner,
        key=f"drill-{drill.pk}-notes",
        kind=NOTES.name,
        subject=f"A drill found {many}: {drill.runbook.title}",
        body=Body(
            intro="For each gap there is a change to accept, edit or reject. Nothing is live until then.",
            sections=[
                Section(
                    title="What was found",
                    items=[
                        Item(
                            title=note.gap,
                            url=f"{url}#note-{note.pk}",
                            words=note.get_severity_display(),
                        )
                        for note in notes
                    ],
                )
            ],
        ),
        url=url,
        urgent=any(note.severity == UpdateNote.Severity.CRITICAL for note in notes),
        now=now,
    )


def action_given(item: ActionItem, *, by: User, now: datetime | None = None) -> None:
    """Who has to do it is told once for each time that it becomes theirs."""
    if item.owner == by or not item.owner.is_active:
        return
    url = reverse("drills:report", args=[item.drill_id])
    outbox.tell(
        person=item.owner,
        key=f"drill-action-{item.pk}-{item.owner_id}",
        kind=ACTIONS.name,
        subject=f"To do after a drill: {item.text}",
        body=Body(
            intro=f"{by} gave you this after the drill “{item.drill.title}”.",
            sections=[
                Section(
                    title="To do",
                    items=[
                        Item(
                            title=item.text,
                            url=f"{url}#actions",
                            words=f"Until {item.due_on:%-d %B %Y}, {item.get_priority_display()}.",
                            action=Action(label="Open the report", url=f"{url}#actions"),
                        )
                    ],
                )
            ],
        ),
        url=url,
        now=now,
    )

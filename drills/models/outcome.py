"""What came of a drill: gaps with what the runbook should say instead, and work that changes no runbook."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When

from drills.models.drill import Drill
from drills.models.happened import Entry, Verdict
from drills.models.scenarios import Scenario
from runbooks.models import Proposal, Revision

PERSON = settings.AUTH_USER_MODEL


#: A note whose change waits in such a proposal, or went live by it, is out. One that was sent back is not.
_OUT = (Proposal.State.OPEN, Proposal.State.ACCEPTED)


class NoteSet(models.QuerySet["UpdateNote"]):
    def still_open(self) -> Self:
        """The gap is neither published away, nor re-tested, nor lived with."""
        return self.filter(closed="")

    def undecided(self) -> Self:
        return self.still_open().filter(state=UpdateNote.State.OPEN)

    def ready(self) -> Self:
        """Accepted, and in no proposal yet. As `is_ready`, for one."""
        accepted = self.still_open().filter(state=UpdateNote.State.ACCEPTED)
        return accepted.exclude(proposal__state__in=_OUT)

    def worst_first(self) -> Self:
        places = enumerate(UpdateNote.Severity.values)
        order = Case(*(When(severity=value, then=place) for place, value in places))
        return self.order_by(order, "pk")


class UpdateNote(models.Model):
    """A gap that a drill found, and what the runbook should say instead. The owner decides on each by itself.

    A gap closes only by a published change, a re-test that worked, or a reasoned waiver.
    """

    class Severity(models.TextChoices):
        CRITICAL = "critical", "critical"
        HIGH = "high", "high"
        MEDIUM = "medium", "medium"
        LOW = "low", "low"

    class State(models.TextChoices):
        OPEN = "open", "waits for the owner"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    class Closed(models.TextChoices):
        PUBLISHED = "published", "by a published change"
        RETESTED = "retested", "by a re-test that worked"
        WAIVED = "waived", "waived"

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="notes")
    step_key = models.CharField(max_length=12, blank=True)
    step_label = models.CharField(max_length=12, blank=True)
    gap = models.TextField(help_text="What went wrong, in a sentence.")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    observations: models.ManyToManyField[Entry, Any] = models.ManyToManyField(
        Entry, blank=True, related_name="notes"
    )
    #: The step's Markdown as it stood, and as it should be. Empty `after`: no change proposed yet.
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    writer = models.CharField(max_length=8, choices=Scenario.Writer.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    proposal = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="drill_notes"
    )
    closed = models.CharField(max_length=9, choices=Closed.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_drill = models.ForeignKey(
        Drill, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    waiver = models.TextField(blank=True)
    made_at = models.DateTimeField()

    objects = NoteSet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(closed="waived") | ~Q(waiver=""), name="a_waived_gap_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return self.gap[:60]

    @property
    def is_undecided(self) -> bool:
        return self.state == self.State.OPEN and not self.closed

    @property
    def is_out(self) -> bool:
        """Its change waits in a proposal, or went live by one: nobody decides on it any more."""
        return self.proposal is not None and self.proposal.state in _OUT

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.ACCEPTED and not self.closed and not self.is_out


class ActionItem(models.Model):
    """Work that came out of a drill and is no change of the runbook."""

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="actions")
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="action_items")
    due_on = models.DateField()
    priority = models.CharField(max_length=8, choices=UpdateNote.Severity.choices)
    note = models.ForeignKey(
        UpdateNote, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = (F("done_at").asc(nulls_first=True), "due_on", "pk")

    def __str__(self) -> str:
        return self.text

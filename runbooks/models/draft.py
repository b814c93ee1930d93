"""What somebody is writing and has not proposed yet, and what an open proposal said before it was changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from runbooks.models.proposal import Proposal
from runbooks.models.runbook import Runbook


class Draft(models.Model):
    """The text of one editor window. Each window has its key, so that two of one person do not fight."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    runbook = models.ForeignKey(
        Runbook, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    proposal = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    tab = models.CharField(max_length=40)
    text = models.TextField()
    base = models.ForeignKey(
        "runbooks.Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField()
    #: What else stood in the form: why, slug, and what the editor was opened for (gap, report, review).
    also = models.JSONField(default=dict, blank=True)
    #: Thrown away by its writer, who may still take it back.
    thrown_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-updated_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "tab"], name="one_draft_per_window")
        ]

    def __str__(self) -> str:
        return f"draft of {self.person_id} for {self.runbook_id or 'a new runbook'}"


class EarlierText(models.Model):
    """A text that an open proposal had before it was edited or merged: nothing that was saved is gone."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="earlier")
    text = models.TextField()
    base = models.ForeignKey(
        "runbooks.Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"earlier text of {self.proposal_id}"

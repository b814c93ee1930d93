"""What the checker says of live runbooks, what a lead waived of it, and the names that it knows."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from runbooks.models.runbook import Runbook

#: Characters of what a finding is about that are kept and compared.
MOST_ABOUT = 500


class Debt(models.Model):
    """A finding of a live runbook, as of its last check. Made anew with every revision and every check."""

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="debts")
    code = models.CharField(max_length=40)
    message = models.TextField()
    mend = models.TextField(blank=True)
    about = models.CharField(max_length=MOST_ABOUT, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    field = models.CharField(max_length=60, blank=True)
    blocking = models.BooleanField(default=False)
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["code", "runbook"], name="debt_by_code")]

    def __str__(self) -> str:
        return f"{self.code} of {self.runbook_id}"


class Waiver(models.Model):
    """A lead lives with a finding of one runbook, and says why."""

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="waivers")
    code = models.CharField(max_length=40)
    about = models.CharField(
        max_length=MOST_ABOUT,
        blank=True,
        help_text="The words that the finding is about; empty: all findings with this code.",
    )
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waivers"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["runbook", "code", "about"], name="one_waiver_of_a_finding"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_waiver_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.runbook_id} waived by {self.by}"

    def covers(self, code: str, about: str) -> bool:
        return self.code == code and self.about in ("", about[:MOST_ABOUT])


class KnownName(models.Model):
    """A tool, handle or channel of the company: text that names another one has a finding."""

    class Kind(models.TextChoices):
        TOOL = "tool", "tool"
        HANDLE = "handle", "handle"
        CHANNEL = "channel", "channel"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=100, help_text="Without @ or #.")
    folded = models.CharField(max_length=100, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "folded")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "folded"], name="one_known_name")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

"""What a reader says of a step: kept with the text that they saw."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from runbooks.models.revision import Revision
from runbooks.models.runbook import Runbook


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> ReportQuerySet:
        return self.filter(closed_at=None)


class Report(models.Model):
    """A verdict on a step. It closes with the revision that answers it, or with a word."""

    class Verdict(models.TextChoices):
        WRONG = "wrong", "wrong"
        BLOCKED = "blocked", "blocked"
        MISSING = "missing", "missing"
        UNCLEAR = "unclear", "unclear"

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="reports")
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, related_name="+", help_text="What the reader saw."
    )
    key = models.CharField(max_length=12)
    label = models.CharField(max_length=12)
    step_text = models.TextField(help_text="The step as the reader saw it.")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    words = models.TextField(blank=True)
    command = models.TextField(blank=True, help_text="A better one, suggested and not reviewed.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reports",
    )
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_by = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="answered"
    )
    answer = models.TextField(blank=True, help_text="Why nothing had to change.")

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["runbook", "closed_at"], name="report_by_state")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_by__isnull=False),
                name="a_person_closes_a_report",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.verdict}"

"""What is played: a narrative, and its injects one by one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from runbooks.models import Revision, Runbook

PERSON = settings.AUTH_USER_MODEL


class Scenario(models.Model):
    """A narrative with injects for one revision. One that belongs to a drill is that drill's own copy; one
    without is in the scenario library."""

    class Writer(models.TextChoices):
        AI = "ai", "written by AI"
        OFFLINE = "offline", "written by the offline writer"
        PERSON = "person", "written by a person"

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="scenarios")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    writer = models.CharField(max_length=8, choices=Writer.choices)
    #: Why the offline writer wrote it although AI was asked, in a sentence.
    writer_note = models.CharField(max_length=500, blank=True)
    minutes = models.PositiveIntegerField(default=45)
    start_state = models.TextField(blank=True)
    narrative = models.TextField(blank=True)
    objectives: models.JSONField[Any, Any] = models.JSONField(default=list)  # [text]
    #: [{"text", "step": key or null}]
    assumptions: models.JSONField[Any, Any] = models.JSONField(default=list)
    #: [{"step": key, "label", "command", "output"}]
    readings: models.JSONField[Any, Any] = models.JSONField(default=list)
    #: What the guards found: [{"where", "name", "words"}]
    flags: models.JSONField[Any, Any] = models.JSONField(default=list)
    cloned_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="clones"
    )
    made_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.title


class Inject(models.Model):
    """One thing that is revealed. Players see only `text` and `channel`, and those only once sent."""

    class Channel(models.TextChoices):
        ALERT = "alert", "alert"
        CHAT = "chat", "chat"
        PHONE = "phone", "phone"
        CUSTOMER = "customer", "customer"
        EXECUTIVE = "executive", "executive"

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        SENT = "sent", "sent"
        ASIDE = "aside", "set aside"
        SKIPPED = "skipped", "skipped"

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="injects")
    position = models.PositiveIntegerField()
    at_minutes = models.PositiveIntegerField()
    channel = models.CharField(max_length=9, choices=Channel.choices)
    text = models.TextField()
    player = models.CharField(max_length=100, blank=True, help_text="Whom it is meant for.")
    expected = models.TextField(blank=True)
    #: The step that it tests; empty: outside the runbook.
    step_key = models.CharField(max_length=12, blank=True)
    step_label = models.CharField(max_length=12, blank=True)
    hints: models.JSONField[Any, Any] = models.JSONField(default=list)
    hints_given = models.PositiveIntegerField(default=0)
    twist = models.BooleanField(default=False)
    milestone = models.CharField(max_length=40, blank=True)
    objective = models.CharField(max_length=300, blank=True)
    evaluator_note = models.TextField(blank=True)
    improvised = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_second = models.PositiveIntegerField(null=True, blank=True, help_text="Drill clock.")

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.position}: {self.text[:60]}"

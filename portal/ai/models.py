"""What was asked of a model, for whom, what it cost, what came back: rows are queue and audit."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from portal.accounts.models import Team


class Job(models.Model):
    """A piece of writing. Its room's handler asks the model, or the offline writer, and keeps the result."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    kind = models.CharField(max_length=40, help_text="As drills.scenario; the room's handler.")
    #: What the handler needs, ids and words: JSON.
    about: models.JSONField[Any, Any] = models.JSONField(default=dict)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="ai_jobs"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="ai_jobs"
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    #: Renewed while it runs: one that stands still is taken up again.
    beat_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.CharField(max_length=40, blank=True)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    #: What the page says while it runs, and how far it is: 0 to 100.
    progress = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=500, blank=True)
    cancel_asked = models.BooleanField(default=False)
    #: Where the result is, as {"scenario": 12}; and "ai" or "offline".
    result: models.JSONField[Any, Any] = models.JSONField(default=dict)
    writer = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar = [models.Index(fields=["state", "beat_at"], name="ai_job_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"


class Ask(models.Model):
    """One request to the model: which prompt, hashes of what went in, what came out, tokens and cost."""

    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="asks"
    )
    purpose = models.CharField(max_length=40)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(db_index=True)
    model = models.CharField(max_length=100)
    prompt = models.CharField(max_length=100, help_text="Name and version of the prompt file.")
    prompt_sha256 = models.CharField(max_length=64)
    input_sha256 = models.CharField(max_length=64)
    redacted = models.PositiveIntegerField(default=0, help_text="Secrets taken out before sending.")
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    #: Millionths of a US dollar.
    cost_micros = models.PositiveBigIntegerField(default=0)
    output = models.TextField(blank=True, help_text="Removed after AI_KEEP_DAYS.")
    stop_reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=500, blank=True)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar = [models.Index(fields=["team", "at"], name="ai_ask_by_month")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.at}"

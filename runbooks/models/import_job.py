"""What somebody uploads to be brought in. The row is the queue: Celery is only the nudge."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class ImportJobs(models.QuerySet["ImportJob"]):
    def to_do(self, *, stuck_since: datetime) -> ImportJobs:
        """What waits for a worker, and what a worker that is gone had begun."""
        waits = Q(state=ImportJob.State.WAITING)
        stuck = Q(state=ImportJob.State.RUNNING, heartbeat_at__lt=stuck_since)
        return self.filter(waits | stuck)


class ImportJob(models.Model):
    """An upload, looked at first and then, once a person has confirmed it, brought in.

    `phase` is what a worker does next or is doing; `state` whether anybody is at it. The uploaded files lie
    in a private folder that `key` names; they are removed when the job has ended.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", "files are arriving"
        WAITING = "waiting", "waits for the worker"
        RUNNING = "running", "the worker is at it"
        READY = "ready", "waits for you to confirm"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "could not be done"

    class Phase(models.TextChoices):
        LOOK = "look", "Looking at"
        WORK = "work", "Bringing in"

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200, help_text="As the person calls the file or folder.")
    size = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVING)
    phase = models.CharField(max_length=5, choices=Phase.choices, default=Phase.LOOK)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports"
    )
    created_at = models.DateTimeField()
    #: What the person chose in the form, as the kind reads it.
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancel_asked = models.BooleanField(default=False)

    claim = models.CharField(max_length=32, blank=True, help_text="The worker that is at it.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    doing = models.CharField(max_length=120, blank=True, help_text="In words, for the page.")

    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    notes: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    problem = models.TextField(blank=True, help_text="A sentence: why it could not be done.")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobs.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(
                fields=["heartbeat_at"],
                name="import_jobs_not_ended",
                condition=Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"

    @property
    def moves(self) -> bool:
        """Whether the page has something to wait for."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def ended(self) -> bool:
        return self.state in (self.State.DONE, self.State.CANCELLED, self.State.FAILED)


class ImportedFile(models.Model):
    """One file of an upload: what would become of it, and once that is done, what did."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1000)
    outcome = models.CharField(max_length=10)
    slug = models.CharField(max_length=200, blank=True)
    title = models.TextField(blank=True)
    owner = models.CharField(max_length=150, blank=True)
    owner_guessed = models.BooleanField(default=False)
    debts = models.PositiveIntegerField(null=True, blank=True)
    attachments = models.PositiveIntegerField(default=0)
    sentences: models.JSONField[list[str], list[str]] = models.JSONField(default=list)

    class Meta:
        ordering = ("path", "pk")
        indexes: ClassVar = [
            models.Index(fields=["job", "outcome", "path"], name="imported_by_outcome")
        ]

    def __str__(self) -> str:
        return self.path

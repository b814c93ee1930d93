"""Revisions: immutable versions of a runbook, with what is made of them once at publishing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from runbooks.models.runbook import Runbook


class Revision(models.Model):
    """An immutable version. A trigger in the database refuses UPDATE and DELETE."""

    runbook = models.ForeignKey(Runbook, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    text = models.TextField()
    proposal = models.OneToOneField(
        "runbooks.Proposal", on_delete=models.PROTECT, related_name="revision"
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="revisions_accepted"
    )
    accepted_at = models.DateTimeField()
    why = models.TextField(blank=True)

    class Meta:
        ordering = ("runbook", "-number")
        constraints = [
            models.UniqueConstraint(fields=["runbook", "number"], name="one_revision_per_number")
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.runbook_id}"


class Rendering(models.Model):
    """A revision's HTML and facts, made once, so that reading is one query. May be made again."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="rendering")
    #: rendering.RENDERER_VERSION that made it
    renderer = models.PositiveIntegerField()
    steps_html = models.TextField(blank=True)
    background_html = models.TextField(blank=True)
    escalation_html = models.TextField(blank=True)
    plain = models.TextField(blank=True)
    #: index, here_if, variables, services, alerts, dashboards, related, escalation: what the page shows
    facts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"rendering of {self.revision_id}"


class Step(models.Model):
    """One step of one revision. `key` is carried from revision to revision; `label` is a position."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=12)
    label = models.CharField(max_length=12)
    section = models.CharField(max_length=12)
    position = models.PositiveIntegerField()
    title = models.TextField()
    text = models.TextField()
    tier = models.CharField(max_length=12)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["revision", "key"], name="one_step_per_key"),
            models.UniqueConstraint(fields=["revision", "label"], name="one_step_per_label"),
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.revision_id}"


class Attachment(models.Model):
    """An image or file that a runbook names relatively. Typed by content, bounded, served by the portal."""

    runbook = models.ForeignKey(
        Runbook, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    proposal = models.ForeignKey(
        "runbooks.Proposal", on_delete=models.PROTECT, related_name="attachments"
    )
    path = models.CharField(max_length=400, help_text="As the text names it, normalised.")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="attachments/%Y/%m")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "path"], name="one_attachment_per_path_of_a_proposal"
            )
        ]

    def __str__(self) -> str:
        return self.path

    def get_absolute_url(self) -> str:
        return reverse("runbooks:attachment", args=[self.sha256[:16], self.path.rsplit("/", 1)[-1]])

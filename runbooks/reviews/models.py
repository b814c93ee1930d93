"""Reviews: what was decided, what turns against a runbook, who is asked to take it over, what was told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.notify.models import Message
from runbooks.models import Revision, Runbook

PERSON = settings.AUTH_USER_MODEL


class Decision(models.Model):
    """An owner's dated word on a runbook. Append-only: a trigger refuses change (portal/append_only.py)."""

    class Kind(models.TextChoices):
        STILL_TRUE = "still_true", "still true"
        UPDATED = "updated", "updated"
        RETIRED = "retired", "retired"
        HANDED_OVER = "handed_over", "handed over"
        SNOOZED = "snoozed", "snoozed"

    class RestsOn(models.TextChoices):
        RAN = "ran", "ran it"
        DRILLED = "drilled", "drilled it"
        CHECKED = "checked", "checked links and commands"
        READ = "read", "read it"

    runbook = models.ForeignKey(Runbook, on_delete=models.PROTECT, related_name="decisions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    #: The day that the review was due, and the day of the next one that this sets.
    due_on = models.DateField(null=True)
    next_due_on = models.DateField(null=True)
    #: RestsOn values, for "still true"; the strongest first.
    rests_on: models.JSONField[Any, Any] = models.JSONField(default=list)
    note = models.TextField(blank=True)
    #: The evidence that stood on the page: [{"kind", "words"}, …].
    evidence: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["runbook", "-at"], name="decision_by_runbook"),
            models.Index(fields=["at"], name="decision_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.runbook_id}"


class ConcernQuerySet(models.QuerySet["Concern"]):
    def open(self) -> ConcernQuerySet:
        return self.filter(settled_at=None)


class Concern(models.Model):
    """Evidence that turned against a runbook since its last decision: it brings the review forward."""

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="concerns")
    #: As report, alert, link, owner, drill, response.
    kind = models.CharField(max_length=12)
    #: What makes it one, as "report:17": raised twice is raised once.
    source = models.CharField(max_length=200)
    words = models.CharField(max_length=500)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["runbook", "source"], name="one_concern_per_source")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["runbook"], condition=Q(settled_at=None), name="concern_that_is_open"
            )
        ]

    def __str__(self) -> str:
        return self.words


class HandoverQuerySet(models.QuerySet["Handover"]):
    def open(self) -> HandoverQuerySet:
        return self.filter(state=Handover.State.OPEN)


class Handover(models.Model):
    """The owner offers a runbook to a person; until they accept, the owner keeps it."""

    class State(models.TextChoices):
        OPEN = "open", "waits for an answer"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "taken back"

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="handovers")
    offered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="handovers_offered")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    offered_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ("-offered_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["runbook"], condition=Q(state="open"), name="one_open_handover"
            )
        ]

    def __str__(self) -> str:
        return f"{self.runbook_id} to {self.to}: {self.state}"


class LinkCheck(models.Model):
    """What an address answered when it was last asked. One row for each address, whoever names it."""

    class State(models.TextChoices):
        UNCHECKED = "unchecked", "not checked yet"
        OK = "ok", "reachable"
        SIGN_IN = "sign_in", "reachable, needs sign-in"
        DEAD = "dead", "dead"
        UNSURE = "unsure", "no clear answer"
        NOT_ALLOWED = "not_allowed", "not checked: a private address"

    url = models.TextField()
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the address.")
    host = models.CharField(max_length=255, db_index=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UNCHECKED)
    words = models.CharField(max_length=300, blank=True, help_text="As 404 Not Found, 12 Nov.")
    status = models.PositiveIntegerField(null=True, blank=True)
    led_to = models.TextField(blank=True, help_text="Where redirects ended.")
    checked_at = models.DateTimeField(null=True, blank=True)
    #: Since when it fails: one bad answer is not a dead link.
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.url


class RunbookLink(models.Model):
    """An address that a live runbook names, and where."""

    class Place(models.TextChoices):
        DASHBOARD = "dashboard", "a dashboard"
        STEP = "step", "a step"
        PREVENTION = "prevention", "prevention"
        TEXT = "text", "the text"

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="links")
    check_row = models.ForeignKey(LinkCheck, on_delete=models.CASCADE, related_name="named_by")
    place = models.CharField(max_length=10, choices=Place.choices)
    label = models.CharField(max_length=300, blank=True, help_text="Step label or link text.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["runbook", "check_row", "place", "label"], name="one_row_per_named_link"
            )
        ]

    def __str__(self) -> str:
        return f"{self.runbook_id}: {self.check_row_id}"


class PreventionItem(models.Model):
    """What would keep the symptom from coming back; the owner signs it off."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        ACCEPTED = "accepted", "accepted risk"

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="prevention_items")
    #: The item's text without case and space: it is carried from revision to revision.
    folded = models.CharField(max_length=500)
    text = models.TextField()
    url = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: Off when the live revision names it no more.
    named = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["runbook", "folded"], name="one_prevention_item")
        ]

    def __str__(self) -> str:
        return self.text


class Reminder(models.Model):
    """A stage of a due review that a person was told of, or that a later one took the place of."""

    class Stage(models.TextChoices):
        BEFORE_14 = "before_14", "14 days before"
        DUE = "due", "on the day"
        AFTER_7 = "after_7", "7 days after"
        AFTER_14 = "after_14", "14 days after"
        AFTER_28 = "after_28", "28 days after"

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="reminders")
    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="reminders")
    due_on = models.DateField()
    stage = models.CharField(max_length=9, choices=Stage.choices)
    #: The digest that told it; empty where a later stage went out in its place.
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="reminders"
    )
    superseded = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "runbook", "due_on", "stage"], name="one_reminder_for_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.runbook_id} {self.stage} to {self.person_id}"


class Figures(models.Model):
    """A week's figures of the library or of a part of it, for the trend on `/health`."""

    class Scope(models.TextChoices):
        ALL = "all", "everything"
        SERVICE = "service", "service"
        TEAM = "team", "team"
        OWNER = "owner", "owner"

    week = models.DateField(help_text="Its Monday.")
    scope = models.CharField(max_length=8, choices=Scope.choices)
    scope_id = models.PositiveBigIntegerField(default=0)
    #: {"live": 26, "alerts": 40, "covered": 31, …}
    figures: models.JSONField[Any, Any] = models.JSONField(default=dict)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["week", "scope", "scope_id"], name="one_row_of_figures")
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.scope} {self.scope_id}"


class DigestDay(models.Model):
    """How far the daily digest has come with a person. Its lock is the claim on all that they are told."""

    person = models.OneToOneField(PERSON, on_delete=models.CASCADE, related_name="digest_day")
    day = models.DateField(
        null=True, db_index=True, help_text="The last day of theirs that was done."
    )
    told_at = models.DateTimeField(null=True, help_text="When their last digest was written.")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.day}"


class Notice(models.Model):
    """Something besides a review that a person was told of: once, whatever becomes of it."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="notices")
    #: What it was, as "proposal:17".
    source = models.CharField(max_length=200)
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="notices"
    )
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "source"], name="one_notice_for_each")
        ]

    def __str__(self) -> str:
        return f"{self.source} to {self.person_id}"

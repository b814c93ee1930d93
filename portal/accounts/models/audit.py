"""The audit trail's rows. A trigger in the database refuses UPDATE and DELETE (portal/append_only.py)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def matching(
        self,
        *,
        words: str = "",
        action: str = "",
        who: str = "",
        kind: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AuditEntryQuerySet:
        """What the filters of `/audit` leave. `action` "token" is every action that begins "token."."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(
                Q(object_name__icontains=word)
                | Q(by_name__icontains=word)
                | Q(note__icontains=word)
                | Q(address=word)
            )
        if action:
            found = found.filter(Q(action=action) | Q(action__startswith=f"{action}."))
        if who:
            found = found.filter(by__username__iexact=who.removeprefix("@"))
        if kind:
            found = found.filter(object_kind=kind)
        if since:
            found = found.filter(at__gte=since)
        if until:
            found = found.filter(at__lt=until)
        return found


class AuditEntry(models.Model):
    """Who did what, when, from where, to which object, before and after. Names are kept as they were."""

    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=40, help_text="As signed.in, proposal.accepted.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where nobody known did it.",
    )
    by_name = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    #: session, token, upload, worker, command; and which: "session 3fa9…", "token 12 (ci)", "upload 3"
    via = models.CharField(max_length=160, blank=True)
    object_kind = models.CharField(max_length=30, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    object_name = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["object_kind", "object_id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.by_name or 'somebody'} {self.action} {self.object_name}".strip()

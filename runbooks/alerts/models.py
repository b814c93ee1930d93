"""Rules: what monitoring fires, as the rule files say it, and the runbook that each leads to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from runbooks.models import Runbook


class RuleQuerySet(models.QuerySet["Rule"]):
    def led(self) -> RuleQuerySet:
        """With a live runbook, or a retired one whose successor is live."""
        return self.filter(IS_LED)

    def dead_link(self) -> RuleQuerySet:
        return self.filter(link_state=Rule.LinkState.DEAD)


IS_LED = Q(runbook__state=Runbook.State.LIVE) | Q(
    runbook__state=Runbook.State.RETIRED, runbook__successor__state=Runbook.State.LIVE
)


class Rule(models.Model):
    """One alerting rule. Recording rules are not kept."""

    class LinkState(models.TextChoices):
        NONE = "none", "no link"
        LIVE = "live", "leads to a runbook"
        RETIRED = "retired", "leads to a retired runbook"
        DEAD = "dead", "leads nowhere"

    alert = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, help_text="The name without case.")
    expr = models.TextField()
    pending_for = models.CharField(max_length=40, blank=True, help_text="`for` of the rule.")
    severity = models.CharField(max_length=10, choices=Runbook.Severity.choices, blank=True)
    labels = models.JSONField(default=dict, blank=True)
    annotations = models.JSONField(default=dict, blank=True)
    group = models.CharField(max_length=300, blank=True)
    #: A file, or the name given to it at import; with `resource` what the next import of it replaces.
    origin = models.CharField(max_length=300)
    resource = models.CharField(
        max_length=300, blank=True, help_text="namespace/name of a PrometheusRule."
    )
    #: What its labels say of a service: service, app, job or namespace; for lists.
    service_word = models.CharField(max_length=200, blank=True)
    runbook = models.ForeignKey(
        Runbook, null=True, blank=True, on_delete=models.SET_NULL, related_name="rules"
    )
    link = models.TextField(blank=True, help_text="runbook_url, or what stands in its place.")
    link_state = models.CharField(
        max_length=8, choices=LinkState.choices, default=LinkState.NONE, db_index=True
    )
    #: The link as it is looked up: an address, `/a/alert`, `/r/slug`; and the slug it may end in.
    link_address = models.CharField(max_length=500, blank=True)
    link_slug = models.CharField(max_length=200, blank=True)
    imported_at = models.DateTimeField()

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ("folded", "pk")
        indexes: ClassVar = [
            models.Index(fields=["folded"], name="rule_by_name"),
            models.Index(fields=["origin"], name="rule_by_origin"),
            models.Index(fields=["link_slug"], name="rule_by_link_slug"),
            models.Index(fields=["link_address"], name="rule_by_link_address"),
        ]

    def __str__(self) -> str:
        return self.alert

    @property
    def led(self) -> bool:
        """As RuleQuerySet.led; wants `runbook__successor` loaded."""
        runbook = self.runbook
        if runbook is None or runbook.state == Runbook.State.LIVE:
            return runbook is not None
        return runbook.successor is not None and runbook.successor.state == Runbook.State.LIVE

    @property
    def file_name(self) -> str:
        return self.origin.rsplit("/", 1)[-1]

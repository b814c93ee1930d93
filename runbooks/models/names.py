"""The names that lead to a runbook: alerts, their texts, old addresses; and the gaps, where none did."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from runbooks.models.runbook import Runbook, Service


class AlertName(models.Model):
    """An alert that a runbook answers, with label matchers."""

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="alert_names")
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, help_text="The name without case.")
    #: [["cluster", "=~", "eu-.*"], …]
    matchers = models.JSONField(default=list, blank=True)
    #: The runbook's own text says so; else a rule's link does.
    stated = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["folded"], name="alert_by_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.folded = self.name.casefold()
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class AlertText(models.Model):
    """Summary and description of an alert, template expressions removed: words that people search with."""

    name = models.CharField(max_length=200, blank=True, help_text="As the rule spells it.")
    folded = models.CharField(max_length=200)
    #: Which rule it came from, so that the next import replaces it.
    origin = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    description = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["folded", "origin"], name="one_text_per_rule")
        ]
        indexes: ClassVar = [models.Index(fields=["folded"], name="alert_text_by_name")]

    def __str__(self) -> str:
        return self.summary or self.description


class Alias(models.Model):
    """An old name or address that leads to a runbook for ever."""

    class Kind(models.TextChoices):
        SLUG = "slug", "old slug"
        ADDRESS = "address", "old address"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    folded = models.CharField(max_length=1000, help_text="Without case; an address without scheme.")
    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "folded"], name="one_runbook_per_alias")
        ]

    def __str__(self) -> str:
        return self.folded


class Gap(models.Model):
    """An alert that fired, or a search that was made, for which there was no runbook. No personal data."""

    class Kind(models.TextChoices):
        ALERT = "alert", "alert"
        SEARCH = "search", "search"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    folded = models.CharField(max_length=200)
    words = models.CharField(max_length=200, help_text="As first seen, personal data removed.")
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.SET_NULL, related_name="gaps"
    )
    count = models.PositiveIntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    closed_by = models.ForeignKey(
        Runbook, null=True, blank=True, on_delete=models.SET_NULL, related_name="gaps_closed"
    )

    class Meta:
        ordering = ("-count", "-last_seen")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "folded"], name="one_gap_per_words")
        ]

    def __str__(self) -> str:
        return self.words

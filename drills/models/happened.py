"""All that happened in a drill and was said of it: its log, the words after it, its objectives' results."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from drills.models.drill import Drill, Participant
from drills.models.scenarios import Inject


class Verdict(models.TextChoices):
    """One list for what readers report, what responders answer and what drills observe, so that all of it can
    be counted together."""

    WORKED = "worked", "worked"
    UNCLEAR = "unclear", "unclear"
    WRONG = "wrong", "wrong"
    BLOCKED = "blocked", "blocked"
    MISSING = "missing", "missing"
    SKIPPED = "skipped", "skipped"


class Entry(models.Model):
    """One line of the drill's log. `for_players` decides whether it is in any answer that players can get."""

    class Kind(models.TextChoices):
        INJECT = "inject", "inject"
        HINT = "hint", "hint"
        READING = "reading", "reading"
        SAID = "said", "a player says what they do"
        PRIVATE = "private", "a line to the facilitator"
        OBSERVATION = "observation", "observation"
        STRENGTH = "strength", "strength"
        MILESTONE = "milestone", "milestone"
        NOTE = "note", "facilitator's private note"
        CLOCK = "clock", "the clock: begun, paused, halted, resumed, ended"

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    second = models.PositiveIntegerField(help_text="Drill clock.")
    by = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    inject = models.ForeignKey(
        Inject, null=True, blank=True, on_delete=models.SET_NULL, related_name="entries"
    )
    step_key = models.CharField(max_length=12, blank=True)
    step_label = models.CharField(max_length=12, blank=True)
    step_text = models.TextField(
        blank=True, help_text="The step as it stood: it may read otherwise by now."
    )
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    milestone = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    for_players = models.BooleanField(default=False)
    #: Made by the device that wrote it: sent twice after a lost connection is kept once.
    client_id = models.CharField(max_length=60)

    class Meta:
        ordering = ("at", "pk")
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["drill", "client_id"], name="one_entry_for_each_id")
        ]
        indexes: ClassVar = [models.Index(fields=["drill", "kind"], name="entry_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"


class Objective(models.Model):
    """What the drill is to show, and whether it did."""

    class Result(models.TextChoices):
        MET = "met", "met"
        PARTLY = "partly", "partly met"
        NOT_MET = "not_met", "not met"

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="objectives")
    text = models.CharField(max_length=500)
    result = models.CharField(max_length=8, choices=Result.choices, blank=True)
    note = models.TextField(blank=True)
    evidence: models.ManyToManyField[Entry, Any] = models.ManyToManyField(
        Entry, blank=True, related_name="supports"
    )

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text


class Word(models.Model):
    """What somebody said after the drill: the hot wash's three questions, or the feedback form."""

    class Prompt(models.TextChoices):
        WORKED = "worked", "What worked?"
        DID_NOT = "did_not", "What did not?"
        CHANGE = "change", "What should change?"
        FEEDBACK = "feedback", "How was the drill?"

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="words")
    by = models.ForeignKey(Participant, null=True, on_delete=models.PROTECT, related_name="words")
    prompt = models.CharField(max_length=8, choices=Prompt.choices)
    text = models.TextField(blank=True)
    score = models.PositiveIntegerField(null=True, blank=True, help_text="1 to 5, feedback only.")
    at = models.DateTimeField()
    client_id = models.CharField(max_length=60)

    class Meta:
        ordering = ("at", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["drill", "client_id"], name="one_word_for_each_id")
        ]

    def __str__(self) -> str:
        return self.text[:60]

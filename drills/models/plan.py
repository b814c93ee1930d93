"""What a quarter's plan proposes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from drills.models.drill import Drill
from portal.accounts.models import Team
from runbooks.models import Runbook

PERSON = settings.AUTH_USER_MODEL


class Proposed(models.Model):
    """One line of a quarter's plan: what a team should drill, until a person says yes or no."""

    class State(models.TextChoices):
        OPEN = "open", "proposed"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="drills_proposed")
    quarter = models.DateField(help_text="Its first day.")
    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="+")
    facilitator = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    hands_on = models.ForeignKey(PERSON, null=True, on_delete=models.CASCADE, related_name="+")
    week = models.DateField(help_text="Its Monday.")
    #: Why this one, in words.
    reasons: models.JSONField[Any, Any] = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    drill = models.OneToOneField(
        Drill, null=True, blank=True, on_delete=models.SET_NULL, related_name="planned_as"
    )

    class Meta:
        ordering = ("week", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "quarter", "runbook"], name="one_proposal_per_runbook"
            )
        ]

    def __str__(self) -> str:
        return f"{self.runbook} in the week of {self.week}"

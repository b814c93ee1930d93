"""The rehearsal itself, who sits in it, what it is to show, and what they can open."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from drills.models.scenarios import Scenario
from portal.accounts.models import Team
from runbooks.models import Revision, Runbook, Service

PERSON = settings.AUTH_USER_MODEL


def _token() -> str:
    return secrets.token_urlsafe(18)


class Drill(models.Model):
    """A scheduled (or quick) rehearsal. drills/states.py says which state follows which; so do triggers."""

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        BRIEFED = "briefed", "briefed"
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        HOT_WASH = "hot_wash", "hot wash"
        REPORTING = "reporting", "reporting"
        SIGNED_OFF = "signed_off", "signed off"
        CANCELLED = "cancelled", "cancelled"

    class Confidentiality(models.TextChoices):
        TEAM = "team", "the participants and their leads"
        COMPANY = "company", "everyone signed in"

    #: What invitations say: it never names the runbook.
    title = models.CharField(max_length=200)
    runbook = models.ForeignKey(Runbook, on_delete=models.PROTECT, related_name="drills")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="drills"
    )
    facilitator = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="drills_led")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    #: "Drill this now": no schedule, no roles, no briefing.
    quick = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    minutes = models.PositiveIntegerField(default=45)
    scope = models.TextField(blank=True)
    ground_rules = models.TextField(blank=True)
    stop_word = models.CharField(max_length=40, default="real page")
    confidentiality = models.CharField(
        max_length=8, choices=Confidentiality.choices, default=Confidentiality.TEAM
    )
    #: The runbook is named to players from the start, instead of being found by them.
    runbook_told = models.BooleanField(default=False)
    #: Injects go out by the clock by themselves.
    automatic = models.BooleanField(default=False)
    scenario = models.OneToOneField(
        Scenario, null=True, blank=True, on_delete=models.SET_NULL, related_name="drill"
    )
    #: The clock: seconds that ran before `clock_started_at`, and since when it runs (null: it stands).
    clock_seconds = models.PositiveIntegerField(default=0)
    clock_started_at = models.DateTimeField(null=True, blank=True)
    #: Halted for a real page, until it is resumed.
    halted_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    #: Rises with everything that anybody can see: live pages poll it.
    version = models.PositiveIntegerField(default=1)
    #: iCalendar: the same UID for ever, the sequence rises with each change that is told.
    uid = models.CharField(max_length=80, unique=True, default=_token)
    sequence = models.PositiveIntegerField(default=0)
    join_token = models.CharField(max_length=40, unique=True, default=_token)
    summary = models.TextField(blank=True)
    facilitator_notes = models.TextField(blank=True)
    redrill_on = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    cancelled_why = models.TextField(blank=True)
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-starts_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["state", "starts_at"], name="drill_by_state"),
            models.Index(fields=["runbook", "-starts_at"], name="drill_by_runbook"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(signed_by__isnull=False) | ~Q(state="signed_off"),
                name="a_person_signs_off_a_drill",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Participant(models.Model):
    """Somebody in a drill. Without an account: a guest who came by the join link and said a name."""

    class Role(models.TextChoices):
        FACILITATOR = "facilitator", "facilitator"
        HANDS_ON = "hands_on", "hands-on"
        PARTICIPANT = "participant", "participant"
        OBSERVER = "observer", "observer"
        SCRIBE = "scribe", "scribe"
        EVALUATOR = "evaluator", "evaluator"

    class Answer(models.TextChoices):
        OPEN = "open", "not answered"
        YES = "yes", "comes"
        NO = "no", "does not come"

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="drills_joined"
    )
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.PARTICIPANT)
    answer = models.CharField(max_length=4, choices=Answer.choices, default=Answer.OPEN)
    #: A guest's key to their seat, in a cookie; the session is enough for who has an account.
    token = models.CharField(max_length=40, unique=True, default=_token)
    joined_at = models.DateTimeField(null=True, blank=True)
    #: Written every ten seconds while a page of the drill is open: a poll each second would be too many.
    seen_at = models.DateTimeField(null=True, blank=True)
    found_runbook_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["drill", "person"],
                condition=Q(person__isnull=False),
                name="one_seat_for_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display()}"


class Preflight(models.Model):
    """Before the start: can this person open what they will need?"""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="preflight")
    what = models.CharField(max_length=300)
    url = models.CharField(max_length=2000, blank=True)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    passed = models.BooleanField(null=True)
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "what"], name="one_preflight_line")
        ]

    def __str__(self) -> str:
        return self.what

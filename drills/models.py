"""Drills: the rehearsal of one revision, its scenario, all that happened in it, and what came of it."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from portal.accounts.models import Team
from runbooks.models import Proposal, Revision, Runbook, Service

PERSON = settings.AUTH_USER_MODEL


def _token() -> str:
    return secrets.token_urlsafe(18)


class Verdict(models.TextChoices):
    """Decision 1: one list for reports, responses and drills."""

    WORKED = "worked", "worked"
    UNCLEAR = "unclear", "unclear"
    WRONG = "wrong", "wrong"
    BLOCKED = "blocked", "blocked"
    MISSING = "missing", "missing"
    SKIPPED = "skipped", "skipped"


class Scenario(models.Model):
    """A narrative with injects for one revision. One that belongs to a drill is that drill's own copy; one
    without is in the scenario library."""

    class Writer(models.TextChoices):
        AI = "ai", "written by AI"
        OFFLINE = "offline", "written by the offline writer"
        PERSON = "person", "written by a person"

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="scenarios")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    writer = models.CharField(max_length=8, choices=Writer.choices)
    #: Why the offline writer wrote it although AI was asked, in a sentence.
    writer_note = models.CharField(max_length=500, blank=True)
    minutes = models.PositiveIntegerField(default=45)
    start_state = models.TextField(blank=True)
    narrative = models.TextField(blank=True)
    objectives: models.JSONField[Any, Any] = models.JSONField(default=list)  # [text]
    #: [{"text", "step": key or null}]
    assumptions: models.JSONField[Any, Any] = models.JSONField(default=list)
    #: [{"step": key, "label", "command", "output"}]
    readings: models.JSONField[Any, Any] = models.JSONField(default=list)
    #: What the guards found: [{"where", "name", "words"}]
    flags: models.JSONField[Any, Any] = models.JSONField(default=list)
    cloned_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="clones"
    )
    made_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.title


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
    #: Written every ten seconds while a page of the drill is open (decision 25).
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


class Inject(models.Model):
    """One thing that is revealed. Players see only `text` and `channel`, and those only once sent."""

    class Channel(models.TextChoices):
        ALERT = "alert", "alert"
        CHAT = "chat", "chat"
        PHONE = "phone", "phone"
        CUSTOMER = "customer", "customer"
        EXECUTIVE = "executive", "executive"

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        SENT = "sent", "sent"
        ASIDE = "aside", "set aside"
        SKIPPED = "skipped", "skipped"

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="injects")
    position = models.PositiveIntegerField()
    at_minutes = models.PositiveIntegerField()
    channel = models.CharField(max_length=9, choices=Channel.choices)
    text = models.TextField()
    player = models.CharField(max_length=100, blank=True, help_text="Whom it is meant for.")
    expected = models.TextField(blank=True)
    #: The step that it tests; empty: outside the runbook.
    step_key = models.CharField(max_length=12, blank=True)
    step_label = models.CharField(max_length=12, blank=True)
    hints: models.JSONField[Any, Any] = models.JSONField(default=list)
    hints_given = models.PositiveIntegerField(default=0)
    twist = models.BooleanField(default=False)
    milestone = models.CharField(max_length=40, blank=True)
    objective = models.CharField(max_length=300, blank=True)
    evaluator_note = models.TextField(blank=True)
    improvised = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_second = models.PositiveIntegerField(null=True, blank=True, help_text="Drill clock.")

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.position}: {self.text[:60]}"


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
    step_text = models.TextField(blank=True, help_text="The step as it stood (decision 12).")
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


class UpdateNote(models.Model):
    """A gap that a drill found, and what the runbook should say instead. The owner decides on each by itself.

    A gap closes only by a published change, a re-test that worked, or a reasoned waiver.
    """

    class Severity(models.TextChoices):
        CRITICAL = "critical", "critical"
        HIGH = "high", "high"
        MEDIUM = "medium", "medium"
        LOW = "low", "low"

    class State(models.TextChoices):
        OPEN = "open", "waits for the owner"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    class Closed(models.TextChoices):
        PUBLISHED = "published", "by a published change"
        RETESTED = "retested", "by a re-test that worked"
        WAIVED = "waived", "waived"

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="notes")
    step_key = models.CharField(max_length=12, blank=True)
    step_label = models.CharField(max_length=12, blank=True)
    gap = models.TextField(help_text="What went wrong, in a sentence.")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    observations: models.ManyToManyField[Entry, Any] = models.ManyToManyField(
        Entry, blank=True, related_name="notes"
    )
    #: The step's Markdown as it stood, and as it should be. Empty `after`: no change proposed yet.
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    writer = models.CharField(max_length=8, choices=Scenario.Writer.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    proposal = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="drill_notes"
    )
    closed = models.CharField(max_length=9, choices=Closed.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_drill = models.ForeignKey(
        Drill, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    waiver = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(closed="waived") | ~Q(waiver=""), name="a_waived_gap_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return self.gap[:60]


class ActionItem(models.Model):
    """Work that came out of a drill and is no change of the runbook."""

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="actions")
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="action_items")
    due_on = models.DateField()
    priority = models.CharField(max_length=8, choices=UpdateNote.Severity.choices)
    note = models.ForeignKey(
        UpdateNote, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = (F("done_at").asc(nulls_first=True), "due_on", "pk")

    def __str__(self) -> str:
        return self.text


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

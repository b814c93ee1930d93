"""Proposals: everything that changes a runbook is one first."""

from __future__ import annotations

import re
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import User
from runbooks.models.runbook import Runbook

#: A page of ours that an origin names: what it shows, and its number.
_OWN_ADDRESS = re.compile(r"/(\w+?)s?/(\d{1,18})")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> ProposalQuerySet:
        return self.filter(state=Proposal.State.OPEN)

    def for_owner(self, person: User) -> ProposalQuerySet:
        """Of what this person owns, and new runbooks that name them as owner."""
        new = Q(runbook=None, proposed_owner=person)
        return self.filter(Q(runbook__owner=person) | new)


class Proposal(models.Model):
    """A change that somebody or something suggests. It becomes a revision when a person accepts it."""

    class Kind(models.TextChoices):
        EDIT = "edit", "edit"
        IMPORT = "import", "import"
        INCIDENT = "incident", "incident draft"
        DRILL = "drill", "drill's update note"
        CORRECTION = "correction", "responder's correction"
        RESTORE = "restore", "restored revision"
        HANDOVER = "handover", "handover"

    class State(models.TextChoices):
        OPEN = "open", "open"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "withdrawn"

    runbook = models.ForeignKey(
        Runbook, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )
    slug = models.CharField(max_length=200, help_text="Where it will live, if it is a new runbook.")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    text = models.TextField()
    base = models.ForeignKey(
        "runbooks.Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proposals",
        help_text="Empty where a program proposed it.",
    )
    proposed_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner_guessed = models.BooleanField(default=False)
    why = models.TextField(blank=True)
    origin = models.CharField(
        max_length=500, blank=True, help_text="The file or address it came from."
    )
    source_address = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints: ClassVar = [
            # Invariant 1, in the database too: what was decided was decided by a named person.
            models.CheckConstraint(
                condition=Q(state="open") | Q(state="withdrawn") | Q(decided_by__isnull=False),
                name="a_person_decides_a_proposal",
            )
        ]
        indexes = [models.Index(fields=["state", "slug"], name="proposal_by_state")]

    def __str__(self) -> str:
        return f"proposal {self.pk} ({self.kind}) for {self.slug}"

    @property
    def origin_address(self) -> str:
        """Where the portal shows what it came from, or ""."""
        return self.origin if _OWN_ADDRESS.fullmatch(self.origin) else ""

    @property
    def origin_words(self) -> str:
        """ "drill 14" for `/drills/14`; a file or address elsewhere as it is."""
        found = _OWN_ADDRESS.fullmatch(self.origin)
        return f"{found[1]} {found[2]}" if found else self.origin

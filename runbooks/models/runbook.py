"""Services and runbooks: what there is, who owns it, whether to believe it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.urls import reverse

from portal.accounts.access import Viewer
from portal.accounts.models import Team
from runbooks import privacy


class ServiceQuerySet(models.QuerySet["Service"]):
    def seen_by(self, viewer: Viewer) -> ServiceQuerySet:
        """Public ones, and the private ones of the viewer's teams and their own."""
        if viewer.sees_all:
            return self
        mine = models.Q(team__in=viewer.teams) | models.Q(owner=viewer.person_id or 0)
        return self.filter(models.Q(private=False) | mine)


class Service(models.Model):
    """What a team runs and gets paged for."""

    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    name = models.CharField(max_length=150)
    description = models.TextField(blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="services"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="services_owned",
        help_text="Whom to ask, and who inherits a runbook that names nobody.",
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="services_deputised",
        help_text="Is reminded while the owner is away, and when a review is two weeks late.",
    )
    review_every = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days between reviews; empty: the site's default."
    )
    private = models.BooleanField(
        default=False,
        help_text="Its runbooks are for its team alone: absent for others in lists, search and API.",
    )

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("runbooks:service", args=[self.slug])


class RunbookQuerySet(models.QuerySet["Runbook"]):
    def live(self) -> RunbookQuerySet:
        return self.filter(state=Runbook.State.LIVE)

    def seen_by(self, viewer: Viewer) -> RunbookQuerySet:
        """Without those of private services that the viewer has no part in."""
        visible = privacy.seen_by(viewer)
        return self if visible is None else self.filter(visible)

    def held(self) -> RunbookQuerySet:
        """The rows, held until the transaction ends: whoever writes anything of a runbook holds it first.

        In the order of their keys, so that no two wait for each other; a row that points at a held one can
        still be added.
        """
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def readable(self) -> RunbookQuerySet:
        """Live or retired: everything that an address may still lead to."""
        return self.exclude(live_revision=None)

    def for_page(self) -> RunbookQuerySet:
        """Everything that the runbook page shows, in one query."""
        return self.readable().select_related(
            "owner", "live_revision", "live_revision__rendering", "trust", "successor"
        )


class Runbook(models.Model):
    """A document about one symptom. Its text is its revisions; the live one is the newest."""

    class State(models.TextChoices):
        LIVE = "live", "live"
        RETIRED = "retired", "retired"

    class Severity(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"
        CRITICAL = "critical", "Critical"

    slug = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)
    severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runbooks_owned"
    )
    owner_confirmed = models.BooleanField(
        default=True,
        help_text="Off where an import only guessed the owner, until somebody claims it.",
    )
    services: models.ManyToManyField[Service, Any] = models.ManyToManyField(
        Service, blank=True, related_name="runbooks"
    )
    live_revision = models.OneToOneField(
        "runbooks.Revision", null=True, on_delete=models.PROTECT, related_name="+"
    )
    imported = models.BooleanField(default=False, help_text="Came from elsewhere, with its debts.")
    review_every = models.PositiveIntegerField(null=True, blank=True, help_text="Days; empty: 90.")
    source_url = models.CharField(max_length=2000, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors"
    )
    retired_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RunbookQuerySet.as_manager()

    class Meta:
        ordering = ("title",)
        indexes = [
            models.Index(fields=["state", "-updated_at"], name="runbook_by_change"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("runbooks:runbook", args=[self.slug])


class TrustLineQuerySet(models.QuerySet["TrustLine"]):
    def tell(self, **facts: Any) -> int:
        """Write facts, and that the page is a new one. Returns how many lines.

        The runbooks are held first, as by whoever publishes, so that neither waits for the other.
        """
        if connections[self.db].features.has_select_for_update:
            list(Runbook.objects.filter(trust__in=self).held().values_list("pk"))
        return self.update(version=models.F("version") + 1, **facts)


class TrustLine(models.Model):
    """What the top of the page says of a runbook. Rooms push their facts here.

    `version` rises with every change, so that a cached page knows that it is old.
    """

    runbook = models.OneToOneField(Runbook, on_delete=models.CASCADE, related_name="trust")
    reviewed_on = models.DateField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    drilled_on = models.DateField(null=True, blank=True)
    steps_tried = models.PositiveIntegerField(default=0)
    steps_worked = models.PositiveIntegerField(default=0)
    incidents = models.PositiveIntegerField(default=0)
    #: [{"label": "R1", "key": "k3f9", "verdict": "wrong", "count": 2}, …], the worst first
    reports = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = TrustLineQuerySet.as_manager()

    def __str__(self) -> str:
        return f"trust line of {self.runbook_id}"


class IndexCounter(models.Model):
    """One row. It rises with every change that search must know; engines compare it."""

    value = models.PositiveBigIntegerField(default=0)
    #: New with every value: a number alone comes again after a rollback or a restored backup.
    stamp = models.CharField(max_length=16, default="")

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def current(cls) -> int:
        value: int | None = cls.objects.filter(pk=1).values_list("value", flat=True).first()
        return value or 0

    @classmethod
    def raise_by_one(cls) -> int:
        """The new value. Locks the row until the transaction ends: call it last."""
        stamp = secrets.token_hex(8)
        if not cls.objects.filter(pk=1).update(value=models.F("value") + 1, stamp=stamp):
            cls.objects.create(pk=1, value=1, stamp=stamp)
        return cls.current()

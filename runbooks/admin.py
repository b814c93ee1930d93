"""Runbooks' tables for support. Texts, owners and states change by publishing and its like, never here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.urls import reverse

from portal.accounts.support import LookedAt, short
from runbooks.models import (
    AlertName,
    AlertText,
    Alias,
    Attachment,
    Debt,
    Draft,
    EarlierText,
    Gap,
    ImportedFile,
    ImportJob,
    KnownName,
    Proposal,
    Rendering,
    Report,
    Revision,
    Runbook,
    Service,
    Step,
    TrustLine,
    Waiver,
)


class OfRunbook(LookedAt):
    """A table of rows that each belong to a runbook."""

    search_fields: ClassVar[tuple[str, ...]] = ("runbook__slug", "runbook__title")
    list_select_related: ClassVar[tuple[str, ...]] = ("runbook",)

    def portal_url(self, obj: Any) -> str:
        runbook = getattr(obj, "runbook", None)
        return reverse("runbooks:runbook", args=[runbook.slug]) if runbook is not None else ""


@admin.register(Runbook)
class RunbookAdmin(LookedAt):
    list_display = ("slug", "title", "state", "severity", "owner", "updated_at")
    list_filter = ("state", "severity", "owner_confirmed", "imported")
    search_fields = ("slug", "title", "owner__username", "owner__name", "alert_names__folded")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    ordering = ("slug",)

    def portal_url(self, obj: Runbook) -> str:
        return reverse("runbooks:runbook", args=[obj.slug])


@admin.register(Service)
class ServiceAdmin(LookedAt):
    list_display = ("name", "slug", "team", "owner", "deputy", "review_every", "private")
    list_filter = ("private",)
    search_fields = ("slug", "name", "team__name", "owner__username")
    list_select_related = ("team", "owner", "deputy")
    ordering = ("name",)

    def portal_url(self, obj: Service) -> str:
        return reverse("runbooks:service", args=[obj.slug])


@admin.register(Revision)
class RevisionAdmin(OfRunbook):
    list_display = ("runbook", "number", "title", "accepted_by", "accepted_at", short("why", "why"))
    list_select_related = ("runbook", "accepted_by")
    date_hierarchy = "accepted_at"
    ordering = ("-pk",)


@admin.register(Proposal)
class ProposalAdmin(LookedAt):
    list_display = (
        "slug",
        "kind",
        "state",
        "proposed_by",
        "decided_by",
        "created_at",
        "decided_at",
    )
    list_filter = ("state", "kind", "owner_guessed")
    search_fields = ("slug", "origin", "proposed_by__username", "decided_by__username")
    list_select_related = ("proposed_by", "decided_by")
    date_hierarchy = "created_at"
    ordering = ("-pk",)

    def portal_url(self, obj: Proposal) -> str:
        return reverse("runbooks:proposal", args=[obj.pk])


@admin.register(Draft)
class DraftAdmin(LookedAt):
    """What somebody has not shown to anybody yet is not shown here either."""

    list_display = ("person", "runbook", "proposal_id", "updated_at")
    list_select_related = ("person", "runbook")
    search_fields = ("person__username", "runbook__slug")
    date_hierarchy = "updated_at"
    hidden = ("text",)


@admin.register(Rendering)
class RenderingAdmin(LookedAt):
    list_display = ("revision", "renderer")
    list_select_related = ("revision__runbook",)
    search_fields = ("revision__runbook__slug",)
    ordering = ("-pk",)


@admin.register(Step)
class StepAdmin(LookedAt):
    list_display = ("revision", "label", "key", "section", "tier", short("title", "title"))
    list_filter = ("section", "tier")
    list_select_related = ("revision__runbook",)
    search_fields = ("revision__runbook__slug", "key", "title")
    ordering = ("-revision_id", "position")


@admin.register(Attachment)
class AttachmentAdmin(OfRunbook):
    list_display = ("path", "runbook", "content_type", "size", "created_at")
    list_filter = ("content_type",)
    search_fields = ("path", "runbook__slug", "sha256")
    date_hierarchy = "created_at"
    ordering = ("-pk",)


@admin.register(Report)
class ReportAdmin(OfRunbook):
    list_display = (
        "runbook",
        "label",
        "verdict",
        short("words", "words"),
        "by",
        "created_at",
        "closed_at",
    )
    list_filter = ("verdict", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("runbook", "by")
    search_fields = ("runbook__slug", "words", "by__username")
    date_hierarchy = "created_at"
    ordering = ("-pk",)


@admin.register(AlertName)
class AlertNameAdmin(OfRunbook):
    list_display = ("name", "runbook", "matchers", "stated")
    list_filter = ("stated",)
    search_fields = ("name", "runbook__slug")
    ordering = ("folded",)


@admin.register(AlertText)
class AlertTextAdmin(LookedAt):
    list_display = ("name", "origin", short("summary", "summary"))
    search_fields = ("name", "origin", "summary")
    ordering = ("folded",)


@admin.register(Alias)
class AliasAdmin(OfRunbook):
    list_display = ("folded", "kind", "runbook")
    list_filter = ("kind",)
    search_fields = ("folded", "runbook__slug")
    ordering = ("folded",)


@admin.register(Gap)
class GapAdmin(LookedAt):
    list_display = ("words", "kind", "service", "count", "first_seen", "last_seen", "closed_by")
    list_filter = ("kind", ("closed_by", admin.EmptyFieldListFilter))
    list_select_related = ("service", "closed_by")
    search_fields = ("words", "folded")
    date_hierarchy = "last_seen"
    ordering = ("-count", "-pk")


@admin.register(Debt)
class DebtAdmin(OfRunbook):
    list_display = ("runbook", "code", short("message", "message"), "blocking", "checked_at")
    list_filter = ("code", "blocking")
    ordering = ("runbook__slug", "code")


@admin.register(Waiver)
class WaiverAdmin(OfRunbook):
    list_display = ("runbook", "code", "about", short("reason", "reason"), "by", "at")
    list_filter = ("code",)
    list_select_related = ("runbook", "by")
    date_hierarchy = "at"
    ordering = ("-pk",)


@admin.register(TrustLine)
class TrustLineAdmin(OfRunbook):
    list_display = ("runbook", "reviewed_on", "due_on", "drilled_on", "incidents", "version")
    date_hierarchy = "due_on"
    ordering = ("due_on",)


@admin.register(KnownName)
class KnownNameAdmin(LookedAt):
    """The company's own tools, handles and channels: a text that names another one has a finding."""

    list_display = ("name", "kind", "added_by", "added_at")
    list_filter = ("kind",)
    search_fields = ("name", "folded")
    list_select_related = ("added_by",)


@admin.register(EarlierText)
class EarlierTextAdmin(LookedAt):
    list_display = ("proposal", "replaced_by", "replaced_at")
    list_select_related = ("proposal", "replaced_by")
    search_fields = ("proposal__slug", "replaced_by__username")
    date_hierarchy = "replaced_at"
    ordering = ("-pk",)


@admin.register(ImportJob)
class ImportJobAdmin(LookedAt):
    list_display = ("name", "kind", "state", "phase", "made_by", "created_at", "done", "total")
    list_filter = ("state", "kind")
    list_select_related = ("made_by",)
    search_fields = ("name", "made_by__username", "problem")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    hidden = ("key", "claim")


@admin.register(ImportedFile)
class ImportedFileAdmin(LookedAt):
    list_display = ("path", "job", "outcome", "slug", "owner", "debts")
    list_filter = ("outcome",)
    list_select_related = ("job",)
    search_fields = ("path", "slug", "owner")
    ordering = ("-pk",)

"""Reviews' tables for support. Decisions only grow; the rest follows from what owners and sweeps do."""

from __future__ import annotations

from django.contrib import admin

from portal.accounts.support import LookedAt, short
from runbooks.admin import OfRunbook
from runbooks.reviews.models import (
    Concern,
    Decision,
    DigestDay,
    Figures,
    Handover,
    LinkCheck,
    Notice,
    PreventionItem,
    Reminder,
    RunbookLink,
)


@admin.register(Decision)
class DecisionAdmin(OfRunbook):
    list_display = ("runbook", "kind", "by", "at", "due_on", "next_due_on", short("note", "note"))
    list_filter = ("kind",)
    list_select_related = ("runbook", "by")
    date_hierarchy = "at"
    ordering = ("-pk",)


@admin.register(Concern)
class ConcernAdmin(OfRunbook):
    list_display = ("runbook", "kind", "words", "at", "settled_at")
    list_filter = ("kind", ("settled_at", admin.EmptyFieldListFilter))
    date_hierarchy = "at"
    ordering = ("-pk",)


@admin.register(Handover)
class HandoverAdmin(OfRunbook):
    list_display = ("runbook", "offered_by", "to", "state", "offered_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("runbook", "offered_by", "to")
    date_hierarchy = "offered_at"
    ordering = ("-pk",)


@admin.register(LinkCheck)
class LinkCheckAdmin(LookedAt):
    list_display = (
        short("url", "address"),
        "state",
        "words",
        "checked_at",
        "failing_since",
        "failures",
    )
    list_filter = ("state",)
    search_fields = ("url", "host")
    date_hierarchy = "checked_at"
    ordering = ("-failures", "pk")


@admin.register(RunbookLink)
class RunbookLinkAdmin(OfRunbook):
    list_display = ("runbook", "check_row", "place", "label")
    list_filter = ("place",)
    list_select_related = ("runbook", "check_row")


@admin.register(PreventionItem)
class PreventionItemAdmin(OfRunbook):
    list_display = ("runbook", short("text", "text"), "state", "opened_at", "changed_by", "named")
    list_filter = ("state", "named")
    list_select_related = ("runbook", "changed_by")
    date_hierarchy = "opened_at"
    ordering = ("-pk",)


@admin.register(Reminder)
class ReminderAdmin(OfRunbook):
    list_display = ("runbook", "person", "stage", "due_on", "superseded", "at")
    list_filter = ("stage", "superseded")
    list_select_related = ("runbook", "person")
    date_hierarchy = "at"
    ordering = ("-pk",)


@admin.register(Figures)
class FiguresAdmin(LookedAt):
    list_display = ("week", "scope", "scope_id", "taken_at")
    list_filter = ("scope",)
    date_hierarchy = "week"
    ordering = ("-week", "scope", "scope_id")


@admin.register(DigestDay)
class DigestDayAdmin(LookedAt):
    list_display = ("person", "day", "told_at")
    list_select_related = ("person",)
    search_fields = ("person__username", "person__name")


@admin.register(Notice)
class NoticeAdmin(LookedAt):
    list_display = ("person", "source", "message", "at")
    list_select_related = ("person", "message")
    search_fields = ("person__username", "source")
    date_hierarchy = "at"
    ordering = ("-pk",)

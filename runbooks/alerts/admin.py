"""Alert rules for support, as the last import left them."""

from __future__ import annotations

from django.contrib import admin

from portal.accounts.support import LookedAt
from runbooks.alerts.models import Rule


@admin.register(Rule)
class RuleAdmin(LookedAt):
    list_display = ("alert", "severity", "group", "origin", "runbook", "link_state", "imported_at")
    list_filter = ("severity", "link_state")
    search_fields = ("alert", "origin", "group", "runbook__slug", "link")
    list_select_related = ("runbook",)
    date_hierarchy = "imported_at"
    ordering = ("folded", "pk")

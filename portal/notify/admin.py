"""Messages and deliveries for support. A webhook's address is as good as a password: its host is shown."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import admin

from portal.accounts.support import LookedAt
from portal.notify.models import Channel, Choice, Delivery, Feed, Message


def _where(target: str) -> str:
    if "@" in target and "://" not in target:
        return target
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""


class _WithTarget(LookedAt):
    readonly_fields = ("where",)

    @admin.display(description="where")
    def where(self, obj: Channel | Delivery) -> str:
        return _where(obj.target)


@admin.register(Channel)
class ChannelAdmin(_WithTarget):
    list_display = ("person", "kind", "where", "active", "failed_at", "failure")
    list_filter = ("kind", "active", ("failed_at", admin.EmptyFieldListFilter))
    search_fields = ("person__username", "person__name", "failure")
    list_select_related = ("person",)
    hidden = ("target", "failed_address")


@admin.register(Message)
class MessageAdmin(LookedAt):
    list_display = ("created_at", "person", "kind", "urgent", "subject", "day", "read_at")
    list_filter = ("kind", "urgent")
    search_fields = ("key", "subject", "person__username", "person__name")
    list_select_related = ("person",)
    date_hierarchy = "created_at"
    ordering = ("-pk",)


@admin.register(Delivery)
class DeliveryAdmin(_WithTarget):
    list_display = ("message", "kind", "where", "state", "tries", "next_try_at", "sent_at", "error")
    list_filter = ("state", "kind")
    search_fields = ("message__key", "message__subject", "error")
    list_select_related = ("message__person",)
    date_hierarchy = "next_try_at"
    ordering = ("-pk",)
    hidden = ("target",)


@admin.register(Choice)
class ChoiceAdmin(LookedAt):
    list_display = ("person", "kind", "channel_kind")
    list_filter = ("kind", "channel_kind")
    search_fields = ("person__username", "person__name")
    list_select_related = ("person",)


@admin.register(Feed)
class FeedAdmin(LookedAt):
    list_display = ("person", "made_at")
    search_fields = ("person__username", "person__name")
    list_select_related = ("person",)

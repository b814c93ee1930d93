"""Messages do not stay for ever: what is old and done with goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from portal.notify.models import Delivery, Message

_AT_ONCE = 500


def prune(*, now: datetime) -> int:
    """Deletes messages older than NOTIFY_KEEP_DAYS with their deliveries, but for those that still have one
    to make. Returns how many."""
    oldest = now - timedelta(days=settings.NOTIFY_KEEP_DAYS)
    to_do = Delivery.objects.filter(state__in=[Delivery.State.WAITING, Delivery.State.TAKEN])
    old = Message.objects.filter(created_at__lt=oldest).exclude(
        pk__in=to_do.filter(message__created_at__lt=oldest).values("message")
    )
    gone = 0
    while pks := list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        Message.objects.filter(pk__in=pks).delete()
        gone += len(pks)
    return gone

"""Celery's entry points of messages. Idempotent: what was sent, or is being sent, is not touched."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task(name="notify.send_due")
def send_due(delivery_ids: list[int] | None = None) -> None:
    """These deliveries, or without ids whatever is due."""
    from portal.notify import sending  # noqa: PLC0415 -- what sends is loaded by what sends

    sending.send_due(delivery_ids)


@shared_task(name="notify.prune")
def prune() -> None:
    from portal.notify import pruning  # noqa: PLC0415 -- as above

    pruning.prune(now=timezone.now())

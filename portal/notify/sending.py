"""Sending what the outbox holds."""

from __future__ import annotations


def send_due(delivery_ids: list[int] | None = None) -> None:
    """Comes with the next commit."""

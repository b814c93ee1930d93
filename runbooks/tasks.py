"""Celery's entry points of the core."""

from __future__ import annotations

from celery import shared_task

from runbooks import debts


@shared_task(name="runbooks.check_live_runbooks")
def check_live_runbooks() -> None:
    """What changes without an edit: an owner who left, a related runbook that retired, a near copy."""
    for _ in debts.refresh():
        pass

"""Celery's entry points of the core."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from runbooks import debts
from runbooks.importing import jobs, working


@shared_task(name="runbooks.check_live_runbooks")
def check_live_runbooks() -> None:
    """What changes without an edit: an owner who left, a related runbook that retired, a near copy."""
    for _ in debts.refresh():
        pass


@shared_task(name="runbooks.run_import")
def run_import(pk: int) -> None:
    working.run(pk)


@shared_task(name="runbooks.sweep_imports")
def sweep_imports() -> None:
    jobs.sweep(now=timezone.now())

"""Celery's entry points of the room."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from portal.ai import jobs


@shared_task(name="ai.run_job")
def run_job(pk: int) -> None:
    jobs.run(pk)


@shared_task(name="ai.sweep")
def sweep() -> None:
    """What was waiting or left behind is taken up."""
    for pk in jobs.sweep():
        run_job.apply_async(args=(pk,), retry=False)


@shared_task(name="ai.forget")
def forget() -> None:
    jobs.forget(days=settings.AI_KEEP_DAYS)

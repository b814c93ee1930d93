"""Celery's entry points of the room."""

from __future__ import annotations

from celery import shared_task

from drills import inviting


@shared_task(name="drills.remind")
def remind() -> None:
    inviting.remind()

"""Celery's entry points of reviews. Each may run twice, or at once with itself."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from runbooks.reviews import prevention, reminding, wrong_steps
from runbooks.reviews.health import weekly
from runbooks.reviews.links import checking, collecting


@shared_task(name="reviews.remind")
def remind() -> None:
    """Wrong steps at once, and the digests of whoever's morning it is."""
    try:
        wrong_steps.tell()
    finally:
        reminding.sweep()


@shared_task(name="reviews.check_links")
def check_links() -> None:
    checking.check_due()


@shared_task(name="reviews.collect_links")
def collect_links() -> None:
    collecting.collect_all()
    prevention.carry_all()


@shared_task(name="reviews.take_figures")
def take_figures() -> None:
    """The running week's figures, and those of weeks that were missed."""
    now = timezone.now()
    weekly.take(now=now)
    weekly.fill(now=now)

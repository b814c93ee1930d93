"""Telling a worker that the search server has to hear of something, or that a gap may be closed now.
Celery is only the nudge: what it loses, the next comparison or the next publishing finds."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from runbooks.search import answering
from runbooks.search.tasks import close_answered_gaps, mirror_runbooks


def nudge(runbook_ids: list[int]) -> None:
    """After a commit. Raises what the broker raises: publishing logs it and goes on."""
    if settings.MEILISEARCH_URL:
        mirror_runbooks.apply_async(args=(runbook_ids,), retry=False)


def nudge_when_committed(runbook_ids: list[int]) -> None:
    def told() -> None:
        # Not a partial: what Django logs of a robust callback that fails is its name.
        nudge(runbook_ids)

    if runbook_ids:
        transaction.on_commit(told, robust=True)


def nudge_gaps(runbook_ids: list[int]) -> None:
    """After a commit: what was published may answer what was searched in vain."""
    if answering.are_there_any():
        close_answered_gaps.apply_async(retry=False)

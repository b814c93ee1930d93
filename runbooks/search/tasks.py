"""Celery's entry points of search. Idempotent: each brings the server to what the database says now."""

from __future__ import annotations

import logging

from celery import shared_task

from runbooks.search import answering
from runbooks.search.meilisearch import EngineUnavailable
from runbooks.search.mirroring import mirror

log = logging.getLogger(__name__)


@shared_task(
    name="runbooks.search.mirror_runbooks",
    autoretry_for=(EngineUnavailable,),
    retry_backoff=2,
    retry_backoff_max=60,
    max_retries=5,
)
def mirror_runbooks(runbook_ids: list[int]) -> None:
    """What retries do not bring over, the next comparison does."""
    copy = mirror()
    if copy is not None:
        copy.write(runbook_ids)


@shared_task(name="runbooks.search.reconcile_index")
def reconcile_index() -> None:
    copy = mirror()
    if copy is None:
        return
    try:
        copy.reconcile()
    except EngineUnavailable as error:
        log.warning("search server: not compared: %s", error)


@shared_task(name="runbooks.search.close_answered_gaps")
def close_answered_gaps() -> None:
    answering.close_answered()

"""Telling a worker that there is something to send. The rows are the queue, Celery is only the nudge: what
it loses, the next sweep finds (decision 16)."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from portal.notify.tasks import send_due

#: So many go to one worker; the next take the rest beside it.
_AT_ONCE = 50


def nudge(delivery_ids: list[int]) -> None:
    """After a commit. Raises what the broker raises; the commit stands."""
    for start in range(0, len(delivery_ids), _AT_ONCE):
        send_due.apply_async(args=(delivery_ids[start : start + _AT_ONCE],), retry=False)


def nudge_when_committed(delivery_ids: list[int]) -> None:
    if delivery_ids:
        transaction.on_commit(partial(nudge, delivery_ids), robust=True)


def nudge_sweep() -> None:
    """One more run over whatever is due. Raises what the broker raises."""
    send_due.apply_async(retry=False)

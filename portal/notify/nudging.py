"""Telling a worker that there is something to send. The rows are the queue, Celery is only the nudge: what
it loses, the next sweep finds."""

from __future__ import annotations

import logging

from django.db import transaction

from portal.notify.tasks import send_due

log = logging.getLogger(__name__)
#: So many go to one worker; the next take the rest beside it.
_AT_ONCE = 50


def nudge(delivery_ids: list[int]) -> None:
    """After a commit. Raises what the broker raises; the commit stands."""
    for start in range(0, len(delivery_ids), _AT_ONCE):
        send_due.apply_async(args=(delivery_ids[start : start + _AT_ONCE],), retry=False)


def nudge_when_committed(delivery_ids: list[int]) -> None:
    """Whatever the broker says: what was committed stands, and the request that did it goes on."""

    def told() -> None:
        try:
            nudge(delivery_ids)
        except Exception as error:  # noqa: BLE001 -- the sweep finds them within a minute
            log.warning("no worker could be told of new messages: %s", type(error).__name__)

    if delivery_ids:
        transaction.on_commit(told)


def nudge_sweep() -> None:
    """One more run over whatever is due. Raises what the broker raises."""
    send_due.apply_async(retry=False)

"""One transaction a verb, begun once more where the database broke a deadlock.

PostgreSQL ends one of the transactions that wait for each other and asks its client to try again
(its manual, "Deadlocks"). Rows are held in one order (`Runbook.objects.held`), so that it hardly ever has to;
what is left is done again here, and nobody sees it. SQLite has one writer and never says so.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

#: So often is it tried in all.
TRIES = 5
#: Seconds to wait at most before the second try; more before each that follows.
PAUSE = 0.05


def one_transaction(verb: Callable[P, R]) -> Callable[P, R]:
    """`transaction.atomic` for a verb that may be begun anew: it changes nothing but the database, and reads
    the rows that it changes itself.

    Within another transaction it is a part of that, which alone can begin anew.
    """

    @wraps(verb)
    def done_whole(*args: P.args, **kwargs: P.kwargs) -> R:
        for tried in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except OperationalError as problem:
                again = isinstance(problem.__cause__, errors.DeadlockDetected)
                if not again or connection.in_atomic_block or tried == TRIES:
                    raise
                log.info("%s met a deadlock, try %s", verb.__qualname__, tried)
                # Not for as long as the other that met it.
                time.sleep(random.uniform(0, PAUSE * tried))  # noqa: S311
        raise AssertionError("unreachable")

    return done_whole

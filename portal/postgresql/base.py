"""Whether a kept connection still works, without asking the server before every request."""

from __future__ import annotations

import select
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus

#: Seconds without use after which the server is asked after all: a network can fall silent unseen.
IDLE = 30.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A server that ended or restarted has closed its side, and that can be seen on the socket."""

    _looked = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._looked = time.monotonic()
        return super().get_new_connection(conn_params)

    def is_usable(self) -> bool:
        now = time.monotonic()
        idle, self._looked = now - self._looked, now
        if idle < IDLE and self.connection is not None and not self._told_something():
            return True
        return super().is_usable()

    def _told_something(self) -> bool:
        """Between requests the server has nothing to say, but for good-bye."""
        pgconn = self.connection.pgconn
        if pgconn.status != ConnStatus.OK:
            return True
        poll = select.poll()
        poll.register(pgconn.socket, select.POLLIN)
        return bool(poll.poll(0))

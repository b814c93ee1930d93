"""A breaker: after some failures in a row it stops asking for a while, so that readers do not wait for a
dead server. Pure Python: imports no Django."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed: ask. Open: do not. After `rest_seconds` one caller at a time may try; success closes it."""

    def __init__(
        self,
        *,
        failures: int = 3,
        rest_seconds: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._rest = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0
        self.last_error = ""

    @property
    def is_open(self) -> bool:
        return self._failures >= self._most and self._clock() < self._open_until

    def may_ask(self) -> bool:
        """Whether to ask now. When the rest is over, the first caller probes and the others still rest."""
        with self._lock:
            if self._failures < self._most:
                return True
            now = self._clock()
            if now < self._open_until:
                return False
            self._open_until = now + self._rest
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0
            self.last_error = ""

    def failed(self, error: str) -> None:
        with self._lock:
            self._failures += 1
            self.last_error = error
            if self._failures >= self._most:
                self._open_until = self._clock() + self._rest

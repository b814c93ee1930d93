"""Pages kept in this process's memory, bounded in bytes: what was not read for longest goes first. Pure.

Django's own memory cache counts entries and copies each value in and out; a page is tens of kilobytes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """At most `most_bytes` of values, each for at most `seconds`. Values are shared: never change one."""

    def __init__(
        self, *, most_bytes: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most_bytes = most_bytes
        self.seconds = seconds
        self.bytes = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[float, int, Value]] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry[0] < self._clock():
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry[2]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """`size` in bytes; a value larger than the whole room is not kept."""
        with self._lock:
            self._drop(key)
            if size > self.most_bytes:
                return
            self._entries[key] = (self._clock() + self.seconds, size, value)
            self.bytes += size
            while self.bytes > self.most_bytes:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.bytes = 0

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= entry[1]

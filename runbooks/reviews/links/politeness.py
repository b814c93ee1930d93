"""One request at a time to a host: by a turn in the shared cache between workers, by a lock within a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from django.core.cache import caches

#: A worker that was killed while it asked keeps the host no longer. Longer than one link may take.
_LOST_AFTER = 60


class Crowded(Exception):  # noqa: N818 -- an outcome
    """Others of this run were asking that host all the time."""


class Doors:
    """Whom this run is asking right now, wherever redirects lead: they pass no turn. Knows no database."""

    def __init__(self) -> None:
        self._locks: dict[str, Lock] = {}

    @contextmanager
    def of(self, host: str, *, seconds: float) -> Iterator[None]:
        """Alone with the host. Raises Crowded when it does not come to that within `seconds`."""
        lock = self._locks.setdefault(host, Lock())
        if not lock.acquire(timeout=max(seconds, 0)):
            raise Crowded
        try:
            yield
        finally:
            lock.release()


def take_turn(host: str) -> bool:
    """Whether nobody, in whatever process, asks that host or has asked it just now."""
    return not host or bool(caches["shared"].add(_turn(host), 1, timeout=_LOST_AFTER))


def give_turn(host: str) -> None:
    """The next may ask it once LINK_CHECK_DELAY is over."""
    if not host:
        return
    if settings.LINK_CHECK_DELAY:
        caches["shared"].set(_turn(host), 1, timeout=settings.LINK_CHECK_DELAY)
    else:
        caches["shared"].delete(_turn(host))


def _turn(host: str) -> str:
    return f"links.turn.{host.encode().hex()[:200]}"

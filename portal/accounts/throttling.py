"""How often one may try: counted in the cache that all processes share.

An attempt claims one of a window's slots before the password is looked at; `add` gives a slot to one taker
only, so that a hundred attempts at once are no more than the slots there are.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass

from django.core.cache import caches
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from portal.http import address_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` attempts in `seconds`, for each account or address of the kind `name`."""

    name: str
    most: int
    seconds: int


#: Whoever knows their password needs two or three.
BY_ACCOUNT = Limit("account", 10, 300)
#: An office or a VPN shares one.
BY_ADDRESS = Limit("address", 60, 300)
#: Mails that somebody asks to be sent.
RESETS = Limit("reset", 5, 3600)
RESETS_BY_ADDRESS = Limit("reset-address", 30, 3600)


def claim(limit: Limit, value: str, *, now: float | None = None) -> int:
    """0 when there was a slot left, which is now taken; else the seconds until there are new ones."""
    now = time.time() if now is None else now
    cache = caches["shared"]
    keys = _keys(limit, value, now)
    try:
        taken = cache.get_many(keys)
        for key in keys:
            if key not in taken and cache.add(key, 1, limit.seconds):
                return 0
    except Exception:  # a cache that is down must not keep people out of an incident
        log.exception("attempts cannot be counted")
        return 0
    return max(1, int(limit.seconds - now % limit.seconds))


def release(limit: Limit, value: str, *, now: float | None = None) -> None:
    """All slots are free again: the attempt was a good one."""
    try:
        caches["shared"].delete_many(_keys(limit, value, time.time() if now is None else now))
    except Exception:  # they end by themselves
        log.exception("attempts cannot be forgotten")


def asked_lately(request: HttpRequest, what: str, *, seconds: int = 600) -> bool:
    """Whether this reader asked for the same not long ago: a reload is no second question.

    Of the reader a keyed digest is kept, for so long and no longer.
    """
    agent = request.headers.get("User-Agent", "")
    pk = request.user.pk if request.user.is_authenticated else None
    reader = f"person {pk}" if pk else f"{address_of(request)} {agent}"
    key = salted_hmac("asked lately", f"{reader}\n{what}", algorithm="sha256").hexdigest()[:40]
    try:
        return not caches["shared"].add(f"asked:{key}", 1, seconds)
    except Exception:  # it is only about a number
        log.exception("it cannot be told whether this was asked before")
        return False


def _keys(limit: Limit, value: str, now: float) -> list[str]:
    # What somebody typed as a name may be a password: only its digest is kept.
    digest = hashlib.sha256(value.strip().casefold().encode()).hexdigest()[:32]
    window = int(now // limit.seconds)
    return [f"try:{limit.name}:{digest}:{window}:{slot}" for slot in range(limit.most)]


def in_words(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"

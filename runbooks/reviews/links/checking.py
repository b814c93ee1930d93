"""Links are asked when they are due: row by row, each claimed by one worker, no host hurried."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from runbooks.models import Runbook
from runbooks.reviews.links import asking, inside
from runbooks.reviews.links.judging import Patience, judge
from runbooks.reviews.links.telling import settle_healed, tell_dead
from runbooks.reviews.models import LinkCheck, RunbookLink

#: Whoever claimed a row and did not report by then is gone.
_LEASE = timedelta(minutes=5)
#: Seconds of a run: the other two thirds of each minute are for whatever else a lone worker has to do.
_RUN = 20.0
_PER_HOST = 20
_LOOKED_AT = 200
_State = LinkCheck.State
_JUDGED = (
    "state",
    "words",
    "status",
    "led_to",
    "checked_at",
    "failing_since",
    "failures",
    "next_check_at",
)


def due(now: datetime) -> QuerySet[LinkCheck]:
    live = RunbookLink.objects.filter(check_row=OuterRef("pk"), runbook__state=Runbook.State.LIVE)
    return LinkCheck.objects.filter(Exists(live), next_check_at__lte=now)


def check_due(*, clock: Callable[[], datetime] = timezone.now, seconds: float = _RUN) -> int:
    """Ask what is due, for `seconds` at most; any number of workers may. How many were asked."""
    if not settings.LINK_CHECK:
        return 0
    began, asked = time.monotonic(), 0
    per_host: dict[str, int] = {}
    while time.monotonic() - began < seconds:
        full = [host for host, count in per_host.items() if host and count >= _PER_HOST]
        rows = list(
            due(clock())
            .exclude(host__in=full)
            .order_by("next_check_at", "pk")
            .values_list("pk", "host", "next_check_at")[:_LOOKED_AT]
        )
        if not rows:
            break
        before = asked
        for pk, host, seen in _in_turn(rows):
            if time.monotonic() - began >= seconds:
                break
            if per_host.get(host, 0) >= _PER_HOST or not _take_turn(host):
                continue
            try:
                link = claim(pk, seen, now=clock())
                if link is not None:
                    check(link, now=clock())
                    asked += 1
                    per_host[host] = per_host.get(host, 0) + 1
            finally:
                _give_turn(host)
        if asked == before:
            if settings.LINK_CHECK_DELAY == 0:
                break  # others have them all
            time.sleep(min(1.0, max(seconds - (time.monotonic() - began), 0)))
    return asked


def claim(pk: int, seen: datetime, *, now: datetime) -> LinkCheck | None:
    """The row, nobody else's until the lease ends; None where somebody was faster."""
    taken = LinkCheck.objects.filter(pk=pk, next_check_at=seen).update(next_check_at=now + _LEASE)
    return LinkCheck.objects.filter(pk=pk).first() if taken else None


def check(link: LinkCheck, *, now: datetime) -> None:
    """Ask it and keep what came of it."""
    if link.url.startswith("/"):
        outcome = inside.look_up(link.url)
    else:
        outcome = asking.ask(link.url, user_agent=user_agent())
    before = link.state
    judge(link, outcome, now=now, patience=patience())
    with transaction.atomic():
        LinkCheck.objects.filter(pk=link.pk).update(**{n: getattr(link, n) for n in _JUDGED})
        if outcome.kind is asking.Kind.BUSY and link.host:
            # Whoever asks us to come later means all that we would ask there.
            LinkCheck.objects.filter(host=link.host, next_check_at__lt=link.next_check_at).update(
                next_check_at=link.next_check_at
            )
        if before == _State.DEAD and link.state != _State.DEAD:
            settle_healed(link, now)
    if link.state == _State.DEAD:
        tell_dead(link, now)


@transaction.atomic
def check_again(link: LinkCheck, *, by: User, now: datetime | None = None) -> None:
    """A person wants to know now: it is the next that is asked."""
    LinkCheck.objects.filter(pk=link.pk).update(next_check_at=now or timezone.now())
    audit.record("link.asked.again", by=by, kind="link", name=link.url[:300])


def patience() -> Patience:
    return Patience(
        every=timedelta(days=settings.LINK_CHECK_DAYS),
        failures=settings.LINK_CHECK_FAILURES,
        over=timedelta(hours=settings.LINK_CHECK_HOURS),
    )


def user_agent() -> str:
    """Whoever finds us in their log finds out who we are."""
    return f"Drillbook link check (+{settings.SITE_URL})"


def _in_turn(rows: list[tuple[int, str, datetime]]) -> list[tuple[int, str, datetime]]:
    """One of each host, then the next of each: no host waits for another, and none is asked in a row."""
    seen: dict[str, int] = {}
    ranked = []
    for place, row in enumerate(rows):
        ranked.append((seen.get(row[1], 0), place, row))
        seen[row[1]] = seen.get(row[1], 0) + 1
    return [row for _, _, row in sorted(ranked, key=lambda one: one[:2])]


def _take_turn(host: str) -> bool:
    """Whether nobody, in whatever process, has asked that host just now."""
    if not host or settings.LINK_CHECK_DELAY == 0:
        return True
    return bool(caches["shared"].add(_turn(host), 1, timeout=60))


def _give_turn(host: str) -> None:
    if host and settings.LINK_CHECK_DELAY:
        caches["shared"].set(_turn(host), 1, timeout=settings.LINK_CHECK_DELAY)


def _turn(host: str) -> str:
    return f"links.turn.{host.encode().hex()[:200]}"

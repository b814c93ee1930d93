"""Links are asked when they are due: each claimed by one worker, hosts side by side, none of them hurried."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import User
from runbooks.models import Runbook
from runbooks.reviews.links import asking, inside
from runbooks.reviews.links.asking import Outcome
from runbooks.reviews.links.judging import Patience, judge
from runbooks.reviews.links.politeness import Doors, give_turn, take_turn
from runbooks.reviews.links.telling import settle_healed, tell_dead
from runbooks.reviews.models import LinkCheck, RunbookLink

#: Whoever claimed a row and did not report by then is gone.
_LEASE = timedelta(minutes=5)
#: Seconds of a run: the other two thirds of each minute are for whatever else a lone worker has to do.
_RUN = 20.0
#: Hosts that are asked at the same time: most of a link's time is waiting for its answer.
_SIDE_BY_SIDE = 8
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
    """Ask what is due, several hosts side by side; any number of workers may. How many were asked.

    After `seconds` none is begun any more, and each that was begun ends within its own time.
    """
    if not settings.LINK_CHECK:
        return 0
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="links") as threads:
        run = _Run(threads, clock, time.monotonic() + seconds)
        while run.left() > 0:
            rows = run.due_now()
            if not rows and not run.asking:
                break
            begun = run.begin(rows)
            if run.asking:
                run.wait(most=1.0)
            elif not begun:
                if settings.LINK_CHECK_DELAY == 0:
                    break  # others have them all
                time.sleep(min(1.0, max(run.left(), 0)))
        while run.asking:
            run.wait()
    return run.asked


@dataclass(slots=True)
class _Run:
    """One run. Its threads only ask: the database and the cache are this thread's alone."""

    threads: ThreadPoolExecutor
    clock: Callable[[], datetime]
    until: float
    asking: dict[Future[Outcome], LinkCheck] = field(default_factory=dict)
    per_host: Counter[str] = field(default_factory=Counter)
    doors: Doors = field(default_factory=Doors)
    asked: int = 0

    def left(self) -> float:
        return self.until - time.monotonic()

    def due_now(self) -> list[tuple[int, str, datetime]]:
        """Key, host and hour of what may be asked next."""
        full = {host for host, count in self.per_host.items() if host and count >= _PER_HOST}
        full.update(link.host for link in self.asking.values())
        rows = due(self.clock()).exclude(host__in=full).order_by("next_check_at", "pk")
        return _in_turn(list(rows.values_list("pk", "host", "next_check_at")[:_LOOKED_AT]))

    def begin(self, rows: Iterable[tuple[int, str, datetime]]) -> int:
        """Each whose host has its turn, while there is time. How many."""
        begun, not_now = 0, set[str]()
        for pk, host, seen in rows:
            while len(self.asking) >= _SIDE_BY_SIDE and self.left() > 0:
                self.wait(most=self.left())
            if self.left() <= 0:
                break
            if host in not_now or (host and self.per_host[host] >= _PER_HOST):
                continue
            if not take_turn(host):
                not_now.add(host)
                continue
            link = claim(pk, seen, now=self.clock())
            if link is None:
                give_turn(host)
                continue
            begun += 1
            self.per_host[host] += 1
            if link.url.startswith("/"):
                self._answered(link, inside.look_up(link.url))
            else:
                self.asking[self._asked(link)] = link
        return begun

    def _asked(self, link: LinkCheck) -> Future[Outcome]:
        return self.threads.submit(asking.ask, link.url, user_agent=user_agent(), doors=self.doors)

    def wait(self, *, most: float | None = None) -> None:
        """Until one is answered, or `most` seconds, and keep what came of all that are."""
        done, _ = wait(self.asking, timeout=most, return_when=FIRST_COMPLETED)
        for one in done:
            self._answered(self.asking.pop(one), one.result())

    def _answered(self, link: LinkCheck, outcome: Outcome) -> None:
        give_turn(link.host)
        keep(link, outcome, now=self.clock())
        self.asked += 1


def claim(pk: int, seen: datetime, *, now: datetime) -> LinkCheck | None:
    """The row, nobody else's until the lease ends; None where somebody was faster."""
    taken = LinkCheck.objects.filter(pk=pk, next_check_at=seen).update(next_check_at=now + _LEASE)
    return LinkCheck.objects.filter(pk=pk).first() if taken else None


def keep(link: LinkCheck, outcome: Outcome, *, now: datetime) -> None:
    """What came of asking it: its state, and what follows for the runbooks that name it."""
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

"""Long pieces of writing as rows: taken by a worker, watched, cancelled, taken up again after a restart."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts.models import Team, User
from portal.ai.asking import Cancelled
from portal.ai.models import Ask, Job

log = logging.getLogger(__name__)

#: A running job whose worker says nothing for so long is taken up by another.
SILENT_SECONDS = 90
MOST_TRIES = 3
#: How often a running job's row is written.
_EVERY = 1.0


class Watch:
    """What a handler tells of its progress. Each call may raise Cancelled."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._told = 0.0

    def say(self, progress: int, words: str) -> None:
        """`progress` is 0 to 100. Written at most once a second; a cancelled job stops here."""
        if time.monotonic() - self._told < _EVERY:
            return
        self._told = time.monotonic()
        mine = Job.objects.filter(
            pk=self.job.pk, state=Job.State.RUNNING, taken_by=self.job.taken_by
        )
        now = timezone.now()
        written = mine.filter(cancel_asked=False).update(
            progress=max(0, min(progress, 99)), words=words[:500], beat_at=now
        )
        if not written:
            raise Cancelled


#: kind -> what does it: returns what is kept in `Job.result`; `writer` in it says who wrote.
#: Rooms fill it in ready(). A handler that is run again must not do its work twice.
handlers: dict[str, Callable[[Job, Watch], dict[str, Any]]] = {}


@transaction.atomic
def start(
    kind: str,
    *,
    about: dict[str, Any],
    by: User | None,
    team: Team | None = None,
    now: datetime | None = None,
) -> Job:
    """A waiting job; a worker is nudged after commit, and finds it by itself when the nudge is lost."""
    job = Job.objects.create(
        kind=kind,
        about=about,
        by=by,
        team=team,
        made_at=now or timezone.now(),
        words="Waiting for a worker.",
    )

    def told() -> None:
        # Not a partial: what Django logs of a robust callback that fails is its name.
        _nudge(job.pk)

    transaction.on_commit(told, robust=True)
    return job


def _nudge(pk: int) -> None:
    from portal.ai.tasks import run_job  # noqa: PLC0415 -- tasks import this module

    run_job.apply_async(args=(pk,), retry=False)


def run(pk: int) -> None:
    """Take a job and do it. Nothing happens when somebody else has it or it is done."""
    job = _take(pk)
    if job is None:
        return
    watch = Watch(job)
    try:
        result = handlers[job.kind](job, watch)
    except Cancelled:
        _end(job, Job.State.CANCELLED, words="Cancelled.")
    except Exception:  # whatever happens to a job, its page says something
        log.exception("job %s (%s) failed", job.pk, job.kind)
        _end(job, Job.State.FAILED, words="It failed. The log has the reason; nothing was lost.")
    else:
        _end(job, Job.State.DONE, words="Done.", result=result)


def cancel(job: Job) -> None:
    """A waiting job is cancelled at once, a running one the next time it says something."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.CANCELLED, done_at=timezone.now(), words="Cancelled."):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
            cancel_asked=True, words="Stopping."
        )


def sweep(*, now: datetime | None = None) -> list[int]:
    """Jobs that nobody has: waiting ones whose nudge was lost, running ones whose worker died."""
    now = now or timezone.now()
    silent = now - timedelta(seconds=SILENT_SECONDS)
    stuck = Job.objects.filter(state=Job.State.RUNNING, beat_at__lt=silent)
    stuck.filter(Q(tries__gte=MOST_TRIES) | Q(cancel_asked=True)).update(
        state=Job.State.FAILED, done_at=now, words="It was interrupted too often. Start it again."
    )
    stuck.update(state=Job.State.WAITING, taken_by="", words="Its worker stopped: it begins again.")
    late = Job.objects.filter(state=Job.State.WAITING, made_at__lt=now - timedelta(seconds=5))
    return list(late.order_by("pk").values_list("pk", flat=True)[:100])


def forget(*, days: int, now: datetime | None = None) -> int:
    """Take out the answers that are older; what was asked, by whom and at what cost stays."""
    before = (now or timezone.now()) - timedelta(days=days)
    return Ask.objects.filter(at__lt=before).exclude(output="").update(output="")


def _take(pk: int) -> Job | None:
    now = timezone.now()
    mark = secrets.token_hex(8)
    taken = Job.objects.filter(pk=pk, state=Job.State.WAITING).update(
        state=Job.State.RUNNING,
        taken_by=mark,
        taken_at=now,
        beat_at=now,
        tries=F("tries") + 1,
        words="Begun.",
    )
    return Job.objects.select_related("by", "team").get(pk=pk) if taken else None


def _end(job: Job, state: str, *, words: str, result: dict[str, Any] | None = None) -> None:
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, taken_by=job.taken_by)
    mine.update(
        state=state,
        words=words,
        progress=100 if state == Job.State.DONE else F("progress"),
        result=result or {},
        writer=str((result or {}).get("writer", ""))[:8],
        done_at=timezone.now(),
    )

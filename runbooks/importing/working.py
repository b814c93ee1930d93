"""What a worker does with an upload: claims the job, looks or brings in, says how far it is.

It claims by a conditional update and says that it lives by a heartbeat; what a dead worker left is taken up
again by the sweep, and since importing goes by content, doing it twice changes nothing.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.access import Right, viewer_of
from portal.accounts.models import User
from runbooks.importing import unpacking
from runbooks.importing.jobs import (
    ARCHIVE,
    FILES,
    STUCK,
    Phase,
    Refused,
    State,
    folder_of,
    forget_files,
    limits,
)
from runbooks.models import ImportedFile, ImportJob

log = logging.getLogger(__name__)

_BEAT = 30.0  # seconds between the heartbeats of a worker that is busy
_SILENT = 1800.0  # a worker that has not told of progress for so many seconds hangs
#: A job that ended so many workers is set aside.
MOST_ATTEMPTS = 5
_OUT_OF_LUCK = (
    "It was tried {attempts} times and did not come to its end; the portal's log says why. What was brought "
    "in stays. Try again, or bring it in parts."
)


class Cancelled(Exception):  # noqa: N818 -- the person's wish, no error
    """The person wants no more of it."""


class LostClaim(Exception):  # noqa: N818 -- no error of anybody's
    """Another worker has taken the job over."""


@dataclass(slots=True)
class Told:
    """What a phase found out, for the page."""

    files: list[ImportedFile] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Work:
    """A claimed job, as a kind sees it. `now` is when it was confirmed, the same at every attempt."""

    job: ImportJob
    root: Path
    now: datetime
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    told_at: float = field(default_factory=time.monotonic)

    def tell(self, done: int, total: int, doing: str = "") -> None:
        """Say how far it is, and that this worker lives. Raises Cancelled, LostClaim."""
        changes: dict[str, Any] = {"done": done, "total": total, "heartbeat_at": timezone.now()}
        if doing:
            changes["doing"] = doing
        mine = ImportJob.objects.filter(pk=self.job.pk, claim=self.job.claim, state=State.RUNNING)
        if not mine.update(**changes):
            raise LostClaim
        self.told_at = time.monotonic()
        if mine.filter(cancel_asked=True).exists():
            raise Cancelled

    @property
    def person(self) -> User:
        """Who answers for it: who confirmed, else who uploaded."""
        return self.job.confirmed_by or self.job.made_by


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be brought in. `look` writes nothing; `work` may be called again after it was broken off.

    `after_cancel` says what had been done by then.
    """

    name: str
    look: Callable[[Work], Told]
    work: Callable[[Work], Told]
    after_cancel: Callable[[Work], Told | None]


#: Filled by rooms in ready().
kinds: dict[str, Kind] = {}


def run(pk: int) -> bool:
    """Do what the job's phase asks for. False where there was nothing to do, or somebody else does it."""
    job = _claimed(pk, now=timezone.now())
    if job is None:
        return False
    kind = kinds[job.kind]
    work = Work(job, folder_of(job) / FILES, now=job.confirmed_at or timezone.now())
    with audit.by_way_of(f"upload {job.pk}"):
        _try(kind, work)
    return True


def _try(kind: Kind, work: Work) -> None:
    job = work.job
    try:
        with _alive(work):
            _run(kind, work)
    except LostClaim:
        log.warning("import %s: another worker has taken it over", job.pk)
    except Cancelled:
        _end(job, State.CANCELLED, _after_cancel(kind, work))
        forget_files(job)
    except (unpacking.NotUnpacked, Refused) as error:
        _end(job, State.FAILED, None, problem=str(error))
    except Exception:  # whatever went wrong, the sweep tries again, and after some times says so
        log.exception("import %s failed at attempt %s", job.pk, job.attempts)
        _mine(job).update(state=State.WAITING)


@contextmanager
def _alive(work: Work) -> Iterator[None]:
    """Heartbeats from beside, for what cannot tell how far it is: a large space, thousands of rules."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT) and time.monotonic() - work.told_at < _SILENT:
            try:
                _mine(work.job).update(heartbeat_at=timezone.now())
            except DatabaseError:  # somebody writes for long; the next one will do
                log.warning("import %s: a heartbeat was missed", work.job.pk)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name=f"import-{work.job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _claimed(pk: int, *, now: datetime) -> ImportJob | None:
    claim = secrets.token_hex(16)
    free = ImportJob.objects.to_do(stuck_since=now - STUCK).filter(pk=pk)
    if not free.update(
        state=State.RUNNING, claim=claim, heartbeat_at=now, attempts=F("attempts") + 1
    ):
        return None
    return ImportJob.objects.select_related("made_by", "confirmed_by").get(pk=pk)


def _run(kind: Kind, work: Work) -> None:
    job = work.job
    if job.cancel_asked:
        raise Cancelled
    if job.attempts > MOST_ATTEMPTS:
        raise Refused(_OUT_OF_LUCK.format(attempts=MOST_ATTEMPTS))
    if not viewer_of(work.person).may(Right.IMPORT):
        raise Refused(f"{work.person} may no longer import.")
    _unpack(work)
    if job.phase == Phase.LOOK:
        _end(job, State.READY, kind.look(work))
        return
    told = kind.work(work)
    _end(job, State.DONE, told)
    forget_files(job)


def _unpack(work: Work) -> None:
    """Out of the ZIP, once: what a dead worker unpacked by half is thrown away."""
    folder = folder_of(work.job)
    archive, part = folder / ARCHIVE, folder / "part"
    if not work.root.exists() and not archive.exists():
        raise Refused("Its files are not here any more: upload them again.")
    if archive.exists():
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        unpacked = unpacking.unpack(
            archive, part, limits(), told=partial(work.tell, doing="Unpacking")
        )
        work.left_out, work.notes = unpacked.left_out, unpacked.notes
        shutil.rmtree(work.root, ignore_errors=True)
        part.rename(work.root)
    work.root = unpacking.root_of(work.root)
    above = f"{work.root.name}/" if work.root != folder / FILES else ""
    work.left_out = [(name.removeprefix(above), said) for name, said in work.left_out]


def _after_cancel(kind: Kind, work: Work) -> Told | None:
    if work.job.phase == Phase.LOOK:
        return None
    try:
        return kind.after_cancel(work)
    except Exception:  # it is only about what the page says
        log.exception("import %s: what was done before it was cancelled is not known", work.job.pk)
        return None


@transaction.atomic
def _end(job: ImportJob, state: str, told: Told | None, *, problem: str = "") -> None:
    changes: dict[str, Any] = {"state": state, "problem": problem, "doing": ""}
    if state == State.READY:
        changes["attempts"] = 0
    else:
        changes["finished_at"] = timezone.now()
    if told is not None:
        changes |= {"counts": told.counts, "notes": told.notes}
    if not _mine(job).update(**changes):
        raise LostClaim
    if told is not None:
        ImportedFile.objects.filter(job=job).delete()
        for file in told.files:
            file.job = job
            file.path = file.path[:1000]
        ImportedFile.objects.bulk_create(told.files, batch_size=500)
    if state == State.DONE:
        after = {"kind": job.kind, **(told.counts if told else {})}
        audit.record("import.done", by=job.confirmed_by, of=job, after=after)


def _mine(job: ImportJob) -> Any:
    return ImportJob.objects.filter(pk=job.pk, claim=job.claim, state=State.RUNNING)

"""Uploads as jobs: a person uploads, a worker looks, the person confirms, a worker brings in.

A row is the queue (decision 16). A worker claims it by a conditional update and says that it lives by a
heartbeat; what a dead worker left is taken up again by the sweep, and since importing goes by content, doing
it twice changes nothing.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.access import Right, viewer_of
from portal.accounts.models import User
from runbooks.importing import unpacking
from runbooks.models import ImportedFile, ImportJob

log = logging.getLogger(__name__)

State, Phase = ImportJob.State, ImportJob.Phase
#: A worker that said nothing for so long is gone.
STUCK = timedelta(minutes=3)
#: A job that ended so many workers is set aside.
MOST_ATTEMPTS = 5
_ARCHIVE = "upload.zip"
_FILES = "files"
_OUT_OF_LUCK = (
    "It was tried {attempts} times and did not come to its end; the portal's log says why. What was brought "
    "in stays. Try again, or bring it in parts."
)


class Refused(Exception):  # noqa: N818 -- a decision, said in words
    """It cannot be done now. The message is a sentence."""


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

    def tell(self, done: int, total: int, doing: str = "") -> None:
        """Say how far it is, and that this worker lives. Raises Cancelled, LostClaim."""
        changes: dict[str, Any] = {"done": done, "total": total, "heartbeat_at": timezone.now()}
        if doing:
            changes["doing"] = doing
        mine = ImportJob.objects.filter(pk=self.job.pk, claim=self.job.claim, state=State.RUNNING)
        if not mine.update(**changes):
            raise LostClaim
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


def folder_of(job: ImportJob) -> Path:
    return Path(settings.IMPORT_ROOT) / job.key


def limits() -> unpacking.Limits:
    megabyte = 1024 * 1024
    return unpacking.Limits(
        files=settings.IMPORT_MAX_FILES, size=settings.IMPORT_MAX_UNPACKED_MB * megabyte
    )


def begin(*, kind: str, name: str, by: User, choices: dict[str, Any], now: datetime) -> ImportJob:
    """A job that files are added to."""
    job = ImportJob.objects.create(
        kind=kind,
        key=secrets.token_hex(16),
        name=name[:200],
        made_by=by,
        created_at=now,
        choices=choices,
    )
    (folder_of(job) / _FILES).mkdir(parents=True, mode=0o700)
    return job


def add_archive(job: ImportJob, archive: Path | str | Iterable[bytes]) -> None:
    """Take a ZIP: a file is moved away from where it lies."""
    place = folder_of(job) / _ARCHIVE
    if isinstance(archive, Path | str):
        shutil.move(archive, place)
        return
    with place.open("wb") as out:
        out.writelines(archive)


def add_file(job: ImportJob, written: str, pieces: Iterable[bytes]) -> bool:
    """Take one file of a folder; False where it is of no kind that is taken. Raises ValueError."""
    return unpacking.put(folder_of(job) / _FILES, written, iter(pieces))


@transaction.atomic
def arrived(job: ImportJob, *, by: User) -> None:
    """All files are here: a worker may look at them. Raises Refused where there are none, or too many."""
    archive = folder_of(job) / _ARCHIVE
    if archive.exists():
        size = archive.stat().st_size
    else:
        files, size = unpacking.size_of(folder_of(job) / _FILES)
        if not files:
            raise Refused(
                "No file of it is text or an image: Markdown, YAML, HTML, PNG, JPEG, PDF …"
            )
        if files > limits().files:
            raise Refused(f"It holds {files:,} files; {limits().files:,} are read at once.")
        if size > limits().size:
            most = settings.IMPORT_MAX_UNPACKED_MB
            raise Refused(f"It is larger than {most:,} MB: bring it in parts.")
    if _move(job, State.RECEIVING, State.WAITING, size=size):
        audit.record("import.uploaded", by=by, of=job, after={"kind": job.kind, "bytes": size})
        nudge(job)


@transaction.atomic
def confirm(job: ImportJob, *, by: User, choices: dict[str, Any], now: datetime) -> None:
    """The person has seen what would happen, and answers for it. Raises Refused."""
    chosen = job.choices | choices
    if not _move(
        job,
        State.READY,
        State.WAITING,
        phase=Phase.WORK,
        choices=chosen,
        confirmed_by=by,
        confirmed_at=now,
        doing="",
    ):
        raise Refused("It was confirmed or cancelled meanwhile.")
    audit.record("import.confirmed", by=by, of=job, after={"kind": job.kind} | choices)
    nudge(job)


@transaction.atomic
def look_again(job: ImportJob, *, choices: dict[str, Any]) -> None:
    """With other choices, before it is confirmed. Raises Refused."""
    if not _move(job, State.READY, State.WAITING, choices=job.choices | choices):
        raise Refused("It was confirmed or cancelled meanwhile.")
    nudge(job)


@transaction.atomic
def try_again(job: ImportJob) -> None:
    """What could not be done. Raises Refused."""
    if not folder_of(job).exists():
        raise Refused("Its files were removed since: upload them again.")
    if not _move(job, State.FAILED, State.WAITING, problem="", finished_at=None):
        raise Refused("It is under way already.")
    nudge(job)


def cancel(job: ImportJob, *, by: User, now: datetime) -> None:
    """At once where nobody is at it, else once the worker looks up. Raises Refused when it has ended."""
    idle = (State.RECEIVING, State.WAITING, State.READY)
    with transaction.atomic():
        changed = ImportJob.objects.filter(pk=job.pk, state__in=idle, attempts=0).update(
            state=State.CANCELLED, finished_at=now, cancel_asked=True
        )
        asked = changed or ImportJob.objects.filter(
            pk=job.pk, state__in=(*idle, State.RUNNING)
        ).update(cancel_asked=True)
        if not asked:
            raise Refused("It has ended already.")
        audit.record("import.cancelled", by=by, of=job, after={"kind": job.kind})
    job.refresh_from_db()
    if changed:
        forget_files(job)
    else:
        nudge(job)


def _move(job: ImportJob, before: str, after: str, **more: Any) -> bool:
    fresh = {"done": 0, "total": 0, "attempts": 0, "claim": ""}
    changed = ImportJob.objects.filter(pk=job.pk, state=before, cancel_asked=False)
    moved = changed.update(state=after, **(fresh | more))
    job.refresh_from_db()
    return bool(moved)


def nudge(job: ImportJob) -> None:
    """Tell a worker, once this is committed. What gets lost, the sweep finds."""
    send = partial(current_app.send_task, "runbooks.run_import", args=[job.pk], retry=False)
    transaction.on_commit(send, robust=True)


def sweep(*, now: datetime) -> int:
    """Nudge a worker to all that waits or was left, and remove what nobody came back to; how many wait."""
    old = now - timedelta(days=settings.IMPORT_KEEP_DAYS)
    kept = (State.RECEIVING, State.READY, State.FAILED)
    recently = old - timedelta(days=30)  # those before were looked at a month long
    for job in ImportJob.objects.filter(
        state__in=kept, created_at__lt=old, created_at__gt=recently
    ):
        if not folder_of(job).exists():
            continue
        ImportJob.objects.filter(pk=job.pk, state__in=(State.RECEIVING, State.READY)).update(
            state=State.CANCELLED,
            finished_at=now,
            problem=f"Nobody confirmed it in {settings.IMPORT_KEEP_DAYS} days: its files were removed.",
        )
        forget_files(job)
    waiting = list(ImportJob.objects.to_do(stuck_since=now - STUCK))
    for job in waiting:
        nudge(job)
    return len(waiting)


def run(pk: int) -> bool:
    """Do what the job's phase asks for. False where there was nothing to do, or somebody else does it."""
    job = _claimed(pk, now=timezone.now())
    if job is None:
        return False
    kind = kinds[job.kind]
    work = Work(job, folder_of(job) / _FILES, now=job.confirmed_at or timezone.now())
    try:
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
    return True


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
    archive, part = folder / _ARCHIVE, folder / "part"
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
    above = f"{work.root.name}/" if work.root != folder / _FILES else ""
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


def forget_files(job: ImportJob) -> None:
    shutil.rmtree(folder_of(job), ignore_errors=True)

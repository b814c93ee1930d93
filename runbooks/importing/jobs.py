"""Uploads as jobs: a person uploads, a worker looks, the person confirms, a worker brings in.

A row is the queue, the broker only a nudge: what a worker took and did not end is found and taken again.
This module is what people do with it, `working.py` what a worker does.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction

from portal.accounts import audit
from portal.accounts.models import User
from runbooks.importing import unpacking
from runbooks.models import ImportedFile, ImportJob

State, Phase = ImportJob.State, ImportJob.Phase
#: A worker that said nothing for so long is gone.
STUCK = timedelta(minutes=3)
_AT_ONCE = 2000
ARCHIVE = "upload.zip"
FILES = "files"


class Refused(Exception):  # noqa: N818 -- a decision, said in words
    """It cannot be done now. The message is a sentence."""


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
    (folder_of(job) / FILES).mkdir(parents=True, mode=0o700)
    return job


def add_archive(job: ImportJob, archive: Path | str | Iterable[bytes]) -> None:
    """Take a ZIP: a file is moved away from where it lies."""
    place = folder_of(job) / ARCHIVE
    if isinstance(archive, Path | str):
        shutil.move(archive, place)
        return
    with place.open("wb") as out:
        out.writelines(archive)


def add_file(job: ImportJob, written: str, pieces: Iterable[bytes]) -> bool:
    """Take one file of a folder; False where it is of no kind that is taken. Raises ValueError."""
    return unpacking.put(folder_of(job) / FILES, written, iter(pieces))


@transaction.atomic
def arrived(job: ImportJob, *, by: User) -> None:
    """All files are here: a worker may look at them. Raises Refused where there are none, or too many."""
    archive = folder_of(job) / ARCHIVE
    if archive.exists():
        size = archive.stat().st_size
    else:
        files, size = unpacking.size_of(folder_of(job) / FILES)
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
    """Nudge a worker to all that waits or was left, remove what is old; how many wait."""
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
    _forget_broken_off(now - timedelta(days=1))
    _forget_reports(now - timedelta(days=settings.IMPORT_REPORT_KEEP_DAYS))
    waiting = list(ImportJob.objects.to_do(stuck_since=now - STUCK))
    for job in waiting:
        nudge(job)
    return len(waiting)


def _forget_broken_off(before: datetime) -> None:
    """What a browser began to send when the web server was ended."""
    for file in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*"):
        if file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)


def _forget_reports(before: datetime) -> None:
    """What became of each file of an old import. Its numbers stay, and the audit trail."""
    old = ImportedFile.objects.filter(job__finished_at__lt=before).order_by()
    while pks := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        ImportedFile.objects.filter(pk__in=pks).delete()


def forget_files(job: ImportJob) -> None:
    shutil.rmtree(folder_of(job), ignore_errors=True)

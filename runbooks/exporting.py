"""The library as files, one for each live runbook, byte for byte as it was written: fit for git.

Only files that an export wrote are ever removed; the manifest beside them knows which they are.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath

from runbooks.importing import manifest
from runbooks.importing.manifest import Entry, Manifest, digest_of, read_manifest
from runbooks.models import Attachment, Runbook

#: For attachments that cannot lie where the text names them: outside the folder, or two of one name.
_ELSEWHERE = "attachments"


@dataclass(slots=True)
class ExportReport:
    """Names of files, from the folder's root. `left` are of runbooks that are gone, and were not removed."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def export_runbooks(
    folder: Path, *, prune: bool = False, progress: Callable[[int, int], None] | None = None
) -> ExportReport:
    """Write every live runbook into `folder`, which is made when it is not there. Raises OSError when the
    folder cannot be written at all."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve(strict=True)
    before = read_manifest(folder)
    writer = _Writer(folder, before)
    live = Runbook.objects.live().exclude(live_revision=None)
    count = live.count()
    ordered = live.select_related("live_revision").order_by("slug").iterator(chunk_size=200)
    for done, runbook in enumerate(ordered, start=1):
        writer.write(runbook)
        if progress is not None:
            progress(done, count)
    writer.clear(prune=prune)
    writer.put(manifest.NAME, writer.now.as_text().encode())
    return writer.report


class _Writer:
    def __init__(self, folder: Path, before: Manifest) -> None:
        self.folder = folder
        self.before = before.digests()
        self.now = Manifest()
        self.report = ExportReport()

    def write(self, runbook: Runbook) -> None:
        revision = runbook.live_revision
        if revision is None:
            return
        name = f"{runbook.slug}.md"
        content = revision.text.encode()
        try:
            self.put(name, content)
            places = dict(self._attachments(runbook))
        except OSError as error:
            self.report.refused.append(f"{name} cannot be written: {error.strerror or error}.")
            return
        self.now.runbooks[name] = Entry(
            sha256=digest_of(content),
            revision=revision.number,
            source_url=runbook.source_url,
            attachments=places,
        )

    def _attachments(self, runbook: Runbook) -> Iterator[tuple[str, str]]:
        """Path in the text -> file of the export, where these differ."""
        newest = {a.path: a for a in Attachment.objects.filter(runbook=runbook).order_by("pk")}
        for path, attachment in sorted(newest.items()):
            try:
                with attachment.file.open("rb") as file:
                    content = file.read()
            except OSError:
                self.report.notes.append(f"{runbook.slug}: the file {path} is gone.")
                continue
            place = self._place(path, digest_of(content))
            self.put(place, content)
            self.now.files[place] = digest_of(content)
            if place != path:
                yield path, place
                self.report.notes.append(f"{runbook.slug}: {path} is written as {place}.")

    def _place(self, path: str, digest: str) -> str:
        """Where an attachment goes: where the text names it, when that is in the folder and free."""
        plain = normpath(path)
        # A hidden name could be one that git or a shell runs.
        inside = not plain.startswith("/") and not re.search(r"(?:^|/)\.|\0", plain)
        free = self.now.files.get(plain, digest) == digest and not plain.endswith(".md")
        if inside and free and not self._is_taken_by_a_folder(plain):
            return plain
        return f"{_ELSEWHERE}/{digest[:16]}-{plain.rpartition('/')[2][-100:]}"

    def _is_taken_by_a_folder(self, plain: str) -> bool:
        """Does the way there lead through a link, a file, or into a folder of this name?"""
        target = self.folder
        *folders, last = plain.split("/")
        for part in folders:
            target /= part
            if target.is_symlink() or (target.exists() and not target.is_dir()):
                return True
        return (target / last).is_dir()

    def put(self, name: str, content: bytes) -> None:
        """Write a file as a whole or not at all; one that says the same already is not touched."""
        target = self.folder / name
        if not target.is_symlink() and target.is_file() and target.read_bytes() == content:
            self.report.unchanged += 1
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(self.folder):
            raise OSError(f"{name} lies behind a link that leads out of the folder")
        beside = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            beside.write_bytes(content)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        self.report.written.append(name)

    def clear(self, *, prune: bool) -> None:
        """What an earlier export wrote and this one did not: removed, or kept in mind for later."""
        for name, digest in sorted(self.before.items()):
            if name in self.now.runbooks or name in self.now.files:
                continue
            target = self.folder / name
            if not _is_in(target, self.folder) or not target.is_file():
                continue
            if prune and digest_of(target.read_bytes()) == digest:
                target.unlink()
                self.report.removed.append(name)
                continue
            if prune:
                self.report.notes.append(f"{name} was changed since it was written, so it stays.")
            self.report.left.append(name)
            self.now.files[name] = digest


def _is_in(target: Path, folder: Path) -> bool:
    """A manifest is a file like any other: what it names may lie anywhere."""
    return not target.is_symlink() and target.resolve().is_relative_to(folder)

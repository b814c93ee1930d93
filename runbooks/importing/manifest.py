"""What an export wrote: so that a later one removes only that, and an import takes it back. No Django.

A file whose content is still what was written is taken back byte for byte; a changed one is an edit of the
revision that it was written from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = ".drillbook.json"
_WRITTEN_BY = "manage.py export_runbooks"
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One runbook's file. `attachments` leads from the path that the text names to the file that holds it."""

    sha256: str
    revision: int
    source_url: str = ""
    attachments: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Manifest:
    runbooks: dict[str, Entry] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # attachments: name -> sha256

    def digests(self) -> dict[str, str]:
        """Every file that the export wrote, with the sha256 of what it wrote."""
        return {name: entry.sha256 for name, entry in self.runbooks.items()} | self.files

    def as_text(self) -> str:
        data = {
            "written_by": _WRITTEN_BY,
            "runbooks": {name: _as_json(self.runbooks[name]) for name in sorted(self.runbooks)},
            "files": {name: self.files[name] for name in sorted(self.files)},
        }
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _as_json(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {"sha256": entry.sha256, "revision": entry.revision}
    if entry.source_url:
        said["source_url"] = entry.source_url
    if entry.attachments:
        said["attachments"] = dict(sorted(entry.attachments.items()))
    return said


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder; an empty one where there is none or it cannot be read."""
    file = folder / NAME
    try:
        if file.stat().st_size > _MAX_BYTES:
            return Manifest()
        data = json.loads(file.read_bytes())
        if data["written_by"] != _WRITTEN_BY:
            return Manifest()
        return Manifest(
            runbooks={
                str(name): Entry(
                    sha256=str(said["sha256"]),
                    revision=int(said["revision"]),
                    source_url=str(said.get("source_url", "")),
                    attachments={str(k): str(v) for k, v in said.get("attachments", {}).items()},
                )
                for name, said in data["runbooks"].items()
            },
            files={str(name): str(digest) for name, digest in data["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""What an import is pointed at, as a folder of Markdown: ZIPs unpacked, Confluence converted. No Django."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks.importing.confluence import convert_space, is_confluence_export
from runbooks.importing.unpacking import Limits, NotUnpacked, root_of, unpack


@dataclass(frozen=True, slots=True)
class Opened:
    """`folder` is there until the block ends; `notes` say what became of what was no Markdown."""

    folder: Path
    notes: tuple[str, ...] = ()
    from_confluence: bool = False


@contextmanager
def opened(start: Path, *, base: str = "") -> Iterator[Opened]:
    """`base` is where a Confluence was on the web. Raises OSError with a sentence for what cannot be read."""
    with TemporaryDirectory(prefix="import-") as made:
        work = Path(made)
        folder, notes = start, []
        if start.is_file() and start.suffix.lower() == ".zip":
            folder = work / "unpacked"
            folder.mkdir()
            try:
                done = unpack(start, folder, Limits())
            except NotUnpacked as refused:
                raise OSError(str(refused)) from refused
            notes += [*done.notes, *(f"{name}: {said}" for name, said in done.left_out)]
        if not (folder.is_dir() and is_confluence_export(folder)):
            yield Opened(folder if folder == start else root_of(folder), tuple(notes))
            return
        target = work / "markdown"
        target.mkdir()
        notes += convert_space(folder, target, base=base).sentences()
        yield Opened(target, tuple(notes), from_confluence=True)

"""Taking files from outside into a folder of ours: out of a ZIP, or as a browser sends them. No Django.

A ZIP is a stranger's: its names may lead out of the folder, its sizes may lie, its entries may be links. What
is wrong with one file leaves that file out, with a sentence; what is wrong with the whole refuses all of it.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from runbooks.importing.manifest import NAME as MANIFEST
from runbooks.importing.scanning import ENDINGS

#: Text and images: what a runbook is, and what it can show. Their content is looked at again when it is read.
TAKEN = (
    *ENDINGS,
    *(".txt", ".log", ".csv", ".json", ".yaml", ".yml", ".html", ".htm", ".xml"),
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".pdf"),
)
#: Taken without an ending that says so.
_TAKEN_NAMES = frozenset({"codeowners", MANIFEST})
#: What a packer adds by itself: nobody wants to read of it.
_UNSAID = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
LONGEST_PATH = 400
_LONGEST_NAME = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_CHUNK = 256 * 1024
#: Below this size a file may shrink as much as it likes: a thousand blank lines do.
_SMALL = 1024 * 1024
#: Of files that were not taken so many are named, the others counted.
_NAMED = 100


class NotUnpacked(Exception):  # noqa: N818 -- a decision, said in words
    """Nothing of it is taken. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`size`: bytes of all files once unpacked. `ratio`: of a file's size to what it was packed to."""

    files: int = 20_000
    size: int = 1000 * 1024 * 1024
    ratio: int = 200


@dataclass(slots=True)
class Unpacked:
    """`left_out` names files that were not taken, each with a sentence; `notes` say what concerns many."""

    files: int = 0
    size: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _not_taken: int = 0

    def leave_out(self, name: str, sentence: str) -> None:
        shown = _CONTROL.sub("?", name).encode("utf-8", "replace").decode()[:LONGEST_PATH]
        self.left_out.append((shown or "(no name)", sentence))

    def not_taken(self, name: str) -> None:
        self._not_taken += 1
        if self._not_taken <= _NAMED:
            self.leave_out(name, "Not taken: only text and images are.")

    def close(self) -> None:
        if self._not_taken > _NAMED:
            self.notes.append(
                f"{self._not_taken - _NAMED:,} more files are neither text nor image and were not taken."
            )


def safe_name(written: str) -> str:
    """The path of a file below our folder, with slashes. Raises ValueError with a sentence."""
    name = unicodedata.normalize("NFC", written.replace("\\", "/"))
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("Its name is not UTF-8.") from None
    if name.startswith("/") or _DRIVE.match(name):
        raise ValueError("Its path leads out of the upload.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError("Its path leads out of the upload.")
    if not parts or _CONTROL.search(name):
        raise ValueError("Its name cannot be the name of a file.")
    too_long = any(len(part.encode()) > _LONGEST_NAME for part in parts)
    if too_long or len(name) > LONGEST_PATH:
        raise ValueError("Its path is too long.")
    return "/".join(parts)


def is_wanted(name: str) -> bool:
    """Whether a file of this name is text or image."""
    last = name.rpartition("/")[2].lower()
    return last in _TAKEN_NAMES or last.endswith(TAKEN)


def is_unsaid(name: str) -> bool:
    parts = name.lower().split("/")
    hidden = any(p.startswith(".") and p not in (".", "..") for p in parts[:-1]) or parts[
        -1
    ].startswith("._")
    return hidden or not _UNSAID.isdisjoint(parts)


def unpack(
    archive: Path, target: Path, limits: Limits, *, told: Callable[[int, int], None] | None = None
) -> Unpacked:
    """Put the text and images of a ZIP into `target`, an empty folder. Raises NotUnpacked.

    `told` is called with the entries that are done and all of them.
    """
    try:
        with archive.open("rb") as file:
            _check_directory(file, limits)
            with zipfile.ZipFile(file) as opened:
                return _unpack(opened, target, limits, told)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, struct.error, UnicodeDecodeError):
        raise NotUnpacked("This is no ZIP file, or it is damaged.") from None
    except NotImplementedError:
        raise NotUnpacked(_METHOD) from None


_METHOD = "It is packed in a way that is not read here: pack it again as an ordinary ZIP."


def _unpack(
    opened: zipfile.ZipFile,
    target: Path,
    limits: Limits,
    told: Callable[[int, int], None] | None,
) -> Unpacked:
    entries = opened.infolist()
    _check(entries, limits)
    done = Unpacked()
    for number, entry in enumerate(entries, start=1):
        if told is not None and number % 100 == 0:
            told(number, len(entries))
        name = _entry_name(entry)
        if entry.is_dir() or is_unsaid(name):
            continue
        mode = entry.external_attr >> 16
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            done.leave_out(name, "A link or special file is not taken.")
            continue
        try:
            name = safe_name(name)
        except ValueError as error:
            done.leave_out(name, str(error))
            continue
        if not is_wanted(name):
            done.not_taken(name)
            continue
        try:
            with opened.open(entry) as source:
                _write(target / name, _pieces(source, entry, done, limits))
        except NotUnpacked:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError):
            done.leave_out(name, "It is damaged in the ZIP.")
        except NotImplementedError:
            done.leave_out(name, _METHOD)
        except OSError as error:
            done.leave_out(name, _in_the_way(error))
        else:
            done.files += 1
    done.close()
    return done


def _check_directory(file: BinaryIO, limits: Limits) -> None:
    """How long the list of its files is, before it is read into memory."""
    file.seek(0, 2)
    end = file.tell()
    file.seek(max(0, end - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        raise NotUnpacked("This is no ZIP file, or it is damaged.")
    size = struct.unpack_from("<I", tail, place + 12)[0]
    wide = tail.rfind(b"PK\x06\x06", 0, place)
    if wide >= 0 and len(tail) >= wide + 56:
        size = max(size if size != 0xFFFFFFFF else 0, struct.unpack_from("<Q", tail, wide + 40)[0])
    # An entry takes 46 bytes and its name; so many bytes are more files than we read.
    if size > limits.files * (46 + LONGEST_PATH):
        raise NotUnpacked(_too_many(limits))
    file.seek(0)


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.files:
        raise NotUnpacked(_too_many(limits))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise NotUnpacked("The ZIP is encrypted: pack it again without a password.")
    if sum(entry.file_size for entry in entries) > limits.size:
        raise NotUnpacked(_too_big(limits))
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > limits.ratio * max(
            1, entry.compress_size
        ):
            raise NotUnpacked(_BOMB)


_BOMB = (
    "A file in the ZIP would grow to more than two hundred times its packed size. That is no runbook: "
    "take it out and pack the ZIP again."
)


def _too_many(limits: Limits) -> str:
    return f"The upload holds more than {limits.files:,} files: bring it in parts."


def _too_big(limits: Limits) -> str:
    return (
        f"Unpacked, the upload would be larger than {limits.size // (1024 * 1024):,} MB: bring it in parts, "
        "or leave out what is no runbook."
    )


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Its name; where the ZIP does not say that it is UTF-8, as macOS does not, it is tried all the same."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.orig_filename


def _pieces(
    source: object, entry: zipfile.ZipInfo, done: Unpacked, limits: Limits
) -> Iterator[bytes]:
    """The file's bytes, counted as they come: what the ZIP says of its sizes is not believed."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError
    size = 0
    while piece := source.read(_CHUNK):  # type: ignore[attr-defined]
        size += len(piece)
        done.size += len(piece)
        if done.size > limits.size:
            raise NotUnpacked(_too_big(limits))
        if size > _SMALL and size > limits.ratio * max(1, entry.compress_size):
            raise NotUnpacked(_BOMB)
        yield piece


def _write(file: Path, pieces: Iterator[bytes]) -> None:
    """Raises OSError: FileExistsError where there is such a file already."""
    file.parent.mkdir(parents=True, exist_ok=True)
    begun = False
    try:
        with file.open("xb") as out:
            begun = True
            for piece in pieces:
                out.write(piece)
    except BaseException:
        if begun:
            file.unlink(missing_ok=True)
        raise


def _in_the_way(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
        return "Another file of the upload has this name."
    return f"It could not be written: {error.strerror}."


def put(target: Path, written: str, pieces: Iterator[bytes]) -> bool:
    """Keep a file that a browser sent under this path; False where it is of no kind that is taken.

    A file that arrives twice replaces itself. Raises ValueError with a sentence.
    """
    name = safe_name(written)
    if is_unsaid(name) or not is_wanted(name):
        return False
    file = target / name
    try:
        if file.is_file():
            file.unlink()
        _write(file, pieces)
    except OSError as error:
        raise ValueError(_in_the_way(error)) from None
    return True


def root_of(folder: Path) -> Path:
    """The folder that was packed or chosen: where all lies in one, that one."""
    inner = list(folder.iterdir())
    return inner[0] if len(inner) == 1 and inner[0].is_dir() else folder


def size_of(folder: Path) -> tuple[int, int]:
    """How many files there are below it, and how many bytes they have."""
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return len(sizes), sum(sizes)

"""Images and files that a runbook names relatively: found in its tree, typed by content. No Django."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from types import MappingProxyType
from urllib.parse import unquote

from runbooks.importing.scanning import ENDINGS

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 200

#: Folders that site generators serve as the root of a site.
_SITE_ROOTS = ("", "static", "assets", "docs", "public", "source")
_LONGEST_LINE = 20_000
_FENCE = re.compile(r"[ \t]*(?:>[ \t]?)*(`{3,}|~{3,})")
_SPAN = re.compile(r"(`+)(?!`)[^`]{0,2000}(?<!`)\1(?!`)")
_NAMED = re.compile(
    r"(?P<image>!)?\[[^\[\]\n]{0,1000}\]\(\s*(?:<(?P<angle>[^<>\n]{1,500})>|(?P<bare>[^\s()<>]{1,500}))"
    r"|^[ ]{0,3}\[[^\[\]\n]{1,200}\]:[ \t]*<?(?P<reference>[^\s<>]{1,500})"
    r"|<img\b[^<>]{0,500}?\bsrc\s*=\s*[\"']?(?P<html>[^\"'<>\s]{1,500})"
)
_INNER_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,1000}\]\(\s*(?:<(?P<angle>[^<>\n]{1,500})>|(?P<bare>[^\s()<>]{1,500}))"
)
_MAY_NAME = re.compile(r"\]\(|\]:|<img")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
#: What a file begins with (at this byte) and what it is then.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavif", 4, "image/avif"),
    (b"%PDF-", 0, "application/pdf"),
)
_SVG = re.compile(
    rb"\s*(?:<\?xml[^>]{0,300}\?>\s*)?(?:<!--.{0,2000}?-->\s*|<!DOCTYPE[^>]{0,300}>\s*)*<svg[\s>]",
    re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that comes along. `path` is as the text names it, without `./` and escapes."""

    path: str
    file: Path
    content_type: str
    size: int
    sha256: str


def named_paths(body: str) -> Iterator[tuple[str, bool]]:
    """The relative addresses in a body, each once, and whether it is an image. Code is not looked at."""
    seen: set[str] = set()
    fence = ""
    for whole in body.split("\n"):
        mark = _FENCE.match(whole)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        if fence or len(whole) > _LONGEST_LINE or not _MAY_NAME.search(whole):
            continue
        line = _SPAN.sub("", whole)
        for found in (*_INNER_IMAGE.finditer(line), *_NAMED.finditer(line)):
            groups = found.groupdict()
            address = next(v for k, v in groups.items() if v and k != "image")
            image = bool(groups.get("image") or groups.get("html")) or found.re is _INNER_IMAGE
            path = address.partition("#")[0].partition("?")[0]
            if path and not _SCHEME.match(address) and path not in seen:
                seen.add(path)
                yield path, image


def carry(
    body: str, *, folder: str, root: Path, kept: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[Carried], list[str]]:
    """What comes along with a file of `folder` (relative to `root`), and a sentence for what cannot.

    Nothing outside `root` is ever opened, whatever `..` or a link says. `kept` leads from a path to the
    file that an export put it in, where that is elsewhere.
    """
    carried: dict[str, Carried] = {}
    notes: list[str] = []
    for address, image in named_paths(body):
        path = normpath(unquote(address)).lstrip("/")
        if path in carried or path.lower().endswith(ENDINGS) or "\0" in path:
            continue
        if len(carried) >= MAX_FILES:
            notes.append(f"Only the first {MAX_FILES} images and files came along.")
            break
        try:
            file = _located(f"/{kept[path]}" if path in kept else unquote(address), folder, root)
            if file is not None:
                carried[path] = _carried(path, file)
            elif image:
                notes.append(f"The image {_short(address)} is not there.")
        except (OSError, ValueError) as error:
            notes.append(f"{_short(address)} stays behind: {error}")
    return list(carried.values()), notes


def _located(address: str, folder: str, root: Path) -> Path | None:
    """The regular file that an address means. Raises ValueError when it lies outside the tree."""
    candidates = [root / folder / address]
    if address.startswith("/"):
        candidates = [root / base / address.lstrip("/") for base in _SITE_ROOTS]
    outside = False
    for candidate in candidates:
        try:
            actual = candidate.resolve(strict=True)
        except (OSError, RuntimeError):  # not there, or a loop of links
            continue
        if not actual.is_relative_to(root):
            outside = True
        elif any(part.startswith(".") for part in actual.relative_to(root).parts):
            raise ValueError("hidden files, such as git's, are not carried.")
        elif stat.S_ISREG(actual.stat().st_mode):
            return actual
    if outside:
        raise ValueError("it lies outside the folder.")
    return None


def _carried(path: str, file: Path) -> Carried:
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"it has {size:,} bytes; {MAX_BYTES:,} are carried.")
    if len(path) > 400:
        raise ValueError("its path is longer than 400 characters.")
    content = file.read_bytes()
    content_type = type_of(content)
    if content_type is None:
        raise ValueError("it is neither a picture nor a PDF nor a text.")
    return Carried(path, file, content_type, len(content), hashlib.sha256(content).hexdigest())


def type_of(content: bytes) -> str | None:
    """The kind of a file by what is in it, never by its name; None for what is not carried.

    HTML and scripts are texts. An SVG may hold script: the portal serves it in a sandbox.
    """
    for signature, at, content_type in _SIGNATURES:
        if content.startswith(signature, at):
            return content_type
    if not content or _CONTROL.search(content):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "image/svg+xml" if _SVG.match(content.removeprefix(b"\xef\xbb\xbf")) else "text/plain"


def _short(address: str) -> str:
    return address if len(address) <= 120 else f"{address[:119]}…"

"""Walking a tree of Markdown: what is there, in a stable order, and what is left out and why. No Django."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from runbooks.document import MAX_CHARS
from runbooks.naming import slug_of

ENDINGS = (".html.md.erb", ".html.md", ".md.erb", ".markdown", ".mdx", ".mkd", ".md")
#: A text of MAX_CHARS characters has at most so many bytes; a longer file is not even read.
MAX_BYTES = 4 * MAX_CHARS
MAX_FILES = 100_000
_LEFT_OUT = frozenset({"node_modules", "archetypes", "themes", "layouts", "__pycache__"})
#: Files of this name stand for their folder; without a step or an alert in them they only list it.
FOLDER_FILES = frozenset({"_index", "index", "readme"})
_NO_RUNBOOK = re.compile(
    r"changelog|contributing|code[-_]of[-_]conduct|license|licence|security|summary|404|"
    r"_?template|.*[-_]template|pull_request_template|issue_template",
    re.IGNORECASE,
)
_BUNDLE = "catalog.json"


@dataclass(frozen=True, slots=True)
class Found:
    """One Markdown file. `name` is its path from the tree's root, with slashes."""

    name: str
    file: Path

    @property
    def stem(self) -> str:
        return stem_of(self.name)

    @property
    def stands_for_its_folder(self) -> bool:
        return self.stem.lower() in FOLDER_FILES


@dataclass(slots=True)
class Tree:
    """`root` is where links may lead; `left_out` names what was not read, each with a sentence."""

    root: Path
    found: list[Found] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    #: What a HolmesGPT catalogue says of a file: its name -> description
    described: dict[str, str] = field(default_factory=dict)


def is_no_runbook(stem: str) -> bool:
    """Says the file's name that it is none (`CHANGELOG`, a template)?"""
    return _NO_RUNBOOK.fullmatch(stem) is not None


def stem_of(name: str) -> str:
    """`a/KubePodNotReady.html.md` -> `KubePodNotReady`."""
    last = name.rpartition("/")[2]
    ending = next((e for e in ENDINGS if last.lower().endswith(e)), "")
    return last[: len(last) - len(ending)]


def scan(start: Path) -> Tree:
    """Every Markdown file under a folder (or the one file named), sorted by name.

    Links to folders are not followed, so that no loop can catch it and nothing from outside comes in.
    Raises OSError when `start` itself cannot be read.
    """
    start = start.resolve(strict=True)
    if not start.is_dir():
        tree = Tree(start.parent)
        _take(tree, start.name, start)
        return tree
    tree = Tree(start)
    waiting = [""]
    next(
        start.iterdir(), None
    )  # an unreadable start is the caller's error, not one line of the report
    while waiting:
        folder = waiting.pop()
        waiting += reversed([f"{name}/" for name in _folder(tree, folder)])
    tree.found.sort(key=lambda found: (found.name.count("/"), found.name))
    return tree


def _folder(tree: Tree, folder: str) -> list[str]:
    """Take the folder's files; the names of the folders in it that are to be read."""
    inner: list[str] = []
    try:
        entries = sorted(os.scandir(tree.root / folder), key=lambda entry: entry.name)
    except OSError as error:
        tree.refused.append((folder, f"The folder cannot be read: {error.strerror}."))
        return []
    for entry in entries:
        name = folder + entry.name
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and entry.name not in _LEFT_OUT:
                inner.append(name)
        elif entry.is_symlink() and Path(entry.path).is_dir():
            tree.left_out.append((_shown(name), "A link to a folder is not followed."))
        elif entry.name == _BUNDLE:
            _read_catalogue(tree, folder, Path(entry.path))
        elif entry.name.lower().endswith(ENDINGS) and not entry.name.startswith("."):
            _take(tree, name, Path(entry.path))
    return inner


def _take(tree: Tree, name: str, file: Path) -> None:
    if len(tree.found) >= MAX_FILES:
        tree.refused.append((_shown(name), f"Only {MAX_FILES:,} files are read at once."))
    elif is_no_runbook(stem_of(name)):
        tree.left_out.append((_shown(name), "Not a runbook, by its name."))
    elif _shown(name) != name:
        tree.refused.append((_shown(name), "The name of the file is not UTF-8."))
    else:
        tree.found.append(Found(name, file))


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def read(found: Found, root: Path) -> bytes:
    """The file's bytes. Raises OSError with a sentence for what is too long, no file, or outside the tree."""
    try:
        actual = found.file.resolve(strict=True)
    except (
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: a loop of links, on Python 3.11 and 3.12
        raise OSError("The file is a link that leads nowhere.") from error
    if not actual.is_relative_to(root):
        raise OSError("The file is a link that leads out of the folder.")
    facts = actual.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError("This is no regular file.")
    if facts.st_size > MAX_BYTES:
        raise OSError(
            f"The file has {facts.st_size:,} bytes; a runbook has at most {MAX_CHARS:,} characters."
        )
    try:
        return actual.read_bytes()
    except OSError as error:
        raise OSError(f"The file cannot be read: {error.strerror}.") from error


def _read_catalogue(tree: Tree, folder: str, file: Path) -> None:
    """A HolmesGPT catalogue: `{"catalog": [{"id", "update_date", "description", "link"}, …]}`."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return
        entries = json.loads(file.read_bytes())["catalog"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("link"), str):
            name = str(PurePosixPath(folder + entry["link"]))
            tree.described[name] = str(entry.get("description") or "")[:1000]


def slugs(tree: Tree, known: dict[str, str]) -> Iterator[tuple[Found, str, str]]:
    """Each file, its slug, and a sentence where the slug is not simply its name ("" otherwise).

    `known` is what earlier imports called a file: its name -> slug. Of new files with the same name the
    one nearest to the root keeps it; the others are prefixed with their folder.
    """
    taken = {known[found.name]: found.name for found in tree.found if found.name in known}
    for found in tree.found:
        if found.name in known:
            yield found, known[found.name], ""
            continue
        slug, plain = "", ""
        for candidate in _candidates(found, tree.root.name):
            plain = plain or candidate
            if candidate and taken.setdefault(candidate, found.name) == found.name:
                slug = candidate
                break
        note = (
            f"Another file is /r/{plain} already; this one is /r/{slug}." if slug != plain else ""
        )
        yield found, slug, note


def _candidates(found: Found, root: str) -> Iterator[str]:
    *folders, _ = found.name.split("/")
    stem = found.stem
    if found.stands_for_its_folder:
        stem = folders.pop() if folders else root
    name = slug_of(stem)
    yield name
    for folder in reversed(folders):
        name = slug_of(f"{folder}-{name}")
        yield name
    for number in range(2, 1000):
        yield slug_of(f"{name[:190]}-{number}")

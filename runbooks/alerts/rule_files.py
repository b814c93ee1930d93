"""Which files an argument means: a file, a folder, a pattern, or `-` for what is piped in. Pure."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ENDINGS = (".yaml", ".yml", ".json")
STDIN = "-"


@dataclass(frozen=True, slots=True)
class RulePath:
    """`expected`: it was named itself. `inside` is its path below the argument that brought it."""

    path: Path
    expected: bool
    inside: str


@dataclass(slots=True)
class Chosen:
    """Files in order, the folders among the arguments, and sentences for what is not there."""

    files: list[RulePath] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def chosen(arguments: Iterable[str]) -> Chosen:
    """Each file once. Folders give their .yaml, .yml and .json files at any depth, hidden ones left out."""
    found = Chosen()
    seen: set[Path] = set()
    for argument in arguments:
        matches = _matches(argument)
        if not matches:
            found.missing.append(f"{argument}: there is no such file, folder or pattern.")
        for match in matches:
            for file in _files(match, found, named=str(match) == argument):
                if file.path.resolve() not in seen:
                    seen.add(file.path.resolve())
                    found.files.append(file)
    return found


def _matches(argument: str) -> list[Path]:
    path = Path(argument)
    if path.exists():
        return [path]
    return [Path(match) for match in sorted(glob.glob(argument, recursive=True))]  # noqa: PTH207


def _files(path: Path, found: Chosen, *, named: bool) -> Iterable[RulePath]:
    if not path.is_dir():
        yield RulePath(path, named, path.name)
        return
    found.folders.append(path)
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        hidden = any(part.startswith(".") for part in inside.parts)
        if file.suffix.lower() in ENDINGS and file.is_file() and not hidden:
            yield RulePath(file, False, inside.as_posix())

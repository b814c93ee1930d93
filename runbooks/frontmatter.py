"""Front matter: reading it within bounds, rewriting one line of it, and writing it anew. Imports no Django.

YAML between `---` lines, or TOML between `+++` lines as Hugo writes it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runbooks.format.composing import compose
from runbooks.format.editing import edit_toml, edit_yaml
from runbooks.format.meta import field_of
from runbooks.format.shapes import DocumentError, Problem
from runbooks.format.yaml_reading import MAX_DEPTH, depth_of, read_yaml

__all__ = ["MAX_FRONT_MATTER", "FrontMatter", "compose", "read_front_matter", "set_field"]

#: Characters of front matter that are read.
MAX_FRONT_MATTER = 64 * 1024

_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\r|\n|$)")
_KEY_LINE = re.compile(r"[ \t]*[\w\"'.-]+[ \t]*[:=]")
_TOML_KEY = re.compile(
    r"^[ \t]*(?:\"([^\"\n]+)\"|([\w-]+))[ \t]*=|^[ \t]*\[\[?[ \t]*([\w-]+)", re.MULTILINE
)
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A text cut up: `text[:start]` opens the block, `text[start:end]` is it, `text[body:]` is the body."""

    kind: Literal["", "yaml", "toml"]
    start: int = 0
    end: int = 0
    body: int = 0
    body_line: int = 1  # 1-based
    data: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(
        default_factory=dict
    )  # top-level key -> 1-based line of the file


def read_front_matter(text: str) -> FrontMatter:
    """Find and read the front matter of `text`. Raises DocumentError with line and field."""
    opening = _OPENING.match(text)
    if opening is None:
        return FrontMatter("")
    fence = opening[1]
    closing = _closing(text, opening.end(), fence)
    if closing is None:
        if fence == "---" and not _KEY_LINE.match(text, opening.end()):
            return FrontMatter("")  # a rule across the page
        raise DocumentError(
            Problem(f"The front matter is opened with {fence} and never closed.", line=1)
        )
    start, end, body = opening.end(), closing.start(), closing.end()
    if end - start > MAX_FRONT_MATTER:
        raise DocumentError(
            Problem(
                f"The front matter has {end - start:,} characters; {MAX_FRONT_MATTER:,} are read. "
                "What is longer belongs in the text.",
                line=1,
            )
        )
    block = text[start:end]
    data, lines = _read_toml(block) if fence == "+++" else read_yaml(block, first_line=2)
    body_line = 1 + len(re.findall(r"\r\n|\r|\n", text[:body]))
    return FrontMatter(
        "toml" if fence == "+++" else "yaml", start, end, body, body_line, data, lines
    )


def _closing(text: str, start: int, fence: str) -> re.Match[str] | None:
    fences = r"\+\+\+" if fence == "+++" else r"(?:---|\.\.\.)"
    pattern = re.compile(rf"(?:(?<=\n)|(?<=\r)){fences}[ \t]*(?:\r\n|\r|\n|\Z)")
    return pattern.search(text, start)


def _read_toml(block: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        loaded = tomllib.loads(block.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) + 1 if found else 1
        says = _TOML_LINE.sub("", str(error)).strip() or "it is nested too deeply"
        raise DocumentError(
            Problem(f"The TOML front matter cannot be read: {says}.", line=line)
        ) from None
    if depth_of(loaded) > MAX_DEPTH:
        raise DocumentError(
            Problem(f"The front matter is nested deeper than {MAX_DEPTH} levels.", line=1)
        )
    lines: dict[str, int] = {}
    for found in _TOML_KEY.finditer(block):
        key = found[1] or found[2] or found[3]
        if key in loaded:
            lines.setdefault(key, block.count("\n", 0, found.start(found.lastindex or 0)) + 2)
    return {key: _plain(value) for key, value in loaded.items()}, lines


def _plain(value: Any) -> Any:
    """Dates and times as text, the rest as it is."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, bool | int | float | str) else str(value)


def set_field(text: str, key: str, value: str | int | list[str]) -> str:
    """`text` with one field of its front matter set, and every other byte as it was.

    A key that says the same (`Owner:`, `service:`) is the one that changes; a missing one is added; a text
    without front matter gets one. Raises DocumentError where the front matter cannot be read or the field
    cannot be changed alone.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    front = read_front_matter(text)
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    if not front.kind:
        block = edit_yaml("", key, value, newline=newline)
        return f"{mark}---{newline}{block}---{newline}{text}"
    edit = edit_toml if front.kind == "toml" else edit_yaml
    block = edit(text[front.start : front.end], key, value, newline=newline)
    edited = text[: front.start] + block + text[front.end :]
    _check_only_changed(front.data, edited, key, value)
    return mark + edited


def _check_only_changed(before: Mapping[str, Any], edited: str, key: str, value: Any) -> None:
    """An edit of text is trusted only once it was read back."""
    message = f"The field “{key}” cannot be rewritten in this front matter: write it on a line of its own."
    try:
        after = dict(read_front_matter(edited).data)
    except DocumentError as error:
        raise DocumentError(Problem(message, line=error.problems[0].line, field=key)) from None
    name = key if key in after else next((k for k in after if field_of(k) == field_of(key)), key)
    same = name in after and _is_same(after.pop(name), value)
    if not same or after != {k: v for k, v in before.items() if k != name}:
        raise DocumentError(Problem(message, line=1, field=key))


def _is_same(read: Any, wanted: Any) -> bool:
    return bool(read == wanted or str(read) == str(wanted))

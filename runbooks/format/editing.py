"""Changing one field of a front matter's text and no other byte of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from runbooks.format.meta import field_of
from runbooks.format.yaml_reading import events
from runbooks.format.yaml_writing import one_line

_COLON = re.compile(r"[ \t]*:")
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_TOML_LINE = re.compile(
    r"(?P<head>[ \t]*(?:\"(?P<quoted>[^\"\n]+)\"|(?P<bare>[\w-]+))[ \t]*=[ \t]*)(?P<value>.*)"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A top-level field: its key, where its value begins and ends, and how far it is indented."""

    key: str
    start: int
    end: int
    indent: int


def edit_yaml(block: str, key: str, value: Any, *, newline: str) -> str:
    """`block` with `key` set, or added at its end. Raises yaml.YAMLError for what is no YAML."""
    spans = list(_yaml_spans(block))
    found = _span_of(spans, key)
    written = one_line(value)
    if found is None:
        indent = " " * (spans[0].indent if spans else 0)
        return f"{block}{indent}{one_line(key)}: {written}{newline}"
    old = block[found.start : found.end]
    lead = "" if found.start and block[found.start - 1] in " \t" else " "
    tail = newline if old.endswith(("\n", "\r")) else ""
    return f"{block[: found.start]}{lead}{written}{tail}{block[found.end :]}"


def _span_of(spans: Sequence[Span], key: str) -> Span | None:
    exact = (span for span in spans if span.key == key)
    field = field_of(key)
    same = (span for span in spans if field and field_of(span.key) == field)
    # Of two keys that say the same the first is read, so the first must be the one that changes.
    return next(same, None) if field else next(exact, None)


def _yaml_spans(block: str) -> Iterator[Span]:
    depth = 0
    key: Any = None
    first: Any = None  # the event that opens the value
    last = 0
    for event in events(block):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth == 1:
                continue
            first = first or event
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            if depth == 0:
                return
            if first is not None and getattr(first, "flow_style", False):
                last = _end(event)
        elif isinstance(event, yaml.ScalarEvent):
            if depth == 1 and key is None:
                key = event
                continue
            first = first or event
            last = _end(event)
        if depth == 1 and key is not None and first is not None:
            yield _span(block, key, first, last)
            key = first = None


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _span(block: str, key: Any, first: Any, last: int) -> Span:
    colon = _COLON.match(block, key.end_mark.index)
    after = colon.end() if colon else key.end_mark.index
    start = first.start_mark.index
    in_line = isinstance(first, yaml.ScalarEvent) and first.style not in ("|", ">")
    if last <= after or start >= last:
        return Span(key.value, after, after, key.start_mark.column)
    if in_line or getattr(first, "flow_style", False):
        return Span(key.value, start, last, key.start_mark.column)
    return Span(key.value, after, last, key.start_mark.column)


def edit_toml(block: str, key: str, value: Any, *, newline: str) -> str:
    """`block` with `key` set, or added before its first table."""
    written = json.dumps(value, ensure_ascii=False)
    table = _TABLE.search(block)
    head_end = table.start() if table else len(block)
    lines = block[:head_end].splitlines(keepends=True)
    field = field_of(key)
    for index, line in enumerate(lines):
        found = _TOML_LINE.match(line)
        name = (found["quoted"] or found["bare"]) if found else ""
        if found is None or not (name == key or (field and field_of(name) == field)):
            continue
        end = _toml_value_end(lines, index)
        comment = _toml_comment(line, found) if end == index + 1 else ""
        ending = lines[end - 1][len(lines[end - 1].rstrip("\r\n")) :]
        lines[index:end] = [f"{found['head']}{written}{comment}{ending}"]
        return "".join(lines) + block[head_end:]
    return f"{block[:head_end]}{one_line(key)} = {written}{newline}{block[head_end:]}"


def _toml_value_end(lines: Sequence[str], start: int) -> int:
    """The line after the value that begins on line `start`: the first at which it can be read."""
    for end in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("".join(lines[start:end]).replace("\r\n", "\n"))
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        return end
    return start + 1


def _toml_comment(line: str, found: re.Match[str]) -> str:
    """The comment behind a value that ends on its own line, with the space before it."""
    for mark in re.finditer(r"[ \t]*#", found["value"]):
        try:
            tomllib.loads(found["head"] + found["value"][: mark.start()])
        except tomllib.TOMLDecodeError:
            continue
        return found["value"][mark.start() :].rstrip("\r\n")
    return ""

"""YAML within bounds: from the parser's events, so that nothing in it can recurse, expand or run.

Only what front matter needs is read: mappings, lists, texts, numbers, true/false and null. Dates stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from runbooks.format.shapes import DocumentError, Problem

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_DEPTH = 8
#: Values, keys and lists together.
MAX_NODES = 5_000
_NULLS = ("", "~", "null", "Null", "NULL")
_FIELD_LINE = re.compile(r"\s*([\w-]{1,80})\s*:")
_HINTS = {
    "mapping values are not allowed": "a value with “: ” in it must stand in quotes",
    "cannot start any token": "a tab, @, ` or % cannot begin a value outside quotes, nor a tab indent a line",
    "did not find expected key": "check the indentation and the quotes around this line",
    "could not find expected ':'": "each line must be “field: value”",
    "found unexpected end of stream": "a quote or bracket is not closed",
}


def read_yaml(block: str, *, first_line: int) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping in `block` and the 1-based file line of each top-level key. Raises DocumentError."""
    reader = _Reader(first_line)
    try:
        for event in events(block):
            reader.take(event)
    except yaml.YAMLError as error:
        raise DocumentError(_problem(error, block, first_line)) from None
    if reader.root is None:
        return {}, {}
    if not isinstance(reader.root, dict):
        raise DocumentError(
            Problem(
                "The front matter is no mapping: each line must be “field: value”.", line=first_line
            )
        )
    return reader.root, reader.lines


def events(block: str) -> Iterator[Any]:
    """The parser's events. Raises yaml.YAMLError."""
    loader = _Loader(block)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _problem(error: yaml.YAMLError, block: str, first_line: int) -> Problem:
    if not isinstance(error, yaml.MarkedYAMLError):
        line = block[: getattr(error, "position", 0)].count("\n")
        return Problem(
            "The front matter has a character that YAML does not allow.", line + first_line
        )
    says = error.problem or "it is no YAML"
    mark = error.problem_mark or error.context_mark
    if error.context_mark and (mark is None or mark.index >= len(block.rstrip())):
        mark = error.context_mark  # what was opened there is never closed
    line = mark.line if mark else 0
    hint = next((hint for words, hint in _HINTS.items() if words in says), "")
    named = _FIELD_LINE.match(block.split("\n")[line]) if line <= block.count("\n") else None
    return Problem(
        f"The front matter cannot be read: {says}" + (f" ({hint})." if hint else "."),
        line=line + first_line,
        field=named[1] if named else None,
    )


class _Reader:
    """Builds values from events with a stack of its own."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.root: Any = None
        self.documents = 0
        self.nodes = 0
        self.field: str | None = None  # the top-level field that is being read
        self.lines: dict[str, int] = {}
        self.stack: list[dict[str, Any] | list[Any]] = []
        self.keys: list[str | None] = []  # the key that waits for its value, for each open mapping

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.fail(
                event,
                "Anchors and aliases (& and *) are not read; write the value out, or quote it.",
            )
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.fail(event, "The front matter holds a second YAML document.")
        elif isinstance(event, yaml.ScalarEvent):
            self.put(event, event.value if self.expects_key() else _value(event))
        elif isinstance(event, yaml.MappingStartEvent):
            self.open(event, {})
        elif isinstance(event, yaml.SequenceStartEvent):
            self.open(event, [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
            self.keys.pop()

    def expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1], dict) and self.keys[-1] is None

    def open(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        if self.expects_key():
            self.fail(event, "A field's name must be a text, not a list or a mapping.")
        if len(self.stack) >= MAX_DEPTH:
            self.fail(event, f"The front matter is nested deeper than {MAX_DEPTH} levels.")
        self.put(event, value)
        self.stack.append(value)
        self.keys.append(None)

    def put(self, event: Any, value: Any) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail(event, f"The front matter holds more than {MAX_NODES:,} values.")
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if isinstance(top, list):
            top.append(value)
        elif self.keys[-1] is None:
            self.name(event, top, value)
        else:
            top[self.keys[-1]] = value
            self.keys[-1] = None

    def name(self, event: Any, mapping: dict[str, Any], key: str) -> None:
        line = event.start_mark.line + self.first_line
        if key in mapping:
            first = f" (first on line {self.lines[key]})" if len(self.stack) == 1 else ""
            raise DocumentError(
                Problem(
                    f"The field “{key[:80]}” stands twice in the front matter{first}.",
                    line,
                    key[:80],
                )
            )
        if len(self.stack) == 1:
            self.lines[key] = line
            self.field = key
        self.keys[-1] = key

    def fail(self, event: Any, message: str) -> None:
        line = event.start_mark.line + self.first_line
        raise DocumentError(Problem(message, line=line, field=self.field))


def _value(event: yaml.ScalarEvent) -> Any:
    """A number or truth value only where its text can be had back from it: `007` and `1.50` stay text."""
    text: str = event.value
    if event.tag not in (None, "!") or not event.implicit[0]:
        return text
    if text in _NULLS:
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) <= 18 and text[-1].isdigit():
        for number in (int, float):
            try:
                if str(number(text)) == text:
                    return number(text)
            except ValueError:
                continue
    return text


def depth_of(value: Any) -> int:
    """Levels of mappings and lists in `value`, counted without recursion."""
    deepest = 0
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, depth)
            waiting += [
                (inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item)
            ]
    return deepest

"""YAML and JSON as a tree that knows where each value stands in the text. Pure.

Rule files are read by Prometheus with a port of libyaml; so are they here. Values stay text, aliases stay
aliases: nothing in a file can run, recurse or expand. Positions are character offsets into the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from runbooks.document import DocumentError, Problem

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_DEPTH = 60
#: Values, keys and lists together: a rule file of 16 MB has about 400,000.
MAX_NODES = 1_000_000
#: A line that is nothing but a template's tag.
_TEMPLATE = re.compile(r"^\s*\{\{-?.*\}\}\s*$", re.MULTILINE)
_MERGE = "<<"
_MOST_MERGES = 50


@dataclass(slots=True)
class Scalar:
    value: str
    style: str  # "" for plain; ', ", | or >
    start: int
    end: int

    @property
    def is_null(self) -> bool:
        return not self.style and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Mapping:
    start: int
    end: int = 0
    flow: bool = False
    items: list[tuple[Scalar, Node]] = field(default_factory=list)
    shared: bool = False  # an alias elsewhere stands for it too

    def pair(self, name: str) -> tuple[Scalar, Node] | None:
        """The last pair of that key, as written here: aliases and merges are not followed."""
        return next((pair for pair in reversed(self.items) if pair[0].value == name), None)

    def get(self, name: str) -> Node | None:
        """The value of a key, aliases and merged mappings followed."""
        for mapping in self._with_merged():
            pair = mapping.pair(name)
            if pair is not None:
                return resolved(pair[1])
        return None

    def pairs(self) -> dict[str, Node]:
        """All keys and values; those written here win over merged ones."""
        found: dict[str, Node] = {}
        for mapping in reversed(self._with_merged()):
            found.update((k.value, resolved(v)) for k, v in mapping.items if k.value != _MERGE)
        return found

    def _with_merged(self) -> list[Mapping]:
        """Itself, then what it merges, each once, so that merges of merges cannot multiply."""
        found: dict[int, Mapping] = {}
        waiting: list[Mapping] = [self]
        while waiting and len(found) < _MOST_MERGES:
            mapping = waiting.pop()
            if id(mapping) not in found:
                found[id(mapping)] = mapping
                merged = [m for k, v in mapping.items if k.value == _MERGE for m in _merged(v)]
                waiting.extend(reversed(merged))
        return list(found.values())


@dataclass(slots=True)
class Sequence:
    start: int
    end: int = 0
    flow: bool = False
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Alias:
    name: str
    target: Node
    start: int
    end: int


Node: TypeAlias = Scalar | Mapping | Sequence | Alias


def resolved(node: Node) -> Node:
    return node.target if isinstance(node, Alias) else node


def _merged(node: Node) -> list[Mapping]:
    node = resolved(node)
    several = node.items if isinstance(node, Sequence) else [node]
    return [m for each in several[:_MOST_MERGES] if isinstance(m := resolved(each), Mapping)]


def line_of(text: str, position: int) -> int:
    """1-based, as editors count."""
    return text.count("\n", 0, position) + 1


def read_documents(text: str) -> list[Node]:
    """The documents of a YAML (or JSON) text without byte order mark. Raises DocumentError with the line."""
    builder = _Builder(text)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"It cannot be read as YAML: {error.problem or 'unknown'}."
        raise _unreadable(text, what, mark.index if mark else 0) from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        what = "It has a character that YAML does not allow."
        raise _unreadable(text, what, position) from None
    return builder.documents


def _unreadable(text: str, what: str, position: int) -> DocumentError:
    if _TEMPLATE.search(text):
        what += " It looks like a Helm template: render it first (helm template)."
    return DocumentError(Problem(what, line_of(text, position)))


def _events(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


class _Builder:
    """Builds the tree from events with a stack of its own."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.documents: list[Node] = []
        self.nodes = 0
        self.stack: list[Mapping | Sequence] = []
        self.keys: list[
            Scalar | None
        ] = []  # the key that waits for its value, for each open mapping
        self.anchors: dict[str, Node] = {}

    def take(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            self.put(event, Scalar(event.value, (event.style or "").strip(), start, end))
        elif isinstance(event, yaml.MappingStartEvent):
            self.open(event, Mapping(start, flow=bool(event.flow_style)))
        elif isinstance(event, yaml.SequenceStartEvent):
            self.open(event, Sequence(start, flow=bool(event.flow_style)))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop().end = end
            self.keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            name = event.anchor or ""
            if name not in self.anchors:
                self.fail(event, f"The alias *{name} stands for nothing in this document.")
            target = self.anchors[name]
            if isinstance(target, Mapping):
                target.shared = True
            self.put(event, Alias(name, target, start, end))
        elif isinstance(event, yaml.DocumentStartEvent):
            self.anchors = {}

    def open(self, event: Any, node: Mapping | Sequence) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self.fail(event, f"It is nested deeper than {MAX_DEPTH} levels.")
        self.put(event, node)
        self.stack.append(node)
        self.keys.append(None)

    def put(self, event: Any, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail(event, f"It holds more than {MAX_NODES:,} values.")
        if getattr(event, "anchor", None) and not isinstance(node, Alias):
            self.anchors[event.anchor] = node
        if not self.stack:
            self.documents.append(node)
            return
        top = self.stack[-1]
        if isinstance(top, Sequence):
            top.items.append(node)
        elif (key := self.keys[-1]) is not None:
            top.items.append((key, node))
            self.keys[-1] = None
        elif isinstance(plain := resolved(node), Scalar):
            self.keys[-1] = plain
        else:
            self.fail(event, "A key must be a text, not a list or a mapping.")

    def fail(self, event: Any, message: str) -> None:
        raise _unreadable(self.text, message, event.start_mark.index)

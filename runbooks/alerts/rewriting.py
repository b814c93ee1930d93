"""Setting `runbook_url` in a rule file without touching anything else of it. Pure.

A file is never written anew from its meaning: the place of the value is found in the tree, and only the
characters there are replaced. What comes out is read again and must mean the same but for the links.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass

from runbooks.alerts.links import OUR_KEY
from runbooks.alerts.reading import AlertRule, RuleFile
from runbooks.alerts.yaml_tree import (
    Alias,
    Mapping,
    Node,
    Scalar,
    Sequence,
    line_of,
    read_documents,
)


class CannotRewrite(ValueError):  # noqa: N818 -- a sentence for a person
    """The link cannot be set here without changing more than the link. The message is a sentence."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Edit:
    start: int
    end: int
    text: str


def with_links(file: RuleFile, links: AnyMapping[int, str]) -> tuple[str, list[CannotRewrite]]:
    """The text with `runbook_url` of the rules at those positions of `file.rules` set to those links, and
    what could not be set. Setting what stands there already changes nothing."""
    edits: dict[tuple[int, int], Edit] = {}
    refused: list[CannotRewrite] = []
    for position, link in links.items():
        rule = file.rules[position]
        try:
            edit = _edit(file.text, rule, link)
        except CannotRewrite as error:
            refused.append(error)
            continue
        if edit is not None:
            # One rule that is reached through two aliases is one place.
            edits[edit.start, edit.end] = edit
    text = _applied(file.text, list(edits.values()))
    if edits and not _means_the_same(file, text):
        message = "The links cannot be set without changing something else; the file is left alone."
        return file.text, [*refused, CannotRewrite(message, 1)]
    return text, refused


def _applied(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _edit(text: str, rule: AlertRule, link: str) -> Edit | None:
    node = rule.node
    pair = node.pair("annotations")
    if pair is None:
        if node.get("annotations") is not None:
            raise _shared(text, node.start, rule.alert)
        return _add_annotations(text, node, link)
    key, value = pair
    if isinstance(value, Alias) or (isinstance(value, Mapping) and value.shared):
        raise _shared(text, value.start, rule.alert)
    if isinstance(value, Mapping):
        present = value.pair(OUR_KEY)
        if present is not None:
            return _replace(text, present, value, link)
        return _add_link(text, key, value, link)
    if isinstance(value, Scalar) and value.is_null:
        return _fill_empty(text, node, key, value, link)
    message = f"The annotations of {rule.alert} are no mapping."
    raise CannotRewrite(message, line_of(text, value.start))


def _shared(text: str, position: int, alert: str) -> CannotRewrite:
    message = (
        f"The annotations of {alert} are shared with other rules by an alias: "
        "write them out, so that each rule can carry its own link."
    )
    return CannotRewrite(message, line_of(text, position))


def _replace(text: str, pair: tuple[Scalar, Node], parent: Mapping, link: str) -> Edit | None:
    key, value = pair
    if isinstance(value, Scalar) and value.value == link:
        return None
    if isinstance(value, Mapping | Sequence):
        message = f"`{OUR_KEY}` is no text."
        raise CannotRewrite(message, line_of(text, value.start))
    if isinstance(value, Scalar) and value.is_null and value.start == value.end:
        colon = text.index(":", key.end) + 1
        return Edit(colon, colon, " " + _quoted(link, _style_in(parent, key)))
    end = value.end
    while end > value.start and text[end - 1] in "\r\n \t":
        end -= 1
    style = value.style if isinstance(value, Scalar) else ""
    if style in ("|", ">") or (not style and parent.flow):
        style = _style_in(parent, key)
    return Edit(value.start, end, _quoted(link, style))


def _style_in(parent: Mapping, key: Scalar) -> str:
    """The quotes that a new value takes: JSON's where the key has them, none in plain YAML."""
    if key.style == '"':
        return '"'
    return "'" if parent.flow else ""


def _quoted(link: str, style: str) -> str:
    # A link holds no quote, backslash, space before # or colon before a space: alert_link escapes them.
    return f"{style}{link}{style}"


def _key(style: str) -> str:
    return f"{style}{OUR_KEY}{style}"


def _key_style(neighbour: Scalar) -> str:
    return '"' if neighbour.style == '"' else ""


def _add_link(text: str, key: Scalar, value: Mapping, link: str) -> Edit:
    neighbour = value.items[0][0] if value.items else key
    entry = f"{_key(_key_style(neighbour))}: {_quoted(link, _style_in(value, neighbour))}"
    if not value.flow:
        indent, start = _line_start(text, neighbour.start)
        if text[start + len(indent) : neighbour.start].strip():
            message = "The annotations begin on the line of their key in an unusual way."
            raise CannotRewrite(message, line_of(text, neighbour.start))
        return Edit(start, start, f"{indent}{entry}{_newline(text, start)}")
    inside = value.start + 1
    if not value.items:
        return Edit(inside, inside, entry)
    indent, start = _line_start(text, neighbour.start)
    if start > inside and start + len(indent) == neighbour.start:
        return Edit(start, start, f"{indent}{entry},{_newline(text, start)}")
    return Edit(neighbour.start, neighbour.start, f"{entry}, ")


def _fill_empty(text: str, node: Mapping, key: Scalar, value: Scalar, link: str) -> Edit:
    """`annotations:` with nothing, or null, behind it."""
    if node.flow:
        style = _key_style(key)
        entry = f"{{{_key(style)}: {_quoted(link, style or chr(39))}}}"
        colon = text.index(":", key.end) + 1
        return (
            Edit(value.start, value.end, entry) if value.value else Edit(colon, colon, f" {entry}")
        )
    column = key.start - _line_begin(text, key.start)
    colon = text.index(":", key.end) + 1
    line = f"{_newline(text, key.start)}{' ' * (column + 2)}{OUR_KEY}: {link}"
    end = value.end if value.value else colon
    return Edit(colon, end, line)


def _add_annotations(text: str, node: Mapping, link: str) -> Edit:
    first, last = node.items[0][0], node.items[-1]
    if node.flow:
        style = _key_style(first)
        value = _quoted(link, style or "'")
        entry = f"{style}annotations{style}: {{{_key(style)}: {value}}}"
        indent, start = _line_start(text, first.start)
        if start > node.start and start + len(indent) == first.start:
            return Edit(start, start, f"{indent}{entry},{_newline(text, start)}")
        return Edit(first.start, first.start, f"{entry}, ")
    column = first.start - _line_begin(text, first.start)
    newline = _newline(text, first.start)
    lines = f"{' ' * column}annotations:{newline}{' ' * (column + 2)}{OUR_KEY}: {link}"
    if text.find("\n", last[0].end) == -1 or (
        not text.endswith("\n") and _end_of(last) >= len(text)
    ):
        # A line after the file's last, unfinished one would add a line break to that value.
        start = _line_begin(text, last[0].start)
        return Edit(start, start, f"{lines}{newline}")
    # Behind the rule's last value; its line is finished first, with the comment that may stand there.
    end = _end_of(last)
    while end > last[0].end and text[end - 1] in "\r\n \t":
        end -= 1
    stop = text.find("\n", end)
    if stop == -1:  # a comment without a line's end
        return Edit(len(text), len(text), f"{newline}{lines}")
    return Edit(stop + 1, stop + 1, f"{lines}{newline}")


def _end_of(pair: tuple[Scalar, Node]) -> int:
    """Where a value ends; block mappings and lists end where their last value does."""
    key, node = pair
    while isinstance(node, Mapping | Sequence) and not node.flow and node.items:
        last = node.items[-1]
        key, node = last if isinstance(last, tuple) else (key, last)
    return max(node.end, key.end) if not _is_empty(node) else key.end


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.start == node.end


def _line_begin(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _line_start(text: str, position: int) -> tuple[str, int]:
    """(indentation, where the line of that position begins)."""
    start = _line_begin(text, position)
    line = text[start:position]
    return line[: len(line) - len(line.lstrip())], start


def _newline(text: str, position: int) -> str:
    """The line ending that the file uses there."""
    end = text.find("\n", position)
    if end == -1:
        end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def _means_the_same(file: RuleFile, text: str) -> bool:
    try:
        return list(_meaning(file.text)) == list(_meaning(text))
    except ValueError:
        return False


def _meaning(text: str) -> Iterator[tuple[str, ...]]:
    """Everything in the text but `runbook_url` in annotations, and annotations that hold nothing else."""
    for document in read_documents(text):
        yield from _told(document)


def _told(node: Node) -> Iterator[tuple[str, ...]]:
    if isinstance(node, Scalar):
        yield ("text", node.value, "" if node.is_null else "said")
    elif isinstance(node, Alias):
        yield ("alias", node.name)
    elif isinstance(node, Sequence):
        yield ("list", str(len(node.items)))
        for item in node.items:
            yield from _told(item)
    else:
        yield ("mapping",)
        for key, value in node.items:
            if key.value == "annotations":
                yield from _annotations_told(value)
            else:
                yield ("key", key.value)
                yield from _told(value)
        yield ("end",)


def _annotations_told(value: Node) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Scalar) and value.is_null:
        return
    if isinstance(value, Mapping):
        rest = [(key, each) for key, each in value.items if key.value != OUR_KEY]
        if rest:
            yield ("key", "annotations")
            yield from _told(Mapping(value.start, items=rest))
        return
    yield ("key", "annotations")
    yield from _told(value)

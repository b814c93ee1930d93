"""Markdown <-> structured runbook. Pure Python: imports no Django.

The format is described in docs/runbook-format.md. A `Document` never loses text: `Document.text` is
the source, byte for byte, and everything else is read from it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from runbooks.format.alert_entry import parse_alert, write_alert
from runbooks.format.headings import section_name
from runbooks.format.meta import read_meta, severity_named
from runbooks.format.placeholders import VARIABLE, variable_names
from runbooks.format.sections import read_body
from runbooks.format.shapes import (
    Access,
    AlertEntry,
    Command,
    Document,
    DocumentError,
    EscalationStep,
    Meta,
    Problem,
    Section,
    SectionName,
    Step,
    Tier,
)
from runbooks.frontmatter import read_front_matter

__all__ = [
    "MAX_CHARS",
    "MAX_LINES",
    "VARIABLE",
    "Access",
    "AlertEntry",
    "Command",
    "Document",
    "DocumentError",
    "EscalationStep",
    "Meta",
    "Problem",
    "Section",
    "SectionName",
    "Step",
    "Tier",
    "decode",
    "meta_of",
    "parse",
    "parse_alert",
    "section_name",
    "serialise",
    "severity_named",
    "variable_names",
    "write_alert",
]

#: Longest text that is a runbook, in characters.
MAX_CHARS = 1_048_576
MAX_LINES = 60_000

_LINE_END = re.compile(r"\r\n?")


def parse(text: str | bytes, *, fallback_title: str = "") -> Document:
    """Read a runbook. Raises DocumentError, naming line and field, for what cannot be one.

    What is only odd (an unknown field, attributes that cannot be read) is in `Document.problems`.
    The title is the front matter's, else the first level-1 heading, else `fallback_title`.
    """
    text = decode(text)
    front = read_front_matter(text)
    meta, problems = read_meta(front.data, front.lines)
    body = text[front.body :]
    read = read_body(_LINE_END.sub("\n", body), offset=front.body_line, title=meta.title)
    if not meta.title:
        meta = replace(meta, title=read.first_heading or fallback_title)
    return Document(
        text=text,
        meta=meta,
        body=body,
        body_line=front.body_line,
        preamble=read.preamble,
        sections=read.sections,
        problems=(*problems, *read.problems),
    )


def meta_of(text: str | bytes) -> Meta:
    """Only the front matter's facts, at a tenth of the cost of `parse`. Raises DocumentError."""
    front = read_front_matter(decode(text))
    return read_meta(front.data, front.lines)[0]


def title_in(text: str) -> str:
    """What a text calls itself; "" where it says nothing yet or cannot be read."""
    try:
        return meta_of(text).title
    except DocumentError:
        return ""


def serialise(document: Document) -> str:
    return document.text


def decode(text: str | bytes) -> str:
    """The text of a file: UTF-8, without a byte order mark, within bounds. Raises DocumentError."""
    text = _from_utf8(text) if isinstance(text, bytes) else text
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARS:
        raise DocumentError(
            Problem(
                f"The text has {len(text):,} characters; a runbook has at most {MAX_CHARS:,}.",
                line=1,
            )
        )
    lines = text.count("\n") + text.count("\r") - text.count("\r\n") + 1
    if lines > MAX_LINES:
        raise DocumentError(
            Problem(f"The text has {lines:,} lines; a runbook has at most {MAX_LINES:,}.", line=1)
        )
    _refuse(text, re.search("\0", text), "The text holds a NUL character.")
    _refuse(
        text,
        re.search("[\ud800-\udfff]", text),
        "The text holds half of a character (a surrogate).",
    )
    return text


def _from_utf8(data: bytes) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(
            Problem(
                f"The file is not UTF-8: byte {data[error.start]:#04x} cannot be read.", line=line
            )
        ) from None


def _refuse(text: str, found: re.Match[str] | None, message: str) -> None:
    if found is not None:
        raise DocumentError(Problem(message, line=text.count("\n", 0, found.start()) + 1))

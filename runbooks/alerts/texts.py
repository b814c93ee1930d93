"""An alert's summary and description as plain words: what the template fills in is left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: What ends a template expression, and the quotes inside which nothing ends it.
_PIECE = re.compile(r""""(?:[^"\\]|\\.)*"|`[^`]*`|\}\}""", re.DOTALL)
_GAP = "\x01"
#: `{{ $value }}s`: a unit that only makes sense behind its number.
_UNIT = re.compile(rf"{_GAP}(?:ms|[smhd]|[KMGT]i?B?|B)\b")
#: `{{ $labels.namespace }}/{{ $labels.pod }}`: one thing, told in parts.
_PARTS = re.compile(rf"{_GAP}(?:[/:@.-]+{_GAP})+")
#: What leads to a value at the end of a sentence goes with it: "failed to load for {{ $labels.pod }}."
_LEADING = re.compile(
    rf"""\s(?:for|at|on|in|to|from|by|of|with|than|is|are|was)\s+["'`“‘]?{_GAP}["'`”’]?%?(?=\s*(?:[.,;!?)]|$))""",
    re.IGNORECASE,
)
_EMPTY_QUOTES = re.compile(rf"""(["'`“‘]?)[{_GAP}\s/:.,@%-]*{_GAP}[{_GAP}\s/:.,@%-]*(["'`”’]?)""")
_EMPTY_BRACKETS = re.compile(r"\(\s*[=:,;%-]*\s*\)|\[\s*\]|<\s*>")
_BEFORE_POINT = re.compile(r"\s+([.,;:!?)])")
_POINTS = re.compile(r"([,;:])(?:\s*[,;:])+|([,;:])\s*(?=\.(?:\s|$))")
SUMMARY_KEYS = ("summary", "title")
DESCRIPTION_KEYS = ("description", "message")
MAX_WORDS = 5_000
MAX_READ = 10_000


def plain(text: str) -> str:
    """`Pod {{ $labels.namespace }}/{{ $labels.pod }} ({{ … }}) is waiting.` -> `Pod is waiting.`"""
    text = _UNIT.sub(_GAP, _with_gaps(text[:MAX_READ].replace(_GAP, "")))
    text = _PARTS.sub(_GAP, text)
    for _ in range(3):
        text = _LEADING.sub("", text)
    text = _EMPTY_QUOTES.sub(_around_gap, text)
    for _ in range(2):
        text = _EMPTY_BRACKETS.sub(" ", text)
    text = _BEFORE_POINT.sub(r"\1", " ".join(text.split()))
    text = _POINTS.sub(lambda found: found[1] or "", text)
    return text.strip(" ,;:-/")[:MAX_WORDS]


def _with_gaps(text: str) -> str:
    """Each template expression replaced by a mark; one that never ends stays as it is."""
    parts: list[str] = []
    position = 0
    while (start := text.find("{{", position)) != -1:
        end = start + 2
        while (piece := _PIECE.search(text, end)) is not None:
            end = piece.end()
            if piece[0] == "}}":
                break
        else:
            break
        parts += [text[position:start], _GAP]
        position = end
    return "".join([*parts, text[position:]])


def _around_gap(found: re.Match[str]) -> str:
    """A pair of quotes goes with what it held; the end of a sentence and a comma stay."""
    before, after = found[1], found[2]
    inside = found[0][len(before) : len(found[0]) - len(after)]
    if before and after:
        return " "
    tail = inside[inside.rfind(_GAP) + 1 :].lstrip("/:@%-")
    kept = tail[0] if tail[:1] in (".", ",") else ""
    return f"{before if before and not after else ''} {kept} {after}"


def words_of(annotations: Mapping[str, str]) -> tuple[str, str]:
    """(summary, description) in plain words."""
    lower = {key.lower(): value for key, value in annotations.items()}
    summary, description = (
        next((plain(lower[key]) for key in keys if lower.get(key, "").strip()), "")
        for keys in (SUMMARY_KEYS, DESCRIPTION_KEYS)
    )
    return summary, description


def joined(texts: Iterable[str]) -> str:
    """Each text once, one a line."""
    return "\n".join(dict.fromkeys(text for text in texts if text))

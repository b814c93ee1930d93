"""Markdown words without their marks, for matching and comparing. Never shown as HTML."""

from __future__ import annotations

import re

_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])")
_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MARKS = re.compile(r"\*+|~~|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
#: Longer paragraphs are left as they are: patterns over them would cost more than they give.
_LONGEST = 20_000


def plain_text(markdown: str) -> str:
    """One paragraph's words: no emphasis, code marks or link targets; what stands in code is kept."""
    if len(markdown) > _LONGEST:
        return markdown
    words: list[str] = []
    at = 0
    for span in _SPAN.finditer(markdown):
        words += [_without_marks(markdown[at : span.start()]), span[2].strip()]
        at = span.end()
    words.append(_without_marks(markdown[at:]))
    return "".join(words)


def _without_marks(text: str) -> str:
    text = _TAG.sub(" ", _LINK.sub(r"\1", text))
    return _ESCAPED.sub(r"\1", _MARKS.sub("", text))

"""The two lines under the title that say whether this is the right page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from runbooks.document import Section
from runbooks.drawing.plain_lines import shortened
from runbooks.drawing.reading_markdown import Reader, words_of

_LINES = 2
_LONGEST = 140
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z\"“‘`(\d])")
#: The beginning of a longer text is enough: more would be read for nothing.
_READ = 8_000


def here_if_lines(reader: Reader, sections: Sequence[Section]) -> tuple[str, ...]:
    """Two symptoms: the first list items, else sentences. Of another text ("Meaning") the first sentence."""
    for section in sections:
        if section.name not in ("symptoms", "trigger"):
            continue
        tokens = reader.read(section.markdown[:_READ])
        is_symptoms = section.heading.strip().lower().startswith("symptom")
        lines = list(_list_items(tokens)) if is_symptoms else []
        lines = lines or list(_sentences(tokens))
        wanted = _LINES if is_symptoms else 1
        if lines:
            return tuple(shortened(line, _LONGEST) for line in lines[:wanted])
    return ()


def _list_items(tokens: Sequence[Token]) -> Iterator[str]:
    depth = 0
    for index, token in enumerate(tokens):
        depth += token.nesting if token.type.startswith("list_item_") else 0
        opens_item = index > 1 and tokens[index - 2].type == "list_item_open"
        if token.type == "inline" and opens_item and depth == 1:
            words = " ".join(words_of(token.children).split())
            if words:
                yield words


def _sentences(tokens: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token.type == "inline" and tokens[index - 1].type == "paragraph_open":
            for sentence in _SENTENCE.split(" ".join(words_of(token.children).split())):
                if sentence:
                    yield sentence

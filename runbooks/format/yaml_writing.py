"""Values as YAML on one line, written so that every reader of YAML reads the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# A plain scalar has no character that YAML gives a meaning to, and looks like no number or date.
# In a list or mapping on one line it is one word, since people read commas there.
_WORD = re.compile(r"[A-Za-z][\w./@+:-]*|\d{1,5}[dhmw]", re.ASCII)
_LINE = re.compile(r"[A-Za-z][\w./@+:%()\"'-]*(?: [\w./@+:%()\"'-]+)*|\d{1,5}[dhmw]", re.ASCII)
_TRAPS = re.compile(r":(?=$| )| -")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
# json.dumps leaves these as they are; YAML does not allow them or reads them as line ends.
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LONGEST_PLAIN = 500


def one_line(value: Any, *, inside: bool = False) -> str:
    """A text, number, truth value, None, list or mapping in flow style, where `inside` quotes more."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        pairs = (
            (one_line(str(k), inside=True), one_line(v, inside=True)) for k, v in value.items()
        )
        inner = ", ".join(f"{key}: {written}" for key, written in pairs)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(one_line(item, inside=True) for item in value)}]"
    return _text(str(value), _WORD if inside else _LINE)


def _text(text: str, plain: re.Pattern[str]) -> str:
    fits = len(text) <= _LONGEST_PLAIN and plain.fullmatch(text) is not None
    if fits and not _TRAPS.search(text) and text.lower() not in _WORDS:
        return text
    return _UNPRINTABLE.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)
    )

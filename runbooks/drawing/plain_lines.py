"""The lines of drawn HTML as plain text: what search reads, and shows as the line that matched. Pure."""

from __future__ import annotations

import re
from html import unescape

from runbooks.drawing.author_html import PHRASING

#: nh3 and we write attributes in double quotes only, so that a ">" in one ends no tag.
_BUTTON = re.compile(r"<button\b[^>]*>(?:<svg.*?</svg>)?[^<]*</button>")
_TAG = re.compile(r"<(/?[a-zA-Z0-9]+)(?:[^\">]|\"[^\"]*\")*>")
_WITHIN_A_LINE = PHRASING | {"img", "input", "label", "span", "svg", "use", "var", "wbr"}


def plain_lines(html: str) -> list[str]:
    """Each line's words, single-spaced, without empty lines."""
    text = _TAG.sub(_gap, _BUTTON.sub("", html))
    lines = (" ".join(line.split()) for line in unescape(text).split("\n"))
    return [line for line in lines if line]


def _gap(tag: re.Match[str]) -> str:
    return "" if tag[1].lstrip("/").lower() in _WITHIN_A_LINE else "\n"


def shortened(text: str, limit: int) -> str:
    """`text` cut between words to at most `limit` characters, with an ellipsis where words are missing."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    kept = cut.rpartition(" ")[0] if " " in cut[limit // 2 :] else cut
    return kept.rstrip(" ,;:.–-") + "…"

"""Which words of a title matched, and which line of the body did. Pure Python: imports no Django."""

from __future__ import annotations

import re
from html import escape

from runbooks.search.analysis import folded, pieces
from runbooks.search.engine import Query
from runbooks.search.english import STOP

_RUN = re.compile(r"[^\W_]+")
#: A weaker stand-in than this is not what the reader typed: marking it would puzzle.
_SHOWN = 0.3
_LONGEST_LINE = 220
_BEFORE = 80
_MOST_PLACES = 6
#: The most telling ones are enough to choose a line by.
_MOST_TERMS = 14


class Highlighter:
    """Made once for a query, used for each of its results."""

    def __init__(self, query: Query) -> None:
        self._worth: dict[str, tuple[int, float]] = {}
        for i, group in enumerate(query.groups):
            if group.word in STOP and len(query.groups) > 1:
                continue
            for term, quality in group.variants.items():
                worth = quality * group.weight * group.idf
                if quality >= _SHOWN and worth > self._worth.get(term, (0, 0.0))[1]:
                    self._worth[term] = (i, worth)
        best = sorted(self._worth.items(), key=lambda found: -found[1][1])
        self._looked_for = [(term, *worth) for term, worth in best[:_MOST_TERMS]]

    def marked(self, text: str) -> str:
        """The text as HTML, with <mark> round each run of letters and digits that matched."""
        parts: list[str] = []
        at = 0
        for run in _RUN.finditer(text):
            if self._matches(run.group()):
                parts += [escape(text[at : run.start()]), "<mark>", escape(run.group()), "</mark>"]
                at = run.end()
        parts.append(escape(text[at:]))
        return "".join(parts).replace("</mark> <mark>", " ")

    def _matches(self, run: str) -> bool:
        plain = folded(run)
        return plain.lower() in self._worth or any(piece in self._worth for piece in pieces(plain))

    def best_line(self, lines: str) -> tuple[str, str]:
        """(where, HTML) of the line with the most telling words; ("", "") where no line has any.

        `lines` is SearchDocument.lines: one "where<TAB>text" a line. A long line is cut round its match.
        """
        best = self._best_at(lines)
        if best is None:
            return "", ""
        start = lines.rfind("\n", 0, best) + 1
        end = lines.find("\n", best)
        where, _, text = lines[start : end if end >= 0 else len(lines)].partition("\t")
        cut = max(0, best - start - len(where) - 1 - _BEFORE) if len(text) > _LONGEST_LINE else 0
        shown = text[cut : cut + _LONGEST_LINE]
        html = self.marked(shown)
        return where, ("… " if cut else "") + html + (" …" if cut + len(shown) < len(text) else "")

    def _best_at(self, lines: str) -> int | None:
        """Position of the first match in the best line. Searches for words, not line by line: speed."""
        lowered = lines.lower()
        if len(lowered) != len(lines):  # a letter that grows in lower case would move all positions
            lowered = lines
        found: dict[int, dict[int, float]] = {}  # where a line starts -> the worth of each group
        first: dict[int, int] = {}
        for term, group, worth in self._looked_for:
            for at in _places(lowered, term):
                line = lowered.rfind("\n", 0, at)
                of_line = found.setdefault(line, {})
                if worth > of_line.get(group, 0.0):
                    of_line[group] = worth
                first.setdefault(line, at)
        if not found:
            return None
        best = max(found, key=lambda line: (round(sum(found[line].values()), 6), -line))
        return first[best]


def _places(text: str, term: str) -> list[int]:
    """Where the term stands as a whole word."""
    places: list[int] = []
    at = text.find(term)
    while at >= 0 and len(places) < _MOST_PLACES:
        end = at + len(term)
        if (at == 0 or not text[at - 1].isalnum()) and (
            end == len(text) or not text[end].isalnum()
        ):
            places.append(at)
        at = text.find(term, end)
    return places

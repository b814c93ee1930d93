"""Texts that are nearly the same as another: overlapping runs of words, sketched so that 10,000 fit.

Resemblance is the share of word runs that two texts have in common (Broder, "On the resemblance and
containment of documents", 1997), estimated from the smallest hashes of each (a bottom-k sketch).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TypeAlias
from zlib import crc32

from runbooks.checking.codes import NEAR_COPY
from runbooks.checking.shapes import Case, Finding

#: Words in a run, hashes in a sketch, and how many of them lead to candidates.
RUN = 4
SKETCH = 256
LEADING = 48
#: Two texts that share so much of their runs are one text.
NEAR = 0.5
#: Fewer runs than this say too little to be called a copy of anything.
FEWEST = 12
#: A run that so many texts have is a template's; and so many candidates are compared.
_COMMON = 200
_CANDIDATES = 12

_WORD = re.compile(r"\w+")
_FRONT = re.compile(
    r"\A(?:---|\+\+\+)[ \t]*\r?\n.*?^(?:---|\+\+\+|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE
)
_HEADING = re.compile(r"^ {0,3}#{1,6}[^\n]*$", re.MULTILINE)
_MOST_WORDS = 60_000
#: What a copy is made for another one of: the names are replaced, and all the rest stays.
_NAMED = re.compile(
    r"^(?:services?|alerts?)[ \t]*:(?P<names>[^\n]{0,4000}(?:\n[ \t]*-[^\n]{0,400}){0,100})",
    re.MULTILINE,
)

#: Unsigned 32-bit hashes, the smallest first.
Sketch: TypeAlias = "array[int]"


def sketch_of(text: str) -> Sketch:
    """The smallest hashes of the runs of words of a runbook's body; headings are the format's own words.

    The names of its services and alerts are left out: a copy for another service is a copy.
    """
    front = _FRONT.match(text)
    names = {
        word
        for found in (_NAMED.finditer(front[0]) if front else ())
        for word in _WORD.findall(found["names"].lower())
    }
    body = text[front.end() :] if front else text
    words = [
        "" if word in names else word
        for word in _WORD.findall(_HEADING.sub(" ", body).lower())[:_MOST_WORDS]
    ]
    runs = {" ".join(words[at : at + RUN]) for at in range(max(len(words) - RUN + 1, 0))}
    return array("I", nsmallest(SKETCH, {_hash(run) for run in runs}))


def _hash(run: str) -> int:
    """crc32 is linear in its input; mixed (the finalizer of MurmurHash3), "smallest" means "any"."""
    value = crc32(run.encode())
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFF_FFFF
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFF_FFFF
    return value ^ (value >> 16)


def resemblance(one: Sketch, other: Sketch) -> float:
    """The share of runs in common, 0 to 1, estimated from the SKETCH smallest of both together."""
    mine, theirs = set(one), set(other)
    both = nsmallest(SKETCH, mine | theirs)
    return sum(hash_ in mine and hash_ in theirs for hash_ in both) / len(both) if both else 0.0


@dataclass(slots=True)
class Library:
    """The texts that one may be a copy of. Adding and asking cost by the text's length, not their number."""

    sketches: dict[str, Sketch] = field(default_factory=dict)
    _leading: dict[int, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]]) -> Library:
        """Of (name, text) pairs."""
        library = cls()
        for name, text in texts:
            library.add(name, sketch_of(text))
        return library

    def add(self, name: str, sketch: Sketch) -> None:
        self.sketches[name] = sketch
        for hash_ in sketch[:LEADING]:
            named = self._leading.setdefault(hash_, [])
            if len(named) < _COMMON:
                named.append(name)

    def closest(self, sketch: Sketch, *, but: str = "") -> tuple[str, float] | None:
        """The text that resembles this one most, and how much; `but` is what this one is called itself."""
        if len(sketch) < FEWEST:
            return None
        shared: Counter[str] = Counter()
        for hash_ in sketch[:LEADING]:
            shared.update(self._leading.get(hash_, ()))
        shared.pop(but, None)
        likeness = (
            (resemblance(sketch, self.sketches[name]), name)
            for name, _ in sorted(shared.most_common(_CANDIDATES))
        )
        best = max(likeness, key=lambda pair: pair[0], default=None)
        return None if best is None else (best[1], best[0])


def it_is_no_copy(case: Case) -> Iterator[Finding]:
    library = case.facts.library
    if library is None:
        return
    name = case.facts.name
    sketch = library.sketches.get(name) or sketch_of(case.document.text)
    closest = library.closest(sketch, but=name)
    if closest is not None and closest[1] >= NEAR:
        other, share = closest
        yield Finding(
            NEAR_COPY,
            f"{share:.0%} of the text is that of “{other}”: when one is mended, the other stays wrong.",
            mend="Keep one for both alerts, or keep here only what differs and link to the other.",
            about=other,
        )

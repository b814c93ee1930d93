"""Whether a runbook is written in English, which is what the offline writer writes. Pure."""

from __future__ import annotations

import re
from itertools import islice

from drills.scenario.source import Source

#: What the page says of a scenario whose runbook is in another language.
NOT_ENGLISH = (
    "The runbook is not in English, and the offline writer's own sentences are: the runbook's words stand"
    " between them unchanged, and what a step does is guessed from where it stands. Read every inject before"
    " you approve it."
)
#: A path, a host, a piece of code: no words.
_NAME = re.compile(r"\S*[./_:=<>{}$@#&-]\S+")
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset({
    "the", "a", "an", "is", "are", "of", "to", "and", "or", "if", "in", "for", "on", "with", "it",
    "this", "that", "from", "by", "be", "not", "you", "your", "when", "check", "do",
})  # fmt: skip
#: The commonest small words of other languages; none of them is an English one, or a name.
_OTHERS = frozenset({
    "der", "das", "und", "ist", "nicht", "ein", "eine", "einen", "auf", "mit", "wenn", "den", "dem",
    "bei", "oder", "wird", "werden", "sind", "die", "prüfen",
    "le", "les", "et", "est", "pas", "une", "du", "dans", "avec", "ou", "vérifier",
    "el", "los", "las", "está", "una", "del", "con", "por", "para", "comprobar", "verificar",
    "il", "gli", "che", "di", "della", "controllare", "os", "uma", "não", "da", "em", "são",
    "het", "een", "van", "niet", "voor", "als", "worden",
})  # fmt: skip
_MOST_WORDS, _FEWEST, _SHARE = 2_000, 3, 0.3


def is_english(source: Source) -> bool:
    """Judged by its own words, not by code. What is too short to tell counts as English."""
    said = " ".join(
        (source.title, *source.symptoms, *source.impact, *(s.title for s in source.steps[:80]))
    )
    words = [
        word[0].casefold() for word in islice(_WORD.finditer(_NAME.sub(" ", said)), _MOST_WORDS)
    ]
    if not words:
        return True
    foreign = sum(not word[0].isascii() and ord(word[0]) > 0x24F for word in words)
    if foreign > _SHARE * len(words):
        return False
    others = sum(word in _OTHERS for word in words)
    return others < _FEWEST or others <= sum(word in _ENGLISH for word in words)

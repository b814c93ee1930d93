"""What a query means, whichever engine answers it. Pure Python: imports no Django.

Words that the library has are looked for as they stand, with their inflections, the joined form of
neighbours and synonyms, which weigh less. Only words that it lacks are corrected. The last word may be
half typed. In a pasted line, addresses, pod hashes and values fall away.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from runbooks.search.analysis import compounds, joins, squashed, stem, words
from runbooks.search.engine import Group, Query, Vocabulary
from runbooks.search.english import PLAIN, SPELT, STOP
from runbooks.search.glossary import PORTS
from runbooks.search.synonyms import Synonyms, stems_of_states

LONGEST_QUERY = 4000
MOST_GROUPS = 28
#: A query of more words than this is a sentence or a pasted line.
SHORT = 4
#: In a text of more words than this one that the library lacks is left alone: the others decide.
SENTENCE = 8

INFLECTION = 0.9
JOINED = 0.95
HALF_TYPED = 0.85
#: A last word that the library has is more often whole than half typed.
WHOLE_WORD = 0.6
PART = 0.6
#: A compound is taken apart when each part is so many times as frequent as the whole.
RARELY = 4
LONG_WORD = 8
CORRECTED = {1: 0.8, 2: 0.6}
#: In a sentence an unknown word is more often a plain one that the library lacks than a slip.
CORRECTED_IN_SENTENCE = 0.8
IDF_POWER = 0.75
STOP_WEIGHT = 0.12
NUMBER_WEIGHT = 0.35
PLAIN_WEIGHT = 0.35
INSIDE_WEIGHT = 0.5
STATE_WEIGHT = 0.65
_MOST_HALF_TYPED = 40
_STATES = stems_of_states()

_ADDRESS = re.compile(r"[0-9a-f]*\d[0-9a-f]*(?:[.:/\-][0-9a-z]+)+", re.IGNORECASE)
_POD = re.compile(r"-(?=[a-z]*\d)[a-z0-9]{4,10}(?:-[a-z0-9]{5})?$")
_HTTP_STATUS = re.compile(r"[1-5]\d\d")


@dataclass(slots=True)
class _Typed:
    """Words in order, what fell away, and the words that stand in a run like `prod-eu-1` or `/var/lib`."""

    words: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    plain: set[str] = field(default_factory=set)


def understood(text: str, vocabulary: Vocabulary, synonyms: Synonyms) -> Query:
    """Never raises: any text is a query, though not every one finds something."""
    text = text[:LONGEST_QUERY].replace("\x00", " ")
    open_ended = bool(text) and text[-1].isalnum()
    return _Understanding(_typed(text), vocabulary, synonyms, open_ended).query(text)


def _typed(text: str) -> _Typed:
    """Of a long text without what only names one machine, one pod or one moment."""
    typed = _Typed()
    runs = list(compounds(text))
    for run in runs:
        kept = _without_instance(run, typed) if len(runs) > SHORT else run
        found = words(kept)
        typed.words += found
        if len(found) == 1 or len(runs) <= SENTENCE:
            typed.plain.update(found)
    return typed


def _without_instance(run: str, typed: _Typed) -> str:
    if _ADDRESS.fullmatch(run):
        typed.dropped.append(run)
        return PORTS.get(run.rpartition(":")[2], "")
    if "-" in run and (cut := _POD.search(run.lower())):
        typed.dropped.append(run[cut.start() :])
        return run[: cut.start()]
    return run


class _Understanding:
    def __init__(
        self, typed: _Typed, vocabulary: Vocabulary, synonyms: Synonyms, open_ended: bool
    ) -> None:
        self.typed = tuple(typed.words)
        self.plain = typed.plain
        self.dropped = typed.dropped
        self.vocabulary = vocabulary
        self.synonyms = synonyms
        self.long = len(self.typed) > SHORT
        self.last = len(self.typed) - 1 if open_ended and self.typed else -1
        self.distinct = list(dict.fromkeys(self.typed))
        self.joined = self._joined()
        self.known = vocabulary.frequencies({*self.distinct, *(j for _, _, j in self.joined)})

    def _joined(self) -> list[tuple[int, int, str]]:
        return list(joins(list(self.typed[:60]), longest=3))

    def query(self, text: str) -> Query:
        groups = {word: self._group(word) for word in self.distinct}
        self._add_joined(groups)
        self._add_inflections(groups)
        self._add_half_typed(groups)
        for word, group in groups.items():
            if not group.variants:
                self._correct(word, group)
            elif len(word) >= LONG_WORD:
                self._add_parts(word, group)
        self._add_synonyms(groups)
        _keep_best_owner(groups.values())
        found = [group for group in groups.values() if group.variants]
        self._weigh(found)
        found.sort(key=lambda group: -group.weight * group.idf)
        return Query(
            text=text,
            squashed=squashed(text),
            words=self.typed,
            groups=tuple(found[:MOST_GROUPS]),
            dropped=tuple(self.dropped),
        )

    def _group(self, word: str) -> Group:
        known = word in self.known
        return Group(word, {word: 1.0} if known else {}, known=known)

    def _add_joined(self, groups: dict[str, Group]) -> None:
        for start, end, joined in self.joined:
            if joined in self.known:
                for word in self.typed[start:end]:
                    groups[word].variants.setdefault(joined, JOINED)
                    groups[word].known = True

    def _add_inflections(self, groups: dict[str, Group]) -> None:
        stems = {word: stem(word) for word in groups if word not in STOP and not word.isdigit()}
        same = self.vocabulary.inflections(set(stems.values()))
        for word, its_stem in stems.items():
            for other in same.get(its_stem, ()):
                groups[word].variants.setdefault(other, INFLECTION)

    def _add_half_typed(self, groups: dict[str, Group]) -> None:
        if self.last < 0 or len(self.typed) > 3 * SHORT:
            return
        word = self.typed[self.last]
        if word in STOP and word in self.known and len(word) > 1:
            return
        if word in self.known and self.long:
            return
        whole = HALF_TYPED if word not in self.known else HALF_TYPED * WHOLE_WORD
        for term in self.vocabulary.starting(word, _MOST_HALF_TYPED):
            close = len(word) / len(term)
            groups[word].variants.setdefault(term, whole * (0.5 + 0.5 * close))

    def _correct(self, word: str, group: Group) -> None:
        if not word.isalpha() or len(word) < 4 or word in SPELT or word in self.synonyms:
            return
        if len(self.typed) > SENTENCE:
            return
        if self._add_parts(word, group):
            return
        near = self.vocabulary.near(word, 1 if len(word) < 6 else 2)
        for term, distance in near[:3]:
            quality = CORRECTED[distance] * (1.0 if term[0] == word[0] else 0.8)
            if self.long:
                quality *= CORRECTED_IN_SENTENCE**distance
            group.variants[term] = quality
        if near:
            group.corrected = near[0][0]
            self._add_inflections_of(group)

    def _add_inflections_of(self, group: Group) -> None:
        stems = {stem(term): quality for term, quality in group.variants.items()}
        for its_stem, others in self.vocabulary.inflections(stems).items():
            for other in others:
                group.variants.setdefault(other, stems[its_stem] * INFLECTION)

    def _add_parts(self, word: str, group: Group) -> bool:
        """`crashloop` as `crash` and `loop`, where the library has both and the whole at most rarely."""
        cuts = [(word[:i], word[i:]) for i in range(3, len(word) - 2)]
        known = self.vocabulary.frequencies({part for cut in cuts for part in cut})
        whole = self.known.get(word, 0)
        both = [
            cut for cut in cuts if min(known.get(cut[0], 0), known.get(cut[1], 0)) > RARELY * whole
        ]
        if not both:
            return False
        for part in max(both, key=lambda cut: min(known[cut[0]], known[cut[1]])):
            group.variants.setdefault(part, PART)
        return True

    def _add_synonyms(self, groups: dict[str, Group]) -> None:
        wanted: list[tuple[tuple[str, ...], str, float]] = []
        read = tuple(stem(groups[word].corrected or word) for word in self.typed)
        for start in range(len(read)):
            for length, stand_ins in self.synonyms.at(read, start):
                owners = self.typed[start : start + length]
                wanted += [(owners, term, weight) for term, weight in stand_ins]
        same = self.vocabulary.inflections({stem(term) for _, term, _ in wanted})
        for owners, term, weight in wanted:
            for other in same.get(stem(term), ()):
                for word in owners:
                    groups[word].variants.setdefault(other, weight)

    def _weigh(self, groups: Iterable[Group]) -> None:
        every = {term for group in groups for term in group.variants}
        counts = self.known | self.vocabulary.frequencies(every - self.known.keys())
        total = max(self.vocabulary.size, 1)
        for group in groups:
            count = self._count(group, counts)
            group.idf = math.log(1 + total / (count + 0.5)) ** IDF_POWER
            group.weight = self._weight(group.word)

    def _count(self, group: Group, counts: dict[str, int]) -> float:
        """How often the thing meant is spoken of, in whatever words: a word with many stand-ins says less."""
        return sum(counts.get(term, 0) * quality for term, quality in group.variants.items())

    def _weight(self, word: str) -> float:
        if len(self.typed) == 1:
            return 1.0
        if word in STOP or len(word) == 1:
            return STOP_WEIGHT
        if word.isdigit():
            return NUMBER_WEIGHT if not _HTTP_STATUS.fullmatch(word) else 2 * NUMBER_WEIGHT
        state = stem(word) in _STATES
        if word in PLAIN and not state:
            return PLAIN_WEIGHT
        weight = STATE_WEIGHT if state else 1.0
        return weight if word in self.plain else weight * INSIDE_WEIGHT


def _keep_best_owner(groups: Iterable[Group]) -> None:
    """A term stands for the word that it fits best: one word of a runbook does not answer for two of a
    query ("rollout" is no deployment where rollout itself was asked for)."""
    best: dict[str, float] = {}
    for group in groups:
        for term, quality in group.variants.items():
            best[term] = max(quality, best.get(term, 0.0))
    for group in groups:
        group.variants = {t: q for t, q in group.variants.items() if q >= best[t]}

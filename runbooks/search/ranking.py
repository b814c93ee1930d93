"""The one order of results, the same for every engine. Pure Python: imports no Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import add

from runbooks.search.documents import ALERT, ALSO, BODY, SERVICE, TEXT, TITLE
from runbooks.search.engine import Candidate, Group, Query
from runbooks.search.synonyms import STAND_IN, rivals

#: How much a term counts by where it stands.
TITLE_WEIGHT = 1.0
ALERT_WEIGHT = 1.0
ALSO_WEIGHT = 1.0
TEXT_WEIGHT = 0.8
SERVICE_WEIGHT = 0.4
BODY_WEIGHT = 1.0
#: A second place adds this share of what it would count alone.
SECOND = 0.4


def _field_value(code: int) -> float:
    places = sorted(
        (
            TITLE_WEIGHT if code & TITLE else 0.0,
            ALERT_WEIGHT if code & ALERT else 0.0,
            ALSO_WEIGHT if code & ALSO else 0.0,
            SERVICE_WEIGHT if code & SERVICE else 0.0,
            TEXT_WEIGHT if code & TEXT else 0.0,
            BODY_WEIGHT * (code & BODY) / BODY,
        ),
        reverse=True,
    )
    named = code & (TITLE | ALERT | ALSO)
    rest = sum(places[1:]) - (
        sum(1 for bit in (TITLE, ALERT, ALSO) if named & bit) - 1 if named else 0
    )
    return places[0] + SECOND * max(rest, 0.0)


_VALUES = [_field_value(code) for code in range(256)]
field_value: Callable[[int], float] = _VALUES.__getitem__


@dataclass(frozen=True, slots=True)
class Ranked:
    pk: int
    score: float
    exact: bool


EXACT = 1000.0
BEGINS = 3.0
COVERAGE_POWER = 0.7
NAME_BONUS = 1.0
TEXT_BONUS = 1.0
BOTH = 0.1
#: What is left of the score of a runbook about another kind of the thing asked about.
RIVAL = 0.5


def ranked(query: Query, candidates: Sequence[Candidate], idf: Mapping[str, float]) -> list[Ranked]:
    """`idf` has for any word of a name or text how telling it is in this library."""
    ranker = _Ranker(query, idf)
    results = [ranker.rank(candidate) for candidate in candidates]
    results.sort(key=lambda r: (-r.score, r.pk))
    return results


_RIVALS = rivals()


def _near(group: Group) -> frozenset[str]:
    """The word itself and what is as good: not its synonyms."""
    return frozenset(term for term, quality in group.variants.items() if quality > STAND_IN)


class _Ranker:
    """Made once for a query; the inner loops run for each name of each candidate."""

    def __init__(self, query: Query, idf: Mapping[str, float]) -> None:
        self.query = query
        self.idf = idf
        self.weights = [group.idf * group.weight for group in query.groups]
        self.total = sum(self.weights) or 1.0
        self.spoken = " ".join(query.words)
        #: term -> (how well it stands in, [(group, how well)])
        self.stands_for: dict[str, tuple[float, list[tuple[int, float]]]] = {}
        for i, group in enumerate(query.groups):
            for term, quality in group.variants.items():
                best, hits = self.stands_for.get(term, (0.0, []))
                self.stands_for[term] = (max(best, quality), [*hits, (i, quality)])
        self.terms = self.stands_for.keys()
        asked = {term for group in query.groups for term in _near(group)}
        #: For each group that names one of several kinds: what says so too, and what says another.
        self.rivals = [
            (_near(group), rivals)
            for group in query.groups
            if (rivals := _RIVALS.get(group.word, frozenset()) - asked)
        ]

    def rank(self, candidate: Candidate) -> Ranked:
        base = matched = 0.0
        for weight, match in zip(self.weights, candidate.matches, strict=True):
            if match is not None:
                found = weight * match.quality
                matched += found
                base += found * field_value(match.fields)
        coverage = matched / self.total
        score = base / self.total * coverage**COVERAGE_POWER
        name = NAME_BONUS * max(map(self._covered, candidate.names), default=0.0)
        text = TEXT_BONUS * max(map(self._covered, candidate.texts), default=0.0)
        score += max(name, text) + BOTH * min(name, text)
        if self.rivals and all(map(self._is_rival, candidate.names)):
            score *= RIVAL
        exact = bool(self.query.squashed) and self.query.squashed in candidate.squashed_names
        if exact:
            score += EXACT
        elif self.spoken:
            score += BEGINS * max(map(self._begins, candidate.names), default=0.0)
        return Ranked(candidate.pk, score, exact)

    def _is_rival(self, name: str) -> bool:
        """Whether a name is about another of the things of which the question names one."""
        spoken = name.split(" ")
        return any(
            not rivals.isdisjoint(spoken) and variants.isdisjoint(spoken)
            for variants, rivals in self.rivals
        )

    def _begins(self, name: str) -> float:
        if name.startswith(self.spoken):
            return 1.0
        typed = self.query.squashed
        if len(typed) > 3 and name[:1] == typed[0] and name.replace(" ", "").startswith(typed):
            return 0.5
        return 0.0

    def _covered(self, name: str) -> float:
        """How well the query and one name cover each other: harmonic, by how telling the words are."""
        spoken = name.split(" ")
        pairs = list(map(add, spoken, spoken[1:]))
        together = not self.terms.isdisjoint(pairs)
        if not together and self.terms.isdisjoint(spoken):
            return 0.0
        covered = 0.0
        best: dict[int, float] = {}
        for i, word in enumerate(spoken):
            hits = self.stands_for.get(word) or (together and self._pair(pairs, i))
            if hits:
                covered += self.idf[word] * hits[0]
                for group, quality in hits[1]:
                    if quality > best.get(group, 0.0):
                        best[group] = quality
        asked = sum([self.weights[group] * quality for group, quality in best.items()]) / self.total
        of_name = covered / (sum(map(self.idf.__getitem__, spoken)) or 1.0)
        return 2 * asked * of_name / (asked + of_name) if asked + of_name else 0.0

    def _pair(self, pairs: list[str], i: int) -> tuple[float, list[tuple[int, float]]] | None:
        """A word that only matches together with its neighbour ("kubevirt" for "kube virt")."""
        for at in (i, i - 1):
            if 0 <= at < len(pairs) and (hits := self.stands_for.get(pairs[at])):
                return hits
        return None

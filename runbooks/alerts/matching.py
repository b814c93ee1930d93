"""Label matchers as Prometheus means them: the whole value, RE2 patterns, an absent label is empty. Pure.

RE2 answers in linear time, so that no pattern of an author and no label from outside can hold a worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache

import re2

#: Longer patterns are not tried: the matcher then says nothing.
MAX_PATTERN = 2_000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.dot_nl = True
_OPTIONS.max_mem = 1 << 20

Matcher = Sequence[str]  # (label, "=" | "!=" | "=~" | "!~", value)


class Verdict(Enum):
    """Do the labels fit? UNKNOWN: nothing speaks against it, but a label that decides is not given."""

    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


def verdict(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> Verdict:
    """A label given empty counts as absent, as in Prometheus; one that is not given decides nothing."""
    answer = Verdict.YES
    for label, operator, value in matchers:
        if label not in labels:
            answer = Verdict.UNKNOWN
            continue
        fits = _fits(operator, value, labels[label])
        if fits is None:
            answer = Verdict.UNKNOWN
        elif not fits:
            return Verdict.NO
    return answer


def _fits(operator: str, wanted: str, given: str) -> bool | None:
    if operator in ("=", "!="):
        return (wanted == given) is (operator == "=")
    pattern = _compiled(wanted)
    if pattern is None:
        return None
    return (pattern.fullmatch(given) is not None) is (operator == "=~")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re2._Regexp | None:
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error:
        return None

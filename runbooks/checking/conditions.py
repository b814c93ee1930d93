"""Every “if” says what to do otherwise: whoever reads it at night is in the other case half of the time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbooks.checking.codes import CONDITION_WITHOUT_ELSE
from runbooks.checking.condition_words import (
    BEHIND,
    CONDITION,
    DEFAULT,
    ELSE,
    EXPLAINS,
    LAST,
    NEGATIVE,
    OTHER_CASE,
    SKIPS,
    STILL,
)
from runbooks.checking.passages import Passage, Sentence
from runbooks.checking.shapes import Case, Finding

_ARTICLES = frozenset({"the", "a", "an", "your", "our", "its"})
#: What a heading says is wrong; the condition may say it otherwise: "High memory", "If it is excessive".
_WRONG = frozenset(
    {
        "high",
        "low",
        "slow",
        "latency",
        "issue",
        "problem",
        "failure",
        "failed",
        "error",
        "down",
        "stuck",
    }
)
_PRONOUNS = frozenset({"it", "this", "that", "these", "those", "they", "you", "we", "there"})
#: What many conditions begin with that have nothing else in common.
_COUNTS = frozenset({"any", "all", "some", "one", "no", "not", "only", "more", "both"})
#: Verbs that say one thing and its contrary.
_ALIKE = {"fails": "works", "succeeds": "works", "shows": "says", "prints": "says"}
#: "Resolution B: …", "Option 2", "Scenario C – …": one of several, each for its case.
_OPTION = re.compile(
    r"\W*(?:option|resolution|scenario|case|cause|root cause|variant|fix|solution|method|approach|"
    r"alternative|path|branch)(?: (?:[A-Z]|\d{1,2}|[IVX]+)\b|:)|\W*(?:step )?\d{1,2}[a-f]\b",
    re.IGNORECASE,
)
#: So many steps in a row that begin with a condition are cases; the one asked for is counted twice.
_CASES = 3
#: A condition of so many more words than its heading has says something of its own.
_MORE_WORDS = 6
#: So many paragraphs or steps away another case is still beside this one.
_NEAR = 3
#: "If latency is transient, wait; if persistent, page @network."
_ELLIPSIS = re.compile(r"if (?:still |it is )?\w+,", re.IGNORECASE)
_FAR = 12
_WORD = re.compile(r"\w+(?:-\w+)*")
_LONG_WORD = re.compile(r"\w{5,}")
_DIGIT = re.compile(r"\d")


def conditions_have_an_else(case: Case) -> Iterator[Finding]:
    """One finding for a passage. `Expect:` is an else: it says what the ordinary case is."""
    passages = case.passages
    for index, passage in enumerate(passages):
        if passage.step is not None and passage.step.expect:
            continue
        sentence = _open_condition(passage, _before(passages, index), _after(passages, index))
        if sentence is not None and not _is_one_of_several(passages, index, sentence):
            label = passage.step.label if passage.step else "This"
            yield Finding(
                CONDITION_WITHOUT_ELSE,
                f"{label} says what to do “{_short(sentence.plain)}”, and not what to do otherwise.",
                line=sentence.line,
                field="step",
                mend="Add “Otherwise …”: the next step, another runbook, or that one is done.",
                about=sentence.plain,
            )


def _open_condition(passage: Passage, before: str, after: str) -> Sentence | None:
    sentences = passage.sentences
    for at, sentence in enumerate(sentences):
        found = _condition_of(sentence.text, _continued(sentences, at))
        if found is None or _restates(sentence, passage.group):
            continue
        begin = found.start("what") if found.re is BEHIND else found.end()
        rest = " ".join([sentence.text[begin:], *(s.text for s in sentences[at + 1 :])])
        if ELSE.match(sentence.text) or ELSE.search(rest) or ELSE.search(after):
            return None
        if OTHER_CASE.search(rest):
            return None
        told_first = at > 0 and not CONDITION.match(sentences[at - 1].text)
        if told_first and NEGATIVE.match(sentence.text):
            continue
        if DEFAULT.search(" ".join([before, *(s.text for s in sentences[:at])])):
            continue
        if _has_counterpart(sentence, found["what"], sentences[at + 1 :]):
            return None
        return sentence
    return None


def _continued(sentences: Sequence[Sentence], at: int) -> str:
    """What goes on behind a colon on the same line: “If one reads “Failed: x”, this means …”."""
    following = sentences[at + 1 : at + 2]
    if not sentences[at].text.endswith(":") or not following:
        return ""
    goes_on = not following[0].is_item and following[0].line == sentences[at].line
    return following[0].text if goes_on else ""


def _restates(sentence: Sentence, heading: str) -> bool:
    """ "If the runner is offline …" under the heading “Runner offline”: whoever reads it is in that case."""
    said = {_stem(word) for word in _WORD.findall(heading)} - _ARTICLES
    clause = {_stem(word) for word in _WORD.findall(sentence.text.partition(",")[0])}
    if len(clause) > len(said) + _MORE_WORDS:
        return False
    wrong = said & _WRONG
    return len(said) > 1 and (
        said <= clause or (len(said - wrong) > 1 and said - wrong < clause and bool(wrong))
    )


def _stem(word: str) -> str:
    return word.casefold().rstrip("s")


def _condition_of(text: str, continued: str = "") -> re.Match[str] | None:
    """The condition that a sentence sets, where there is another case to speak of."""
    found, clause = CONDITION.match(text), text
    if found is None:
        found = BEHIND.match(text)
        if found is None:
            return None
        clause = text[found.start("what") - len("if ") :]
        if NEGATIVE.match(clause):
            return None
    no_other = STILL.match(clause) or LAST.match(clause)
    explains = EXPLAINS.search(f"{text} {continued}")
    return None if no_other or explains or SKIPS.search(text) else found


def _has_counterpart(one: Sentence, what: str, following: Sequence[Sentence]) -> bool:
    """The cases are told one by one: "If using basic metrics … If using custom metrics …".

    They begin with the same words, or stand as items of one list: "- If A: …", "- If B: …".
    """
    head = _frame(what)
    for sentence in following:
        other = CONDITION.match(sentence.text)
        if other is None:
            if (
                len(head) == 1
                and _DIGIT.search(sentence.text)
                and _frame(sentence.text[:80])[:1] == head
            ):
                return True  # "If lag < 10 s: … Lag above 60 s: …"
            continue
        if one.is_item and sentence.is_item:
            return True
        if (head and head == _frame(other["what"])) or _ELLIPSIS.match(sentence.text):
            return True
    return False


def _frame(what: str) -> tuple[str, ...]:
    """What a case is about: its noun, a pronoun with its verb, or that it compares."""
    words = [word for word in what.casefold().split() if word not in _ARTICLES][:2]
    if not words:
        return ()
    if words[0][0] in "<>=≤≥≠":
        return ("<",)
    if words[0] in _PRONOUNS:
        return (words[0], _ALIKE.get(words[1], words[1])) if len(words) > 1 else ()
    return () if words[0] in _COUNTS else (words[0].rstrip(":,;"),)


def _is_one_of_several(passages: Sequence[Passage], index: int, one: Sentence) -> bool:
    """Another case stands beside it: "4. If the bundle is URL-encoded …", "5. If the bundle is gzipped …"."""
    found = _condition_of(one.text)
    head = _frame(found["what"]) if found else ()
    if _is_a_heading(one) and _heads_cases(passages, index):
        return True
    if _stands_among_cases(passages, index) or _heads_an_option(passages, index):
        return True
    for at in range(max(index - _NEAR, 0), min(index + _NEAR + 1, len(passages))):
        passage = passages[at]
        if at == index or passage.section != passages[index].section:
            continue
        together = passage.group == passages[index].group
        for sentence in passage.sentences:
            other = CONDITION.match(sentence.text)
            if other is None:
                continue
            # A noun is the same under another heading; "it" and "you" are not.
            if head and head == _frame(other["what"]) and (together or len(head) == 1):
                return True
            if together and abs(at - index) == 1 and _are_contraries(sentence, one):
                return True
    return False


def _is_a_heading(sentence: Sentence) -> bool:
    """ "If it is full:" says nothing to do itself; “If it is full, restart it:” does."""
    return sentence.text.endswith(":") and ", " not in sentence.text


def _stands_among_cases(passages: Sequence[Passage], index: int) -> bool:
    """Three steps or more, one behind the other, that each begin with a condition: a list of cases."""
    run = 0
    for step in (-1, 1):
        at = index
        while 0 <= at < len(passages) and _begins_with_condition(passages[at], passages[index]):
            run += 1
            at += step
    return run > _CASES


def _heads_an_option(passages: Sequence[Passage], index: int) -> bool:
    """ "Resolution B: Grow the pool" begins with “If the pool is too small:”, and so does “Resolution C”."""
    one = passages[index]
    opens = index == 0 or not _same_group(passages[index - 1], one)
    if opens and _OPTION.match(one.group):
        return True
    return _is_bold(one) and any(
        _is_bold(passages[at]) and _same_group(passages[at], one)
        for at in range(max(index - _FAR, 0), min(index + _FAR + 1, len(passages)))
        if at != index
    )


def _is_bold(passage: Passage) -> bool:
    """ "**If the producer is old**, update it": conditions that stand out are a list of cases."""
    return bool(passage.sentences) and passage.sentences[0].plain.startswith(("**If ", "__If "))


def _begins_with_condition(passage: Passage, one: Passage) -> bool:
    if passage.step is None or not _same_group(passage, one) or not passage.sentences:
        return False
    return CONDITION.match(passage.sentences[0].text) is not None


def _heads_cases(passages: Sequence[Passage], index: int) -> bool:
    """ "If it is full:" with "If it is stuck:" further on: in prose under another heading, too."""
    one = passages[index]
    for at in range(max(index - _FAR, 0), min(index + _FAR + 1, len(passages))):
        other = passages[at]
        beside = _same_group(other, one) if one.step else other.section == one.section
        if at == index or not beside or (one.step is None) != (other.step is None):
            continue
        if any(_is_a_heading(s) and CONDITION.match(s.text) for s in other.sentences):
            return True
    return False


def _are_contraries(one: Sentence, other: Sentence) -> bool:
    """ "If you can still reach the server …", "If the server is not reachable …"."""
    clauses = [sentence.text.partition(",")[0].casefold() for sentence in (one, other)]
    negative = [NEGATIVE.match(clause) is not None for clause in clauses]
    mine, theirs = (
        {word for word in _LONG_WORD.findall(clause) if word not in _COUNTS} for clause in clauses
    )
    return negative[0] != negative[1] and bool(mine & theirs)


def _before(passages: Sequence[Passage], index: int) -> str:
    """The paragraph before, of the same group."""
    one = passages[index]
    if index and _same_group(passages[index - 1], one):
        return passages[index - 1].text[:4_000]
    return ""


def _after(passages: Sequence[Passage], index: int) -> str:
    """Of a step the beginning of what follows it; of prose the paragraphs of its group, some of them."""
    one = passages[index]
    following = passages[index + 1 : index + 6]
    if one.step is not None:
        nearest = [p for p in following[:1] if _same_group(p, one)]
        return " ".join(s.text[:80] for p in nearest for s in p.sentences[:1])
    return " ".join(p.text[:2_000] for p in following if _same_group(p, one) and p.step is None)


def _same_group(one: Passage, other: Passage) -> bool:
    return (one.section, one.group) == (other.section, other.group)


def _short(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:69]}…"

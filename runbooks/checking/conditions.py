"""Every “if” says what to do otherwise: whoever reads it at night is in the other case half of the time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbooks.checking.codes import CONDITION_WITHOUT_ELSE
from runbooks.checking.passages import Passage, Sentence
from runbooks.checking.shapes import Case, Finding

_CONDITION = re.compile(
    r"(?:if|in case(?: of)?|in the case (?:of|that|when|where)|for the case that|unless|"
    r"provided that|should the)\s+"
    r"(?P<what>\S+(?:\s+\S+){0,3})",
    re.IGNORECASE,
)
#: Both cases are spoken of, the other one here.
_ELSE = re.compile(
    r"\b(?:otherwise|or else|(?<=[.;,:] )else\b|if not|if none|if nothing|if neither|"
    r"if no\b|last resort|"
    r"(?:in|for) (?:all )?(?:any |every )?other cases?|in any case|either way|regardless|"
    r"if (?:it|they|that|this|these|those|there) (?:(?:is|are|was|were|do|does|did|has|"
    r"have)(?: not|n['’]t)\b|cannot|can['’]t))",
    re.IGNORECASE,
)
#: "If the issue persists": the other case is that it is over.
_STILL = re.compile(
    r"if\b.{0,60}?\b(?:persists?|still (?:fails?|happens?|there|not|fir(?:es|ing)|high|"
    r"above|below|down|slow|broken|no|the same)\b|remains?|continues?|recurs?|(?:does|do|"
    r"did)(?: not|n['’]t) (?:help|work|fix|resolve)|"
    r"fails?(?: again)?,|not (?:enough|sufficient|resolved|fixed))",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"(?:if|in case)\b.{0,60}?(?:\bnot\b|n['’]t\b|\bcannot\b|\bno longer\b)", re.IGNORECASE
)
#: What one does in general stands before it: the condition is the exception.
_DEFAULT = re.compile(r"\b(?:preferably|by default|as a rule|first of all)\b", re.IGNORECASE)
#: What is left when nothing helped, and what one may leave: neither has another case.
_LAST = re.compile(
    r"(?:if|in case) (?:you (?:still )?(?:cannot|can['’]t|could not|are (?:unable|"
    r"not able) to|need (?:more |further )?"
    r"(?:help|assistance|support)|have (?:any )?(?:questions|doubts)|want|wish|prefer|"
    r"(?:would |['’]d )?like|"
    r"are (?:unsure|not sure|in doubt)|did not|have not)\b|in doubt|all else fails|"
    r"nothing (?:helps|works|of)|"
    r"none of|(?:all|any) of (?:this|the above))",
    re.IGNORECASE,
)
#: It explains, and tells nobody to do anything.
_EXPLAINS = re.compile(
    r"(?:this|the) alert (?:can|may|might|will|could|should|would)\b", re.IGNORECASE
)
_EMPTY_WORDS = frozenset(
    """
    the a an this that these those it its you your we our there any all some one no not only
    """.split()  # noqa: SIM905 -- one word a line would be pages
)


def conditions_have_an_else(case: Case) -> Iterator[Finding]:
    """One finding for a passage. `Expect:` is an else: it says what the ordinary case is."""
    passages = case.passages
    for index, passage in enumerate(passages):
        if passage.step is not None and passage.step.expect:
            continue
        sentence = _open_condition(passage, _before(passages, index), _after(passages, index))
        if sentence is not None:
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
        found = _CONDITION.match(sentence.text)
        if (
            found is None
            or _STILL.match(sentence.text)
            or _LAST.match(sentence.text)
            or _EXPLAINS.search(sentence.text)
        ):
            continue
        rest = " ".join([sentence.text[found.end() :], *(s.text for s in sentences[at + 1 :])])
        if _ELSE.match(sentence.text) or _ELSE.search(rest) or _ELSE.search(after):
            return None
        told_first = at > 0 and not _CONDITION.match(sentences[at - 1].text)
        if told_first and _NEGATIVE.match(sentence.text):
            continue
        if _DEFAULT.search(" ".join([before, *(s.text for s in sentences[:at])])):
            continue
        if _has_counterpart(found["what"], sentences[at + 1 :]):
            return None
        return sentence
    return None


def _has_counterpart(what: str, following: Sequence[Sentence]) -> bool:
    """ "If using basic metrics … If using custom metrics …": the cases are told one by one."""
    head = what.split(maxsplit=1)[0].casefold()
    if head in _EMPTY_WORDS:
        return False
    for sentence in following:
        other = _CONDITION.match(sentence.text)
        if other is not None and other["what"].split()[0].casefold() == head:
            return True
    return False


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

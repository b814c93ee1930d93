"""Every “if” says what to do otherwise: whoever reads it at night is in the other case half of the time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbooks.checking.codes import CONDITION_WITHOUT_ELSE
from runbooks.checking.passages import Passage, Sentence
from runbooks.checking.shapes import Case, Finding

_CONDITION = re.compile(
    r"(?:if|in case(?: of)?|in the (?:case|event)(?: of| that| when| where)?|for the case that|unless|"
    r"provided that|assuming(?: that)?|should(?= (?:\w+ ){1,3}(?:be|fail|"
    r"stop|show|have|not|still|exceed)\b)|"
    r"when(?=\b[^.,;:]{0,80}\b(?:above|over|exceeds?|(?:more|greater|higher|longer) than|at least|"
    r"fails?|is (?:full|down|stuck|broken))\b)(?=[^.;:]{0,120},))\s+"
    r"(?P<what>\S+(?:\s+\S+){0,3})",
    re.IGNORECASE,
)
#: "Scale to 20 pods if there are more than 30": the condition stands behind what one does.
_BEHIND = re.compile(
    r"(?:(?:then|first|now|immediately|also) )?(?:restart|reboot|scale|kill|delete|drop|drain|cordon|"
    r"evict|roll ?back|revert|increase|raise|reduce|lower|add|remove|stop|start|enable|disable|"
    r"fail ?over|promote|move|redeploy|deploy|purge|flush|clear|rebuild|resize|expand|switch|set|"
    r"turn|replace|rotate|renew)\b[^.;:]{0,120}? (?<!see )(?<!check )(?<!know )(?<!out )(?<!tell )"
    r"(?<!verify )(?<!decide )(?<!even )(?<!only )(?="
    r"if (?:there (?:is|are)|its?|the|any|more|fewer|less|at least|only|all|both|a|an) )"
    r"if\s+(?P<what>\S+(?:\s+\S+){0,3})",
    re.IGNORECASE,
)
#: Both cases are spoken of, the other one here.
_ELSE = re.compile(
    r"\b(?:otherwise|or else|(?<=[.;,:] )else\b|if not|if none|if nothing|if neither|"
    r"if no\b|last resort|"
    r"(?:in|for) (?:all )?(?:any |every )?other cases?|for (?:all|any|every) others?\b|"
    r"in any case|either way|regardless|"
    r"if (?:it|they|that|this|these|those|there) (?:(?:is|are|was|were|do|does|did|has|"
    r"have)(?: not|n['’]t)\b|cannot|can['’]t))",
    re.IGNORECASE,
)
#: The other case by its own name: "…; below that, go to D3", "Any other answer: R1".
_OTHER_CASE = re.compile(
    r"(?:(?:^|[.;:,—–] ?)(?:(?:at or )?(?:below|above|under|over)|less|more|fewer|any(?:thing)? (?:other|"
    r"else|rows?|lines?|value|answer|output|result|higher|lower|more|less|above|below)|all (?:the )?"
    r"others?|every other|"
    r"(?:when|with|without|while) (?:it|they|that|this|these|the|access)\b)"
    r"(?=[^.;]{0,80}(?:[,:→]|\bmeans?\b|\bgo\b|\bis\b|\bare\b)))",
    re.IGNORECASE,
)
#: "If the issue persists": the other case is that it is over.
_STILL = re.compile(
    r"if\b.{0,60}?\b(?:persists?|(?<!can )still\b|remains?|continues?|recurs?|(?:does|do|"
    r"did)(?: not|n['’]t) (?:help|work|fix|resolve|clear|recover|improve)|"
    r"(?:is|are|has|have|was)(?: not|n['’]t) (?:yet )?(?:clear(?:ed)?|gone|recovered|resolved|"
    r"improved|better|over|stopped|come back|dropped|fallen)\b|"
    r"(?:cannot|can['’]t|could not) be (?:fixed|resolved|solved|recovered|found|identified|determined)\b|"
    r"(?:has|have) been (?:verified|checked|confirmed|ruled out)\b|"
    r"fails?(?: again| too| as well| for (?:some|any|whatever) reason)?,|"
    r"(?:fix|solution|workaround|this|that|it) (?:is(?: not|n['’]t)|was(?: not|n['’]t)) possible\b|"
    r"not (?:enough|sufficient|resolved|fixed))",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"(?:if|in case)\b.{0,60}?(?:\bnot\b|n['’]t\b|\bcannot\b|\bno longer\b|\b(?:has|have|is|are|with) no\b)",
    re.IGNORECASE,
)
#: What one does in general stands before it: the condition is the exception.
_DEFAULT = re.compile(
    r"\b(?:preferably|by default|as a rule|first of all|should (?:be|show|see|have|return|print))\b",
    re.IGNORECASE,
)
#: What is left when nothing helped, and what one may leave: neither has another case.
_LAST = re.compile(
    r"(?:if|in case) (?:(?:needed|necessary|required|applicable|possible|appropriate|relevant|"
    r"feasible|desired)\b|you (?:still )?(?:cannot|can['’]t|could not|have no\b|lack|are (?:unable|"
    r"not able) to|need (?:more |further )?"
    r"(?:help|assistance|support)|have (?:any )?(?:questions|doubts)|want|wish|prefer|"
    r"(?:would |['’]d )?like|"
    r"are (?:unsure|not sure|in doubt)|did not|have not|haven['’]t|"
    r"(?:do not|don['’]t) (?:want|wish|need|already)|(?:decide|choose|opt|plan|intend)\b|"
    r"(?:see|saw|get|got|receive|encounter|hit|face|have) (?:this|that|the above)\b|"
    r"(?:need|have) to)\b|(?:in doubt|unsure|not sure)\b|all else fails|"
    r"nothing (?:helps|works|of)|(?:everything|all) (?:looks|is|seems)|this needs to|"
    r"\S+(?: \S+){0,4} no longer (?:desired|wanted)|"
    r"\S+(?: \S+){0,6} (?:is|are) (?:needed|necessary|required|desired|wanted|unavoidable)\b|"
    r"\S+(?: \S+){0,5} (?:has(?: not|n['’]t)|does(?: not|n['’]t)|is(?: not|n['’]t)) (?:\w+ )?already\b|"
    r"not already\b|none of|(?:all|any) of (?:this|the above))",
    re.IGNORECASE,
)
#: "If it is empty, skip this step": what one does otherwise is the step.
_SKIPS = re.compile(
    r"\b(?:skip|ignore|stop here|do nothing|nothing (?:is )?to do|(?:this|the) (?:step|section|"
    r"runbook) (?:does not|doesn['’]t) apply|(?:you|we) are done)\b",
    re.IGNORECASE,
)
#: It explains, and tells nobody to do anything: "If it shows runc, the node is using runc".
_EXPLAINS = re.compile(
    r"(?:this|the|an?) alert (?:can|may|might|will|could|should|would|triggers|fires|is "
    r"(?:triggered|fired|firing))\b|"
    r"(?:,|\bthen|\bthan) (?:the|this|that|it|there|they|these|those|all|some|a|an)\b "
    r"?(?:[\w¤`'*-]+ ){0,6}?(?:is|are|was|were|has|have|will|should|fails?|becomes?|"
    r"means?|indicates?|shows?)\b(?! to be\b)|"
    r"\b(?:might|may|could|can)(?: also)? (?:be (?:because|due|caused)|mean|indicate|increase|"
    r"decrease|lead|cause|result|happen|occur|take)\b|"
    r"(?:problem|cause) (?:might|may|could) be (?:with|in)\b|"
    r"(?:,|\bthen|\bthan) (?:that|it|there|this)['’]s\b|\b(?:won['’]t|will(?: \w+)? not)\b|"
    r", (?:you should )?expect (?:to see|an? |the )|\bcan be found (?:in|at|under|on)\b|"
    r"\b(?:will|would)(?: most)?(?: likely| probably)? (?:have|need) to be\b(?=.{0,40}$)|"
    r"^in (?:the )?case (?:of|that) .{1,80}? (?:it|they|this|these) (?!(?:should|must|needs?)\b)\w+s?\b|"
    r", you (?:can(?:not)?|can['’]t|may(?! (?:want|need|have|wish) to))\b|\bis expected to be\b|"
    r"\bwill (?:be|fire|show|appear|roll ?back|resolve|clear|recover|restart|fail|retry)\b|"
    r"\b(?:is|are) (?:likely |probably )?(?:the|a) (?:likely )?(?:issue|problem|cause|culprit|"
    r"reason|bottleneck)\b",
    re.IGNORECASE,
)
_ARTICLES = frozenset({"the", "a", "an", "your", "our", "its"})
_PRONOUNS = frozenset({"it", "this", "that", "these", "those", "they", "you", "we", "there"})
#: What many conditions begin with that have nothing else in common.
_COUNTS = frozenset({"any", "all", "some", "one", "no", "not", "only", "more", "both"})
#: Verbs that say one thing and its contrary.
_ALIKE = {"fails": "works", "succeeds": "works", "shows": "says", "prints": "says"}
#: So many steps in a row that begin with a condition are cases; the one asked for is counted twice.
_CASES = 3
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
        begin = found.start("what") if found.re is _BEHIND else found.end()
        rest = " ".join([sentence.text[begin:], *(s.text for s in sentences[at + 1 :])])
        if _ELSE.match(sentence.text) or _ELSE.search(rest) or _ELSE.search(after):
            return None
        if _OTHER_CASE.search(rest):
            return None
        told_first = at > 0 and not _CONDITION.match(sentences[at - 1].text)
        if told_first and _NEGATIVE.match(sentence.text):
            continue
        if _DEFAULT.search(" ".join([before, *(s.text for s in sentences[:at])])):
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
    clause = sentence.text.partition(",")[0]
    return len(said) > 1 and said <= {_stem(word) for word in _WORD.findall(clause)}


def _stem(word: str) -> str:
    return word.casefold().rstrip("s")


def _condition_of(text: str, continued: str = "") -> re.Match[str] | None:
    """The condition that a sentence sets, where there is another case to speak of."""
    found, clause = _CONDITION.match(text), text
    if found is None:
        found = _BEHIND.match(text)
        if found is None:
            return None
        clause = text[found.start("what") - len("if ") :]
        if _NEGATIVE.match(clause):
            return None
    no_other = _STILL.match(clause) or _LAST.match(clause)
    explains = _EXPLAINS.search(f"{text} {continued}")
    return None if no_other or explains or _SKIPS.search(text) else found


def _has_counterpart(one: Sentence, what: str, following: Sequence[Sentence]) -> bool:
    """The cases are told one by one: "If using basic metrics … If using custom metrics …".

    They begin with the same words, or stand as items of one list: "- If A: …", "- If B: …".
    """
    head = _frame(what)
    for sentence in following:
        other = _CONDITION.match(sentence.text)
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
    if one.text.endswith(":") and _heads_cases(passages, index):
        return True
    if _stands_among_cases(passages, index):
        return True
    for at in range(max(index - _NEAR, 0), min(index + _NEAR + 1, len(passages))):
        passage = passages[at]
        if at == index or passage.section != passages[index].section:
            continue
        together = passage.group == passages[index].group
        for sentence in passage.sentences:
            other = _CONDITION.match(sentence.text)
            if other is None:
                continue
            # A noun is the same under another heading; "it" and "you" are not.
            if head and head == _frame(other["what"]) and (together or len(head) == 1):
                return True
            if together and abs(at - index) == 1 and _are_contraries(sentence, one):
                return True
    return False


def _stands_among_cases(passages: Sequence[Passage], index: int) -> bool:
    """Three steps or more, one behind the other, that each begin with a condition: a list of cases."""
    run = 0
    for step in (-1, 1):
        at = index
        while 0 <= at < len(passages) and _begins_with_condition(passages[at], passages[index]):
            run += 1
            at += step
    return run > _CASES


def _begins_with_condition(passage: Passage, one: Passage) -> bool:
    if passage.step is None or not _same_group(passage, one) or not passage.sentences:
        return False
    return _CONDITION.match(passage.sentences[0].text) is not None


def _heads_cases(passages: Sequence[Passage], index: int) -> bool:
    """ "If it is full:" with "If it is stuck:" further on: in prose under another heading, too."""
    one = passages[index]
    for at in range(max(index - _FAR, 0), min(index + _FAR + 1, len(passages))):
        other = passages[at]
        beside = _same_group(other, one) if one.step else other.section == one.section
        if at == index or not beside or (one.step is None) != (other.step is None):
            continue
        if any(s.text.endswith(":") and _CONDITION.match(s.text) for s in other.sentences):
            return True
    return False


def _are_contraries(one: Sentence, other: Sentence) -> bool:
    """ "If you can still reach the server …", "If the server is not reachable …"."""
    clauses = [sentence.text.partition(",")[0].casefold() for sentence in (one, other)]
    negative = [_NEGATIVE.match(clause) is not None for clause in clauses]
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

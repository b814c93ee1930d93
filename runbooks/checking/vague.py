"""Steps that leave to the reader what they were written to say: where, what for, how much, whom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import VAGUE_STEP
from runbooks.checking.passages import Passage, Sentence
from runbooks.checking.shapes import Case, Finding

_LOOK = (
    r"(?<!used to )\b(?:(?:re-?)?check|verify|look (?:at|into|in|through)|inspect|review|"
    r"investigate|examine|study|monitor|watch|see|"
    r"have a look (?:at|to|into)|analy[sz]e|debug|troubleshoot|go through)\s+"
)
#: Things of which there is always more than one place to look.
_ANYWHERE = (
    r"(?:logs?(?: files?)?|metrics?|dashboards?|graphs?|status|states?|health|"
    r"config(?:uration|s)?s?|settings?|events?"
    r"|network(?:ing)?|connectivity|firewalls?|resources?|usage|performance|issues?|"
    r"problems?|errors?|things?|everything"
    r"|environment|credentials|saturation|load|quota|services?|systems?)"
)
#: What may stand between: `the prometheus container`, `resources used by the`. No comma: that is a list.
_BETWEEN = r"(?:[\w¤`'/.()-]+\s+){0,6}?"
_HEAD = (
    r"(?=\s*(?:$|[.,;:!?)]|"
    r"(?:and|or|of|from|on|in|for|to|with|between|at|via|such|as|like|first|again|carefully|"
    r"before|after|when|while|by|during|now|there|too|around|across|inside|under|within|since)\b))"
)
#: "logs for an explanation of which part is wrong" says what to look for; "for errors" does not.
_WHAT_FOR = re.compile(
    r"\s*(?:[\w¤`'-]+\s+){0,5}?(?:for|to (?:see|find|learn|know)|whether|if)\s+"
    r"(?:(?:an?|the|lines?|messages?|entries|which|what|how|why|whether|where|each line)\b|"
    r"[\"“`])(?:\s+\S+){3}",
    re.IGNORECASE,
)

_SURE = (
    r"\b(?:make sure|be sure|ensure|esure|verify|confirm|check|validate|see)\b"
    r"(?:\s+[\w¤`'/,()-]+){0,12}?\s+"
    r"(?:healthy|ok|okay|fine|normal(?:ly)?|correct(?:ly)?|proper(?:ly)?|good|sane|valid|"
    r"enough|sufficient(?:ly)?|"
    r"appropriate(?:ly)?|stable|as expected|up and running|works|working|well|in order|"
    r"overloaded|reasonable|"
    r"(?:service|daemon|agent|process|pod|app|application)s? (?:is|are) (?:up|running))\b"
)
_WHO = (
    r"\b(?:ping|ask|contact|notify|talk (?:to|with)|speak (?:to|with)|tell|inform|call|page|"
    r"reach out to|"
    r"escalate (?:it |this )?to|engage|involve|consult|work with|hand (?:it )?over to|"
    r"loop in|alert)\s+"
    r"(?:the |your |our |an? |any |some |their |its |responsible |relevant |appropriate |"
    r"respective |on-?call )*"
    r"(?:\w+ ){0,2}?"
    r"(?:teams?|developers?|devs?|engineers?|owners?|admins?|administrators?|support|aes?|"
    r"csms?|dbas?|managers?|"
    r"vendors?|someone|somebody|person|people|sres?|ops|on-?call|experts?|providers?|"
    r"colleagues?|authors?|"
    r"maintainers?|stakeholders?|management|leads?)\b"
)
_JUDGE = (
    r"\b(?:accordingly|as (?:needed|required|appropriate|necessary|usual)|"
    r"if (?:needed|necessary|required|applicable|possible|appropriate|in doubt)|"
    r"where (?:appropriate|applicable)|"
    r"fine[- ]?tun\w+|(?:take|perform|apply|do) (?:the |any |all )?(?:appropriate|necessary|"
    r"corrective|needed|required|usual)|"
    r"do the needful|(?:sane|sensible|reasonable) (?:default|value|limit)s?|best judge?ment|"
    r"and so on|etc)\b"
)
#: "Set proper limits": how much is that? "Set proper priority class to system-node-critical" says it.
_PROPER = r"\b(?:proper|appropriate|suitable|adequate|sufficient|right)\s+(?:\w+)(?!.*\bto\s+\S*[\w][-_=]\w)"
_MEND_IT = (
    r"^(?:then |just |simply |please )?(?:fix|resolve|correct|solve|address|mitigate|repair|"
    r"remediate|handle)\s+"
    r"(?:the |any |all |that |this |these |those |underlying |root |other |found )*"
    r"(?:\w+ )?(?:issues?|problems?|errors?|rules?|config\w*|causes?|it|them|failures?|"
    r"bugs?|thing)\b\s*[.!]?$"
)
_WRONG_ONE = (
    r"\b(?:delete|remove|replace|fix|correct|change|deploy|update|adjust|drop)\s+(?:the |"
    r"an? |any )?"
    r"(?:in?correct|correct|conflicting|wrong|faulty|offending|problematic|right|bad|broken|"
    r"misconfigured|invalid)\b"
)
_DEPENDS = r"(?:^|[.;] )depend(?:s|ing) (?:on|of)\b|\bmitigation (?:strongly |highly )?depends on\b"
_ELSEWHERE = (
    r"\b(?:refer to|consult|read|follow|continue with|see|look at|check|use)\s+(?:[\w'-]+\s+){0,6}?"
    r"(?:documentation|docs|procedures?|guidelines?|guides?|best practices|manuals?|wiki|"
    r"scenarios)\b"
)
_WAIT = r"\b(?:just |simply )wait\b(?! for| until)|^wait\b(?! for| until)(?!.*\d)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), says)
    for pattern, says in (
        (_LOOK + _BETWEEN + _ANYWHERE + _HEAD, "it does not say where, and what to look for"),
        (_SURE, "it does not say by what one knows"),
        (_WHO, "it does not say who that is, and how to reach them"),
        (_MEND_IT, "it does not say how"),
        (_WRONG_ONE, "it does not say which, and by what one knows"),
        (_ELSEWHERE, "it does not say where that is written"),
        (_WAIT, "it does not say how long"),
        (_PROPER, "it does not say which"),
        (_JUDGE, "it leaves the decision to the reader"),
        (_DEPENDS, "it does not say what to do in which case"),
    )
)
_LOOKS = _RULES[0][0]
#: Who is named: a handle, a channel, a number to call.
_REACHABLE = re.compile(r"(?<!\w)[@#]\w|\+?\d[\d ()-]{6,}\d|\S@\S+\.\S")
_MEND = "Write it down: the command or the link, what to see, and what it means if one does not."


def steps_leave_nothing_open(case: Case) -> Iterator[Finding]:
    """One finding for a passage, at its first sentence that leaves something open.

    A passage with a command or an `Expect:` has said what it means, whatever words stand around it.
    """
    for passage in case.passages:
        if passage.has_command or (passage.step is not None and passage.step.expect):
            continue
        for at, sentence in enumerate(passage.sentences):
            if sentence.text.endswith(":") and at + 1 < len(passage.sentences):
                continue  # it announces what follows
            if says := _leaves_open(sentence):
                yield _finding(passage, sentence, says)
                break


def _leaves_open(sentence: Sentence) -> str:
    if sentence.has_link:
        return ""
    for pattern, says in _RULES:
        found = pattern.search(sentence.text)
        if found is None:
            continue
        if pattern is _LOOKS and _WHAT_FOR.match(sentence.text, found.end()):
            continue
        if _REACHABLE.search(sentence.text):
            continue
        return says
    return ""


def _finding(passage: Passage, sentence: Sentence, says: str) -> Finding:
    label = passage.step.label if passage.step else "This"
    quoted = sentence.plain if len(sentence.plain) <= 90 else f"{sentence.plain[:89]}…"
    return Finding(
        VAGUE_STEP,
        f"{label} is vague: “{quoted}”: {says}.",
        line=sentence.line,
        field="step",
        mend=_MEND,
        about=sentence.plain,
    )

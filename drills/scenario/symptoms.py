"""How a runbook says that its trouble shows: in one sentence that one could say on the phone. Pure."""

from __future__ import annotations

import re

from drills.scenario.kinds import VERBS
from drills.scenario.source import Source
from drills.scenario.wording import cut, tidy

_ABOUT = re.compile(
    r"^alerts? |\b(?:evaluates|chooses|manages|automatically|allows|helps"
    r"|this (?:alert|runbook|document|page|section|guide|rule)"
    r"|the .{0,60}\balert\b|(?:alert|it) (?:fires|is triggered|triggers|indicates)"
    r"|fires when|triggers? when|(?:is|are) defined as"
    r"|refers? to|consists? of|severity:|see (?:also|the)|refer to|table of contents"
    r"|is (?:a|an|the) (?:\w+[ -]){0,4}(?:tool|manager|service|system|platform"
    r"|component|application|controller|operator|server))\b",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|can|cannot|can't|will|\w+[^s]s"
    r"|\w+ed|shows?|says?|see)\b",
    re.IGNORECASE,
)
_IS = re.compile(r"\b(?:is|are|was|has|have|schlägt)\b", re.IGNORECASE)
_TELLS = re.compile(
    r"\b(?:customers?|users?|people|requests?|orders?|pages?|logs?|log says|everybody"
    r"|some|half|all|no|nothing|only)\b.*\b(?:is|are|was|were|write|see|sees|say|says"
    r"|shows?|gets?|comes?|takes?|goes?|stays?|has|have|does|do|ends?|asks?|wait|waits"
    r"|call|calls|complain)\b",
    re.IGNORECASE,
)
_NO_SYMPTOM = re.compile(
    r"https?://|\bsee\s|\.md\b|\./|\b(?:typically|usually|normally|by default)\b"
    r"|\]\(|\b(?:configured|responsible for|provides?|handled by|in this"
    r"|below|above section|following|we use|is used"
    r"|are used|should be|must be|can be (?:found|used)|you can|please|note that"
    r"|for more|documentation|(?:because|since|after|as|now that|when|if) you|your)\b"
    r"|==|\{\{",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"n't\b|\b(?:fail|errors?|down|slow|high|full|\bnot\b|missing|stuck|\blag|late\b"
    r"|\blatency|overdue|too (?:large|long|big|old|high|low)|large\b|disabled|outdated"
    r"|deprecated|denied|panic|unusual|crash|unavailable|broken|los[st]|timeout"
    r"|timed out|refus|expir|exhaust|evict|pending|stale|behind|degraded|outage"
    r"|unreachable|cannot|leak|breach|phish|overload|saturat|exceed|too (?:many|much)"
    r"|low\b|\b5\d\d|reject|block|corrupt|duplicate|drop|wrong|invalid|attack|backlog"
    r"|growing|filling|never|nobody|hung|hangs?\b|restart|insufficient|mismatch"
    r"|throttl|inconsistent|absent|unhealthy|increasing|rising"
    r"|out of control|spik|fehl|schlägt|keine?\b|nicht\b)",
    re.IGNORECASE,
)


#: What is wanted or feared, and not what is: "… to ensure that they do not fail".
_PURPOSE = re.compile(
    r"\b(?:to (?:ensure|make sure|prevent|avoid|protect|determine|help|verify|check)|so that|in order to"
    r"|in case of|by no means)\b.*",
    re.IGNORECASE,
)
#: Advice to the reader, and not what is seen.
_ADVICE = re.compile(
    r"\b(?:you|let us|let's)\b|^(?:in case|if|to|when an?)\b|\bmust (?:not|be)\b"
    r"|^(?:this|that|it|they) (?:results?|is|means|can|will|may|indicates|happens|leads|causes|shows)\b",
    re.IGNORECASE,
)
_MAY = re.compile(r"\b(?:may|might|could|should|would|must|can be)\b", re.IGNORECASE)
_TO_READER = re.compile(
    r"^(?:(?:on|in|at|from|for) [^,]{3,40},\s+)?([A-Za-z]+) "
    r"(?:the|a|an|your|this|that|these|all|if|whether|for|on)\b",
    re.IGNORECASE,
)


def _advises(text: str) -> bool:
    """Whether it tells somebody what to do."""
    order = _TO_READER.match(text)
    return bool(_ADVICE.search(text)) or bool(order and order[1].casefold() in VERBS)


def speaks_of_trouble(text: str) -> bool:
    """Whether it has a word for something that fails, stands still, is missing or too much."""
    return bool(_TROUBLE.search(text))


def sounds_wrong(text: str) -> bool:
    """Whether words say that something is not as it should be, and do not only name a thing."""
    return bool(_TROUBLE.search(text) or _IS.search(text))


_HOW_TO = re.compile(r"^how (?:to|do|can)\b", re.IGNORECASE)
_WORK = re.compile(
    r"\b(?:rotation|migration|upgrade|installation|provisioning|set-?up|decommissioning|onboarding|offboarding)$",
    re.IGNORECASE,
)
#: What is written of trouble as well as of work: "Failing jobs", "Restarting pods".
_HAPPENS = frozenset(
    {"fail", "drop", "wait", "grow", "restart", "block", "reboot", "limit", "lock", "stop"}
)


def is_work(source: Source) -> bool:
    """Whether the runbook is for work that somebody sets out to do, and for no trouble: "Rotate the keys"."""
    title = tidy(source.title)
    if source.alerts or symptom(source):
        return False
    if _HOW_TO.match(title):
        return True
    first, _, rest = title.partition(" ")
    word = first.casefold()
    if _WORK.search(title) and not _TROUBLE.search(title):
        return True
    if not rest or _TROUBLE.search(rest) or _IS.search(rest):
        return False
    if word.endswith("ing"):
        stem = word.removesuffix("ing")
        stems = {stem, f"{stem}e", stem[:-1] if stem[-2:-1] == stem[-1:] else stem}
        return bool(stems & VERBS) and not stems & _HAPPENS
    return word in VERBS and word not in _HAPPENS


def symptom(source: Source) -> str:
    """One sentence of the symptoms that says how it shows, and not what an alert or a page is about."""
    for said in (*source.trigger, *source.symptoms):
        plain = tidy(said)
        if (
            not 4 <= len(plain.split()) <= 40
            or plain.endswith((":", "…"))
            or not plain[0].isalnum()
        ):
            continue
        if any(name in plain for name in source.alerts):
            continue  # it speaks of the alert, and not of what is seen
        if _ABOUT.search(plain) or _NO_SYMPTOM.search(plain):
            continue
        if _advises(plain) or (_MAY.search(plain) and not source.says_symptoms):
            continue
        if not _FINITE.search(plain) or plain.casefold().startswith(
            ("it does not", "it can", "task")
        ):
            continue
        if _TROUBLE.search(_PURPOSE.sub("", plain)) or (
            source.says_symptoms and _TELLS.search(plain)
        ):
            return cut(plain, 220)
    return ""

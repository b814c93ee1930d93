"""How a runbook says that its trouble shows: in one sentence that one could say on the phone. Pure."""

from __future__ import annotations

import re

from drills.scenario.source import Source
from drills.scenario.wording import cut, tidy

_ABOUT = re.compile(
    r"^alerts? |\b(?:evaluates|chooses|manages|automatically|allows|helps"
    r"|this (?:alert|runbook|document|page|section|guide|rule)"
    r"|the .{0,60}\balert\b|(?:alert|it) (?:fires|is triggered|triggers|indicates)"
    r"|fires when|triggers? when|severity:|see (?:also|the)|refer to|table of contents"
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
    r"|throttl|inconsistent|absent|unhealthy|fehl|schlägt|keine?\b|nicht\b)",
    re.IGNORECASE,
)


def speaks_of_trouble(text: str) -> bool:
    """Whether it has a word for something that fails, stands still, is missing or too much."""
    return bool(_TROUBLE.search(text))


def sounds_wrong(text: str) -> bool:
    """Whether words say that something is not as it should be, and do not only name a thing."""
    return bool(_TROUBLE.search(text) or _IS.search(text))


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
        if _ABOUT.search(plain) or _NO_SYMPTOM.search(plain):
            continue
        if not _FINITE.search(plain) or plain.casefold().startswith(
            ("it does not", "it can", "task")
        ):
            continue
        if _TROUBLE.search(plain) or (source.says_symptoms and _TELLS.search(plain)):
            return cut(plain, 220)
    return ""

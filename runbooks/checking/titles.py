"""A title says what is seen, not what is done about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import TITLE_IS_A_FIX
from runbooks.checking.shapes import Case, Finding, line_of

#: "Procedure: …", "Steps to …", "Playbook for …": what stands behind is looked at.
_PREFIX = re.compile(
    r"(?:(?:runbook|playbook|procedures?|sop|how-?to|guide|instructions?|steps|checklist|"
    r"recipe)\s*(?::|[-–—]\s|for\b|to\b|on\b)|how to\b|please\b|howto\b)\s*"
    r"(?:to\b\s*)?",
    re.IGNORECASE,
)
#: "DP-002: …": how documents are numbered.
_NUMBER = re.compile(
    r"(?:[A-Z]{1,6}-?\d{1,4}|\d{1,3})\s*[:.)–—]\s*(?=\S)|[A-Z]{1,6}-\d{1,4}\s+[-–—]?\s*"
)
#: Behind these only something to do can stand.
_HOW_TO = re.compile(r"how ?-?to\b|(?:steps|procedures?|guide|instructions?) to\b", re.IGNORECASE)
_ADVERB = re.compile(
    r"(?:(?:manual|graceful|safe|forcib|forceful|quick|temporari|proper|immediate|simp)ly|"
    r"force|force-|just|then|always)\s+",
    re.IGNORECASE,
)
#: Verbs that are no nouns in front of another noun: "Clear queue" is something to do.
_PURE = (
    r"increase|decrease|raise|reduce|lower|fix|repair|resolve|add|remove|terminate|enable|"
    r"disable|rotate|renew|rebuild|redeploy|reinstall|clear|purge|evict|resize|expand|"
    r"extend|free up|clean(?: up)?|reconfigure|recreate|unblock|unlock|apply|turn (?:on|off)|"
    r"bump|re-?run|silence|mute|reprocess|requeue|regenerate|reissue|revoke|whitelist|prune|"
    r"defrag(?:ment)?|unseal|invalidate|detach|troubleshoot|mitigate|investigate|analy[sz]e|diagnose|"
    r"generate|grant|provision|decommission|create|implement|onboard|offboard|"
    r"generating|granting|provisioning|decommissioning|creating|implementing|editing|releasing|"
    r"importing|exporting|uploading|managing|responding to|investigating|debugging|troubleshooting|"
    r"accessing|connecting to|"
    r"redeploying|renewing|reindexing|upgrading|downgrading|installing|configuring|"
    r"cleaning(?: up)?|failing over|rolling back|scaling (?:up|down|out)|restoring|"
    r"recovering|rebuilding|replacing|removing|purging|flushing|clearing|rebalancing|fixing|"
    r"resolving|promoting|resizing|enabling|disabling"
)
#: Verbs that begin a symptom as well: "Restart loop on …", "Update fails".
_VERB = (
    r"restart|reboot|scale (?:up|down|out|in)|scale|roll ?back|revert|delete|drop|kill|stop|"
    r"start|replace|deploy|upgrade|downgrade|update|install|flush|drain|cordon|fail ?over|"
    r"promote|free|truncate|vacuum|reindex|restore|recover|run|switch|move|migrate|reset|"
    r"bounce|recycle|tune|configure|set|change|execute|pause|resume|rebalance"
)
#: "Restarting the pods": with an article only; "Restarting pods" is what one sees.
_GERUND = (
    r"restarting|rebooting|scaling|deleting|dropping|killing|stopping|starting|adding|"
    r"deploying|updating|draining|moving|migrating|resetting|running|rotating|increasing|"
    r"reducing|raising|lowering|switching|changing|extending|expanding|pausing"
)
_ARTICLE = r"(?:the|a|an|all|any|some|your|our|its|this|that|these|those|every|each|one|more)\b"
_FIX = re.compile(
    rf"(?:(?P<pure>{_PURE})|(?P<verb>{_VERB}))\s+(?P<object>{_ARTICLE})?|"
    rf"(?:{_GERUND})\s+(?P<gerund>{_ARTICLE})",
    re.IGNORECASE,
)
#: The verb's object looks like a symptom and is none: "Delete stuck pods", "Restart failed jobs".
_ATTRIBUTE = re.compile(
    r"(?:stuck|fail(?:ed|ing)|broken|slow|hung|hanging|blocked|crash(?:ed|ing)|missing|high|"
    r"low|full|dropped|rejected|lagging|exhausted|late|delayed|expired|unhealthy|corrupt(?:ed)?)"
    r"\s+(?=[\w-]*[a-rt-z]s\b|cpu\b|memory\b)(?!is\b|was\b|has\b)",
    re.IGNORECASE,
)
#: Words after which the verb was a noun: "Update fails", "Scale up fails", "Drain stuck".
_SYMPTOM = re.compile(
    r"\b(?:fail(?:s|ed|ing|ures?)?|stuck|hangs?|hanging|slow|late|delayed|lag(?:s|ging)?|"
    r"missing|rejected|refused|denied|timed|times out|takes?|took|too|not|never|cannot|"
    r"can't|doesn't|does|is|are|was|were|has|have|exceeds?|exceeded|high|low|below|above|"
    r"longer|returns?|returned|rising|falling|drops?|dropped|dropping|flapping|exhausted|"
    r"full|down|unavailable|unreachable|broken|blocked|aborted|expires?|expired|expiring|"
    r"lost|without|unhealthy|degraded|corrupt(?:ed)?|spik(?:es?|ing)|grows?|growing|piles?|"
    r"piling|fills?|every|again|twice|often|unexpected(?:ly)?|"
    r"crash(?:es|ed|ing)?|oom(?:killed)?|[45]\d\ds?)\b",
    re.IGNORECASE,
)
#: The same of nouns, which a verb may also have for an object: "Restart loop", but "Clear queue".
_THING = re.compile(
    r"\b(?:loops?|errors?|storms?|timeouts?|rate|ratio|queue|backlog|count|signals?|"
    r"connections?|requests?|traffic)\b",
    re.IGNORECASE,
)
#: "Drop in orders", "Change of leader": after these the verb was a noun as well.
_NOUN = re.compile(r"(?:in|of|on|at|by|from|during|after|for|with|to)\b", re.IGNORECASE)
_PROCEDURE = re.compile(
    r"\b(?:procedures?|instructions|how-?to|checklist|(?:rotation|renewal|upgrade|migration|restoration|"
    r"decommissioning|expansion|patching|onboarding|replay|rollback|switchover)s? "
    r"(?:runbook|playbook|guide|steps|process))$",
    re.IGNORECASE,
)
#: "Change management", "Install framework": the verb is a noun's first half.
_COMPOUND = re.compile(
    r"(?:[\w-]+ ){0,3}(?:management|process|framework|policy|calendar|freeze|window)$",
    re.IGNORECASE,
)


def title_is_a_fix(title: str) -> bool:
    """Does a title say what to do ("Restart the gateway pod") and not what is seen?"""
    title = title.strip()[:1_000]
    title = title[found.end() :] if (found := _NUMBER.match(title)) else title
    how_to = _PREFIX.match(title)
    words = title[how_to.end() :] if how_to else title
    if adverb := _ADVERB.match(words):
        words = words[adverb.end() :]
    found = _FIX.match(words)
    if found is None and how_to and _HOW_TO.match(title):
        return _SYMPTOM.search(words) is None
    if found is None:
        return _PROCEDURE.search(title) is not None and _SYMPTOM.search(title) is None
    return _goes_on_as_a_fix(found, words[found.end() :], told=how_to is not None)


def _goes_on_as_a_fix(found: re.Match[str], rest: str, *, told: bool) -> bool:
    """`told`: that it is a procedure ("How to …") was said before."""
    if found["gerund"]:
        return _SYMPTOM.search(rest) is None
    if _NOUN.match(rest) and not told and not found[0].lower().startswith("roll"):
        return False
    if found["object"]:
        return True
    if found["verb"] and _COMPOUND.match(rest):
        return False
    if attribute := _ATTRIBUTE.match(rest):
        rest = rest[attribute.end() :]
    if _SYMPTOM.search(rest):
        return False
    return found["pure"] is not None or _THING.search(rest) is None


def title_is_a_symptom(case: Case) -> Iterator[Finding]:
    title = case.document.meta.title
    if title_is_a_fix(title):
        yield Finding(
            TITLE_IS_A_FIX,
            f"The title “{title}” says what to do, not what is seen.",
            line=line_of(case, "title"),
            field="title",
            blocking=not case.imported,
            mend="Name the symptom that the reader has in front of them, such as “Gateway answers 502”.",
            about=title,
        )

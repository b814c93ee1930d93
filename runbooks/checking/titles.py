"""A title says what is seen, not what is done about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import TITLE_IS_A_FIX
from runbooks.checking.shapes import Case, Finding, line_of

#: Verbs that begin a fix. Each is followed by its object; "Restart loop on …" names a symptom.
_FIX = re.compile(
    r"(?:how to |please )?(?:restart|reboot|scale (?:up|down|out|in)|scale|roll ?back|"
    r"revert|increase"
    r"|decrease|raise|reduce|lower|fix|repair|resolve|add|remove|delete|drop|kill|terminate|"
    r"stop|start|enable"
    r"|disable|rotate|renew|replace|rebuild|redeploy|deploy|upgrade|downgrade|update|"
    r"install|reinstall|clear"
    r"|purge|flush|drain|cordon|evict|fail ?over|promote|resize|expand|extend|free(?: up)?|"
    r"clean(?: up)?"
    r"|truncate|vacuum|reindex|restore|recover|run|switch|move|migrate|reset|recreate|"
    r"bounce|recycle|unblock"
    r"|unlock|tune|configure|reconfigure|set|change|apply|execute)\s+"
    r"(?P<object>(?:the|a|an|all|any|some|your|our|its|this|that|these|those|every|each|one|"
    r"more|up|down)\b)?",
    re.IGNORECASE,
)
#: Words after which the verb was a noun: "Restart loop", "Update fails", "Scale up fails", "Drain stuck".
_SYMPTOM = re.compile(
    r"\b(?:loops?|fail(?:s|ed|ing|ures?)?|errors?|stuck|storms?|hangs?|hanging|slow|late|"
    r"delayed|lag(?:s|ging)?|"
    r"missing|rejected|refused|denied|timeouts?|timed|times out|takes?|too|not|never|cannot|"
    r"can't|doesn't|"
    r"does|is|are|was|were|has|have|rate|ratio|queue|backlog|count|exceeds?|exceeded|high|"
    r"low|rising|falling|"
    r"drops?|dropped|dropping|flapping|exhausted|full|down|unavailable|broken|blocked|"
    r"aborted|crash(?:es|ed|ing)?)\b",
    re.IGNORECASE,
)
#: "Drop in orders", "Change of leader": after these the verb was a noun as well.
_NOUN = re.compile(r"(?:in|of|on|at|by|from|during|after|for|with|to)\b", re.IGNORECASE)


def title_is_a_fix(title: str) -> bool:
    """Does a title say what to do ("Restart the gateway pod") and not what is seen?"""
    found = _FIX.match(title.strip())
    if found is None:
        return False
    verb = found[0].lower().strip()
    if _NOUN.match(title, found.end()) and not verb.startswith(("roll", "how to")):
        return False
    if found["object"] and found["object"].lower() not in ("up", "down"):
        return True
    return _SYMPTOM.search(title, found.end()) is None


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

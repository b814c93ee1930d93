"""Symptoms in the words of who sees them; and the names by which a runbook is found at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import (
    EMPTY_SECTION,
    NO_ALERT_NO_SERVICE,
    NO_SYMPTOMS,
    SYMPTOMS_QUOTE_NOTHING,
)
from runbooks.checking.shapes import Case, Finding, line_of
from runbooks.document import Section

_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{2,400})\1(?!`)")
_QUOTED = re.compile(
    r"[\"“„«]([^\"“”„«»\n]{6,300})[\"”“»]|(?<![\w’])['‘]([^'‘’\n]{6,300})['’](?!\w)"
)
#: What only a program writes, quoted or not: `ERROR: deadlock detected`, `ORA-12514`, `java.io.IOException`.
_PRINTED = re.compile(
    r"\b(?:ERROR|FATAL|PANIC|SEVERE|CRITICAL|WARN(?:ING)?|Error|Traceback)(?: \d+)?:? ?[:\[(] ?\w|"
    r"\b(?!(?:CVE|RFC|ISO|SEV|UTF|SHA|TLS)-)[A-Z]{2,5}-\d{4,6}\b|"
    r"(?<=[a-z])(?:Exception|Error)\b|<(?:pre|code|samp|kbd)\b"
)
_WORD = re.compile(r"\w+(?:[:.-]\w+)*")
_BLOCK = re.compile(r"^[ \t]*(?:```|~~~|> ?\S)|^(?: {4}|\t)\S", re.MULTILINE)
#: More than one word, or one that only a program writes: `pg_stat_activity`, `status=502`, `5xx`.
_LITERAL = re.compile(r"\S\s+\S|[_=/:.%()\d]|[a-z][A-Z]")
_ONLY_HEADINGS = re.compile(r"(?:\s|^#{1,6}[^\n]*$|<!--[^>]*-->)*", re.MULTILINE)


def it_can_be_found(case: Case) -> Iterator[Finding]:
    meta = case.document.meta
    if not meta.alerts and not meta.services:
        yield Finding(
            NO_ALERT_NO_SERVICE,
            "It names no alert and no service: nothing leads here but a search.",
            line=line_of(case, "alerts") or line_of(case, "services"),
            field="alerts",
            mend="Write “alerts:” or “services:” in the front matter.",
        )


def symptoms_are_literal(case: Case) -> Iterator[Finding]:
    sections = [s for s in case.document.sections if s.name == "symptoms"]
    if not sections:
        yield Finding(
            NO_SYMPTOMS,
            "Nothing says by what one knows that this is the right page.",
            field="symptoms",
            mend="Write “## Symptoms”: the alert's words, log lines, what customers say.",
        )
        return
    if all(is_empty(section) for section in sections) or case.document.meta.also:
        return
    told = [s for s in case.document.sections if s.name in ("symptoms", "trigger")]
    alerts = {alert.name for alert in case.document.meta.alerts}
    if not any(_quotes(section.markdown, alerts) for section in told):
        yield Finding(
            SYMPTOMS_QUOTE_NOTHING,
            "The symptoms quote no alert, log line or message: who searches with what is on the screen"
            " does not find this.",
            line=sections[0].line,
            field="symptoms",
            mend="Copy the alert's name and a log line into Symptoms, in `backticks` or a code block.",
        )


def _quotes(markdown: str, alerts: set[str]) -> bool:
    if alerts & set(_WORD.findall(markdown)):
        return True
    if _BLOCK.search(markdown):
        return True
    if any(_LITERAL.search(span[2]) for span in _SPAN.finditer(markdown)):
        return True
    if _PRINTED.search(markdown):
        return True
    return any(" " in (found[1] or found[2]).strip() for found in _QUOTED.finditer(markdown))


def sections_say_something(case: Case) -> Iterator[Finding]:
    """Of the sections that have no rule of their own for being empty."""
    for section in case.document.sections:
        if section.name in (None, "prevention", "escalation") or not is_empty(section):
            continue
        yield Finding(
            EMPTY_SECTION,
            f"“{section.heading}” is empty.",
            line=section.line,
            field=section.name,
            mend="Write it, or take the heading out: empty, it reads as if there were nothing to know.",
            about=section.heading,
        )


def is_empty(section: Section) -> bool:
    return len(section.markdown) < 2_000 and bool(_ONLY_HEADINGS.fullmatch(section.markdown))

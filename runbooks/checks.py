"""What makes a runbook good: findings. Pure Python: imports no Django.

A rule is a function that takes a `Case` and yields findings; `RULES` names them all, so that a new one
is added in one place. *Blocking* findings stop publishing; the others are shown as debt.
The rules stand in runbooks/checking/, by theme; docs/findings.md shows each with a bad and a good example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from runbooks.checking import (
    conditions,
    copies,
    dangers,
    generic,
    names,
    oddities,
    people,
    placeholders,
    prevention,
    steps,
    symptoms,
    titles,
    vague,
)
from runbooks.checking.codes import (
    CODES,
    NEVER_WAIVED,
    NO_ACTIVE_OWNER,
    NO_PREVENTION,
    NO_STEP,
    STEP_WITHOUT_COMMAND,
    TEXT_PROBLEM,
    TIER_TOO_LOW,
    TITLE_IS_A_FIX,
    VAGUE_STEP,
)
from runbooks.checking.copies import Library
from runbooks.checking.prevention import names_prevention
from runbooks.checking.shapes import Case, Facts, Finding, Rule
from runbooks.checking.titles import title_is_a_fix
from runbooks.document import Document

__all__ = [
    "CODES",
    "NEVER_WAIVED",
    "NO_ACTIVE_OWNER",
    "NO_PREVENTION",
    "NO_STEP",
    "RULES",
    "TEXT_PROBLEM",
    "TIER_TOO_LOW",
    "TITLE_IS_A_FIX",
    "Case",
    "Facts",
    "Finding",
    "Library",
    "blocking_added",
    "check",
    "names_prevention",
    "title_is_a_fix",
]

RULES: Sequence[Rule] = (
    people.owner_is_an_active_person,
    steps.has_a_step,
    dangers.destruction_is_marked,
    titles.title_is_a_symptom,
    prevention.has_prevention,
    symptoms.it_can_be_found,
    symptoms.symptoms_are_literal,
    symptoms.sections_say_something,
    vague.steps_leave_nothing_open,
    steps.diagnosis_can_be_tested,
    conditions.conditions_have_an_else,
    dangers.destruction_has_a_way_back,
    dangers.one_looks_before_one_destroys,
    dangers.destruction_stands_in_a_step,
    steps.access_is_described,
    people.somebody_can_be_called,
    placeholders.nothing_is_left_to_fill_in,
    names.tools_are_known,
    names.handles_are_known,
    names.channels_are_known,
    names.services_and_alerts_are_known,
    names.related_runbooks_are_there,
    copies.it_is_no_copy,
    generic.it_is_about_ones_own,
    oddities.text_reads_well,
)

#: So many of one kind are told; a text of 60,000 lines can have a finding on each.
MOST_OF_A_KIND = 100


def check(document: Document, *, imported: bool, facts: Facts) -> list[Finding]:
    """All findings, blocking ones first, each group in the order of the text."""
    case = Case(document, imported, facts)
    findings = [finding for rule in RULES for finding in _bounded(rule(case))]
    vague_steps = {finding.line for finding in findings if finding.code == VAGUE_STEP}
    told = [
        finding
        for finding in findings
        # A vague step says already that there is nothing to run.
        if not (finding.code == STEP_WITHOUT_COMMAND and finding.line in vague_steps)
    ]
    return sorted(told, key=lambda f: (not f.blocking, f.line or 0))


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """All that block; of the others so many of a code, and a last one that counts the rest."""
    seen: Counter[str] = Counter()
    last: dict[str, Finding] = {}
    for finding in findings:
        if finding.blocking:
            yield finding
            continue
        seen[finding.code] += 1
        if seen[finding.code] <= MOST_OF_A_KIND:
            yield finding
        else:
            last[finding.code] = finding
    for code, finding in last.items():
        more = seen[code] - MOST_OF_A_KIND
        yield replace(finding, message=f"… and {more:,} more like these.", about="more", line=None)


def blocking_added(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """The blocking findings of `after` that `before` does not have: an edit answers for what it adds.

    Two findings are the same when they say the same of the same words, wherever these stand by now.
    """
    had = Counter((f.code, f.about) for f in before if f.blocking)
    added = []
    for finding in after:
        if not finding.blocking:
            continue
        if had[finding.code, finding.about] > 0:
            had[finding.code, finding.about] -= 1
        else:
            added.append(finding)
    return added

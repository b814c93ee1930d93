"""Steps that a tired person, or a program, can follow without filling in what is not written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import (
    ACCESS_NOT_DESCRIBED,
    NO_STEP,
    STEP_WITHOUT_COMMAND,
    STEP_WITHOUT_EXPECT,
)
from runbooks.checking.passages import Passage
from runbooks.checking.shapes import Case, Finding

#: Ways in that not everybody has.
_WAY_IN = re.compile(
    r"\b(?:log[ -]?(?:in|on)(?:to| to)|log into|login (?:to|at|into)|ssh(?:ing)? (?:in)?to|"
    r"ssh access|"
    r"(?:via|over|using|through|with|on) (?:the |a )?(?:ssh|vpn|bastion|jump ?host)|"
    r"open (?:a |an |the )?(?:\w+ )?(?:shell|console|session)(?: on| to| in)|"
    r"access(?:ing)? (?:to )?(?:the |a )?(?:node|host|server|machine|instance)s?\b)",
    re.IGNORECASE,
)


def has_a_step(case: Case) -> Iterator[Finding]:
    if not case.document.steps:
        yield Finding(
            NO_STEP,
            "This runbook gives the reader nothing to do: no step in Diagnosis, Mitigation or Resolution.",
            blocking=True,
            mend="Write a numbered list under “## Diagnosis” or “## Resolution”.",
        )


def diagnosis_can_be_tested(case: Case) -> Iterator[Finding]:
    for passage in case.passages:
        step = passage.step
        if step is None or step.section != "diagnosis" or step.expect:
            continue
        if passage.has_command:
            yield Finding(
                STEP_WITHOUT_EXPECT,
                f"{step.label} does not say what to expect: nobody can tell a good answer from a bad one.",
                line=step.line,
                field="step",
                mend="Write “Expect:” behind the command: what a healthy system answers, where to go if not.",
                about=step.title,
            )
        elif not passage.has_link:
            yield Finding(
                STEP_WITHOUT_COMMAND,
                f"{step.label} gives nothing to run, to open or to expect.",
                line=step.line,
                field="step",
                mend="Write the command or the link, and “Expect:” what one sees.",
                about=step.title,
            )


def access_is_described(case: Case) -> Iterator[Finding]:
    described = case.document.meta.access
    said: set[str] = set()
    for step in case.document.steps:
        for name in step.access:
            entry = described.get(name)
            if name in said or (entry is not None and (entry.how or entry.check)):
                continue
            said.add(name)
            yield Finding(
                ACCESS_NOT_DESCRIBED,
                f"{step.label} needs the access “{name}”, and nothing says how to get it.",
                line=step.line,
                field="access",
                mend=f"Write “access: {{ {name}: {{ how: …, check: … }} }}” in the front matter.",
                about=name,
            )
    for passage in case.passages:
        yield from _way_in(passage)


def _way_in(passage: Passage) -> Iterator[Finding]:
    if passage.step is not None and passage.step.access:
        return
    for sentence in passage.sentences:
        if not sentence.has_link and (found := _WAY_IN.search(sentence.text)):
            yield Finding(
                ACCESS_NOT_DESCRIBED,
                f"“{found[0]}”: not everybody can, and nothing says with which access.",
                line=sentence.line,
                field="access",
                mend="Name the access behind the step, {access=name}, and under “access:” how one gets it.",
                about=sentence.plain,
            )
            return

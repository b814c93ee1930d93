"""Commands that destroy: marked, with a way back, and never the first thing one does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import (
    DESTRUCTIVE_BEFORE_OBSERVE,
    DESTRUCTIVE_OUTSIDE_STEP,
    DESTRUCTIVE_WITHOUT_UNDO,
    TIER_TOO_LOW,
)
from runbooks.checking.passages import fenced
from runbooks.checking.shapes import Case, Finding
from runbooks.destruction import destructive_part
from runbooks.document import Step

#: Whoever writes of the way back in words has thought of it: "There is no undo".
_WAY_BACK = re.compile(
    r"\b(?:undo|undone|way back|roll(?:ed|s)? ?back|revert(?:ed|s)?|"
    r"restor(?:e[sd]?|ing)\b(?! (?:the )?(?:services?|traffic|access|operations?))|"
    r"(?:ir|not )?reversible|to (?:go|get|bring|put) (?:it |them |this |that )?back|"
    r"(?:is|are|will be|gets?) (?:all |then )?lost|los(?:es?|ing) (?:all|every|the|its|what)|"
    r"re-?creat(?:e[sd]?|ing|ion)|re-?issu(?:e[sd]?|ing|ance)|re-?regist(?:er|ers|ered|ration)|"
    r"re-?spawn(?:s|ed)?|reschedule[sd]?|comes? (?:back|up again)|"
    r"(?:starts?|started|created|replaced|rebuilt|refilled) (?:again|anew|by itself|on its own|"
    r"automatically|by a new)|new (?:one|pod|replica|instance|leader|node) (?:is |will )?"
    r"(?:start|be created|take|come|create|elect)\w*|"
    r"(?:to|force a|forces a) restart|(?:restart|recycle)(?:s|ing)? (?:it|them|"
    r"(?:the |this |that |each |all )?(?:\w+ )?(?:pods?|replicas?|jobs?|deployments?|daemonsets?))|"
    r"^restart (?:the|a|each|every|it|node|pod)|(?:re-?|new )election|"
    r"triggers? (?:a |the )?(?:creat|restart|rollout|redeploy)\w*|"
    r"gone for good|for ever|forever|permanently (?:lost|deleted|removed|gone|destroy\w*)|is permanent|"
    r"cannot be (?:recovered|reversed|brought back)|(?:from|take|have) (?:a |the |last night's )?"
    r"(?:backup|snapshot))\b",
    re.IGNORECASE,
)


def destruction_is_marked(case: Case) -> Iterator[Finding]:
    for step, command, part in case.destroying:
        if step.tier != "destructive":
            yield Finding(
                TIER_TOO_LOW,
                f"{step.label} runs “{part}”, which destroys, and is marked {step.tier}.",
                line=command.line,
                blocking=True,
                mend="Mark the step {.destructive}, or take the command out.",
                about=command.text,
            )


def destruction_has_a_way_back(case: Case) -> Iterator[Finding]:
    for step, part in _destroying(case):
        if not step.undo and not _WAY_BACK.search(step.text[:8_000]) and not _makes_anew(step):
            yield Finding(
                DESTRUCTIVE_WITHOUT_UNDO,
                f"{step.label} destroys ({part}), and does not say how to take it back, or that one cannot.",
                line=step.line,
                field="step",
                mend='Write undo="command" behind the tier, or “There is no undo:” and what is lost.',
                about=step.title,
            )


def _makes_anew(step: Step) -> bool:
    """What it deletes first and applies then is there again."""
    text = "\n".join(command.text for command in step.commands)
    deleted = re.search(r"\b(?:kubectl|oc)\b[^\n|;]* delete ", text)
    return deleted is not None and _MADE.search(text, deleted.end()) is not None


_MADE = re.compile(r"\b(?:kubectl|oc)\b[^\n|;]* (?:apply|create) ")


def one_looks_before_one_destroys(case: Case) -> Iterator[Finding]:
    first = next(_destroying(case), None)
    if first is None:
        return
    step, part = first
    for earlier in case.document.steps:
        if earlier is step:
            break
        if earlier.tier == "observe":
            return
    yield Finding(
        DESTRUCTIVE_BEFORE_OBSERVE,
        f"{step.label} destroys ({part}) before any step has looked whether that is needed.",
        line=step.line,
        field="step",
        mend="Put a step before it that shows whether this is the case, and whom it hits.",
        about=step.title,
    )


def _destroying(case: Case) -> Iterator[tuple[Step, str]]:
    """Steps that destroy, by their tier or by a command, in the order of the text, and what says so."""
    commands: dict[int, str] = {}
    for step, _, part in case.destroying:
        commands.setdefault(id(step), part)
    for step in case.document.steps:
        if part := commands.get(id(step), ""):
            yield step, f"“{part}”"
        elif step.tier == "destructive":
            yield step, "marked {.destructive}"


def destruction_stands_in_a_step(case: Case) -> Iterator[Finding]:
    """A block outside every step has no tier: neither a person nor a program is warned."""
    within = [(step.line, step.line_end) for step in case.document.steps]
    for line, language, code in _blocks_outside(case, within):
        if part := destructive_part(code, language):
            yield Finding(
                DESTRUCTIVE_OUTSIDE_STEP,
                f"“{part}” destroys, and stands in no step: nothing marks it.",
                line=line,
                field="step",
                mend="Make it a step of Mitigation or Resolution, marked {.destructive}.",
                about=code.strip(),
            )


def _blocks_outside(case: Case, within: list[tuple[int, int]]) -> Iterator[tuple[int, str, str]]:
    """(line, language, code) of each fenced block outside these ranges of lines, which are in order."""
    fence, language, opened = "", "", 0
    kept: list[str] = []
    spans = iter(within)
    span = next(spans, None)
    for number, line in case.numbered():
        while span is not None and number > span[1]:
            span = next(spans, None)
        if span is not None and span[0] <= number <= span[1]:
            fence, kept = "", []
            continue
        was, (fence, inside) = fence, fenced(line, fence)
        if inside and not was:
            language = line.strip().lstrip("`~ ").split(" ")[0].lower()
            opened, kept = number, []
        elif inside and fence:
            kept.append(line)
        elif inside:
            yield opened, language, "\n".join(kept)
    if fence and kept:
        yield opened, language, "\n".join(kept)

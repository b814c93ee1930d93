"""How a runbook's own words are put into what is said in a drill. Pure."""

from __future__ import annotations

import re

from drills.scenario.source import ASKS, ASKS_WHETHER, Source, StepFacts, program_of
from drills.scenario.world import words_of

_VARIABLE = re.compile(r"\{\{\s*\$?[\w.]+[^}]*\}\}")


def asked(step: StepFacts) -> str:
    """What somebody who cannot look would ask about this step."""
    sentences = re.split(r"(?<=[.!?])\s+", step.title)
    sentence = next((each for each in sentences if ASKS.match(each)), sentences[0])
    what = cut(ASKS.sub("", sentence), 140).rstrip("?")
    if ASKS_WHETHER.match(sentence):
        return f"Does anybody know yet whether {lowered(what)}?"
    if ASKS.match(sentence):
        return f"What do we know of {lowered(what)}? I see nothing from here."
    return f"Has somebody looked at this yet: {lowered(what)}?"


def named(step: StepFacts) -> str:
    return f"{step.label}, “{cut(step.title, 140)}”"


def cut(text: str, most: int) -> str:
    text = text.strip().rstrip(":.")
    return text if len(text) <= most else text[: most - 2].rsplit(" ", 1)[0] + " …"


def lowered(text: str) -> str:
    """As the rest of a sentence: a capital that only began one goes."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def program(step: StepFacts) -> str:
    return next(filter(None, (program_of(command) for _, command in step.commands)), "")


def first_line(step: StepFacts) -> str:
    text = step.commands[0][1]
    return next(
        (line.strip() for line in text.split("\n") if program_of(line)), text.split("\n")[0].strip()
    )


def rendered(template: str, source: Source) -> str:
    """A rule's words for people, with its template parts in words."""

    def said(match: re.Match[str]) -> str:
        name = words_of(match[0].replace("$labels", " ").replace(".", " "))
        name.discard("value")
        return (
            f"(this {'/'.join(sorted(name))})"
            if name and "$value" not in match[0]
            else "(a value above the limit)"
        )

    return " ".join(_VARIABLE.sub(said, template).split())[:500]

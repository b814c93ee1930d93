"""What puts one step to the test: its branches, its limits, its blanks, its vague words. Pure."""

from __future__ import annotations

import re

from drills.scenario.beat import Beat, beat
from drills.scenario.bounds import bounds, near
from drills.scenario.kinds import verb_of
from drills.scenario.source import Source, StepFacts
from drills.scenario.unsaid import blanks, vague_word
from drills.scenario.wording import (
    asked,
    cut,
    head,
    lowered,
    named,
    tidy,
    title_of,
)
from drills.scenario.world import World, labels_in

_BRANCH = re.compile(
    r"(?:^|(?<=[.;!]\s)|(?<=[.;]\s-\s))(?:If|When|Where"
    r"|In case)\s+([^.;:?!]{8,140}?)(?:,\s*(?:then\s+)?|:\s+|\s+then\s+)((?:[^.;]|\.(?=\S)){6,220})",
)
_PRONOUN = re.compile(
    r"^(?:it|they|this|that|these|those|so|not|none|any|one|you|there)\b", re.IGNORECASE
)
_MEANS = re.compile(
    r"(?:it|this|that|they)\s+(?:means?|indicates?|is|are|can|could|may|might|must|should|will)\b"
)
_YOUR = re.compile(r"\byour\b", re.IGNORECASE)
#: Where a command begins that the words lead in.
_CODE = re.compile(
    r":?\s+[$#>]\s|:?\s+\w+=\$\(|:\s+(?=(?:sudo|kubectl|oc|curl|psql|docker|ssh|aws|helm)\b)"
)
_YOU_SEE = re.compile(r"^you\s+(?:see|notice|find|observe|get)\s+(?:that\s+)?", re.IGNORECASE)
_YOU_MAY = re.compile(
    r"^you\s+(?:(?:may|might|will|can|should|must|could)\s+)?(?:(?:also\s+)?(?:need|have|want)\s+to\s+)?",
    re.IGNORECASE,
)
_NO_FACT = re.compile(
    r"^(?:you|any\b|.*\byour (?:side|end)\b"
    r"|all else|in doubt|necessary|needed|possible|applicable|required|desired"
    r"|in doubt|this (?:happens|alert|occurs|does|is)|the (?:issue|problem|alert|above"
    r"|previous)|everything|nothing|done|ready|using|available|\w+ed (?:by|to|for|in))\b",
    re.IGNORECASE,
)


def question(source: Source, world: World) -> Beat | None:
    """Somebody who cannot look asks for what the culprit's step shows."""
    step = world.cause
    if step is None:
        return None
    asks = asked(step)
    if not asks:
        asks = world.say(
            f"Has anybody done {step.label} yet, and what came of it?",
            f"I am at {step.label}. What do you see there that I do not?",
            f"What did {step.label} say, and do we believe it?",
            "What is the one fact that we trust right now, and where is it from?",
        )
    text = world.say(
        f"A colleague in the channel: “{asks}”",
        f"Somebody who cannot get in from where they are: “{asks}”",
        f"From the other office: “{asks} We would like to help.”",
        f"“{asks}” The question has been in the channel for three minutes.",
    )
    limit = next(iter(bounds(step.expect)), None)
    judged = (
        f", against the limit of {limit.words}"
        if limit
        else f" (it wants: {head(step.expect, 100)})"
        if step.expect
        else ""
    )
    return beat(
        world,
        "question",
        when=0.35,
        weight=6 + bool(step.expect),
        channel="chat",
        step=step,
        text=text,
        expected=f"Does {named(step)}, reads out what it shows{judged}, and says which way that leads",
        hints=[
            world.say(
                "Who can look, and where?",
                "What do you expect to see, before you look?",
                f"Which part of the runbook answers that: {step.section}, or another?",
            ),
            f"Read {step.label} aloud, to its end",
            f"Give the reading of {step.label}: {title_of(step)}",
        ],
        note=f"Does the runbook say clearly enough what to make of {step.label}?",
    )


def branch(source: Source, world: World) -> Beat | None:
    """One way of an "if" comes true: the players have to take the road that it names."""
    found: list[tuple[int, StepFacts, str, str]] = []
    for step in source.steps[:120]:
        said = (
            f"{step.expect} {step.text}"
            if step.expect and step.expect not in step.text
            else step.text
        )
        for match in _BRANCH.finditer(tidy(said[:1_500])):
            fact = _YOUR.sub("the", _YOU_SEE.sub("", match[1]).strip())
            then = _YOU_MAY.sub("", cut(_CODE.split(match[2], maxsplit=1)[0], 130))
            if "," not in match[0][len(match[1]) : match.start(2) - match.start()] and not (
                verb_of(then) or labels_in(then)
            ):
                continue  # no comma between the two, and nothing that one does: not two parts
            if " or to " in fact or then.count("{") != then.count("}"):
                continue
            if (
                _NO_FACT.match(fact)
                or _MEANS.match(then)
                or len(then) < 6
                or fact.count("(") != fact.count(")")
            ):
                continue
            worth = (
                2 * bool(labels_in(then)) + (step is world.cause) + 2 * (not _PRONOUN.match(fact))
            )
            found.append((worth, step, fact, then))
    if not found:
        return None
    best = max(each[0] for each in found)
    worth, step, fact, then = world.rng.choice([each for each in found if each[0] >= best - 1])
    if _PRONOUN.match(fact):
        text = (
            f"A second pair of eyes on {step.label} (“{title_of(step, 80)}”) says at"
            f" {world.time(12)}: “{fact[:1].upper()}{fact[1:]}.”"
        )
    else:
        text = world.say(
            f"Seen and confirmed by two people at {world.time(12)}: {lowered(fact)}.",
            f"It is clear by {world.time(12)}: {lowered(fact)}.",
            f"A colleague sends a picture of their screen. On it: {lowered(fact)}.",
        )
    return beat(
        world,
        "branch",
        when=0.42,
        weight=7.5 + worth / 2,
        channel="chat",
        step=step,
        text=text,
        expected=(
            "Finds the place where the runbook speaks of exactly that"
            f" ({step.label}) and takes its way: {lowered(then)}"
        ),
        hints=[
            world.say(
                "Does the runbook know this case?",
                "That is an “if”. Which one?",
                "Search the page for those words.",
            ),
            f"Read {step.label} to its end",
            f"{step.label} says for this case: {then}",
        ],
        note=f"If they go another way: was {step.label} unclear, or not read?",
    )


def borderline(source: Source, world: World) -> Beat | None:
    """A number just inside its limit: right by the letter."""
    limited = [(s, bounds(s.expect)[0]) for s in source.looking[:60] if bounds(s.expect)]
    limited = [(s, b) for s, b in limited if b.value > 1]
    if not limited:
        return None
    step, limit = world.rng.choice(limited)
    value, at = near(limit), world.time(29)
    side = "below" if limit.healthy_below else "above"
    text = world.say(
        f"{at}: {value}. The runbook wants {side} {limit.words}. Somebody asks: “So we are done?”",
        f"The newest number of {step.label}, at {at}: {value}. “That is {side} {limit.words}, close it.”",
        f"“{value} at {at}. Inside the limit of {limit.words}. I'd go back to bed.”",
    )
    return beat(
        world,
        "borderline",
        when=0.8,
        weight=6.5,
        channel="chat",
        step=step,
        text=text,
        expected=(
            f"Says that {value} is only just {side} {limit.words}; looks at"
            f" {step.label} twice more with a pause, and names the number that"
            " would end or reopen it"
        ),
        hints=[
            "One number, or a direction?",
            f"What would {step.label} have to show three times in a row?",
            f"{value} against {limit.words}: wait ten minutes and look again before anything is closed",
        ],
        note=f"Does {step.label} say how long it has to stay {side} the limit?",
    )


def blank(source: Source, world: World) -> Beat | None:
    """A command has a blank to fill in: which of two?"""
    found = [
        (step, name)
        for step in source.steps[:60]
        for name in (_spoken(each) for each in blanks(step))
        if 3 <= len(name) <= 30
    ]
    if not found:
        return None
    step, name = world.rng.choice(found)
    text = world.say(
        f"Two people read the alert and come to two different answers for “{name}”. Both begin to type.",
        f"The command has to be told “{name}”. The first one that comes to mind is yesterday's.",
        (
            f"Somebody pastes a command with a value for “{name}” that looks right. Nobody knows"
            " where they have it from."
        ),
        f"There are two that would fit as “{name}”, and they differ in one letter.",
    )
    return beat(
        world,
        "blank",
        when=0.48,
        weight=5.5 + 1.5 * (step.tier == "destructive"),
        channel="chat",
        step=step,
        text=text,
        expected=(
            f"Says from where “{name}” for {step.label} comes (the alert's"
            " label, a list, an earlier step), and reads it back aloud before"
            " anything runs"
        ),
        hints=[
            "Where does that come from?",
            f"Which step before {step.label} shows it?"
            if step is not source.steps[0]
            else "Does the alert carry it?",
            (
                f"Read the command of {step.label} aloud with “{name}” in its place, and"
                " have somebody else agree"
            ),
        ],
        note=f"Does the runbook say where one gets “{name}”?",
    )


def vague(source: Source, world: World) -> Beat | None:
    """A word in a step that each understands differently."""
    found = [
        (s, word) for s in source.steps[:80] if not bounds(s.text) and (word := vague_word(s.title))
    ]
    if not found:
        return None
    step, word = world.rng.choice(found)
    text = world.say(
        f"Two people look at the same screen. One says “{word}”, the other says it is not. They turn to you.",
        f"Somebody new reads the step aloud and stops at “{word}”: “How would I know?”",
        f"“It says ‘{word}’ here. Says who?”",
    )
    return beat(
        world,
        "vague",
        when=0.44,
        weight=4.5,
        channel="chat",
        step=step,
        text=text,
        expected=(
            f"Settles for now what “{word}” means in {step.label}, with a number,"
            " an example or yesterday's value, says it aloud, and notes that the"
            " runbook does not"
        ),
        hints=[
            "What would yesterday have looked like?",
            f"What decides it in {step.label}?",
            f"Name a number or an example for “{word}”, and note it for {step.label}",
        ],
        note=f"Two readings of one word: a gap in {step.label}.",
    )


def _spoken(blank: str) -> str:
    """`POD_NAME` as one says it: "pod name"."""
    return (blank.lower() if blank.isupper() else blank).replace("_", " ").strip()

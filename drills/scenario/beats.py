"""What can happen in a drill of this runbook: each an inject, or nothing where the text gives none. Pure.

Injects tell what happens around the players; none presumes what they did.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from drills.scenario.beat import Beat, placed
from drills.scenario.shapes import DraftInject
from drills.scenario.source import Source
from drills.scenario.twists import access, asleep, dashboard, failing
from drills.scenario.wording import asked, cut, lowered, named, rendered
from drills.scenario.world import World

_CONDITION = re.compile(r"\b(?:if|when|unless)\s+([^,.;:]{8,160})[,:]", re.IGNORECASE)


def alert(source: Source, world: World) -> Beat | None:
    first = source.steps[0]
    name = source.alerts[0] if source.alerts else ""
    rule = next((rule for rule in source.rules if rule.alert == name), None)
    said = rendered((rule.summary or rule.description) if rule else "", source)
    said = said or (source.trigger or source.symptoms or (source.title,))[0]
    if name:
        lines = [f"[FIRING] {name}", said, f"Since {world.time()}."]
        if source.severity:
            lines.insert(1, f"Severity: {source.severity}.")
        text, looked_up = "\n".join(lines), f"the alert {name}"
    else:
        text = (
            f"The on-call phone, at {world.time(2)}: “{lowered(said.rstrip('.'))}. Can you look?”"
        )
        looked_up = "the symptom, in three words"
    return placed(
        0.0,
        9,
        world,
        DraftInject(
            at_minutes=0,
            channel="alert" if name else "phone",
            text=text,
            step=first.label,
            player="hands-on",
            milestone="runbook_found",
            expected=f"Acknowledges it, finds the runbook by {looked_up}, and begins at {named(first)}",
            hints=[
                "What does it say, word for word? Read it out.",
                f"Look up {looked_up} in the portal.",
                f"The runbook is “{source.title}”. Begin at {first.label}.",
            ],
            evaluator_note="Note the time at which the runbook is open.",
        ),
    )


def customer(source: Source, world: World) -> Beat | None:
    step = next((s for s in source.steps if s.observes), source.steps[0])
    if source.sayings:
        text = (
            "Support forwards what a customer writes:"
            f" “{source.sayings[0]}”. Two others say much the same."
        )
    elif source.impact:
        text = f"Support asks: “Is this what our customers tell us about? {source.impact[0]}”"
    else:
        text = f"Support asks: “Does what you are looking at touch customers? ({lowered(source.title)})”"
    means = (
        source.impact[0].rstrip(".") if source.impact else "whom it touches and whom it does not"
    )
    return placed(
        0.2,
        4 + 2 * bool(source.sayings),
        world,
        DraftInject(
            at_minutes=0,
            channel="customer",
            text=text,
            step=step.label,
            player="participant",
            milestone="told_customers",
            expected=f"Says what customers notice ({means}), and when they will hear more",
            hints=[
                "What may support tell customers now?",
                "Who tells them, and when is the next word?",
                f"The runbook says: {means}.",
            ],
        ),
    )


def question(source: Source, world: World) -> Beat | None:
    step = world.cause or next((s for s in source.steps if s.observes), None)
    if step is None:
        return None
    condition = _CONDITION.search(step.expect or step.text)
    if condition:
        text = f"A colleague in the channel: “Do we know by now whether {lowered(condition[1])}?”"
        expected = (
            f"Says what {step.label} shows, and which way that"
            f" leads: {cut(step.expect or step.text, 200)}"
        )
    else:
        text = f"A colleague in the channel: “{asked(step)}”"
        expected = f"Does {named(step)}, reads out what it shows, and says what follows from it"
    return placed(
        0.35,
        6 + 2 * bool(step.expect),
        world,
        DraftInject(
            at_minutes=0,
            channel="chat",
            text=text,
            step=step.label,
            player="hands-on",
            expected=expected,
            hints=[
                f"Which step answers that? It is in {step.section.capitalize()}.",
                f"Read {step.label} aloud.",
                f"Give the reading of {step.label}.",
            ],
            evaluator_note=f"Does the runbook say clearly enough what to make of {step.label}?",
        ),
    )


def shortcut(source: Source, world: World) -> Beat | None:
    risky = [s for s in source.steps if s.tier == "destructive"] or [
        s for s in source.steps if s.section != "diagnosis"
    ]
    if not risky or not any(s.section == "diagnosis" for s in source.steps):
        return None
    step = world.rng.choice(risky)
    back = f"its way back is: {step.undo}" if step.undo else "the runbook names no way back"
    return placed(
        0.45,
        5 + 3 * (step.tier == "destructive"),
        world,
        DraftInject(
            at_minutes=0,
            channel="chat",
            step=step.label,
            player="hands-on",
            text=(
                "Somebody who has seen this before writes: “Skip the rest:"
                f" {lowered(cut(step.title, 140))}. It helped last time.”"
            ),
            expected=(
                "Does not act before diagnosis says so. Says"
                f" aloud what {step.label} changes, and that {back}"
            ),
            hints=[
                "What would have to be true for that to be right?",
                f"Which step has to come before {step.label}?",
                f"Read {step.label} and what it says of the way back.",
            ],
            milestone="first_safe_action",
            evaluator_note="A good answer names the evidence, not the person who wrote.",
        ),
    )


def executive(source: Source, world: World) -> Beat | None:
    acting = next((s for s in source.steps if s.section == "mitigation"), None) or source.steps[-1]
    who = source.impact[0].rstrip(".") if source.impact else "who is affected"
    about = lowered(cut((source.sayings or source.symptoms or (source.title,))[0], 110))
    return placed(
        0.55,
        4,
        world,
        DraftInject(
            at_minutes=0,
            channel="executive",
            step=acting.label,
            player="participant",
            milestone="mitigation_stated",
            text=(
                f"A director writes: “I am in front of a customer in ten minutes and hear: {about}."
                " Who is affected, since when, and what are you doing about it?”"
            ),
            expected=f"Two sentences: {who}, since {world.time()}; being tried or next is {named(acting)}",
            hints=[
                "Answer in two sentences.",
                "Who, since when, what next.",
                f"“{who}. Next: {cut(acting.title, 120)}.”",
            ],
        ),
    )


def second_alert(source: Source, world: World) -> Beat | None:
    if len(source.alerts) < 2:
        return None
    name = world.rng.choice(source.alerts[1:])
    rule = next((rule for rule in source.rules if rule.alert == name), None)
    said = rendered(rule.summary or rule.description, source) if rule else ""
    step = next(
        (s for s in source.steps if name.casefold() in s.text.casefold()),
        world.cause or source.steps[0],
    )
    return placed(
        0.4,
        5,
        world,
        DraftInject(
            at_minutes=0,
            channel="alert",
            step=step.label,
            player="hands-on",
            text="\n".join(
                line for line in (f"[FIRING] {name}", said, f"Since {world.time(9)}.") if line
            ),
            expected=f"Says whether it is the same trouble, by {named(step)}",
            hints=[
                "One trouble or two?",
                f"Which runbook does {name} lead to?",
                f"The same one. {step.label} tells.",
            ],
        ),
    )


def reported(source: Source, world: World) -> Beat | None:
    found = ((known, source.step(known.label)) for known in source.known if known.label)
    known, step = next(((known, step) for known, step in found if step), (None, None))
    if known is None or step is None:
        return None
    said = known.words or f"this one is {known.verdict}"
    return placed(
        0.38,
        8,
        world,
        DraftInject(
            at_minutes=0,
            channel="chat",
            step=step.label,
            player="hands-on",
            text=f"A colleague on the last shift left a note about {known.label}: “{cut(said, 240)}”",
            expected=(
                f"Takes the note seriously: checks {known.label}"
                " before relying on it, and says what they find"
            ),
            hints=[
                f"What is doubtful about {known.label}?",
                "How could you check it without harm?",
                f"Read {known.label} with the note in mind.",
            ],
            evaluator_note=f"{known.label} is known to be {known.verdict}: the drill should settle it.",
        ),
    )


def relapse(source: Source, world: World) -> Beat | None:
    step = world.cause or source.steps[0]
    name = source.alerts[0] if source.alerts else "The trouble"
    return placed(
        0.8,
        3,
        world,
        DraftInject(
            at_minutes=0,
            channel="alert",
            step=step.label,
            player="hands-on",
            text=f"{name} was quiet for two minutes, and is back at {world.time(33)}.",
            expected=(
                f"Looks again instead of guessing: {named(step)};"
                " says what that means for what is being tried"
            ),
            hints=[
                "What would show you whether it is the same trouble?",
                f"Which step did show it? ({step.section})",
                f"{step.label}, once more.",
            ],
        ),
    )


def recovery(source: Source, world: World) -> Beat | None:
    last = source.steps[-1]
    undo = next((s for s in source.steps if s.undo), None)
    left = source.prevention[0] if source.prevention else ""
    looked = next((s for s in reversed(source.steps) if s.observes), None) or last
    rest = [f"{looked.label} shows it ({cut(looked.expect or looked.title, 140)})"]
    if undo:
        rest.append(f"that what {undo.label} changed is taken back")
    rest.append(
        f"what is left to prevent it ({cut(left, 120)})"
        if left
        else "what would prevent it (the runbook says nothing of it)"
    )
    said = f"{source.alerts[0]} has resolved" if source.alerts else "It looks well again"
    return placed(
        0.95,
        5,
        world,
        DraftInject(
            at_minutes=0,
            channel="alert" if source.alerts else "chat",
            step=last.label,
            player="hands-on",
            text=f"{said} at {world.time(40)}, and stays quiet.",
            expected=f"Says how one knows that it is over: {'; '.join(rest)}",
            hints=[
                "Is it over? How do you know?",
                "What was changed that must not stay so?",
                f"Read {last.label}, then Prevention.",
            ],
        ),
    )


#: In no order: the writer chooses by weight and orders by time.
BEATS: tuple[Callable[[Source, World], Beat | None], ...] = (
    alert,
    customer,
    question,
    shortcut,
    access,
    dashboard,
    failing,
    asleep,
    executive,
    second_alert,
    reported,
    relapse,
    recovery,
)

"""What can happen in a drill of this runbook: each beat an inject, or nothing where the text gives none. Pure.

Injects tell what happens around the players; none presumes what they did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from drills.scenario.shapes import Channel, DraftInject, Milestone
from drills.scenario.source import Source, StepFacts, program_of
from drills.scenario.world import World, words_of

_CONDITION = re.compile(r"\b(?:if|when|unless)\s+([^,.;:]{8,160})[,:]", re.IGNORECASE)
_ASK = re.compile(
    r"^(?:please\s+)?(?:(?:check|verify|see|find out|determine|investigate|confirm|look)(?:\s+(?:if|whether|that|for))"
    r"|check|verify|investigate|look (?:at|into|for)|inspect|examine|review|make sure|ensure|confirm|count|list)"
    r"(?:\s+that)?\s+",
    re.IGNORECASE,
)
_IF = re.compile(r"^(?:please\s+)?\w+(?:\s+\w+)?\s+(?:if|whether|that)\s+", re.IGNORECASE)
_VARIABLE = re.compile(r"\{\{\s*\$?[\w.]+[^}]*\}\}")
_ERRORS = (
    (("kubectl", "oc"), "error: You must be logged in to the server (Unauthorized)"),
    (("psql", "mysql"), "connection to server timed out"),
    (("curl", "wget"), "504 Gateway Timeout"),
    (("ssh",), "Connection timed out"),
    (("systemctl", "service"), "Job failed. See the log for details."),
    (("helm",), "another operation is in progress"),
    (("etcdctl",), "context deadline exceeded"),
)


@dataclass(frozen=True, slots=True)
class Beat:
    """`when`: 0 the beginning, 1 the end; `weight`: how much it says about this very runbook."""

    when: float
    weight: float
    inject: DraftInject


def alert(source: Source, world: World) -> Beat | None:
    first = source.steps[0]
    name = source.alerts[0] if source.alerts else ""
    rule = next((rule for rule in source.rules if rule.alert == name), None)
    said = _rendered((rule.summary or rule.description) if rule else "", source)
    said = said or (source.trigger or source.symptoms or (source.title,))[0]
    if name:
        lines = [f"[FIRING] {name}", said, f"Since {world.time()}."]
        if source.severity:
            lines.insert(1, f"Severity: {source.severity}.")
        text, channel, looked_up = "\n".join(lines), "alert", f"the alert {name}"
    else:
        text = f"The on-call phone, at {world.time(2)}: “{_lower(said.rstrip('.'))}. Can you look?”"
        channel, looked_up = "phone", "the symptom, in three words"
    return _beat(
        0.0, 9, world, channel=channel, text=text, step=first, player="hands-on", milestone="runbook_found",
        expected=f"Acknowledges it, finds the runbook by {looked_up}, and begins at {_named(first)}",
        hints=(
            "What does it say, word for word? Read it out.",
            f"Look up {looked_up} in the portal.",
            f"The runbook is “{source.title}”. Begin at {first.label}.",
        ),
        note="Note the time at which the runbook is open.",
    )  # fmt: skip


def customer(source: Source, world: World) -> Beat | None:
    step = next((s for s in source.steps if s.observes), source.steps[0])
    if source.sayings:
        text = f"Support forwards what a customer writes: “{source.sayings[0]}”. Two others say much the same."
    elif source.impact:
        text = f"Support asks: “Is this what our customers tell us about? {source.impact[0]}”"
    else:
        text = f"Support asks: “Does what you are looking at touch customers? ({_lower(source.title)})”"
    means = (
        source.impact[0].rstrip(".") if source.impact else "whom it touches and whom it does not"
    )
    return _beat(
        0.2, 4 + 2 * bool(source.sayings), world, channel="customer", text=text, step=step, player="participant",
        milestone="told_customers",
        expected=f"Says what customers notice ({means}), and when they will hear more",
        hints=("What may support tell customers now?", "Who tells them, and when is the next word?", f"The runbook says: {means}."),
    )  # fmt: skip


def question(source: Source, world: World) -> Beat | None:
    step = world.cause or next((s for s in source.steps if s.observes), None)
    if step is None:
        return None
    condition = _CONDITION.search(step.expect or step.text)
    if condition:
        text = f"A colleague in the channel: “Do we know by now whether {_lower(condition[1])}?”"
        expected = f"Says what {step.label} shows, and which way that leads: {_cut(step.expect or step.text, 200)}"
    else:
        text = f"A colleague in the channel: “{_asked(step)}”"
        expected = f"Does {_named(step)}, reads out what it shows, and says what follows from it"
    return _beat(
        0.35, 6 + 2 * bool(step.expect), world, channel="chat", text=text, step=step, player="hands-on",
        expected=expected,
        hints=(f"Which step answers that? It is in {step.section.capitalize()}.", f"Read {step.label} aloud.", f"Give the reading of {step.label}."),
        note=f"Does the runbook say clearly enough what to make of {step.label}?",
    )  # fmt: skip


def shortcut(source: Source, world: World) -> Beat | None:
    risky = [s for s in source.steps if s.tier == "destructive"] or [
        s for s in source.steps if s.section != "diagnosis"
    ]
    if not risky or not any(s.section == "diagnosis" for s in source.steps):
        return None
    step = world.rng.choice(risky)
    back = f"its way back is: {step.undo}" if step.undo else "the runbook names no way back"
    return _beat(
        0.45, 5 + 3 * (step.tier == "destructive"), world, channel="chat", step=step, player="hands-on",
        text=f"Somebody who has seen this before writes: “Skip the rest: {_lower(_cut(step.title, 140))}. It helped last time.”",
        expected=f"Does not act before diagnosis says so. Says aloud what {step.label} changes, and that {back}",
        hints=(
            "What would have to be true for that to be right?",
            f"Which step has to come before {step.label}?",
            f"Read {step.label} and what it says of the way back.",
        ),
        milestone="first_safe_action",
        note="A good answer names the evidence, not the person who wrote.",
    )  # fmt: skip


def access(source: Source, world: World) -> Beat | None:
    wanted = [s for s in source.steps if s.access] or [
        s for s in source.steps if s.commands and _program(s)
    ]
    if not wanted:
        return None
    step = world.rng.choice(wanted)
    name = step.access[0] if step.access else _program(step)
    how = source.access.get(name, "")
    expected = (
        f"Gets it: {how}"
        if how
        else f"Finds out who gives {name}; the runbook does not say (a gap to note)"
    )
    return _beat(
        0.5, 5 + 2 * bool(step.access), world, channel="phone", step=step, player="hands-on", twist=True,
        text=f"For the next five minutes whoever tries {step.label} ({_lower(_cut(step.title, 80))}) with {name} is told: “Forbidden. You have no access to this.”",
        expected=expected,
        hints=(f"Who could do {step.label} in your place?", "Where does the runbook say how one gets in?", how or "It does not say. Whom do you call?"),
        note="Access that is missing in a drill is missing at night.",
    )  # fmt: skip


def dashboard(source: Source, world: World) -> Beat | None:
    boards = [
        *source.dashboards,
        *(url for s in source.steps for _, url in s.links if "graf" in url or "dash" in url),
    ]
    step = next((s for s in source.steps if s.observes and s.commands), None)
    if not boards or step is None:
        return None
    return _beat(
        0.3, 6, world, channel="chat", step=step, player="hands-on", twist=True,
        text=f"The dashboard {boards[0]} says “No data” for everything after {world.time()}.",
        expected=f"Does not wait for it, and looks another way: {_named(step)}",
        hints=("What else shows you that number?", "Which step works without a dashboard?", f"{step.label} does."),
    )  # fmt: skip


def failing(source: Source, world: World) -> Beat | None:
    acting = [s for s in source.steps if s.section != "diagnosis"]
    if not acting:
        return None
    step = next((s for s in acting if s.commands), acting[0])
    error = next((said for tools, said in _ERRORS if _program(step) in tools), "")
    later = next((s for s in acting if s.label != step.label), None)
    if step.commands:
        error = error or "timed out after 30 s"
        text = f"Whoever runs {step.label} (`{_cut(_first_line(step), 90)}`) gets this back after half a minute: “{error}”."
    else:
        text = f"Word from the people who would have to help with {step.label} ({_lower(_cut(step.title, 100))}): “Not before tomorrow.”"
    on = (
        f"Says so at once, and goes on with {_named(later)}"
        if later
        else "Says so at once, and calls whoever is next"
    )
    return _beat(
        0.6, 6 + bool(error), world, channel="chat", text=text, step=step, player="hands-on", twist=True, expected=on,
        hints=("How long do you try again before you do something else?", f"What does the runbook offer beside {step.label}?",
               f"Go on with {later.label}." if later else "Whom would you wake for this?"),
        note="Nobody should try the same thing three times.",
    )  # fmt: skip


def asleep(source: Source, world: World) -> Beat | None:
    contacts = source.escalation
    if contacts:
        first, rest = contacts[0], contacts[1:]
        text = f"{first.to} does not answer: two calls in five minutes, no reply."
        then = f"Goes on to {rest[0].to}" + (f" ({rest[0].how})" if rest[0].how else "") if rest else (
            "Finds another way; the runbook names nobody after that (a gap to note)")  # fmt: skip
        hint = (
            f"{rest[0].to}, after {rest[0].after}."
            if rest
            else "The runbook names nobody else. Who could know?"
        )
    else:
        named = _cut(source.escalation_words[0], 160) if source.escalation_words else ""
        service = source.services[0] if source.services else "this system"
        why = world.rng.choice(
            ("is on a flight until tomorrow", "does not pick up", "is ill", "left in spring")
        )
        text = f"The one person who is known to understand {service} {why}. ({_cut(source.title, 100)})"
        then = (
            f"Escalates as the runbook says: {named}"
            if named
            else "Decides whom to call; the runbook names nobody (a gap to note)"
        )
        hint = named or "It names nobody. Decide, and note it."
    return _beat(
        0.7, 6 if contacts else 4, world, channel="phone", text=text, step=None, player="participant", twist=True,
        milestone="right_escalation", expected=then,
        hints=("Who is next, and how are they reached?", "Look at Escalation.", hint),
        note="Was it said in one sentence what is needed from them?",
    )  # fmt: skip


def executive(source: Source, world: World) -> Beat | None:
    acting = next((s for s in source.steps if s.section == "mitigation"), None) or source.steps[-1]
    who = source.impact[0].rstrip(".") if source.impact else "who is affected"
    about = _lower(_cut((source.sayings or source.symptoms or (source.title,))[0], 110))
    return _beat(
        0.55, 4, world, channel="executive", step=acting, player="participant", milestone="mitigation_stated",
        text=f"A director writes: “I am in front of a customer in ten minutes and hear: {about}. Who is affected, since when, and"
             " what are you doing about it?”",
        expected=f"Two sentences: {who}, since {world.time()}; being tried or next is {_named(acting)}",
        hints=("Answer in two sentences.", "Who, since when, what next.", f"“{who}. Next: {_cut(acting.title, 120)}.”"),
    )  # fmt: skip


def second_alert(source: Source, world: World) -> Beat | None:
    if len(source.alerts) < 2:
        return None
    name = world.rng.choice(source.alerts[1:])
    rule = next((rule for rule in source.rules if rule.alert == name), None)
    said = _rendered(rule.summary or rule.description, source) if rule else ""
    step = next(
        (s for s in source.steps if name.casefold() in s.text.casefold()),
        world.cause or source.steps[0],
    )
    return _beat(
        0.4, 5, world, channel="alert", step=step, player="hands-on",
        text="\n".join(line for line in (f"[FIRING] {name}", said, f"Since {world.time(9)}.") if line),
        expected=f"Says whether it is the same trouble, by {_named(step)}",
        hints=("One trouble or two?", f"Which runbook does {name} lead to?", f"The same one. {step.label} tells."),
    )  # fmt: skip


def reported(source: Source, world: World) -> Beat | None:
    known = next((k for k in source.known if k.label and source.step(k.label)), None)
    if known is None:
        return None
    step = source.step(known.label)
    said = known.words or f"this one is {known.verdict}"
    return _beat(
        0.38, 8, world, channel="chat", step=step, player="hands-on",
        text=f"A colleague on the last shift left a note about {known.label}: “{_cut(said, 240)}”",
        expected=f"Takes the note seriously: checks {known.label} before relying on it, and says what they find",
        hints=(f"What is doubtful about {known.label}?", "How could you check it without harm?", f"Read {known.label} with the note in mind."),
        note=f"{known.label} is known to be {known.verdict}: the drill should settle it.",
    )  # fmt: skip


def relapse(source: Source, world: World) -> Beat | None:
    step = world.cause or source.steps[0]
    name = source.alerts[0] if source.alerts else "The trouble"
    return _beat(
        0.8, 3, world, channel="alert", step=step, player="hands-on",
        text=f"{name} was quiet for two minutes, and is back at {world.time(33)}.",
        expected=f"Looks again instead of guessing: {_named(step)}; says what that means for what is being tried",
        hints=("What would show you whether it is the same trouble?", f"Which step did show it? ({step.section})", f"{step.label}, once more."),
    )  # fmt: skip


def recovery(source: Source, world: World) -> Beat | None:
    last = source.steps[-1]
    undo = next((s for s in source.steps if s.undo), None)
    left = source.prevention[0] if source.prevention else ""
    looked = next((s for s in reversed(source.steps) if s.observes), None) or last
    rest = [f"{looked.label} shows it ({_cut(looked.expect or looked.title, 140)})"]
    if undo:
        rest.append(f"that what {undo.label} changed is taken back")
    rest.append(
        f"what is left to prevent it ({_cut(left, 120)})"
        if left
        else "what would prevent it (the runbook says nothing of it)"
    )
    said = f"{source.alerts[0]} has resolved" if source.alerts else "It looks well again"
    return _beat(
        0.95, 5, world, channel="alert" if source.alerts else "chat", step=last, player="hands-on",
        text=f"{said} at {world.time(40)}, and stays quiet.",
        expected=f"Says how one knows that it is over: {'; '.join(rest)}",
        hints=("Is it over? How do you know?", "What was changed that must not stay so?", f"Read {last.label}, then Prevention."),
    )  # fmt: skip


#: In no order: the writer chooses by weight and orders by time.
BEATS: tuple[Callable[[Source, World], Beat | None], ...] = (
    alert, customer, question, shortcut, access, dashboard, failing, asleep, executive, second_alert, reported,
    relapse, recovery,
)  # fmt: skip


def _beat(
    when: float,
    weight: float,
    world: World,
    *,
    channel: Channel,
    text: str,
    step: StepFacts | None,
    player: str,
    expected: str,
    hints: tuple[str, ...],
    milestone: Milestone = "",
    twist: bool = False,
    note: str = "",
) -> Beat:
    inject = DraftInject(
        at_minutes=0,
        channel=channel,
        text=text[:1_990],
        player=player,
        expected=(expected.rstrip(".") + ".")[:1_990],
        step=step.label if step else None,
        hints=[hint for hint in hints if hint],
        twist=twist,
        milestone=milestone,
        evaluator_note=note,
    )
    return Beat(when, weight + world.rng.random(), inject)


def _asked(step: StepFacts) -> str:
    """What somebody who cannot look would ask about this step."""
    sentences = re.split(r"(?<=[.!?])\s+", step.title)
    sentence = next((each for each in sentences if _ASK.match(each)), sentences[0])
    what = _cut(_ASK.sub("", sentence), 140).rstrip("?")
    if _IF.match(sentence):
        return f"Does anybody know yet whether {_lower(what)}?"
    if _ASK.match(sentence):
        return f"What do we know of {_lower(what)}? I see nothing from here."
    return f"Has somebody looked at this yet: {_lower(what)}?"


def _named(step: StepFacts) -> str:
    return f"{step.label}, “{_cut(step.title, 140)}”"


def _cut(text: str, most: int) -> str:
    text = text.strip().rstrip(":.")
    return text if len(text) <= most else text[: most - 2].rsplit(" ", 1)[0] + " …"


def _lower(text: str) -> str:
    """As the rest of a sentence: a capital that only began one goes."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def _program(step: StepFacts) -> str:
    return next(filter(None, (program_of(command) for _, command in step.commands)), "")


def _first_line(step: StepFacts) -> str:
    text = step.commands[0][1]
    return next(
        (line.strip() for line in text.split("\n") if program_of(line)), text.split("\n")[0].strip()
    )


def _rendered(template: str, source: Source) -> str:
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

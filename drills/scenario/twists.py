"""What goes wrong besides: no access, no dashboard, a command that fails, a contact who sleeps. Pure.

Injects tell what happens around the players; none presumes what they did.
"""

from __future__ import annotations

from drills.scenario.beat import Beat, placed
from drills.scenario.shapes import DraftInject
from drills.scenario.source import Source
from drills.scenario.wording import cut, first_line, lowered, named, program
from drills.scenario.world import World

_ERRORS = (
    (("kubectl", "oc"), "error: You must be logged in to the server (Unauthorized)"),
    (("psql", "mysql"), "connection to server timed out"),
    (("curl", "wget"), "504 Gateway Timeout"),
    (("ssh",), "Connection timed out"),
    (("systemctl", "service"), "Job failed. See the log for details."),
    (("helm",), "another operation is in progress"),
    (("etcdctl",), "context deadline exceeded"),
)


def access(source: Source, world: World) -> Beat | None:
    wanted = [s for s in source.steps if s.access] or [
        s for s in source.steps if s.commands and program(s)
    ]
    if not wanted:
        return None
    step = world.rng.choice(wanted)
    name = step.access[0] if step.access else program(step)
    how = source.access.get(name, "")
    expected = (
        f"Gets it: {how}"
        if how
        else f"Finds out who gives {name}; the runbook does not say (a gap to note)"
    )
    return placed(
        0.5,
        5 + 2 * bool(step.access),
        world,
        DraftInject(
            at_minutes=0,
            channel="phone",
            step=step.label,
            player="hands-on",
            twist=True,
            text=(
                f"For the next five minutes whoever tries {step.label} ({lowered(cut(step.title, 80))})"
                f" with {name} is told: “Forbidden. You have no access to this.”"
            ),
            expected=expected,
            hints=[
                f"Who could do {step.label} in your place?",
                "Where does the runbook say how one gets in?",
                how or "It does not say. Whom do you call?",
            ],
            evaluator_note="Access that is missing in a drill is missing at night.",
        ),
    )


def dashboard(source: Source, world: World) -> Beat | None:
    boards = [
        *source.dashboards,
        *(url for s in source.steps for _, url in s.links if "graf" in url or "dash" in url),
    ]
    step = next((s for s in source.steps if s.observes and s.commands), None)
    if not boards or step is None:
        return None
    return placed(
        0.3,
        6,
        world,
        DraftInject(
            at_minutes=0,
            channel="chat",
            step=step.label,
            player="hands-on",
            twist=True,
            text=f"The dashboard {boards[0]} says “No data” for everything after {world.time()}.",
            expected=f"Does not wait for it, and looks another way: {named(step)}",
            hints=[
                "What else shows you that number?",
                "Which step works without a dashboard?",
                f"{step.label} does.",
            ],
        ),
    )


def failing(source: Source, world: World) -> Beat | None:
    acting = [s for s in source.steps if s.section != "diagnosis"]
    if not acting:
        return None
    step = next((s for s in acting if s.commands), acting[0])
    error = next((said for tools, said in _ERRORS if program(step) in tools), "")
    later = next((s for s in acting if s.label != step.label), None)
    if step.commands:
        error = error or "timed out after 30 s"
        text = (
            f"Whoever runs {step.label} (`{cut(first_line(step), 90)}`)"
            f" gets this back after half a minute: “{error}”."
        )
    else:
        text = (
            f"Word from the people who would have to help with {step.label}"
            f" ({lowered(cut(step.title, 100))}): “Not before tomorrow.”"
        )
    on = (
        f"Says so at once, and goes on with {named(later)}"
        if later
        else "Says so at once, and calls whoever is next"
    )
    return placed(
        0.6,
        6 + bool(error),
        world,
        DraftInject(
            at_minutes=0,
            channel="chat",
            text=text,
            step=step.label,
            player="hands-on",
            twist=True,
            expected=on,
            hints=[
                "How long do you try again before you do something else?",
                f"What does the runbook offer beside {step.label}?",
                f"Go on with {later.label}." if later else "Whom would you wake for this?",
            ],
            evaluator_note="Nobody should try the same thing three times.",
        ),
    )


def asleep(source: Source, world: World) -> Beat | None:
    contacts = source.escalation
    if contacts:
        first, rest = contacts[0], contacts[1:]
        text = f"{first.to} does not answer: two calls in five minutes, no reply."
        then = (
            f"Goes on to {rest[0].to}" + (f" ({rest[0].how})" if rest[0].how else "")
            if rest
            else ("Finds another way; the runbook names nobody after that (a gap to note)")
        )
        hint = (
            f"{rest[0].to}, after {rest[0].after}."
            if rest
            else "The runbook names nobody else. Who could know?"
        )
    else:
        named = cut(source.escalation_words[0], 160) if source.escalation_words else ""
        service = source.services[0] if source.services else "this system"
        why = world.rng.choice(
            ("is on a flight until tomorrow", "does not pick up", "is ill", "left in spring")
        )
        text = (
            f"The one person who is known to understand {service} {why}. ({cut(source.title, 100)})"
        )
        then = (
            f"Escalates as the runbook says: {named}"
            if named
            else "Decides whom to call; the runbook names nobody (a gap to note)"
        )
        hint = named or "It names nobody. Decide, and note it."
    return placed(
        0.7,
        6 if contacts else 4,
        world,
        DraftInject(
            at_minutes=0,
            channel="phone",
            text=text,
            step=None,
            player="participant",
            twist=True,
            milestone="right_escalation",
            expected=then,
            hints=["Who is next, and how are they reached?", "Look at Escalation.", hint],
            evaluator_note="Was it said in one sentence what is needed from them?",
        ),
    )

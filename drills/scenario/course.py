"""What an incident brings on its way: hands that change, things already done, an end that may be none. Pure.

Each tells what happens around the players; none presumes what they did.
"""

from __future__ import annotations

from drills.scenario.beat import Beat, beat
from drills.scenario.source import Source, StepFacts
from drills.scenario.wording import changes, cut, doing, head, named
from drills.scenario.world import World


def already(source: Source, world: World) -> Beat | None:
    acting = [s for s in source.acting if changes(s)]
    if not acting:
        return None
    step = world.rng.choice(acting[:10])
    what, at = doing(step), world.time(-3)
    text = world.say(
        (
            f"Somebody from another team writes: “At {at}, before anybody was paged, I"
            f" tried to {what}. I should have said so.”"
        ),
        (
            f"The audit log has a line that nobody in the room knows of, at {at}: it looks"
            f" as if somebody set out to {what}."
        ),
        f"The last shift calls back: “We had begun to {what}, at {at}. It is not in the handover, sorry.”",
    )
    return beat(
        world,
        "already",
        when=0.6,
        weight=5,
        channel="chat",
        step=step,
        twist=True,
        text=text,
        expected=(
            "Asks what exactly was done and whether it ended, puts it on the"
            f" timeline, and looks anew before {step.label} is done or done again"
        ),
        hints=[
            world.say("Does that change what you believe?", "Is it done, half done, or undone?"),
            (
                f"What would {world.cause.label if world.cause else source.steps[0].label}"
                " look like if it had worked?"
            ),
            f"Find out what {named(step)} leaves behind, and look for that",
        ],
        note="Doing a thing twice can be worse than not doing it.",
    )


def handover(source: Source, world: World) -> Beat | None:
    cause = world.cause or source.steps[0]
    text = world.say(
        (
            f"At {world.time(21)} the person at the keyboard has to leave. Somebody else"
            " sits down and asks: “Where are we?”"
        ),
        "A second team joins the call. They know nothing yet and have two minutes before they can help.",
        (
            "The incident lead's train enters a tunnel. Somebody else takes over and asks"
            " for the state in four sentences."
        ),
    )
    return beat(
        world,
        "handover",
        when=0.7,
        weight=3.2,
        channel="phone",
        player="participant",
        step=cause,
        text=text,
        expected=(
            f"Four sentences: what is seen since {world.time()}, what"
            f" {cause.label} showed, what was changed and what was not, what comes"
            " next and who does it"
        ),
        hints=[
            "What must nobody have to ask twice?",
            "Seen, believed, done, next.",
            f"Begin with {cause.label}: {_what(cause)}",
        ],
        note="Compare what was said with the log of the drill: what was missing?",
    )


def second_alert(source: Source, world: World) -> Beat | None:
    if len(source.alerts) < 2:
        return None
    name = world.rng.choice(source.alerts[1:6])
    step = next(
        (s for s in source.steps if name.casefold() in s.text.casefold()),
        world.cause or source.steps[0],
    )
    return beat(
        world,
        "second-alert",
        when=0.4,
        weight=5.5,
        channel="alert",
        step=step,
        text=(
            f"[FIRING] {name}\nStarted: {world.time(9)}."
            f" {world.say('No annotation.', 'Same labels as the first one.', 'Sent to the same people.')}"
        ),
        expected=(
            "Says whether it is the same trouble, a consequence or another one,"
            f" by {named(step)}, and does not begin a second runbook without need"
        ),
        hints=[
            "One trouble or two?",
            f"Which came first, by the clock: {source.alerts[0]} or {name}?",
            f"{step.label} tells: {_what(step)}",
        ],
    )


def reported(source: Source, world: World) -> Beat | None:
    found = ((known, source.step(known.label)) for known in source.known if known.label)
    known, step = next(((known, step) for known, step in found if step), (None, None))
    if known is None or step is None:
        return None
    said = cut(known.words, 240) or f"this one is {known.verdict}"
    return beat(
        world,
        "reported",
        when=0.38,
        weight=9,
        channel="chat",
        step=step,
        text=f"A colleague on the last shift left a note about {step.label}: “{said}”",
        expected=(
            f"Takes the note seriously: checks {step.label} before relying on it,"
            " and says what they find"
        ),
        hints=[
            f"What is doubtful about {step.label}?",
            "How could you check it without harm?",
            f"Read {named(step)} with the note in mind",
        ],
        note=f"{step.label} is known to be {known.verdict}: the drill should settle it.",
    )


def relapse(source: Source, world: World) -> Beat | None:
    if world.work:
        return None  # of work that is done, nothing comes back
    step = world.cause or source.steps[0]
    name = source.alerts[0] if source.alerts else ""
    text = (
        world.say(
            f"[FIRING] {name}\nAgain since {world.time(33)}, after two quiet minutes.",
            f"[RESOLVED] {name} at {world.time(31)}\n[FIRING] {name} at {world.time(33)}",
        )
        if name
        else world.say(
            f"It was well from {world.time(31)} to {world.time(33)}. Now it is back, exactly as before.",
            f"Two people say at {world.time(33)} that it is over, a third that it has just begun for them.",
        )
    )
    return beat(
        world,
        "relapse",
        when=0.85,
        weight=3,
        channel="alert" if name else "chat",
        step=step,
        text=text,
        expected=(
            f"Looks again instead of guessing: {named(step)}; says what the return"
            " means for what is being tried"
        ),
        hints=[
            "What would show you whether it is the same trouble?",
            f"Which step showed it ({step.section})?",
            f"{step.label} once more: {_what(step)}",
        ],
    )


def recovery(source: Source, world: World) -> Beat | None:
    last = source.steps[-1]
    undo = next((s for s in source.acting if s.undo), None)
    left = head(source.prevention[0], 110) if source.prevention else ""
    looked = world.cause or next(iter(source.looking), None) or last
    shows = head(looked.expect, 110) if looked.expect else ""
    if looked.looks:
        rest = [f"shows it by {named(looked)}{f', which wants “{shows}”' if shows else ''}"]
        plain = f"{looked.label} shows it: {_what(looked)}"
    else:
        rest = ["names a look that would show it; the runbook has none (a gap to note)"]
        plain = (
            f"The runbook ends with {named(looked)} and no look after it: name one,"
            " and the hour of the next"
        )
    if undo:
        rest.append(f"says what {undo.label} changed and when it is taken back")
    if left:
        rest.append(f"names what is left to do ({left})")
    name = source.alerts[0] if source.alerts else ""
    at = world.time(40)
    text = (
        world.say(
            f"[RESOLVED] {name}\nEnded: {at}.",
            f"[RESOLVED] {name} at {at}. The channel begins to say thank you.",
        )
        if name
        else f"“Done”, says somebody at {at}, and closes the laptop. “Or is there anything left?”"
        if world.work
        else world.say(
            f"Nobody has complained since {at}. Somebody asks: “Can we close it?”",
            f"At {at} it looks well again. The first people leave the call.",
            f"Support at {at}: “It has gone quiet here. Is it over?”",
        )
    )
    return beat(
        world,
        "recovery",
        when=0.95,
        weight=4,
        channel="alert" if name else "chat",
        step=looked,
        text=text,
        expected=f"Does not call it over by the silence: {'; '.join(rest)}",
        hints=[
            world.say(
                "Is it over? How would you know?",
                "Quiet or well: what is the difference here?",
                "Who has to be told, and what has to be put back?",
            ),
            world.say(
                "What was changed that must not stay so?",
                "What would you look at again in an hour?",
            ),
            plain,
        ],
    )


def _what(step: StepFacts) -> str:
    return head(step.title, 100) or step.label

"""What goes wrong besides: no access, no dashboard, a command that fails, a contact who sleeps. Pure.

Injects tell what happens around the players; none presumes what they did.
"""

from __future__ import annotations

import re

from drills.scenario.beat import Beat, beat
from drills.scenario.breaking import broken
from drills.scenario.kinds import is_so
from drills.scenario.source import Source
from drills.scenario.unsaid import GUARDED
from drills.scenario.wording import (
    changes,
    cut,
    doing,
    first_line,
    head,
    named,
    program,
    small,
    tidy,
    title_of,
)
from drills.scenario.world import World

_SHORT_COMMAND = 80
#: A link to people, not to a page.
_NO_PAGE = re.compile(r"#\w|channel|slack|support|ticket|portal", re.IGNORECASE)


def access(source: Source, world: World) -> Beat | None:
    declared = [s for s in source.steps if s.access]
    wanted = declared or [s for s in source.steps if program(s) in GUARDED]
    if not wanted:
        return None
    step = world.rng.choice(wanted[:20])
    name = step.access[0] if step.access else program(step)
    how = source.access.get(name, "")
    text = world.say(
        f"The one who is at the keyboard tonight has no {name}: “Forbidden”. It worked last month.",
        f"{name} says “Forbidden” to everybody who joined the team this year.",
        f"The session for {name} has run out, and signing in anew asks for a device that lies at home.",
        (
            f"A new colleague tries {name} for the first time: “You have no access to this."
            " Ask your administrator.”"
        ),
    )
    expected = (
        (
            f"Knows where the runbook says how one gets {name} ({cut(how, 140)}), has it"
            f" within the drill or hands {step.label} to somebody who has it"
        )
        if how
        else (
            f"Hands {step.label} to somebody who has {name}, or names who gives it;"
            " the runbook does not say (a gap to note)"
        )
    )
    return beat(
        world,
        "access",
        when=0.5,
        weight=4 + 4 * bool(step.access),
        channel="chat",
        step=step,
        twist=True,
        text=text,
        expected=expected,
        hints=[
            world.say(f"Who in the room could do {step.label} now?", "Whose account works?"),
            "Where does the runbook say how one gets in?",
            f"{name}: {how}"
            if how
            else f"It does not say. Decide whom you call for {name}, and go on with what needs none",
        ],
        note="Access that is missing in a drill is missing at night.",
    )


def dashboard(source: Source, world: World) -> Beat | None:
    named_boards = [
        (tidy(words), url)
        for s in source.steps
        for words, url in s.links
        if any(part in url.casefold() for part in ("graf", "dash", "kibana", "/d/"))
    ]
    boards = [
        tidy(words) if len(words) > 5 and not words.startswith("http") else url
        for words, url in named_boards
    ] or list(source.dashboards)
    step = next((s for s in (world.cause, *source.looking) if s is not None and s.commands), None)
    if not boards:
        return None
    board = world.rng.choice(boards[:4])
    board = board if "://" in board else f"“{board}”"
    way = (
        f"looks another way: {named(step)}"
        if step
        else "finds another way to see the same, and notes that the runbook has none"
    )
    return beat(
        world,
        "dashboard",
        when=0.28,
        weight=6,
        channel="chat",
        step=step,
        twist=True,
        text=world.say(
            f"{board}: “No data” for everything after {world.time()}.",
            f"{board} shows a flat line. Somebody finds out that it shows last week.",
            f"{board} does not load: the same trouble has reached what draws it.",
        ),
        expected=f"Does not wait for it, and {way}",
        hints=[
            "What else shows you that number?",
            "Which step works without a dashboard?",
            f"{step.label} does: {title_of(step)}"
            if step
            else "None does. Who could look on the machine itself?",
        ],
    )


def dead_link(source: Source, world: World) -> Beat | None:
    linked = [
        (s, tidy(words))
        for s in source.steps
        for words, _ in s.links
        if len(words) > 2 and not _NO_PAGE.search(words)
    ]
    if not linked:
        return None
    step, words = world.rng.choice(linked[:20])
    page = (
        f"“{head(words, 70)}”"
        if not words.casefold().startswith(("here", "this", "http"))
        else f"the page that {step.label} leads to"
    )
    page = page[:1].upper() + page[1:]
    return beat(
        world,
        "dead-link",
        when=0.33,
        weight=4.5,
        channel="chat",
        step=step,
        twist=True,
        text=world.say(
            f"{page} cannot be reached: it asks for a sign-in, and the sign-in fails.",
            f"{page} has moved. What comes is an overview of two hundred pages.",
            f"{page} opens, and is about the version before the last one.",
        ),
        expected=(
            f"Says what {step.label} needs from that page, finds it elsewhere or"
            " goes on without, and notes that the step hangs on it"
        ),
        hints=[
            "What exactly did you want from there?",
            f"What can be done of {step.label} without it?",
            f"Go on from {step.label} with what the runbook itself says, and note the link",
        ],
    )


def failing(source: Source, world: World) -> Beat | None:
    acting = list(source.acting) or [s for s in source.steps if not is_so(s.title)]
    if not acting:
        return None  # a list of what may be so: there is nothing that could fail
    acting = [s for s in acting if changes(s) or s.commands] or acting
    step = (
        world.remedy
        if world.remedy is not None and world.rng.random() < 0.5
        else world.rng.choice(acting[:12])
    )
    happens, answer, by_tool = broken(step)
    later = next((s for s in acting if s.label != step.label and s.line > step.line), None)
    command = " ".join(first_line(step).split()) if by_tool else ""
    what = doing(step)
    if command and len(command) <= _SHORT_COMMAND and program(step):
        text = world.say(
            f"Whoever runs `{command}` gets this: {happens}.",
            f"`{command}`: {happens}.",
        )
    elif not changes(step):
        text = f"Whoever tries {step.label} (“{title_of(step, 80)}”) finds: {happens}."
    else:
        text = world.say(
            f"Whoever sets out to {what} finds: {happens}.",
            f"Word from somebody who tried to {what}: {happens}.",
            f"The first attempt to {what} ends like this: {happens}.",
        )
    on = f"; the next way is {named(later)}" if later else "; if it stays so, says whom to call"
    return beat(
        world,
        "failing",
        when=0.6,
        weight=7.5 if changes(step) or step.commands else 4.5,
        channel="chat",
        text=text,
        step=step,
        twist=True,
        expected=f"{answer}{on}",
        hints=[
            world.say(
                "How often do you try the same thing?",
                "Is that an obstacle, or news about the trouble?",
                "How long do you give it?",
            ),
            f"What does the runbook offer beside {step.label}?",
            f"Go on with {named(later)}" if later else f"A good answer: {small(answer)}",
        ],
        note=world.say(
            "Nobody should try the same thing three times.",
            "Was the failure said aloud at once?",
            f"Does {step.label} say what to do when it fails?",
        ),
    )


def asleep(source: Source, world: World) -> Beat | None:
    contacts = source.escalation
    service = world.thing
    if contacts:
        first, rest = contacts[0], contacts[1:]
        text = world.say(
            f"{first.to} does not answer: two calls in five minutes, no reply.",
            f"{first.to} is reached, in a noisy place: “I can't look before {world.time(75)}.”",
            (
                f"The page to {first.to} is not acknowledged. It has been"
                f" {first.after or '15m'} since it was sent."
            ),
        )
        then = (
            (
                f"Goes on to {rest[0].to}{f' ({rest[0].how})' if rest[0].how else ''} and"
                " does not start from the beginning"
            )
            if rest
            else "Finds another way; the runbook names nobody after that (a gap to note)"
        )
        hints = [
            "How long do you wait, and who is next?",
            "What does Escalation say, and after how many minutes?",
            f"{rest[0].to}, after {rest[0].after}"
            if rest
            else "The runbook names nobody else. Who could know?",
        ]
    else:
        who = cut(source.escalation_words[0], 150) if source.escalation_words else ""
        about = service if source.services else f"‘{cut(source.title, 60)}’"
        text = world.say(
            f"The one person who is said to understand {about} is on a flight until {world.time(240)}.",
            f"“Ask whoever knows about {about}.” They left in spring.",
            f"The number in the duty roster for {about} is out of service.",
            f"Two people believed that the other one is on call for {about} tonight.",
            f"Whoever dealt with {about} the last time is ill. Their notes are four lines long.",
        )
        then = (
            f"Escalates as the runbook says ({who}), with one sentence on what is needed"
            if who
            else (
                "Decides whom to call, by name, with one sentence on what is needed;"
                " the runbook names nobody (a gap to note)"
            )
        )
        hints = [
            world.say(
                "Who else could know this?",
                "Who may decide if nobody knows?",
                "At which minute do you wake somebody?",
            ),
            "Look at Escalation" if who else "The runbook has no Escalation: who would be in it?",
            f"It says: {who}" if who else "Name a person and a time, and note both for the runbook",
        ]
    return beat(
        world,
        "asleep",
        when=0.7,
        weight=7 if contacts else 3.5,
        channel="phone",
        text=text,
        player="participant",
        twist=True,
        milestone="right_escalation",
        expected=then,
        hints=hints,
        note=world.say(
            "Was it said in one sentence what is needed from them?",
            "How many minutes passed before the second call?",
        ),
    )


def deployed(source: Source, world: World) -> Beat | None:
    """Somebody changed something close by, before or after it began: the clock tells which."""
    if world.work:
        return None
    after = world.rng.random() < 0.5
    at = world.time(4 if after else -12)
    step = world.cause or source.steps[0]
    who = world.say(
        "A developer", "Somebody from the network team", "The release manager", "A contractor"
    )
    text = world.say(
        f"{who} writes: “I changed a setting of {world.thing} at {at}. Is that it? Shall I take it back?”",
        (
            f"In the change calendar stands one line for {world.thing} today, at {at},"
            " without a word on what it was."
        ),
        f"{who} on the phone: “We rolled something out at {at}. It cannot be that. Can it?”",
    )
    answer = (
        (
            f"Sees by the clock that {at} is after {world.time()}: it did not begin this,"
            f" though it may stir things; has it left alone until {step.label} is read"
        )
        if after
        else (
            f"Sees by the clock that {at} is before {world.time()}: possible, not"
            f" proven; says which look would show it ({step.label}), and what taking"
            " it back would risk"
        )
    )
    return beat(
        world,
        "deployed",
        when=0.32,
        weight=4.2,
        channel="chat",
        step=step,
        text=text,
        expected=answer,
        hints=[
            "Before or after?",
            f"It began at {world.time()}. What does that say about {at}?",
            f"{step.label} decides whether it fits: {title_of(step)}",
        ],
    )

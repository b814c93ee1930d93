"""What people around the players say and do: customers, directors, colleagues, other teams. Pure.

Each tells what happens around the players; none presumes what they did.
"""

from __future__ import annotations

import re

from drills.scenario.beat import Beat, beat
from drills.scenario.source import Source
from drills.scenario.topics import PLAIN
from drills.scenario.wording import (
    changes,
    cut,
    doing,
    lowered,
    named,
    noticed,
    small,
    tidy,
    title_of,
)
from drills.scenario.world import World, words_of

#: What a person says, and not what a screen or a form shows in quotes.
_SAID = re.compile(r"^[A-Za-z'’]+(?: \S+){3,}.*", re.DOTALL)
_PERSON = re.compile(
    r"\b(?:I|my|me|we|us|our|you|your|it|is|are|was|does|did|has|have|won't|can't"
    r"|cannot|doesn't|isn't|keeps?|nobody|nothing)\b"
)


#: What customers ask where nothing is broken, and something is being worked on.
_OF_WORK = (
    "We were told of some work tonight. Are we touched by it, and until when?",
    "Can I go on working meanwhile, or shall I wait until you are done?",
)


_TRAPS_OF_WORK = (
    (
        "Skip the checks. I have done this a hundred times.",
        "Says which check would show that it goes wrong, and does that one",
    ),
    (
        "Do it all in one go, then we are done sooner.",
        "Says what can be taken back after each part, and goes on only when one is seen to be right",
    ),
)


def customer(source: Source, world: World) -> Beat | None:
    step = world.source.looking[0] if world.source.looking else source.steps[0]
    own = [
        said
        for said in map(tidy, source.sayings)
        if _SAID.match(said) and _PERSON.search(said) and len(said.split()) <= 24
    ]
    impact = noticed(source)
    if own:
        said = world.rng.choice(own[:3])
    elif world.work:
        said = world.rng.choice(_OF_WORK)
    else:
        said = world.rng.choice(world.topic.customer)
        # Of what no customer sees, nobody outside complains in their own words.
        if world.topic is PLAIN and not impact and not source.services:
            said = world.rng.choice(PLAIN.customer)
    many = world.say(
        "Eleven mails like this since",
        "The third call about it since",
        "Two large customers and one small one, all since",
        "First seen in the chat at",
    )
    text = world.say(
        f"Support forwards: “{said}” {many} {world.time(3)}.",
        f"From the support desk, at {world.time(6)}: “{said}” They ask what they may answer.",
        f"A customer has written in public: “{said}” Somebody has to answer within ten minutes.",
        f"The support lead calls: “They tell us: ‘{said}’ What is it, and until when?”",
    )
    touched = f" The runbook says: {lowered(impact)}." if impact else ""
    return beat(
        world,
        "customer",
        when=0.22,
        weight=4 + 2 * bool(own) + bool(impact),
        channel="customer",
        player="participant",
        step=step,
        milestone="told_customers",
        text=text,
        expected=(
            (
                f"Gives support two sentences that are true now ({impact}), and the time of"
                " the next word; promises no end"
            )
            if impact
            else world.say(
                (
                    "Gives support two sentences that are true now, says what is not known"
                    " yet, and the time of the next word"
                ),
                (
                    "Says who is touched as far as anybody knows, what still works, and"
                    " when the next word comes; guesses no cause"
                ),
            )
        ),
        hints=[
            world.say(
                "What is true now and will still be true in an hour?",
                "What would you want to hear as that customer?",
                "Who speaks to customers tonight?",
            ),
            world.say(
                "Who is affected, what still works, when is the next word?",
                "Leave out the cause. Say what they can do meanwhile.",
            ),
            f"Look at what Impact says.{touched}"
            if impact
            else f"The runbook does not say who notices: decide it from {named(step)}",
        ],
        note=world.say(
            "Was a time named, and was it kept?",
            "Was anything promised that nobody can hold?",
            "Did one person take this on, by name?",
        ),
    )


def executive(source: Source, world: World) -> Beat | None:
    acting = world.remedy or world.cause or source.steps[-1]
    asks = world.rng.choice(PLAIN.boss if world.work else world.topic.boss)
    who = noticed(source, 130)
    text = world.say(
        f"A director joins the call: “{asks}”",
        (
            f"A message from the head of the department at {world.time(17)}: “{asks} I need"
            " it in one minute, for a call.”"
        ),
        f"The duty manager, on the phone: “I read about it in the channel. {asks}”",
        f"Somebody from management stands in the door: “{asks}”",
    )
    return beat(
        world,
        "executive",
        when=0.55,
        weight=4 + 1.5 * bool(who),
        channel="executive",
        player="participant",
        step=acting,
        milestone="mitigation_stated",
        text=text,
        expected=(
            "Answers the question itself in one breath, with what is"
            f" known{f' ({lowered(who)})' if who else ''} since {world.time()},"
            f" names {named(acting)} as what {'is looked at' if acting.looks else 'is tried or comes'}"
            " next, and a time for the next word"
        ),
        hints=[
            world.say(
                "Answer the question that was asked, first.",
                "Two sentences. Which two?",
                "What would you say if you had only one sentence?",
            ),
            world.say(
                "Known, being done, next word at.",
                "Say what you do not know as plainly as what you know.",
            ),
            f"Known since {world.time()}; next is {named(acting)}",
        ],
        note=world.say(
            "Did the hands-on person have to stop working for this?", "Was a guess sold as a fact?"
        ),
    )


def grows(source: Source, world: World) -> Beat | None:
    if world.work:
        return None  # there is no trouble that could grow
    happens, answer = world.rng.choice(world.topic.grows)
    step = world.cause or source.steps[0]
    at = world.time(14)
    text = world.say(
        f"{at}: {world.told(happens)}",
        f"News at {at}. {world.told(happens)}",
        f"Seen at {at} by whoever looks at the screens: {world.told(happens)}",
    )
    return beat(
        world,
        f"grows-{world.topic.key}",
        when=0.4,
        weight=5.5,
        channel=world.rng.choice(("chat", "phone")) if world.topic is PLAIN else "chat",
        step=step,
        text=text,
        expected=answer,
        hints=[
            world.say(
                "What has just changed, and for whom?",
                "Is that the same trouble, further on?",
                "What does that do to the time that is left?",
            ),
            f"{step.label} shows how far it is: {title_of(step)}",
            f"A good answer: {small(answer)}",
        ],
        note=world.say(
            "Was the plan changed aloud, or only in one head?",
            "Did somebody say the time?",
            "Did the severity go up, and who was told?",
        ),
    )


def herring(source: Source, world: World) -> Beat | None:
    if world.work:
        return None
    happens, answer = world.rng.choice(world.topics[-1].herring)
    step = world.cause or source.steps[0]
    return beat(
        world,
        f"herring-{world.topics[-1].key}",
        when=0.3,
        weight=5,
        channel="chat",
        step=step,
        text=world.told(happens),
        expected=world.told(answer),
        hints=[
            world.say(
                "What would have to be true for that to be the reason?",
                "Before or after? Look at the times.",
                "Nice story. What would disprove it?",
            ),
            f"What does {step.label} show, and does it fit?",
            f"A good answer: {small(world.told(answer))}",
        ],
        note="It is not the reason. Time spent on it is what this measures.",
    )


def trap(source: Source, world: World) -> Beat | None:
    says, why = world.rng.choice(_TRAPS_OF_WORK if world.work else world.topic.trap)
    step = world.remedy or world.cause or source.steps[-1]
    channel, text = world.rng.choice(
        (
            ("chat", f"An experienced colleague writes: “{says}”"),
            ("chat", f"From another time zone: “{says}” Three thumbs go up."),
            ("chat", f"Somebody who is off duty reads along and types: “{says}”"),
            ("phone", f"On the call, with some force: “{says}”"),
            ("phone", f"A voice on the call that nobody has introduced: “{says}”"),
        )
    )
    return beat(
        world,
        f"trap-{world.topic.key}",
        when=0.5,
        weight=5,
        channel="phone" if channel == "phone" else "chat",
        step=step,
        milestone="first_safe_action",
        text=text,
        expected=why,
        hints=[
            world.say(
                "What would that break?",
                "What is gone once that is done?",
                "Who could say no to that, and why?",
            ),
            f"Compare it with what the runbook offers: {named(step)}",
            f"A good answer: {small(why)}",
        ],
        note=world.say(
            "Was it turned down with a reason, or only passed over?",
            "A good answer names the evidence, not the person who wrote.",
        ),
    )


def shortcut(source: Source, world: World) -> Beat | None:
    risky = [s for s in source.acting if s.tier == "destructive"] or [
        s for s in source.acting if changes(s)
    ]
    if not risky or not source.looking:
        return None
    step = world.rng.choice(risky[:8])
    before = world.cause or source.looking[0]
    back = (
        f"its way back ({cut(step.undo, 140)})"
        if step.undo
        else "that the runbook names no way back"
    )
    what = doing(step)
    text = world.say(
        f"“Why are we still looking? {what[:1].upper()}{what[1:]}, that is what helped in spring.”",
        f"On the call: “I'd {what} now and look afterwards. Any objections?”",
        f"Somebody with the rights to do it says: “Shall I {what}? I am in anyway.”",
        f"“Last time we lost an hour with looking. This time we {what} first.”",
    )
    return beat(
        world,
        "shortcut",
        when=0.45,
        weight=5 + 2.5 * (step.tier == "destructive"),
        channel="phone",
        step=step,
        milestone="first_safe_action",
        text=text,
        expected=(
            f"Does not allow it before {before.label} has shown that it is needed;"
            f" says what {step.label} changes, and {back}"
        ),
        hints=[
            world.say(
                "What would have to be true for that to be right?",
                "What do you know for certain so far?",
                "What if it does not help: where are you then?",
            ),
            f"What must {before.label} show first?",
            f"Read {named(step)} and what it says of the way back",
        ],
        note=f"Whoever wants {step.label} has to name the evidence for it.",
    )


def scope(source: Source, world: World) -> Beat | None:
    if len(source.services) < 2:
        return None
    other = world.rng.choice(source.services[1:])
    step = next(
        (s for s in source.looking if words_of(other) & words_of(s.text)),
        world.cause or source.steps[0],
    )
    text = world.say(
        (
            f"Whoever is on call for {other} asks: “Is this yours or ours? I have the same"
            f" since {world.time(2)}.”"
        ),
        f"From the people of {other}: “We see it, too. Do you need us, or may we go on sleeping?”",
        f"{other} has paged its own people at {world.time(5)}. Two teams are looking at one thing.",
    )
    return beat(
        world,
        "scope",
        when=0.35,
        weight=5,
        channel="phone",
        player="participant",
        step=step,
        text=text,
        expected=(
            f"Says which of {source.services[0]} and {other} shows it first and by"
            f" which step ({step.label}), who leads, and what the other team looks"
            " at"
        ),
        hints=[
            "One trouble or two?",
            "Who leads now? Say a name.",
            f"{step.label} tells the two apart: {title_of(step)}",
        ],
        note="Two leads are none. Was one named?",
    )

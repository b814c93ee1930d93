"""What the players decide: the way back, what to leave out, in which order, on what evidence. Pure."""

from __future__ import annotations

from drills.scenario.beat import Beat, beat
from drills.scenario.source import Source
from drills.scenario.wording import changes, cut, doing, named, title_of
from drills.scenario.world import World

#: More steps than so many do not fit a drill.
_MANY = 14


def way_back(source: Source, world: World) -> Beat | None:
    acting = [s for s in source.acting if changes(s)]
    if not acting:
        return None
    step = next((s for s in acting if s is world.remedy), None) or world.rng.choice(acting[:8])
    undo = cut(step.undo, 160)
    text = world.say(
        (
            "Before anything is changed, the one who has to approve it asks: “If you"
            f" {doing(step)} and it gets worse, what then?”"
        ),
        f"“I'll approve it. But first: how do we get back once we {doing(step)}?”",
        (
            "The change needs a second pair of eyes. They ask one thing: “What does it"
            f" look like if you {doing(step)} and it fails?”"
        ),
    )
    return beat(
        world,
        "way-back",
        when=0.52,
        weight=4.5 + 1.5 * bool(undo),
        channel="phone",
        step=step,
        milestone="mitigation_stated",
        text=text,
        expected=(
            (
                f"Names the way back of {step.label} ({undo}), how long it takes, and the"
                " sign at which it is taken"
            )
            if undo
            else (
                f"Says that {step.label} names no way back, what the state before is"
                " and where it is kept, and at which sign one stops"
            )
        ),
        hints=[
            world.say(
                "What will you look at in the minute after?", "At which sign would you stop?"
            ),
            f"What does {step.label} change, exactly?",
            f"The way back: {undo}"
            if undo
            else f"The runbook has none for {step.label}: write down the state before, then decide",
        ],
    )


def too_long(source: Source, world: World) -> Beat | None:
    """More steps than time."""
    if len(source.steps) < _MANY:
        return None
    cause = world.cause or source.steps[0]
    return beat(
        world,
        "too-long",
        when=0.5,
        weight=6,
        channel="phone",
        player="participant",
        step=cause,
        twist=True,
        text=world.say(
            (
                f"“There are {len(source.steps)} steps in there and I have twenty minutes."
                " Which of them can we leave out?”"
            ),
            (
                "Two more people are free for half an hour. The runbook has"
                f" {len(source.steps)} steps. Who does which?"
            ),
        ),
        expected=(
            f"Parts the steps: what decides ({cause.label}), what may run beside"
            " it, what only confirms; says what is left out and what that risks"
        ),
        hints=[
            "Which one step would change your mind?",
            "Which can be done at the same time, and which must not?",
            f"Keep {named(cause)}; say what of the rest only confirms it",
        ],
        note="Nobody can read all of it under pressure: note where it could be shorter.",
    )


def unseen(source: Source, world: World) -> Beat | None:
    """A runbook that only acts, or only looks: the missing half is asked for."""
    if source.looking and source.acting:
        return None
    step = world.cause or source.steps[0]
    if source.looking:
        text = world.say(
            (
                f"“Suppose {step.label} shows it ({title_of(step, 70)}). What do we do"
                " then? I find nothing on that.”"
            ),
            f"“Let's say that {step.label} says yes. And what do we do?”",
            (
                "“I have read it to the end. It says how to look, and then it stops. So"
                f" what now, at {world.time(20)}?”"
            ),
            (
                f"A manager who reads along, at {world.time(15)}: “When it is clear what it"
                " is, who does something about it? I read nothing of that.”"
            ),
            (
                "Three proposals are in the channel, none of them from the runbook."
                " Somebody has to pick one or none."
            ),
        )
        expected = (
            "Sees that the runbook looks and does not act; decides who may act,"
            f" on what evidence ({step.label}), and notes the gap"
        )
        hints = [
            "What does the runbook offer beyond looking?",
            "Nothing: who may decide, then?",
            f"State what {step.label} shows, propose one thing that can be taken back, and name who approves",
        ]
    else:
        text = world.say(
            f"“Before anybody goes to {step.label} ({title_of(step, 70)}): how sure are we that it is this?”",
            "Another team had something last week that looked the same and was something else.",
            (
                "“Before anybody does that: what tells us that it is this? Since"
                f" {world.time()} I have only heard opinions.”"
            ),
            "The change needs a reason in one sentence, and the form does not take “the runbook says so”.",
        )
        expected = (
            "Sees that the runbook acts without a look first; names what would"
            f" confirm it before {step.label}, and notes the gap"
        )
        hints = [
            "How do you know that this is the right runbook?",
            f"What should be true before {step.label}?",
            "Name one look that would tell this trouble from another, and do that first",
        ]
    return beat(
        world,
        "unseen",
        when=0.45,
        weight=6,
        channel="chat",
        step=step,
        text=text,
        expected=expected,
        hints=hints,
    )


def order(source: Source, world: World) -> Beat | None:
    """A later step is wanted before the one that it builds on."""
    steps = [s for s in source.steps if changes(s)]
    if len(steps) < 3:
        return None
    at = world.rng.randrange(1, min(len(steps), 12))
    early, late = steps[at - 1], steps[at]
    if early.section != late.section:
        return None
    return beat(
        world,
        "order",
        when=0.58,
        weight=4.4,
        channel="chat",
        step=late,
        text=world.say(
            (
                f"Somebody is ready to {doing(late)}, somebody else would {doing(early)}"
                " first. Both wait for a word."
            ),
            f"“Can I {doing(late)} while you {doing(early)}?”",
        ),
        expected=(
            f"Decides the order of {early.label} and {late.label} and says why:"
            " what the second one needs from the first, or that they do not touch"
        ),
        hints=[
            "Does one need what the other leaves behind?",
            f"Read {early.label} and {late.label} side by side",
            (
                f"The runbook has {early.label} before {late.label}: say whether that is"
                " needed or only written so"
            ),
        ],
    )

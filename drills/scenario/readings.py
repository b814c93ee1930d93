"""What players see when they run a step's command or look where it says. Pure.

Diagnosis shows the trouble until something is done, what is done answers as its tool does; numbers come
from the step's own `Expect:` and the alert's threshold, names from the runbook.
"""

from __future__ import annotations

import re

from drills.scenario.bounds import bounds
from drills.scenario.printing.drawing import printed
from drills.scenario.printing.look import Look
from drills.scenario.shapes import Reading
from drills.scenario.source import ASKS, ASKS_WHETHER, Source, StepFacts
from drills.scenario.symptoms import symptom
from drills.scenario.topics import PLAIN
from drills.scenario.wording import head, ordered, raised, sentence, states, subject, tidy, title_of
from drills.scenario.world import World

_VARIABLE = re.compile(r"\{\{\s*\$?\.?([\w.-]+)[^{}]*\}\}")
_ELSE = re.compile(
    r"\b(?:if|otherwise|when|unless|go to|else|above|at or near|more than that)\b", re.IGNORECASE
)
_MOST_COMMANDS = 4
#: How a step that does something begins, and what comes of it.
_OUTCOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"call|phone|ring|page|contact|reach|ask|wake|escalate|inform|notify|tell|involve|engage", (
        "They answer after six minutes and ask: “What have you tried, and what do you need from me?”",
        "Nobody picks up the first time; at the second try somebody does, and wants it in two sentences.",
        "They listen, and ask since when and who is affected.")),
    (r"open|file|create|raise|submit|log|write|record|note|document|report", (
        "It is written down; nobody answers within this drill.",
        "Done in three minutes. The form asks for a severity and for who decides.")),
    (r"restart|reboot|recycle|start|reload|bounce|kill", (
        "It goes down, and is back after 40 seconds. The first minute looks well.",
        "It takes two minutes instead of the usual one, then it answers.")),
    (r"roll|revert|undo|restore|downgrade|back", (
        "It begins at once and takes nine minutes; half way nothing can be seen yet.",
        "It is done after seven minutes, for all but the last instance, which needs one more.")),
    (r"scale|add|increase|raise|grow|extend|expand|resize|provision", (
        "It is accepted at once; the effect takes four minutes to show.",
        "The first part is there after three minutes, the rest follows.")),
    (r"delete|remove|purge|drop|clear|clean|wipe|prune|evict|drain|terminate|revoke", (
        "It asks for a confirmation, then it is gone. What was there cannot be listed any more.",
        "Done. The count falls at once, and the trend a minute later.")),
    (r"switch|spread|tune|adjust|fail|route|move|redirect|flip|toggle|enable|activate|turn|disable|set|change|update"
     r"|edit|configure|block", (
        "It is accepted. New work takes the new way at once, old work finishes on the old one.",
        "Saved at {done}; it is live everywhere about two minutes later.")),
    (r"replace|swap|repair|fix|rebuild|recreate|reinstall|renew|reissue", (
        "It takes longer than planned: what is needed for it has to be fetched first.",
        "Done after eleven minutes. The old one is kept until tomorrow.")),
    (r"wait|monitor|watch|observe", (
        "Ten minutes pass. It gets no worse, and not much better.",
        "For five minutes nothing moves; then the line bends.")),
)  # fmt: skip
_DONE = (
    "Done at {done}. Whether it helped shows after a few minutes.",
    "It can be done; it takes about five minutes.",
    "Done. Nobody complains, and nothing gets worse.",
)

_NO = (
    "No. Looked at twice, nothing of the kind.",
    "No, and not yesterday either.",
    "Not that anybody can see.",
)
_YES = ("Yes, as it should be.", "Yes. Looked at twice.", "Yes, and it was so yesterday.")
_TROUBLE = re.compile(
    r"\b(?:fail\w*|errors?|full|crash\w*|not|down|high|stuck|missing|exceed\w*|slow\w*"
    r"|oom\w*|evict\w*|pending|restart\w*|lost|block\w*"
    r"|zombie|unable|warnings?|above|threshold|elevated|corrupt\w*|deny|denied"
    r"|refus\w*|expired?|degraded|saturat\w*|spike\w*|unusual|recent\w*|chang\w*"
    r"|deploy\w*|lag\w*|backlog|too|more than|over\w*|anomal\w*"
    r"|problems?|issues?|affected|throttl\w*|leak\w*|conflict\w*|timeouts?|drop\w*"
    r"|unhealthy|unavailable)\b",
    re.IGNORECASE,
)
_WELL = re.compile(
    r"^(?:please\s+)?(?:make sure|ensure|confirm|verify|check)\s+(?:that\s)", re.IGNORECASE
)


def asks_for_trouble(title: str) -> bool:
    """Whether "yes" to its question means that something is wrong."""
    return bool(_TROUBLE.search(title)) and not _WELL.match(title)


def _is_question(title: str) -> bool:
    return bool(ASKS_WHETHER.match(title)) or title.endswith("?") or states(ASKS.sub("", title))


#: A scenario holds so many; nobody plays more.
MOST_READINGS = 400


def readings_of(source: Source, world: World) -> list[Reading]:
    """One for each step, of the first `MOST_READINGS`: every step can be played."""
    return [
        Reading(step=step.label, output=_of_step(step, n, source, world))
        for n, step in enumerate(source.steps[:MOST_READINGS])
    ]


def _of_step(step: StepFacts, n: int, source: Source, world: World) -> str:
    troubled = step.looks and world.shows_trouble(step)
    if not step.commands:
        troubled = step.looks and (world.cause is None or step is world.cause)
    look = Look(step, source, world, troubled)
    outs = [
        printed(language, _VARIABLE.sub(r"<\1>", written), look)
        for language, written in step.commands[:_MOST_COMMANDS]
    ]
    outs = [out for out in outs if out.strip()]
    if not outs:
        return _in_words(step, n, world, look)[:5_900]
    if step.expect and not step.looks:
        outs.append(sentence(_after(step)))
    return "\n\n".join(outs)[:5_900]


def _after(step: StepFacts) -> str:
    """What an action's expectation says, as it comes true; without its own "if not"."""
    first = tidy(re.split(r"(?<=[.;])\s", step.expect)[0]).rstrip(".;")
    if _ELSE.match(first) or len(first) < 3:
        return "A few minutes later it looks as the step wants it"
    return f"A few minutes later: {first}"


def _in_words(step: StepFacts, n: int, world: World, look: Look) -> str:
    """A step in words: what one finds when one looks, or what comes of doing it."""
    return _found(step, n, world, look) if step.looks else _came_of(step, n, world)


def _came_of(step: StepFacts, n: int, world: World) -> str:
    done = world.time(18 + 3 * n % 40)
    if step.expect:
        return sentence(_after(step))
    first = ordered(step.title).split(" ", 1)[0].casefold()
    ways = next((ways for verbs, ways in _OUTCOMES if re.fullmatch(verbs, first)), _DONE)
    return ways[(n + world.start) % len(ways)].replace("{done}", done)


def _evidence(step: StepFacts, world: World) -> str:
    """What shows the trouble at its cause."""
    if world.topic is PLAIN:
        shows = symptom(world.source)
        return (
            sentence(shows)
            if shows
            else f"This is the place: changed at {world.time()}, against everything around it."
        )
    return world.told(world.topic.evidence[len(step.title) % len(world.topic.evidence)])


def _found(  # noqa: PLR0911 -- one for each kind of question
    step: StepFacts, n: int, world: World, look: Look
) -> str:
    board = (
        f"{raised(tidy(step.links[0][0]))}: " if step.links and len(step.links[0][0]) > 5 else ""
    )
    evidence = _evidence(step, world)
    title = title_of(step, 140)
    if look.troubled:
        limit = next(iter(bounds(step.expect)), None)
        if limit:
            return f"{board}{world.bad(limit)}, where {limit.words} is the limit. First so at {world.time()}."
        if _is_question(title):
            more = "" if world.topic is PLAIN else f" {evidence}"
            return (
                f"{board}{'Yes' if asks_for_trouble(title) else 'No'}, since {world.time()}.{more}"
            )
        return f"{board}{evidence}"
    if step.expect:
        limit = next(iter(bounds(step.expect)), None)
        value = world.good(limit) if limit else ""
        if value:
            return f"{board}{value}, as on any other day."
        first = head(step.expect, 120)
        if not _ELSE.match(first):
            return f"{board}{raised(sentence(first))}"
    if _is_question(title):
        return board + (_NO if asks_for_trouble(title) else _YES)[n % 3]
    what = subject(step)
    if what and len(what) < 70:
        return (
            f"{raised(what)}: as on any other day.",
            f"{raised(what)}: nothing that was not there last week.",
            f"{raised(what)}: unchanged since {world.time(-200)}.",
        )[n % 3]
    return (
        board
        + (
            "Nothing here stands out.",
            f"As it was before {world.time()}.",
            "Quiet. If this is the place, it does not show now.",
        )[n % 3]
    )

"""What players see when they run a step's command or look where it says. Pure.

Diagnosis shows the trouble until something is done, what is done answers as its tool does; numbers come
from the step's own `Expect:` and the alert's threshold, names from the runbook.
"""

from __future__ import annotations

import re

from drills.scenario.bounds import bounds
from drills.scenario.kinds import (
    ASKS,
    ASKS_WHETHER,
    is_a_board,
    is_so,
    only_tells,
    points_to_people,
)
from drills.scenario.printing.drawing import printed
from drills.scenario.printing.filling import filled
from drills.scenario.printing.look import Look
from drills.scenario.shapes import Reading
from drills.scenario.source import Source, StepFacts
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
    (r"(?:file|open|create|raise|submit|log|write|record|note|document|report)\b.*\b"
     r"(?:ticket|incident|issue|case|bug|form)", (
        "It is written down; nobody answers within this drill.",
        "Done in three minutes. The form asks for a severity and for who decides.")),
    (r"(?:open|create|raise|submit|make|merge|push)\b.*\b"
     r"(?:mr|pr|pull request|merge request|branch|change request|commit)", (
        "It is there; its checks take six minutes, and somebody else has to approve it.",
        "It is there. One check is red, and was red yesterday, too.")),
    (r"open|select|choose|click|go|log|sign|login|visit|enter|press|switch to|access|navigate", (
        "That works; what it shows is from {done}.",
        "It takes two tries, then it is there.")),
    (r"run|execute|trigger", (
        "It runs for a minute and a half and ends without an error.",
        "It ends at {done} and says nothing. Whether it helped shows after a few minutes.")),
    (r"create|write|record|note|document|add|report|generate|file", (
        "It is there, at the first try.",
        "It is there at {done}; nothing else has changed yet.")),
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
#: What one meets where a step only leads on.
_PAGE = (
    "It opens, and is long. Say what you look for on it.",
    "It opens. It was last changed two years ago; its headings fit.",
    "It opens after a while. Nothing on its first screen names this.",
)
_PEOPLE = (
    "It is written there. Two people have read it, nobody has answered yet.",
    "Somebody answers after five minutes: “What have you tried?”",
)
_DONE = (
    "Done at {done}. Whether it helped shows after a few minutes.",
    "It can be done; it takes about five minutes.",
    "Done. Nobody complains, and nothing gets worse.",
)

#: Where a step tells something and asks for nothing.
_NOTE = (
    "There is nothing to see at this step: it says what to compare with.",
    "Nothing happens here: this step only tells. Say what it means for what you have seen.",
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
    r"|unhealthy|unavailable|unreachable|mis\w{4,}|incorrect\w*|wrong|invalid|broken|bad"
    r"|lack\w*|insufficient|exhausted|hung|hangs|offline|dead|outage|cannot|can't|isn't|aren't)\b",
    re.IGNORECASE,
)
_WELL = re.compile(
    r"^(?:please\s+)?(?:(?:confirm|verify|check)\s+that\s|make sure\b|ensure\b)", re.IGNORECASE
)
#: A look into what programs wrote, whatever one reads it with.
_OF_A_LOG = re.compile(
    r"^(?:please )?(?:check|look|search|review|read|inspect|examine|analy[sz]e|investigate|view|see|find)\b"
    r".{0,60}\b(?:logs|journal|logfiles?|log(?:\s+(?:files?|lines?|entr\w+|messages?|of|for)\b|$|[.,]))",
    re.IGNORECASE,
)
#: The first thing that a question says: what follows only explains.
_EXPLAINS = re.compile(r"[,(;]|\s[-–—]\s|\sand not\s")


def asks_for_trouble(title: str) -> bool:
    """Whether "yes" to its question means that something is wrong."""
    return bool(_TROUBLE.search(_EXPLAINS.split(title)[0])) and not _WELL.match(title)


def _is_question(title: str) -> bool:
    return (
        bool(ASKS_WHETHER.match(title))
        or title.endswith("?")
        or states(ASKS.sub("", title))
        or is_so(title)
    )


#: A scenario holds so many; nobody plays more.
MOST_READINGS = 400


def readings_of(source: Source, world: World) -> list[Reading]:
    """One for each step, of the first `MOST_READINGS`: every step can be played."""
    world.pods_fail = any(_shows_pods_fail(step, world) for step in source.looking[:MOST_READINGS])
    return [
        Reading(step=step.label, output=filled(_of_step(step, n, source, world), world)[:5_900])
        for n, step in enumerate(source.steps[:MOST_READINGS])
    ]


_OF_PODS = re.compile(
    r"\b(?:kubectl|oc)\b[^|;&]*\s(?:get|describe)\s[^|;&]*\bpo(?:ds?)?\b|\blogs\b.*--previous"
)


def _shows_pods_fail(step: StepFacts, world: World) -> bool:
    """Whether its reading shows pods, and the trouble: then every list of them shows it."""
    return world.shows_trouble(step) and any(_OF_PODS.search(code) for _, code in step.commands)


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
    ways: tuple[str, ...]
    if step.points:
        ways = _PEOPLE if points_to_people(step.title) else _PAGE
    else:
        said = head(ordered(step.title), 120).casefold()
        ways = next((ways for verbs, ways in _OUTCOMES if re.match(rf"(?:{verbs})\b", said)), _DONE)
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
    named = tidy(step.links[0][0]) if step.links else ""
    board = f"{raised(named)}: " if is_a_board(named) else ""
    evidence = _evidence(step, world)
    title = title_of(step, 140)
    if only_tells(step.title) and not step.expect and not step.links:
        return _NOTE[n % len(_NOTE)]
    if _OF_A_LOG.search(title) and not step.expect and not _is_question(title):
        return board + ("\n" if board else "") + look.log()
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

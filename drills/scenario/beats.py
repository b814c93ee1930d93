"""How a drill of this runbook begins, and the list of what else can happen in it. Pure.

Injects tell what happens around the players; none presumes what they did.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from drills.scenario import around, course, deciding, trying, twists
from drills.scenario.beat import Beat, beat
from drills.scenario.bounds import Bound, rule_bound
from drills.scenario.source import Source
from drills.scenario.symptoms import sounds_wrong, speaks_of_trouble, symptom
from drills.scenario.wording import lowered, named, sentence, tidy
from drills.scenario.world import World, first_rule

_TEMPLATE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_LABEL = re.compile(r"\$labels\.(\w+)")
_OWN = (
    "job",
    "service",
    "deployment",
    "app",
    "container",
    "component",
    "daemonset",
    "statefulset",
    "name",
)


def alert(source: Source, world: World) -> Beat | None:
    """What wakes the players, as monitoring, a colleague or the desk says it."""
    first = source.steps[0]
    name = source.alerts[0] if source.alerts else ""
    if name:
        text, looked_up, channel = _as_monitoring(name, source, world), f"the alert {name}", "alert"
    else:
        text, looked_up, channel = _as_people(source, world), _looked_up(world), "phone"
    return beat(
        world,
        "alert",
        when=0.0,
        weight=99,
        channel="alert" if channel == "alert" else "phone",
        text=text,
        step=first,
        milestone="runbook_found",
        expected=world.say(
            f"Acknowledges it, finds the runbook by {looked_up}, and begins at {named(first)}",
            (
                f"Says “mine”, looks up {looked_up} in the portal, opens the runbook and"
                f" reads {named(first)} aloud"
            ),
            (
                f"Takes it on by name, has the runbook open by {looked_up} within five"
                f" minutes, and starts with {named(first)}"
            ),
        ),
        hints=[
            world.say(
                "What does it say, word for word?",
                "Which words of it would you search for?",
                "Read it out. What do you not understand?",
            ),
            f"Look up {looked_up} in the portal",
            f"The runbook is “{source.title}”. Begin at {first.label}",
        ],
        note=world.say(
            "Note the time at which the runbook is open.",
            "Time to runbook: from this inject to the page on somebody's screen.",
            "How was it found: by the alert, by search, or by asking?",
        ),
    )


def _looked_up(world: World) -> str:
    return "what has to be done, in three words" if world.work else "the symptom in three words"


def _as_monitoring(name: str, source: Source, world: World) -> str:
    rule = first_rule(source)
    lines = [f"[FIRING] {name}"]
    if source.severity:
        lines.append(f"severity: {source.severity.casefold()}")
    if source.services:
        lines.append(f"service: {source.services[0]}")
    limit = rule_bound(rule.expr) if rule else None
    said = rendered(rule.summary or rule.description, world, limit) if rule else ""
    said = said or symptom(source)
    if said:
        lines.append(sentence(said))
    if limit is not None and "value" not in (rule.summary + rule.description if rule else ""):
        lines.append(
            f"value: {world.bad(limit)} (fires {'above' if limit.healthy_below else 'below'} {limit.words})"
        )
    waits = (
        f", after {rule.pending_for} pending"
        if rule and rule.pending_for not in ("", "0s", "0m")
        else ""
    )
    lines.append(
        world.say(
            f"since: {world.time()}{waits}",
            f"started: {world.clock(0, 41)}{waits}",
            f"active since {world.time()}{waits}",
        )
    )
    return "\n".join(lines)


#: What only says that a page is one: "Chef troubleshooting" is about Chef.
_OF_A_PAGE = re.compile(
    r"\s*(?:\band\b|&|,|/|[-–—:(]*)\s*(?:troubleshooting|debugging|runbook|playbook|guide|how-?to|overview|documentation)s?\)?$",
    re.IGNORECASE,
)


#: How a title begins that names the trouble after what is done about it: "Debug failed provisioning".
_DEALS_WITH = re.compile(
    r"^(?:how to )?(?:debug(?:ging)?|troubleshoot(?:ing)?|fix(?:ing)?|handl(?:e|ing)"
    r"|deal(?:ing)? with|resolv(?:e|ing)|recover(?:ing)?(?: from)?|investigat(?:e|ing)"
    r"|diagnos(?:e|ing)|respond(?:ing)? to)\s+",
    re.IGNORECASE,
)


def _as_work(title: str, world: World) -> str:
    at = world.time(2)
    return world.say(
        f"The duty manager at {at}: “This has to be done tonight: ‘{title}’. Who takes it, and how?”",
        f"A colleague at {at}: “I am to do ‘{title}’ and have never done it. Do it with me, please.”",
        f"The on-call phone at {at}: “We cannot go on before this is done: ‘{title}’. Can you do it now?”",
        f"{at}, a call from another team: “We need you for ‘{title}’, and not tomorrow. What does it take?”",
    )


def _as_people(source: Source, world: World) -> str:
    title = tidy(source.title).rstrip(".")
    if world.work:
        return _as_work(title, world)
    title = _OF_A_PAGE.sub("", title) or title
    title = _DEALS_WITH.sub("", title) or title
    shows = symptom(source)
    if sounds_wrong(title):
        what = lowered(title)
    elif shows and speaks_of_trouble(shows):
        what = lowered(shows)
    else:
        what = f"something is not right with ‘{title}’"
    more = (
        f" {sentence(shows)}"
        if shows and shows.casefold() not in what.casefold() and lowered(shows) != what
        else ""
    )
    at = world.time(2)
    return world.say(
        f"The on-call phone at {at}: “We have this here: {what}.{more} Can you look?”",
        f"{at}, a call from the front desk: “It is about this: {what}.{more} Since about {world.time()}.”",
        f"The duty manager wakes you at {at}: “I am told: {what}.{more} Please take it.”",
        f"A colleague at {at}, out of breath: “Are you on call? It looks like this: {what}.{more}”",
    )


def rendered(template: str, world: World, limit: Bound | None) -> str:
    """A rule's words for people, with its template parts filled from this world."""

    def said(match: re.Match[str]) -> str:
        inner = match[1]
        label = _LABEL.search(inner)
        if label:
            name = label[1]
            if name == "namespace":
                return world.namespace or "<namespace>"
            if name == "pod":
                return world.pod(0)
            if name == "severity":
                return world.source.severity or "<severity>"
            return world.workload if name in _OWN else f"<{name}>"
        if "value" in inner:
            return _value(inner, world, limit)
        return ""

    return tidy(" ".join(_TEMPLATE.sub(said, template).split()))[:400]


def _value(inner: str, world: World, limit: Bound | None) -> str:
    if limit is None:
        return str(3 + world.start % 20)
    shown = world.bad(limit)
    if "humanizeDuration" in inner and shown.replace(".", "").isdigit():
        return f"{shown} s"
    if "humanizePercentage" in inner:
        try:
            return f"{float(shown.replace(',', '')) * 100:.3g}%"
        except ValueError:
            return shown
    return shown


Make = Callable[[Source, World], Beat | None]
#: In no order but the first: the writer chooses by weight and orders by time.
BEATS: tuple[Make, ...] = (
    alert,
    around.customer,
    around.executive,
    around.grows,
    around.herring,
    around.trap,
    around.shortcut,
    course.already,
    course.handover,
    around.scope,
    course.second_alert,
    course.reported,
    course.relapse,
    course.recovery,
    trying.question,
    trying.branch,
    trying.borderline,
    trying.blank,
    trying.vague,
    deciding.way_back,
    deciding.too_long,
    deciding.unseen,
    deciding.order,
    twists.access,
    twists.dashboard,
    twists.dead_link,
    twists.failing,
    twists.asleep,
    twists.deployed,
)

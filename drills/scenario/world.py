"""The pretended state of the system in a drill: one clock, one cause, numbers that agree. Pure.

Seeded by slug and revision, so that a runbook gets the same world each time and another runbook another one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from drills.scenario import bounds as limits
from drills.scenario.bounds import Bound, bounds
from drills.scenario.kinds import only_goes_there, only_sets_up, only_tells
from drills.scenario.source import RuleFacts, Source, StepFacts
from drills.scenario.symptoms import is_work
from drills.scenario.topics import PLAIN, Topic, topics_of

# fmt: off
_FILLER = frozenset({
    "the", "a", "an", "and", "or", "of", "to", "in", "on", "at", "for", "from", "with", "is", "are",
    "was", "be", "been", "it", "its", "this", "that", "these", "those", "if", "when", "check",
    "verify", "look", "see", "make", "sure", "ensure", "any", "some", "all", "not", "no", "by",
    "as", "via", "use", "using", "into", "has", "have", "can", "may", "alert", "issue", "problem",
    "following", "command", "step", "run",
})
#: Hours and minutes at which it may begin.
_STARTS = (134, 221, 365, 592, 677, 862, 999, 1188, 1411)
# fmt: on
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{2,}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_REFERS = re.compile(r"\b(D|M|R|Diagnosis|Mitigation|Resolution)\s?(\d{1,3})\b")
_WORKLOAD = re.compile(
    r"\b(?:deploy(?:ment)?s?|statefulsets?|sts|daemonsets?|ds)[/ ]([a-z][a-z0-9-]{2,50})\b"
)
_NAMESPACE = re.compile(r"(?:\s-n[ =]?|--namespace[ =])([a-z][a-z0-9-]{1,50})\b")
_IN_NAMESPACE = re.compile(
    r"`([a-z][a-z0-9-]{2,40})` namespace\b|\b([a-z][a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){1,4}) namespace\b"
    r"|namespace `([a-z][a-z0-9-]{2,40})`"
)
_SELECTED = re.compile(r"(?:-l|--selector)[ =]?['\"]?[\w./-]+=([a-z][a-z0-9-]{2,40})\b")
#: A pod that the runbook itself names, with its number.
_NUMBERED_POD = re.compile(r"(?:\bpods?[/ ]|involvedObject\.name=)([a-z][a-z0-9-]{2,40})-\d{1,2}\b")
_SPOKEN = re.compile(r"\b([a-z][a-z0-9]+(?:-[a-z0-9]+)+)\s+(?:pods?|deployment|container)\b")
#: Services that are a whole platform, or the deploying itself: nothing that runs is called like that.
_TOO_WIDE = frozenset(
    {
        "kubernetes",
        "k8s",
        "node",
        "nodes",
        "cluster",
        "general",
        "platform",
        "infrastructure",
        "openshift",
        "deploy",
        "deploys",
        "deployment",
        "deployments",
        "release",
        "releases",
        "pipeline",
        "pipelines",
    }
)
#: What only prepares the looks that follow.
_SETS_UP = re.compile(
    r"^\W*(?:set the .{0,60}variable|set up|export|log ?in|sign in|connect|open"
    r"|get a second|install|access|the alert|switch to|go to|use the)\b",
    re.IGNORECASE,
)
_MOST_STEPS = 400
#: Further on in a text no namespace is looked for.
_LONGEST = 40_000
_READS_LOG = re.compile(r"\b(?:logs?|journalctl|dmesg)\b|\btail\b.*\.log")
_ASKS_STATE = re.compile(r"\b(?:health|status|get (?:po|deploy|node|no\b|co\b)\w*)\b")
_IS_UP = re.compile(r"\b(?:systemctl|service)\b")
#: Kinds of trouble of something that is up: that it runs is no news.
_UP_AND_WRONG = frozenset(
    {"errors", "latency", "provider", "certificate", "dns", "queue", "cache", "signin"}
)
#: What is done besides, and mends nothing.
_PEOPLE = re.compile(r"\bslack\b|channel\b|\bsupport\b|^\S+ help$", re.IGNORECASE)
_BESIDE = re.compile(
    r"^\W*(?:open|file|create an? |mention|write|document|record|note|notify|inform|tell|contact"
    r"|call|page|escalate|ask|refer|see|read|go to|set the|export|communicate"
    r"|update the (?:ticket|issue|channel|status)|post|navigate|select|choose|click|log|sign|connect"
    r"|press|wait|just wait|run the)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class World:
    source: Source
    rng: random.Random
    start: int  # minutes after midnight
    cause: StepFacts | None
    remedy: StepFacts | None
    topics: tuple[Topic, ...]
    thing: str  # the service in words, or "this system"
    workload: str
    namespace: str
    percent: int
    suffixes: list[str] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)
    #: It is about work that somebody sets out to do: nothing fires, nobody complains.
    work: bool = False
    #: Pods fail: in whichever list they stand.
    pods_fail: bool = False
    #: Its pods are numbered: a set that keeps state.
    numbered: bool = False

    @property
    def topic(self) -> Topic:
        return self.topics[0] if self.topics else PLAIN

    def clock(self, after: int = 0, second: int = 0) -> str:
        """`after` minutes into the incident, as 02:14:07."""
        minute = (self.start + after) % 1440
        return f"{minute // 60:02d}:{minute % 60:02d}:{second % 60:02d}"

    def time(self, after: int = 0) -> str:
        return self.clock(after)[:5]

    def pod(self, number: int = 0, *, of: str = "") -> str:
        """`of`: whose, where a command asks for another workload's."""
        which = number % len(self.suffixes)
        return f"{of or self.workload}-{which if self.numbered else self.suffixes[which]}"

    def say(self, *ways: str) -> str:
        """One way to put it: this world's own."""
        return self.rng.choice(ways)

    def told(self, text: str) -> str:
        """A topic's text with this world's names and times."""
        return (
            text.replace("{service}", self.thing)
            .replace("{start}", self.time())
            .replace("{before}", self.time(-19))
            .replace("{percent}", str(self.percent))
        )

    def bad(self, bound: Bound) -> str:
        return limits.shown(limits.bad(bound, random.Random(f"{self._seed}:{bound}")), bound)  # noqa: S311

    def good(self, bound: Bound) -> str:
        return limits.shown(limits.good(bound, random.Random(f"{self._seed}:{bound}")), bound)  # noqa: S311

    @property
    def _seed(self) -> str:
        """Numbers hang on the runbook and the limit alone: one limit shows one number everywhere."""
        return f"{self.source.slug}:{self.source.revision}"

    def shows_trouble(self, step: StepFacts) -> bool:
        """Where the trouble is to be seen: at its cause, at a first look that asks for what was reported, in
        logs that the runbook quotes, and where a look without an expectation speaks of the same thing."""
        if self.cause is None or step is self.cause:
            return True
        code = " ".join(text for _, text in step.commands)
        if not step.expect and self.source.log_lines and _READS_LOG.search(code):
            return True
        about = words_of(f"{step.title} {step.expect}") & self.reported
        near = len(about) + bool(self.topic.words.search(step.title))
        if step is self.source.looking[0]:
            return bool(near or _ASKS_STATE.search(code)) and not (
                self.topic.key in _UP_AND_WRONG and _IS_UP.search(code)
            )
        return near >= 2 and not step.expect


def world_of(source: Source) -> World:
    rng = random.Random(f"{source.slug}:{source.revision}")  # noqa: S311 -- believable, not secret
    letters = "bcdfghjklmnpqrstvwxz2456789"
    same = "".join(rng.choices("0123456789abcdef", k=9))
    suffixes = [f"{same}-{''.join(rng.choices(letters, k=5))}" for _ in range(3)]
    code = "\n".join(text for step in source.steps[:40] for _, text in step.commands)
    about = words_of(f"{source.title} {' '.join(source.services)}".replace("-", " "))
    running = [m[1] for m in (*_WORKLOAD.finditer(code), *_SELECTED.finditer(code))]
    running += [m[1] for step in source.steps[:40] for m in _SPOKEN.finditer(step.text)]
    own = [name for name in source.services if name.casefold() not in _TOO_WIDE]
    fitting = [name for name in running if words_of(name.replace("-", " ")) & about]
    named = next(iter((*fitting, *own, *running)), "app")
    namespace = _NAMESPACE.search(code) or _IN_NAMESPACE.search(source.text[:_LONGEST])
    if numbered := _NUMBERED_POD.search(code):
        named = numbered[1]
    cause = _cause(source, rng)
    world = World(
        source=source,
        rng=rng,
        start=rng.choice(_STARTS) + rng.randrange(0, 9),
        cause=cause,
        remedy=None,
        topics=topics_of(source),
        thing=source.services[0] if source.services else "this system",
        workload=re.sub(r"[^a-z0-9]+", "-", named.casefold()).strip("-")[:40].strip("-") or "app",
        namespace=next(filter(None, namespace.groups()), "") if namespace else "",
        percent=rng.randrange(91, 99),
        suffixes=suffixes,
        reported=_reported(source),
        work=is_work(source),
        numbered=numbered is not None
        or bool(
            re.search(
                rf"\b(?:sts|statefulsets?)[/ ](?:\S{{1,60}} ){{0,4}}{re.escape(named)}\b", code
            )
        ),
    )
    world.remedy = _remedy(source, cause)
    percents = [b for b in bounds(cause.expect if cause else "") if b.unit in ("%", "percent")]
    if percents and percents[0].healthy_below and percents[0].value < 98:
        world.percent = round(limits.bad(percents[0], rng))
    return world


def trouble_bound(source: Source) -> Bound | None:
    """The limit whose other side is the trouble: the alert's own, else the one that the words name."""
    for rule in source.rules:
        if found := limits.rule_bound(rule.expr):
            return found
    return limits.trouble_in((*source.trigger, *source.symptoms, *source.impact))


def first_rule(source: Source) -> RuleFacts | None:
    name = source.alerts[0] if source.alerts else ""
    return next((rule for rule in source.rules if rule.alert == name), None)


def words_of(text: str) -> set[str]:
    return {word.rstrip("s") for word in _WORD.findall(text.casefold())} - _FILLER


def labels_in(text: str) -> list[str]:
    """Steps that a text sends one to: "do M1", "Resolution 2"."""
    return [f"{m[1][0]}{m[2]}" for m in _REFERS.finditer(text)]


def _reported(source: Source) -> set[str]:
    names = " ".join(_CAMEL.sub(" ", each) for each in (source.title, *source.alerts))
    return words_of(f"{names} {' '.join(source.symptoms[:2])}")


def _cause(source: Source, rng: random.Random) -> StepFacts | None:
    """The look that shows the culprit: one that speaks of what was reported or that a remedy answers, and
    not the first where there are others, so that the players walk through some that show nothing."""
    looking = source.looking[:_MOST_STEPS]
    if not looking:
        return None
    reported = _reported(source)
    done = words_of(" ".join(step.text[:300] for step in source.acting[:40]))
    acting = {step.label for step in source.acting}

    def worth(step: StepFacts) -> float:
        said = words_of(f"{step.title} {step.expect}")
        leads = bool(acting & set(labels_in(f"{step.text} {step.expect}")))
        return (
            2 * min(3, len(said & reported))
            + min(3, len(said & done))
            + 3 * leads
            + 2 * bool(step.expect)
            + bool(step.commands)
            - 8 * bool(_SETS_UP.match(step.title))
            - 4 * step.points
            - 5 * only_tells(step.title)
        )

    later: Sequence[StepFacts] = looking[1:]
    if all(only_tells(step.title) or step.points for step in later):
        later = looking
    scored = [(worth(step), step) for step in later]
    best = max(score for score, _ in scored)
    return rng.choice([step for score, step in scored if score >= best - 1])


def _remedy(source: Source, cause: StepFacts | None) -> StepFacts | None:
    """What the cause's own words lead to, else what speaks of the same, the harmless first. None where all
    that is left is another page or people to ask."""
    acting = [
        step
        for step in source.acting[:_MOST_STEPS]
        if not step.points
        and not only_sets_up(step.commands)
        and not (only_goes_there(step.title) and not step.commands)
    ]
    if not acting:
        return None
    if cause is not None:
        for label in labels_in(f"{cause.expect} {cause.text}"):
            if found := next((step for step in acting if step.label == label), None):
                return found
    about = words_of(f"{cause.title} {cause.expect}") if cause else set()
    return max(
        acting,
        key=lambda step: (
            min(2, len(words_of(step.title) & about))
            - (step.tier == "destructive")
            - 3 * bool(_BESIDE.match(step.title) or _PEOPLE.search(step.title))
            + (step.section == "mitigation")
            - 2 * (step.section == "diagnosis"),
            -acting.index(step),
        ),
    )

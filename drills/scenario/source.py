"""What a scenario may be written from: a revision, its alerts' rules, what is known to be wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from drills.scenario import kinds
from drills.scenario.commands import can_be_run, program_of, runs, unprompted
from runbooks.document import Document, EscalationStep, SectionName, Step
from runbooks.format.plain import plain_text

_FENCE = re.compile(
    r"^[ \t>]*(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t>]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{2,300})\1(?!`)")
_QUOTED = re.compile(r"[\"“]([^\"“”\n]{4,160})[\"”]")
_BULLET = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"`(])|\n{2,}|\n(?=[-*+] )")
_LEAST_TITLE = 12
#: Of a step's code and expectation nobody reads more in a drill.
_LONGEST_CODE, _MOST_CODE = 4_000, 12
_LINK = re.compile(r"\[([^\[\]]+)\]\((https?://[^()\s]+)\)")


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """An alerting rule of this runbook."""

    alert: str
    expr: str = ""
    pending_for: str = ""
    severity: str = ""
    summary: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step as a scenario needs it. `commands` are single texts that one could run, prompts taken off."""

    label: str
    key: str
    section: SectionName
    title: str
    text: str
    tier: str
    access: tuple[str, ...]
    undo: str
    commands: tuple[tuple[str, str], ...]  # (language, text)
    expect: str
    links: tuple[tuple[str, str], ...]  # (words, address)
    line: int
    line_end: int

    @property
    def observes(self) -> bool:
        return self.section == "diagnosis" or self.tier == "observe"

    @property
    def looks(self) -> bool:
        """Whether it only looks, by its words and commands too."""
        return kinds.looks(
            self.title,
            observing=self.observes,
            destroys=self.tier == "destructive",
            expects=bool(self.expect),
            commands=self.commands,
        )

    @property
    def points(self) -> bool:
        """Whether it only leads to another page or to people."""
        if self.commands or self.expect:
            return False
        return kinds.points(self.title) or (
            len(self.links) == 1
            and self.links[0][0].casefold() == self.title.rstrip(".").casefold()
            and not kinds.is_a_board(" ".join(self.links[0]))
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody found wrong with a step before: a report, a finding, an earlier drill."""

    label: str  # "" where it is about no step
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """All that a writer may draw on. Nothing that is not in here may be named in a scenario."""

    slug: str
    revision: int
    title: str
    severity: str
    services: tuple[str, ...]
    alerts: tuple[str, ...]
    steps: tuple[StepFacts, ...]
    symptoms: tuple[str, ...]  # sentences
    log_lines: tuple[str, ...]  # code quoted among the symptoms
    sayings: tuple[str, ...]  # what people say, in quotes
    impact: tuple[str, ...]
    trigger: tuple[str, ...]
    escalation: tuple[EscalationStep, ...]
    escalation_words: tuple[str, ...]
    prevention: tuple[str, ...]
    access: Mapping[str, str] = field(default_factory=dict)  # name -> how one gets it
    dashboards: tuple[str, ...] = ()
    rules: tuple[RuleFacts, ...] = ()
    known: tuple[Known, ...] = ()
    text: str = ""
    #: The steps that look, and those that change something: told apart once, a runbook may have thousands.
    looking: tuple[StepFacts, ...] = field(init=False, compare=False, default=())
    acting: tuple[StepFacts, ...] = field(init=False, compare=False, default=())
    #: Whether a section of its own says how it shows; else the symptoms are what stands at the beginning.
    says_symptoms: bool = False
    #: Where no step is: headings under which a list or a block of code stands all the same.
    beside: tuple[str, ...] = ()
    #: Names that the portal knows besides: services, people, teams, tools, this site's own address.
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        looks = [step.looks for step in self.steps]
        pairs = list(zip(self.steps, looks, strict=True))
        object.__setattr__(self, "looking", tuple(step for step, one in pairs if one))
        object.__setattr__(self, "acting", tuple(step for step, one in pairs if not one))

    def step(self, label: str | None) -> StepFacts | None:
        return next((step for step in self.steps if step.label == label), None)

    def all_texts(self) -> Iterator[str]:
        yield self.text
        yield from (self.title, self.slug, *self.services, *self.alerts)
        for rule in self.rules:
            yield from (rule.alert, rule.expr, rule.summary, rule.description)
        for known in self.known:
            yield known.words
        yield from self.names


def source_of(
    document: Document,
    *,
    slug: str,
    revision: int,
    keys: Mapping[str, str] | None = None,
    services: Sequence[str] = (),
    rules: Sequence[RuleFacts] = (),
    known: Sequence[Known] = (),
    names: frozenset[str] = frozenset(),
) -> Source:
    """`keys`: step label -> key, as the revision has them; a text that is not live has none."""
    meta = document.meta
    sections = {section.name: section.markdown for section in document.sections if section.name}
    before = "\n\n".join(
        [
            document.preamble,
            *(s.markdown for s in document.sections if s.name is None and _meaning(s.heading)),
        ]
    )
    symptoms = sections.get("symptoms", "") or before
    return Source(
        slug=slug,
        revision=revision,
        title=plain_text(meta.title).strip() or slug,
        severity=meta.severity or next((rule.severity for rule in rules if rule.severity), ""),
        services=tuple(sorted(services, key=_place_in(meta.services))) or tuple(meta.services),
        alerts=tuple(dict.fromkeys([*(a.name for a in meta.alerts), *(r.alert for r in rules)])),
        steps=tuple(_step(step, (keys or {}).get(step.label, "")) for step in document.steps),
        symptoms=sentences(symptoms),
        log_lines=_log_lines(symptoms),
        sayings=tuple(dict.fromkeys([*_sayings(symptoms), *_plain_words(meta.also)])),
        impact=sentences(sections.get("impact", "")),
        trigger=sentences(sections.get("trigger", "")),
        escalation=meta.escalation,
        escalation_words=sentences(sections.get("escalation", "")),
        prevention=sentences(sections.get("prevention", "")),
        access={name: one.how for name, one in meta.access.items()},
        dashboards=meta.dashboards,
        rules=tuple(rules),
        known=tuple(known),
        text=document.text,
        beside=_beside(document),
        says_symptoms=bool(sections.get("symptoms")),
        names=names,
    )


def _beside(document: Document) -> tuple[str, ...]:
    if document.steps:
        return ()
    return tuple(
        plain_text(section.heading).strip()
        for section in document.sections
        if section.name not in ("symptoms", "impact", "prevention", "escalation")
        and (_BULLET.search(section.markdown) or _FENCE.search(section.markdown))
    )


def _place_in(wanted: Sequence[str]) -> Callable[[str], int]:
    """The runbook's own order: its first service is the one that it is about."""
    places = {name.casefold(): n for n, name in enumerate(wanted)}
    return lambda name: places.get(name.casefold(), len(places))


def sentences(markdown: str, *, most: int = 12) -> tuple[str, ...]:
    """Plain sentences without code blocks, the first `most`."""
    text = _FENCE.sub("\n\n", markdown[:20_000])
    found: list[str] = []
    for piece in _SENTENCE.split(text):
        plain = " ".join(plain_text(_BULLET.sub("", piece)).split()).strip()
        if len(plain) > 8 and not plain.startswith(("#", "|", "<!--")):
            found.append(plain[:400])
        if len(found) >= most:
            break
    return tuple(dict.fromkeys(found))


def _meaning(heading: str) -> bool:
    return heading.strip().casefold() in (
        "meaning",
        "description",
        "overview",
        "summary",
        "context",
        "background",
    )


def _step(step: Step, key: str) -> StepFacts:
    code = [
        (command.language.casefold(), unprompted(command.text))
        for command in step.commands
        if can_be_run(command.language.casefold(), command.text)
    ]
    code += [
        ("", span[2]) for span in _SPAN.finditer(_FENCE.sub("", step.markdown)) if runs(span[2])
    ]
    title = _title(step)
    return StepFacts(
        label=step.label,
        key=key,
        section=step.section,
        title=title,
        text=" ".join(step.text.split())[:1_500],
        tier=step.tier,
        access=step.access,
        undo=step.undo or "",
        commands=tuple(
            dict.fromkeys(
                (language, text[:_LONGEST_CODE])
                for language, text in code[:_MOST_CODE]
                if text.strip()
            )
        ),
        expect=" ".join(plain_text((step.expect or "")[:_LONGEST_CODE]).split()),
        links=tuple((m[1], m[2]) for m in _LINK.finditer(step.markdown)),
        line=step.line,
        line_end=step.line_end,
    )


_BOX = re.compile(r"^\[[ xX]?\]\s+")
_NESTED = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(\S.*)$", re.MULTILINE)
#: Words before a block of code that say nothing of what it does.
_LEADS_IN = re.compile(
    r"^(?:(?:you can |please )?(?:run|use|execute|do|try|type|enter)(?: the)?(?: following)?(?: \w+){0,2}"
    r"|for example|e\.g\.?|example|(?:as|like) (?:follows|this|so)"
    r"|the following(?: \w+){0,2}|commands?|then|or|and)"
    r"\s*:?$",
    re.IGNORECASE,
)


def _title(step: Step) -> str:
    """The step's own words; where these only lead in, what they lead to: the heading above it, the first
    thing of the list in it, the place that a bare link points to."""
    title = _BOX.sub("", " ".join(plain_text(step.title).split()))
    if not title and step.commands and not step.group:
        lines = step.commands[0].text.split("\n")
        return next((line for line in lines if program_of(line)), lines[0]).strip()[:300]
    if (not title or _LEADS_IN.match(title)) and step.group:
        return " ".join(plain_text(step.group).split())[:300].rstrip(":")
    inner = _NESTED.search(_FENCE.sub("", step.markdown))
    if title.endswith(":") and inner and not step.commands:
        return f"{title} {' '.join(plain_text(inner[1]).split())}"[:300]
    if len(title) < _LEAST_TITLE:
        link = _LINK.search(step.markdown)
        title = (
            f"see {urlsplit(link[2]).netloc}" if link else " ".join(step.text.split()) or step.label
        )
    return title[:300]


#: A block of what something printed; a drawing or a configuration is none.
_PRINTED = re.compile(
    r"[ \t>]*[`~]{3,}[ \t]*(?:text|txt|plain\w*|log|logs|console|output|sh|shell|bash|none)?[ \t]*\n",
    re.IGNORECASE,
)


def _log_lines(markdown: str) -> tuple[str, ...]:
    spans = [
        m[2].strip() for m in _SPAN.finditer(markdown) if " " in m[2].strip() and not runs(m[2])
    ]
    for fence in _FENCE.finditer(markdown):
        if not _PRINTED.match(fence[0]):
            continue
        spans += [
            line.strip()
            for line in fence[2].split("\n")[:6]
            if len(line.strip()) > 12 and not program_of(line)
        ]
    return tuple(dict.fromkeys(span[:300] for span in spans))[:6]


def _sayings(markdown: str) -> list[str]:
    prose = _SPAN.sub("", _FENCE.sub("", markdown))
    return [m[1].strip() for m in _QUOTED.finditer(prose)]


def _plain_words(also: Sequence[str]) -> list[str]:
    """Of the other names of a symptom, those that a customer would say."""
    return [
        words
        for words in also
        if " " in words
        and words[:1].islower()
        and not re.search(r"[{}=_/\\]|\b[A-Z]{3,}\b|[a-z][A-Z]", words)
    ]

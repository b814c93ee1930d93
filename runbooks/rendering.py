"""A parsed runbook as HTML, made once at publishing so that reading is one query. Pure: imports no Django.

    render(document, keys={"D1": "k7f3…"}) -> Rendered

The HTML holds variables as `runbooks.variables.placeholder` writes them; `variables.fill` puts values in when
a page is asked for. Classes are those of the page's design; what authors write is sanitised run by run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict

from runbooks.document import Document, Section, SectionName, Step
from runbooks.drawing.addresses import Addresses
from runbooks.drawing.background import Background
from runbooks.drawing.escalation import draw_escalation
from runbooks.drawing.markup import Markup
from runbooks.drawing.plain_lines import plain_lines, shortened
from runbooks.drawing.section_anchors import access_anchors, anchors_by_heading, section_anchors
from runbooks.drawing.steps import draw_step
from runbooks.drawing.symptoms import here_if_lines
from runbooks.drawing.tiers import ShownTier, says
from runbooks.variables import placeholders

#: Raised whenever the same text would be drawn differently, so that stored pages are made again.
RENDERER_VERSION = 4

_ACTION: tuple[SectionName, ...] = ("diagnosis", "mitigation", "resolution")
_SHORT_TITLE = 56
_NOTHING: Mapping[str, str] = MappingProxyType({})


class IndexedStep(TypedDict):
    """A line of "On this page". `anchor` is without "#"; `title` is plain; `short` fits a narrow column."""

    label: str
    key: str
    anchor: str
    title: str
    short: str
    tier: str
    section: str


class IndexedSection(TypedDict):
    """A heading of the page. `name` is empty outside the format; `first` and `last` are labels, or empty."""

    anchor: str
    heading: str
    name: str
    first: str
    last: str


class UsedVariable(TypedDict):
    """A variable and the labels of the steps that use it."""

    name: str
    steps: list[str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A runbook's page, in parts. All of it goes into JSON as it is.

    `plain` pairs each line of text with where it stands: ("Diagnosis D1", "Count the connections.").
    """

    steps_html: str
    background_html: str
    escalation_html: str
    index: tuple[IndexedStep, ...]
    sections: tuple[IndexedSection, ...]
    here_if: tuple[str, ...]
    variables: tuple[UsedVariable, ...]
    plain: tuple[tuple[str, str], ...]


def render(
    document: Document,
    *,
    keys: Mapping[str, str] = _NOTHING,
    attachments: Mapping[str, str] = _NOTHING,
) -> Rendered:
    """Draw `document`.

    `keys`: step label to its lasting key (a preview has none: the label then serves). `attachments`: path as
    written in the text to its address here.
    """
    return _Drawing(document, keys, attachments).rendered()


class _Drawing:
    def __init__(
        self,
        document: Document,
        keys: Mapping[str, str],
        attachments: Mapping[str, str],
    ) -> None:
        self.document = document
        self.keys = keys
        self.anchors = section_anchors(document.sections)
        by_heading = anchors_by_heading(document.sections, self.anchors)
        labels = frozenset(step.label for step in document.steps)
        self.markup = Markup(document.body, Addresses(attachments, by_heading), labels)
        self.described = access_anchors(document.meta.access)
        self.index: list[IndexedStep] = []
        self.plain: list[tuple[str, str]] = []
        self.used: dict[str, list[str]] = {}  # variables in order of first use
        self.tiers: dict[str, ShownTier] = {}  # by label

    def rendered(self) -> Rendered:
        sections = list(zip(self.document.sections, self.anchors, strict=True))
        acting = sorted(
            (pair for pair in sections if pair[0].name in _ACTION),
            key=lambda pair: _ACTION.index(pair[0].name or "diagnosis"),
        )
        steps_html = "".join(self._acting(section, anchor) for section, anchor in acting)
        background = Background(self.markup, self.document, self.anchors)
        background_html = background.draw()
        escalation = draw_escalation(self.markup, self.document)
        self.plain += background.plain
        self._add_plain("Escalation", plain_lines(escalation))
        return Rendered(
            steps_html=steps_html,
            background_html=background_html,
            escalation_html=escalation,
            index=tuple(self.index),
            sections=tuple(self._indexed(*pair) for pair in [*acting, *background.drawn]),
            here_if=here_if_lines(self.markup.reader, self.document.sections),
            variables=tuple(
                UsedVariable(name=name, steps=labels) for name, labels in self.used.items()
            ),
            plain=tuple(self.plain),
        )

    def _add_plain(self, where: str, lines: Sequence[str]) -> None:
        self.plain += ((where, line) for line in lines)

    def _acting(self, section: Section, anchor: str) -> str:
        steps, body = section.steps, ""
        if steps:
            body = self._runs(section)
        else:
            body = self.markup.blocks(section.markdown)
            self._add_plain(self.markup.words(section.heading), plain_lines(body))
        kind = "" if steps else ' class="prose"'
        heading = self.markup.line(section.heading)
        said = says(section.name, [self.tiers[step.label] for step in steps])
        of_steps = f"<p>{_labels(steps)}. {said}</p>" if steps else ""
        header = f'<header class="part"><h2 id="{anchor}">{heading}</h2>{of_steps}</header>'
        return f'<section{kind} aria-labelledby="{anchor}">{header}{body}</section>'

    def _runs(self, section: Section) -> str:
        """Steps in lists, with what stands between them."""
        out: list[str] = []
        where = self.markup.words(section.heading)
        in_list = False
        for part in section.parts:
            is_step = isinstance(part, Step)
            if is_step != in_list:
                out.append('<ol class="steps">' if is_step else "</ol>")
                in_list = is_step
            if isinstance(part, Step):
                out.append(self._step(part, where))
                continue
            run = self.markup.blocks(part)
            self._add_plain(where, plain_lines(run))
            out.append(f'<div class="prose">{run}</div>')
        return "".join(out) + ("</ol>" if in_list else "")

    def _step(self, step: Step, where: str) -> str:
        key = self.keys.get(step.label, step.label.lower())
        drawn = draw_step(self.markup, step, key=key, described=self.described)
        self.tiers[step.label] = drawn.tier
        for name in placeholders(drawn.html):
            self.used.setdefault(name, []).append(step.label)
        self._add_plain(f"{where} {step.label}", drawn.lines)
        self.index.append(
            IndexedStep(
                label=step.label,
                key=key,
                anchor=f"step-{key}",
                title=drawn.title,
                short=shortened(drawn.title, _SHORT_TITLE),
                tier=drawn.tier.tier,
                section=step.section,
            )
        )
        return drawn.html

    def _indexed(self, section: Section, anchor: str) -> IndexedSection:
        steps = section.steps
        return IndexedSection(
            anchor=anchor,
            heading=self.markup.words(section.heading),
            name=section.name or "",
            first=steps[0].label if steps else "",
            last=steps[-1].label if steps else "",
        )


def _labels(steps: Sequence[Step]) -> str:
    first, last = steps[0].label, steps[-1].label
    return first if first == last else f"{first} to {last}"

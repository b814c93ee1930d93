"""What a responder reads second: symptoms, trigger, impact, other text, prevention, access. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from runbooks.document import Access, Document, Section, SectionName
from runbooks.drawing.commands import icon
from runbooks.drawing.markup import Markup
from runbooks.drawing.plain_lines import plain_lines
from runbooks.drawing.section_anchors import access_anchors

_FIRST: tuple[SectionName, ...] = ("symptoms", "trigger", "impact")


class Background:
    """`drawn`: the sections in the order of the page, with their ids; `plain`: their lines."""

    def __init__(self, markup: Markup, document: Document, anchors: Sequence[str]) -> None:
        self.markup = markup
        self.document = document
        self.drawn: list[tuple[Section, str]] = []
        self.plain: list[tuple[str, str]] = []
        self._sections = list(zip(document.sections, anchors, strict=True))

    def draw(self) -> str:
        return "".join(self._parts())

    def _parts(self) -> Iterator[str]:
        yield self._first()
        preamble = self._body(self.document.preamble, "", top=2)
        if preamble:
            yield f'<div class="prose">{preamble}</div>'
        for section, anchor in self._named(None):
            yield self._section(section, anchor)
        for section, anchor in self._named("prevention"):
            yield self._section(section, anchor)
        yield self._access()

    def _named(self, *names: SectionName | None) -> list[tuple[Section, str]]:
        return [pair for name in names for pair in self._sections if pair[0].name == name]

    def _first(self) -> str:
        """Symptoms, trigger and impact are one part: the first has its heading, the others follow it."""
        pairs = self._named(*_FIRST)
        if not pairs:
            return ""
        (section, anchor), *others = pairs
        inside = [self._body_of(section, anchor, top=3)]
        for other, other_anchor in others:
            heading = self.markup.line(other.heading)
            inside.append(f'<h3 id="{other_anchor}">{heading}</h3>')
            inside.append(self._body_of(other, other_anchor, top=4))
        return self._part(section, anchor, "".join(inside))

    def _section(self, section: Section, anchor: str) -> str:
        return self._part(section, anchor, self._body_of(section, anchor, top=3))

    def _part(self, section: Section, anchor: str, inside: str) -> str:
        heading = self.markup.line(section.heading)
        header = f'<header class="part"><h2 id="{anchor}">{heading}</h2></header>'
        return f'<section class="prose" aria-labelledby="{anchor}">{header}{inside}</section>'

    def _body_of(self, section: Section, anchor: str, *, top: int) -> str:
        self.drawn.append((section, anchor))
        return self._body(section.markdown, self.markup.words(section.heading), top=top)

    def _body(self, markdown: str, where: str, *, top: int) -> str:
        drawn = self.markup.blocks(markdown, top=top)
        self.plain += ((where, line) for line in plain_lines(drawn))
        return drawn

    def _access(self) -> str:
        """How to get the accesses that steps name: one place, led to from each step."""
        entries = self.document.meta.access
        if not entries:
            return ""
        anchors = access_anchors(entries)
        items = "".join(self._entry(name, entries[name], anchors[name]) for name in entries)
        header = '<header class="part"><h2 id="access">Access</h2></header>'
        return f'<section class="prose" aria-labelledby="access">{header}<dl>{items}</dl></section>'

    def _entry(self, name: str, entry: Access, anchor: str) -> str:
        check = self.markup.command(entry.check, "sh") if entry.check else ""
        checks = f"<p>To check that you have it:</p>{check}" if check else ""
        term = f'<span class="access">{icon("key")}{escape(name)}</span>'
        how = escape(entry.how) or ("" if checks else "Nothing is said about how to get it.")
        return f'<dt id="{anchor}">{term}</dt><dd>{how}{checks}</dd>'

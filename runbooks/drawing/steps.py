"""A step as the page shows it: a number to say aloud, what it needs, what to run, what to expect. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from markdown_it.token import Token

from runbooks.document import Step, Tier
from runbooks.drawing.commands import draw_run, icon
from runbooks.drawing.markup import Markup, split_expectation, split_sentence
from runbooks.drawing.plain_lines import plain_lines
from runbooks.drawing.reading_markdown import words_of
from runbooks.drawing.tiers import ShownTier, shown_tier

_TIER_ICONS: dict[Tier, str] = {"observe": "eye", "change": "change", "destructive": "destroy"}
#: A first paragraph longer than this is a heading only up to its first sentence.
_LONG_TITLE = 110
_NO_UNDO = ("none", "no undo", "not possible", "impossible", "no")


@dataclass(frozen=True, slots=True)
class DrawnStep:
    html: str
    title: str  # plain
    lines: tuple[str, ...]  # plain, the title first
    tier: ShownTier


def draw_step(markup: Markup, step: Step, *, key: str, described: Mapping[str, str]) -> DrawnStep:
    """`described`: the accesses that the page says more about, and the id where it does."""
    with markup.running():
        return _draw(markup, step, key, described)


def _draw(markup: Markup, step: Step, key: str, described: Mapping[str, str]) -> DrawnStep:
    tokens = markup.reader.read(step.markdown)
    tier = shown_tier(step, tokens)
    heading, rest, tokens = _cut_title(markup, tokens)
    title = plain_lines(heading)
    heading = heading or ("Run this." if step.commands else "See below.")

    def expectation(opening: str, words: str, shown: Token | None) -> str:
        with markup.running(at_all=False):
            return _expectation(markup, opening, words, shown)

    body = (f"<p>{rest}</p>" if rest else "") + markup.draw(tokens, top=4, expectation=expectation)
    undo = _undo(step, tier)
    label, key = escape(step.label), escape(key)
    number = f'<a class="num" id="{label}" href="#step-{key}">{label}</a>'
    html = (
        f'<li class="step" id="step-{key}" data-tier="{tier.tier}">'
        f"<h3>{number} <span>{heading}</span></h3>"
        f"{_needs(step, tier, described)}{body}{undo}"
        f'<footer data-step="{key}"></footer></li>'
    )
    lines = (*title, *plain_lines(body), *plain_lines(undo))
    return DrawnStep(html, " ".join(title) or _first_line(step), lines, tier)


def _cut_title(markup: Markup, tokens: Sequence[Token]) -> tuple[str, str, list[Token]]:
    """The title, what of its paragraph is no title any more, and the other tokens."""
    start = next(
        (i for i, t in enumerate(tokens) if t.type == "paragraph_open" and not t.level), -1
    )
    if start < 0:
        return "", "", list(tokens)
    inline = tokens[start + 1]
    before, opening, words = split_expectation(inline.content)
    if opening and not before:
        return "", "", list(tokens)
    first, rest = _short(markup.reader.read_line(_without_box(before)))
    kept = [*tokens[:start], *tokens[start + 3 :]]
    if opening:
        again = inline.copy(content=f"{opening}: {words}")
        kept[start:start] = [tokens[start], again, tokens[start + 2]]
    return markup.draw_line(first), markup.draw_line(rest), kept


def _short(children: list[Token]) -> tuple[list[Token], list[Token]]:
    return split_sentence(children) if len(words_of(children)) > _LONG_TITLE else (children, [])


def _without_box(title: str) -> str:
    """A task list's box says nothing beside a step's own number."""
    return title[4:] if title[:4] in ("[ ] ", "[x] ", "[X] ") else title


def _first_line(step: Step) -> str:
    return step.commands[0].text.strip().partition("\n")[0] if step.commands else step.label


def _needs(step: Step, tier: ShownTier, described: Mapping[str, str]) -> str:
    needs = [_tier(tier), *(_access(name, described.get(name)) for name in step.access)]
    return f'<p class="needs">{" ".join(needs)}</p>'


def _tier(shown: ShownTier) -> str:
    tier = shown.tier
    word = f'<span class="tier" data-tier="{tier}">{icon(_TIER_ICONS[tier])}{tier}</span>'
    return (
        word if shown.marked else f'{word} <span class="unmarked">not marked by its author</span>'
    )


def _access(name: str, anchor: str | None) -> str:
    shown = f"{icon('key')}{escape(name)}"
    if anchor:
        return f'<a class="access" href="#{anchor}">{shown}</a>'
    return f'<span class="access">{shown}</span>'


def _expectation(markup: Markup, opening: str, words: str, shown: Token | None) -> str:
    lead = f"<b>{escape(opening[0].upper() + opening[1:])}:</b>"
    if shown is not None:
        output = escape(shown.content.rstrip("\n"), quote=False)
        return f'<div class="expect"><p>{lead}</p><pre><code>{output}</code></pre></div>'
    first, rest = split_sentence(markup.reader.read_line(words))
    strong, more = markup.draw_line(first), markup.draw_line(rest)
    said = f" <strong>{strong}</strong>" if strong else ""
    return f'<p class="expect">{lead}{said}{" " + more if more else ""}</p>'


def _undo(step: Step, tier: ShownTier) -> str:
    undo = (step.undo or "").strip()
    if not undo:
        if tier.tier != "destructive":
            return ""
        known = "No undo." if tier.marked else "No undo is written here."
        return f'<p class="undo"><b>{known}</b></p>'
    word, _, why = undo.partition(":")
    if word.rstrip(".").lower() in _NO_UNDO:
        return f'<p class="undo"><b>No undo.</b> {escape(why.strip(), quote=False)}</p>'
    if undo.endswith(".") and undo[0].isupper() and " " in undo:
        return f'<p class="undo"><b>Undo:</b> {escape(undo, quote=False)}</p>'
    return f'<p class="undo"><b>Undo:</b> {draw_run(undo, "sh")}</p>'

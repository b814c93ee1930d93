"""Markdown of one runbook as HTML that is safe to show. Pure.

Every run is drawn and sanitised for itself, so that nothing an author leaves open reaches what the page wraps
around it. Our own parts (commands, images, expectations) are put aside while nh3 works: the text then holds a
word that nobody can guess, and the part takes its place afterwards.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from runbooks.document import variable_names
from runbooks.drawing.addresses import Addresses, scheme_of
from runbooks.drawing.author_html import AuthorTags, cleaner
from runbooks.drawing.command_words import is_command
from runbooks.drawing.commands import draw_command, draw_inline_code, draw_run
from runbooks.drawing.links import linked
from runbooks.drawing.reading_markdown import Reader, words_of

_DRAW_TOKEN = RendererHTML().renderToken
_OPTIONS = MarkdownIt("commonmark").options
_LINE_ENDS = {"softbreak": "\n", "hardbreak": "<br>"}
_TASK = re.compile(r"\[([ xX])\](?=\s)\s*")
#: What stands before an expectation; the same words as in `runbooks.format.steps`.
EXPECT = re.compile(
    r"\s*[*_]{0,3}(expect(?:ed)?(?: (?:result|results|output|value))?)[*_]{0,3}[ \t]*:[*_]{0,3}(?:\s+|$)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<![ .(][a-z]\.[a-z])(?<!\betc)(?<!\bvs)(?<!\bapprox)[.!?][\"”’)]*(?=\s|$)"
)

DrawExpectation = Callable[[str, str, Token | None], str]


class Markup:
    """Draws the runs of one runbook. `figures` counts its commands, `labels` are those of its steps."""

    def __init__(self, body: str, addresses: Addresses, labels: Collection[str] = ()) -> None:
        self.reader = Reader(body)
        self.labels = labels
        self.figures = 0
        self.runs = False
        self._addresses = addresses
        self._aside: list[str] = []
        self._word = secrets.token_hex(16)
        self._put_back = re.compile(f"<div>{self._word}(\\d+);</div>|{self._word}(\\d+);")
        self._cleaner = cleaner(self._attribute)

    def blocks(self, markdown: str, *, top: int = 3) -> str:
        """A run of Markdown. Headings begin at level `top`."""
        return self.draw(self.reader.read(markdown), top=top)

    def line(self, markdown: str) -> str:
        """The words of one paragraph, without a paragraph around them."""
        return self.draw_line(self.reader.read_line(markdown))

    def words(self, markdown: str) -> str:
        """The same, as plain text."""
        return " ".join(words_of(self.reader.read_line(markdown)).split())

    def draw(
        self, tokens: Sequence[Token], *, top: int, expectation: DrawExpectation | None = None
    ) -> str:
        return self._finish(_Run(self, top, expectation).draw(tokens))

    def draw_line(self, children: Sequence[Token]) -> str:
        return self._finish(_Run(self, 6, None).line(children)).strip()

    def put_aside(self, html: str, *, block: bool) -> str:
        """A stand-in for a part of ours; it comes back when the run is sanitised."""
        if not html:
            return ""
        self._aside.append(html)
        word = f"{self._word}{len(self._aside) - 1};"
        return f"<div>{word}</div>" if block else word

    @contextmanager
    def running(self, *, at_all: bool = True) -> Iterator[None]:
        """What is drawn within is done by the reader: its commands in sentences can be copied."""
        before, self.runs = self.runs, at_all
        yield
        self.runs = before

    def command(self, text: str, language: str) -> str:
        self.figures += 1
        return draw_command(text, language, self.figures)

    def image(self, address: str, words: str, *, in_link: bool) -> str:
        """An attachment as a picture; one elsewhere as a link, since the page loads nothing from there."""
        attached = self._addresses.attachment(address)
        if attached is not None:
            source, alt = escape(attached), escape(words)
            return self.put_aside(f'<img src="{source}" alt="{alt}" loading="lazy">', block=False)
        if in_link:
            return escape(words or address)
        if scheme_of(address) in ("http", "https") or address.startswith("//"):
            return f'<a href="{escape(address)}">{escape(words or address)}</a>'
        if scheme_of(address) == "data":
            return f"{escape(words)} (a picture inside the text is not shown)"
        return f"{escape(words)} (picture {escape(address)} is not here)"

    def _finish(self, drawn: str) -> str:
        if "<" not in drawn and "&" not in drawn and self._word not in drawn:
            return drawn
        return self._put_back.sub(self._aside_of, self._cleaner.clean(drawn))

    def _aside_of(self, found: re.Match[str]) -> str:
        return self._aside[int(found[1] or found[2])]

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if self._word in value:
            return None
        return self._addresses.of_link(value) if name == "href" else value


class _Run:
    """One run's tokens as HTML, not yet sanitised."""

    def __init__(self, markup: Markup, top: int, expectation: DrawExpectation | None) -> None:
        self.markup = markup
        self.top = top
        self.expectation = expectation
        self.tags = AuthorTags(self._author_image, top)
        self.links = 0

    def draw(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        sizes: list[int] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            taken = self._expectation(tokens, index, out)
            if taken:
                index += taken
                continue
            index += 1
            if token.type == "inline":
                out.append(self._words(tokens, index - 1))
            elif token.type == "html_block":
                out.append(self.tags.block(token.content))
            elif token.type in ("fence", "code_block"):
                command = self.markup.command(token.content, language_of(token))
                out.append(self.markup.put_aside(command, block=True))
            else:
                if token.nesting < 0 and sizes:
                    out.append(self.tags.close_to(sizes.pop()))
                out.append(self._token(tokens, index - 1))
                if token.nesting > 0:
                    sizes.append(len(self.tags.open))
        out.append(self.tags.close_to(0))
        return "".join(out)

    def line(self, children: Sequence[Token]) -> str:
        out: list[str] = []
        base = len(self.tags.open)
        sizes: list[int] = []
        for index, child in enumerate(children):
            if child.nesting < 0 and sizes:
                out.append(self.tags.close_to(sizes.pop()))
            self.links += child.nesting if child.type.startswith("link_") else 0
            out.append(self._child(children, index, base))
            if child.nesting > 0:
                sizes.append(len(self.tags.open))
        self.links = 0
        out.append(self.tags.close_to(base))
        return "".join(out)

    @property
    def in_link(self) -> bool:
        return self.links > 0 or "a" in self.tags.open

    def _child(self, children: Sequence[Token], index: int, base: int) -> str:
        child = children[index]
        match child.type:
            case "text" if self.in_link:
                return escape(child.content, quote=False)
            case "text":
                return linked(child.content, self.markup.labels)
            case "html_inline":
                return self.tags.inline(child.content, base)
            case "code_inline":
                return self._code(child.content)
            case "image":
                address = str(child.attrs.get("src", ""))
                return self._author_image(address, words_of(child.children))
        return _LINE_ENDS.get(child.type) or _DRAW_TOKEN(children, index, _OPTIONS, {})

    def _code(self, text: str) -> str:
        if self.markup.runs and not self.in_link and is_command(text):
            return self.markup.put_aside(draw_run(text), block=False)
        if variable_names(text):
            return self.markup.put_aside(draw_inline_code(text), block=False)
        return f"<code>{escape(text, quote=False)}</code>"

    def _token(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        if token.type.startswith("heading_"):
            slash = "/" if token.nesting < 0 else ""
            return f"<{slash}h{max(self.top, int(token.tag[1]))}>"
        return _DRAW_TOKEN(tokens, index, _OPTIONS, {})

    def _words(self, tokens: Sequence[Token], index: int) -> str:
        children = tokens[index].children or []
        if index > 1 and tokens[index - 2].type == "list_item_open" and children:
            task = _TASK.match(children[0].content) if children[0].type == "text" else None
            if task is not None:
                checked = " checked" if task[1] != " " else ""
                name = "done" if checked else "to do"
                box = f'<input type="checkbox" disabled{checked} aria-label="{name}">'
                first = children[0].copy(content=children[0].content[task.end() :])
                return (
                    f"{self.markup.put_aside(box, block=False)} {self.line([first, *children[1:]])}"
                )
        return self.line(children)

    def _expectation(self, tokens: Sequence[Token], index: int, out: list[str]) -> int:
        """Draw a paragraph with an `Expect:` in it; how many tokens that took, or 0."""
        if self.expectation is None or tokens[index].type != "paragraph_open":
            return 0
        before, opening, words = split_expectation(tokens[index + 1].content)
        if not opening:
            return 0
        if before:
            out.append(f"<p>{self.line(self.markup.reader.read_line(before))}</p>")
        following = tokens[index + 3] if index + 3 < len(tokens) else None
        shown = following if not words and following and following.type in _CODE else None
        drawn = self.expectation(opening, words, shown)
        out.append(self.markup.put_aside(drawn, block=True))
        return 3 if shown is None else 4

    def _author_image(self, address: str, words: str) -> str:
        return self.markup.image(address, words, in_link=self.in_link)


_CODE = ("fence", "code_block")


def language_of(token: Token) -> str:
    """A fence's language, as `document` reads it: "{.Bash title=x}" is "bash"."""
    words = token.info.strip().strip("{}").split()
    return words[0].lstrip(".").lower() if words else ""


def split_expectation(paragraph: str) -> tuple[str, str, str]:
    """A paragraph's Markdown before its `Expect:` line, the opening word as written, and what follows it."""
    lines = paragraph.split("\n")
    for index, line in enumerate(lines):
        found = EXPECT.match(line)
        if found is not None:
            rest = "\n".join([line[found.end() :], *lines[index + 1 :]]).strip()
            return "\n".join(lines[:index]), found[1], rest
    return paragraph, "", ""


def split_sentence(children: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """Tokens of a paragraph cut after its first sentence, which ends outside of emphasis, links and code."""
    depth = 0
    for index, child in enumerate(children):
        depth += child.nesting
        if child.type == "html_inline":
            break
        if depth or child.type != "text":
            continue
        for found in _SENTENCE.finditer(child.content):
            ends_text = found.end() == len(child.content)
            following = children[index + 1].type if index + 1 < len(children) else "softbreak"
            if ends_text and following not in ("softbreak", "hardbreak"):
                continue
            head = child.copy(content=child.content[: found.end()])
            tail = child.copy(content=child.content[found.end() :])
            return [*children[:index], head], [tail, *children[index + 1 :]]
    return list(children), []

"""Markdown's block structure, with lines. Only block rules run: they are linear, inline rules need not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Lists and quotes nested deeper are left as text. It bounds the parser's recursion as well.
MAX_NESTING = 20


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    # Link definitions are re-read for each of them (quadratic), and say nothing about structure.
    parser.block.ruler.disable("reference")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


_PARSER = _parser()


@dataclass(frozen=True, slots=True)
class Block:
    """One block and what is in it. Lines are 0-based, `end` is exclusive."""

    kind: str  # "paragraph", "heading", "fence", "code_block", "bullet_list", …
    start: int
    end: int
    tokens: Sequence[Token]

    @property
    def level(self) -> int:
        """Of a heading: 1 to 6."""
        return int(self.tokens[0].tag[1:])

    @property
    def content(self) -> str:
        """Source of a paragraph's or heading's words, of a fence's code."""
        token = self.tokens[1] if len(self.tokens) > 1 else self.tokens[0]
        return token.content

    def children(self) -> Iterator[Block]:
        yield from _blocks(self.tokens[1:-1])


def top_blocks(source: str) -> Iterator[Block]:
    """The outermost blocks of `source`, which has `\\n` line ends."""
    return _blocks(_PARSER.parse(source))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    depth = 0
    first = 0
    for index, token in enumerate(tokens):
        if depth == 0:
            first = index
        depth += token.nesting
        if depth == 0:
            opening = tokens[first]
            start, end = opening.map or (0, 0)
            kind = opening.type.removesuffix("_open")
            yield Block(kind, start, end, tokens[first : index + 1])

"""Markdown as tokens: CommonMark with tables and strikethrough, bounded in depth and length. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from runbooks.drawing.addresses import may_be_linked

#: Lists and quotes nested deeper stay as the text they are (a list counts twice).
_DEEPEST = 20
#: A paragraph longer than this many characters stays without emphasis and links: inline rules are not linear.
_LONGEST_PARAGRAPH = 20_000
#: More link definitions than this are not read (each one re-reads its paragraph).
_MOST_DEFINITIONS = 1_000
#: Tables beyond so many cells in one runbook stay as the text they are.
_MOST_CELLS = 40_000
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]{1,300}\]:[ \t]*\S", re.MULTILINE)

Env = dict[str, Any]


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Where the parser would drop what is nested deeper, keep it as one paragraph of text."""
    if silent or state.level < _DEEPEST:
        return False
    stop = start + 1
    while stop < end and (state.isEmpty(stop) or state.sCount[stop] >= state.blkIndent):
        stop += 1
    content = state.getLines(start, stop, state.blkIndent, False).strip()
    state.line = stop
    state.push("paragraph_open", "p", 1).map = [start, stop]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start, stop], []
    state.push("paragraph_close", "p", -1)
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Tables within a budget for the whole runbook: a few letters a row make rows of a thousand cells."""
    if silent:
        return table(state, start, end, silent)
    left = _MOST_CELLS - state.env.get("cells", 0)
    columns = 1 + state.src.count("|", state.bMarks[start], state.eMarks[start])
    stop = start
    while stop < end and not state.isEmpty(stop):
        stop += 1
        if (stop - start) * columns > left:
            return False
    found = table(state, start, end, silent)
    if found:
        state.env["cells"] = _MOST_CELLS - left + (state.line - start) * columns
    return found


def _inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = token.children or []
        if len(token.content) > _LONGEST_PARAGRAPH:
            token.children = list(_as_text(token.content))
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _as_text(content: str) -> Sequence[Token]:
    children: list[Token] = []
    for line in content.split("\n"):
        children += [Token("text", "", 0, content=line), Token("softbreak", "br", 0)]
    return children[:-1]


def _parser(*, definitions: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100, "html": True})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.before("table", "too_deep", _too_deep)
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.at("inline", _inline)
    parser.validateLink = may_be_linked  # type: ignore[method-assign, assignment]
    if not definitions:
        parser.block.ruler.disable("reference")
    return parser


_PARSER = _parser(definitions=True)
_WITHOUT_DEFINITIONS = _parser(definitions=False)


class Reader:
    """Reads the runs of one runbook, which share its link definitions."""

    def __init__(self, body: str) -> None:
        found = [m.start() for m in _DEFINITION.finditer(body)]
        self._parser = _PARSER if len(found) <= _MOST_DEFINITIONS else _WITHOUT_DEFINITIONS
        self._env: Env = {}
        if found and self._parser is _PARSER:
            for start in found:
                end = body.find("\n", start)
                self.read(body[start : end if end >= 0 else len(body)])

    def read(self, markdown: str) -> list[Token]:
        """Tokens of a run. What nests too deep for the parser's own stack stays as text."""
        try:
            return self._parser.parse(markdown, self._env)
        except RecursionError:
            return _paragraph(markdown)

    def read_line(self, markdown: str) -> list[Token]:
        """Tokens of one paragraph's words."""
        try:
            return self._parser.parseInline(markdown, self._env)[0].children or []
        except RecursionError:
            return list(_as_text(markdown))


def _paragraph(markdown: str) -> list[Token]:
    inline = Token("inline", "", 0, content=markdown, children=list(_as_text(markdown)), block=True)
    opening = Token("paragraph_open", "p", 1, block=True)
    return [opening, inline, Token("paragraph_close", "p", -1, block=True)]


def words_of(children: Sequence[Token] | None) -> str:
    """The plain words of one paragraph's tokens."""
    out: list[str] = []
    for child in children or ():
        if child.type in ("text", "code_inline", "html_inline"):
            out.append(child.content if child.type != "html_inline" else "")
        elif child.type in ("softbreak", "hardbreak"):
            out.append(" ")
        elif child.type == "image":
            out.append(words_of(child.children))
    return "".join(out)

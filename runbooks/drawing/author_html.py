"""HTML that authors write into Markdown: what of it counts as HTML, and its sanitising. Pure.

Two passes. `AuthorTags` lets complete, known tags through, well nested, and shows everything else as the text
it is: `<pod>` in a sentence is a word, and a tag that never closes cannot swallow what stands behind it. nh3
then decides about attributes and addresses. What the page wraps around is added after both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

import nh3

PHRASING = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
    }
)
BLOCKS = frozenset(
    {
        "blockquote",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ol",
        "p",
        "pre",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
VOID = frozenset({"br", "hr", "wbr"})
#: Tags that only shape a page: left out, with what they hold kept.
_SHAPELESS = frozenset(
    {
        "article",
        "aside",
        "big",
        "center",
        "col",
        "colgroup",
        "figcaption",
        "figure",
        "font",
        "footer",
        "header",
        "hgroup",
        "main",
        "nav",
        "section",
        "span",
        "strike",
        "tt",
        "picture",
        "source",
    }
)
_BREAKS = frozenset({"div", "dd", "dt", "li", "p", "tr"})
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "details": {"open"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
}
#: An opening tag closes these before it, as HTML itself has it.
_CELL = frozenset({"td", "th", "p"})
_IMPLIED: dict[str, frozenset[str]] = {
    "li": frozenset({"li", "p"}),
    "dt": frozenset({"dt", "dd", "p"}),
    "dd": frozenset({"dt", "dd", "p"}),
    "td": _CELL,
    "th": _CELL,
    "tr": _CELL | {"tr"},
    "tbody": _CELL | {"tr", "thead", "tbody", "caption"},
    "thead": _CELL | {"tr", "caption"},
    "tfoot": _CELL | {"tr", "thead", "tbody"},
}
_DEEPEST = 24
SCHEMES = frozenset({"http", "https", "mailto", "tel"})

#: CommonMark 6.6: a complete tag, and nothing that only begins like one.
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)"
    r"(?P<attributes>(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*)\s*/?>"
)
_ATTRIBUTE = re.compile(r"([A-Za-z_:][\w.:-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))")


class AuthorTags:
    """Follows an author's tags through one run of Markdown. `image` draws `<img>` from address and words."""

    def __init__(self, image: Callable[[str, str], str], top: int) -> None:
        self.image = image
        self.top = top
        self.open: list[str] = []

    def close_to(self, size: int) -> str:
        """End tags for all that was opened since the stack had `size` entries."""
        closed = [f"</{name}>" for name in reversed(self.open[size:])]
        del self.open[size:]
        return "".join(closed)

    def block(self, html: str) -> str:
        """A block of HTML. Its blocks may stay open for the Markdown that follows; words in it may not."""
        drawn = self._scan(html, base=0, inline=False)
        size = len(self.open)
        while size and self.open[size - 1] in PHRASING:
            size -= 1
        return drawn + self.close_to(size)

    def inline(self, html: str, base: int) -> str:
        """One tag in a line of text; `base` is the size of the stack at the line's start."""
        return self._scan(html, base=base, inline=True)

    def _scan(self, html: str, *, base: int, inline: bool) -> str:
        out: list[str] = []
        at = 0
        comments = True
        while (start := html.find("<", at)) >= 0:
            out.append(html[at:start])
            if comments and html.startswith("<!--", start):
                end = html.find("-->", start + 4)
                comments = end >= 0
                if comments:
                    at = end + 3
                    continue
            tag = _TAG.match(html, start)
            if tag is None:
                out.append("&lt;")
                at = start + 1
                continue
            out.append(self._tag(tag, base=base, inline=inline))
            at = tag.end()
        out.append(html[at:])
        return "".join(out)

    def _tag(self, tag: re.Match[str], *, base: int, inline: bool) -> str:
        name = tag["name"].lower()
        if name in _SHAPELESS:
            return ""
        if name == "img":
            return "" if tag["close"] else self._image(tag["attributes"])
        if re.fullmatch("h[1-6]", name):
            name = f"h{max(self.top, int(name[1]))}"
        if name in VOID:
            return "" if tag["close"] else f"<{name}>"
        if name not in PHRASING and name not in BLOCKS:
            return escape(tag[0], quote=False)
        if name in BLOCKS and inline:
            return "<br>" if name in _BREAKS and not tag["close"] else " "
        return self._close(name, base) if tag["close"] else self._open(name, tag)

    def _close(self, name: str, base: int) -> str:
        for size in range(len(self.open), base, -1):
            if self.open[size - 1] == name:
                return self.close_to(size - 1)
        return ""

    def _open(self, name: str, tag: re.Match[str]) -> str:
        closing = self.close_to(self._kept(name))
        if len(self.open) >= _DEEPEST:
            return closing + escape(tag[0], quote=False)
        self.open.append(name)
        attributes = tag["attributes"] if name in _ATTRIBUTES else ""
        return f"{closing}<{name}{attributes}>"

    def _kept(self, name: str) -> int:
        """How much of the stack stays open around a new `name`."""
        size = len(self.open)
        if name in PHRASING:
            return size
        ended = _IMPLIED.get(name, frozenset({"p"}))
        while size and (self.open[size - 1] in PHRASING or self.open[size - 1] in ended):
            size -= 1
        return size

    def _image(self, attributes: str) -> str:
        found = {
            name.lower(): unescape(double or single or word)
            for name, double, single, word in _ATTRIBUTE.findall(attributes)
        }
        return self.image(found.get("src", ""), found.get("alt", ""))


def cleaner(attribute: Callable[[str, str, str], str | None]) -> nh3.Cleaner:
    """The sanitiser. `attribute(tag, name, value)` gives the value to keep, or None."""
    return nh3.Cleaner(
        tags=set(PHRASING | BLOCKS | VOID),
        clean_content_tags=set(),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=attribute,
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
    )

"""Plain HTML as the Markdown that a runbook is written in: markdownify's, where that loses or breaks nothing.

Different from it: text cannot become markup (`<pod>` stays a word), code keeps its fences whatever is in it,
tables keep merged cells and blocks, and lists of any length take linear time. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from bs4 import Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from runbooks.importing.confluence_tables import as_lists, grid_of, is_simple

#: href -> where it leads now, or None for a link that leads nowhere.
Relink = Callable[[str], str | None]
#: An image's element -> its new address, or None for one that stays behind.
Reimage = Callable[[Tag], str | None]

_EDGES = re.compile(r"\A(?:\s|\\\n)+|(?:\s|\\\n)+\Z")
_URL = re.compile(r"https?://[^\s<>\"]+")
_URL_END = re.compile(r"[.,;:!?'\")\]}]+\Z")
_SPECIAL = re.compile(r"[\\`*<]|(?<!\w)_|_(?!\w)|~(?=~)|(?<=~)~|&(?=[#\w]+;)")
#: What makes brackets a link, an image or a box to tick; else they are brackets, as in log lines.
_LINKING = re.compile(r"\][(:\[]|\]\Z|\A\[[ xX]\](?:\s|\Z)")
_BRACKETS = re.compile(r"[\[\]]|!(?=\[)")
_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|={3,}|-{3,}|:(?=\s))")
_NUMBER_START = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_CLOSING = re.compile(r"(?<=\s)(#+)\Z|\A(#+)\Z")
_BACKTICKS = re.compile(r"`+")
_LINES = re.compile(r"^(?=.)", re.MULTILINE)
_UNPRINTED = re.compile(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")


#: Its types name no method.
_Converter: Any = MarkdownConverter


class ConfluenceConverter(_Converter):  # type: ignore[misc]
    """One page's. `relink` and `reimage` say what becomes of addresses."""

    class Options:
        heading_style = "atx"
        bullets = "-"
        wrap = True
        wrap_width = None

    def __init__(self, *, relink: Relink, reimage: Reimage, **options: Any) -> None:
        super().__init__(**options)
        self._relink = relink
        self._reimage = reimage
        self._at_start = True

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        if node.name == "table":
            return self._table(node, parent_tags or set())
        return str(super().process_tag(node, parent_tags))

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        self._at_start = _opens_a_line(el)
        return str(super().process_text(el, parent_tags))

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """What would be read as markup gets a backslash; an address in the text becomes a link."""
        text = _UNPRINTED.sub("", text.replace("\xa0", " "))
        out, at = [], 0
        for found in () if "a" in parent_tags else _URL.finditer(text):
            url = _URL_END.sub("", found[0])
            out += [_plain(text[at : found.start()], parent_tags), f"<{url}>"]
            at = found.start() + len(url)
        out.append(_plain(text[at:], parent_tags))
        text = "".join(out)
        if not self._at_start:
            return text
        text = _LINE_START.sub(r"\1\\\2", text)
        return _NUMBER_START.sub(r"\1\\\2", text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_noformat" in parent_tags:
            return text
        href = _UNPRINTED.sub("", str(el.get("href") or "")).strip()
        said = text.strip()
        if not said or not href:
            return text
        leads = self._relink(href)
        if leads is None or "\n\n" in said:
            return text
        before = " " if text[0].isspace() else ""
        after = " " if text[-1].isspace() else ""
        if said == leads and re.match(r"https?://[^\s<>]+\Z", leads):
            return f"{before}<{leads}>{after}"
        return f"{before}[{said}]({address(leads)}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        named = ("alt", "title", "data-linked-resource-default-alias")
        alt = " ".join(next((str(el[name]) for name in named if el.get(name)), "").split())
        alt = _BRACKETS.sub(_escaped, _SPECIAL.sub(_escaped, alt))
        leads = self._reimage(el)
        return alt if leads is None else f"![{alt}]({address(leads)})"

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "td" in parent_tags or "th" in parent_tags:
            return "<br>"
        return " " if "_inline" in parent_tags else "\\\n"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = _EDGES.sub("", text)
        if "td" in parent_tags or "th" in parent_tags:
            return f"{text}<br>" if text else ""
        if "_inline" in parent_tags:
            return f" {text} "
        return f"\n\n{text}\n\n" if text else ""

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_p(el, text, parent_tags)

    convert_article = convert_div
    convert_section = convert_div
    convert_center = convert_div

    def convert_hN(  # noqa: N802 -- markdownify's name
        self, n: int, el: Tag, text: str, parent_tags: set[str]
    ) -> str:
        text = " ".join(_EDGES.sub("", text).replace("\\\n", " ").split())
        if "_inline" in parent_tags or not text:
            return f" {text} "
        text = _CLOSING.sub(_escaped, text)
        return f"\n\n{'#' * max(1, min(6, n))} {text}\n\n"

    def convert_b(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "\n\n" in text or el.find_parent(("b", "strong")) or el.find_parent(_HEADINGS):
            return text
        return str(super().convert_b(el, _one_line(text), parent_tags))

    convert_strong = convert_b

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "\n\n" in text or el.find_parent(("i", "em")):
            return text
        return str(super().convert_em(el, _one_line(text), parent_tags))

    convert_i = convert_em

    def convert_del(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "\n\n" in text or el.find_parent(("s", "del", "strike")):
            return text
        return str(super().convert_del(el, _one_line(text), parent_tags))

    convert_s = convert_del
    convert_strike = convert_del

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_noformat" in parent_tags:
            return text
        text = _one_line(_UNPRINTED.sub("", text.replace("\xa0", " ")))
        return str(super().convert_code(el, text, parent_tags))

    convert_kbd = convert_code
    convert_samp = convert_code
    convert_tt = convert_code

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = _UNPRINTED.sub("", el.get_text().replace("\r\n", "\n")).strip("\n").rstrip()
        if not text:
            return ""
        if "_inline" in parent_tags:
            return f" {_span(_one_line(text))}<br>" if "td" in parent_tags else f" {_span(text)} "
        longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{el.get('data-language') or ''}\n{text}\n{fence}\n\n"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = _EDGES.sub("", text)
        if not text:
            return ""
        if "td" in parent_tags or "th" in parent_tags:
            return f"{el.get('data-mark') or '•'} {text}<br>"
        mark = str(el.get("data-mark") or "-")
        if el.get("data-task"):
            text = f"[{el['data-task']}] {text}"
        return f"{mark} {_LINES.sub(' ' * (len(mark) + 1), text).lstrip(' ')}\n"

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if not text.strip():
            return ""
        if "td" in parent_tags or "th" in parent_tags:
            return f"<br>{text}"
        return f"\n{text.rstrip()}\n" if "li" in parent_tags else f"\n\n{text.rstrip()}\n\n"

    convert_ul = convert_list
    convert_ol = convert_list

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = _EDGES.sub("", text)
        if not text or "_inline" in parent_tags:
            return f" {text} "
        quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
        return f"\n\n{quoted}\n\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        said = _one_line(text).strip()
        return f"\n\n**{said}**\n\n" if said else ""

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_p(el, text, parent_tags)

    def convert_dl(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_p(el, text, parent_tags)

    def _table(self, table: Tag, parent_tags: set[str]) -> str:
        if not is_simple(table):
            return str(super().process_tag(as_lists(table), parent_tags))
        cells = {"td", "_inline"}
        caption = table.find("caption", recursive=False)
        title = self.process_tag(caption, parent_tags).strip() if isinstance(caption, Tag) else ""
        grid = grid_of(table)
        drawn = [
            [
                _cell(str(super(ConfluenceConverter, self).process_tag(one, cells)), one)
                if isinstance(one, Tag)
                else one
                for one in row
            ]
            for row in grid.rows
        ]
        if not drawn or not any(any(row) for row in drawn):
            return f"\n\n{title}\n\n" if title else ""
        if grid.headed:
            head, *rows = drawn
        else:
            head, rows = [""] * grid.width, drawn
        lines = [head, ["---"] * grid.width, *rows]
        said = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"\n\n{title}\n\n{said}\n\n" if title else f"\n\n{said}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    convert_th = convert_td
    convert_tr = convert_td


_INLINE = frozenset(
    {
        *("a", "b", "strong", "i", "em", "code", "span", "font", "u", "s", "del", "strike", "ins"),
        *(
            "sub",
            "sup",
            "kbd",
            "samp",
            "tt",
            "small",
            "big",
            "time",
            "label",
            "mark",
            "abbr",
            "img",
        ),
    }
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def _opens_a_line(el: NavigableString) -> bool:
    """Could what the text begins with be read as the beginning of a list, a heading or a quote?"""
    node: NavigableString | Tag | None = el
    while node is not None:
        before = node.previous_sibling
        while isinstance(before, NavigableString) and not before.strip():
            before = before.previous_sibling
        if before is not None:
            return isinstance(before, Tag) and before.name not in _INLINE
        node = node.parent
        if node is None or node.name not in _INLINE:
            return True
    return True


def address(leads: str) -> str:
    """An address so that no blank or bracket in it ends the link."""
    return quote(leads, safe="/:?#@!$&'*+,;=%~._-[]{}|^")


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _plain(text: str, parent_tags: set[str]) -> str:
    text = _SPECIAL.sub(_escaped, text)
    if "a" in parent_tags or _LINKING.search(text.strip()):
        text = _BRACKETS.sub(_escaped, text)
    return text


def _one_line(text: str) -> str:
    return re.sub(r"\s*\\?\n\s*", " ", text)


def _span(text: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    ticks = "`" * (longest + 1)
    gap = " " if longest else ""
    return f"{ticks}{gap}{text.strip()}{gap}{ticks}"


def _cell(text: str, cell: Tag) -> str:
    text = re.sub(r"\s*\n\s*", " ", text).strip()
    text = re.sub(r"(?:\s*<br>\s*)+", "<br>", text)
    text = re.sub(r"^(?:<br>)+|(?:<br>)+$", "", text)
    text = text.replace("|", "\\|")
    if cell.name == "th" and text and cell.find_previous_sibling() is None and _in_body(cell):
        return f"**{text}**" if not text.startswith("**") else text
    return text


def _in_body(cell: Tag) -> bool:
    """A heading of a row, in a row that has other cells."""
    return cell.find_next_sibling("td") is not None

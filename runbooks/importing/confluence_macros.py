"""Confluence's macros as plain HTML, so that what turns HTML into Markdown knows nothing of Confluence. Pure.

What a macro says stays; how it looks goes. A macro that is not known keeps its text and is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag
from bs4.element import CData, NavigableString, PreformattedString

#: Nothing that a person wrote is nested deeper; what is becomes text, so that no program's stack ends.
DEEPEST = 60

_BRUSH = re.compile(r"brush:\s*([\w#+.-]{1,40})")
_LANGUAGE = re.compile(r"(?:^|\s)lang(?:uage)?-([\w#+.-]{1,40})")
#: What Confluence calls a language, where others call it differently; "" for none.
_LANGUAGES = {
    # Java is what Confluence writes where nobody chose a language.
    **dict.fromkeys(("plain", "text", "none", "java", "actionscript3"), ""),
    **{"shell": "sh", "c#": "csharp", "js": "javascript", "yml": "yaml", "py": "python"},
    "confluence": "",
}
_WORDS = {
    "information": "Info",
    "info": "Info",
    "note": "Note",
    "warning": "Warning",
    "tip": "Tip",
    "success": "Success",
    "error": "Error",
}
#: Emoticons that a runbook uses to say something.
_EMOTICONS = {
    "tick": "✅",
    "cross": "❌",
    "warning": "⚠️",
    "information": "ℹ️",
    "question": "❓",
    "forbidden": "⛔",
    "light-on": "💡",
    "light-off": "💡",
    "plus": "➕",
    "minus": "➖",
    "thumbs-up": "👍",
    "thumbs-down": "👎",
    "red-star": "⭐",
    "yellow-star": "⭐",
    "green-star": "⭐",
    "blue-star": "⭐",
    "smile": "🙂",
    "sad": "🙁",
    "heart": "❤️",
}
#: Macros whose text is all that they have to say, beside those that are converted below.
_PLAIN_MACROS = frozenset(
    {
        *("anchor", "attachments", "children", "code", "column", "contributors", "details"),
        *("excerpt", "excerpt-include", "expand", "include", "info", "jira", "lozenge", "noformat"),
        *("note", "pagetree", "panel", "section", "status", "tip", "toc", "toc-zone", "warning"),
        *("ui-expand", "ui-step", "ui-steps", "ui-tab", "ui-tabs", "view-file", "viewpdf", "html"),
        *("tasklist", "profile", "content-by-label", "contentbylabel", "decisionreport", "date"),
    }
)
_SAID_BY_ITSELF = frozenset({"click here to expand...", "click here to expand"})
#: Where what is shown is drawn by a program that the export does not have.
_APPS = (
    ".ap-container, .ap-content, .drawio-macro, .gliffy-container, .plugin-contributors-empty, "
    "[data-macro-name], .wysiwyg-unknown-macro, iframe, object, embed, video, audio, canvas, svg"
)


@dataclass(slots=True)
class Prepared:
    """`unknown` names the macros that were not converted, each once, in their order."""

    unknown: dict[str, None] = field(default_factory=dict)
    too_deep: bool = False


def prepare(soup: BeautifulSoup, main: Tag) -> Prepared:
    """Change `main` in place: afterwards it holds plain HTML, and no script, no style, no comment."""
    done = Prepared()
    _old_code(soup, main)
    for tag in main.find_all(("script", "style", "link", "meta", "base", "template", "noscript")):
        _take_out(tag)
    _plain_strings(main)
    done.too_deep = _flatten(main)
    _name_unknown(main, done)
    for convert in _CONVERSIONS:
        convert(soup, main)
    return done


def has(tag: Tag, name: str) -> bool:
    return name in (tag.get("class") or ())


def words(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""


def _name_unknown(main: Tag, done: Prepared) -> None:
    for tag in main.select(_APPS):
        name = str(tag.get("data-macro-name") or "")
        if name in _PLAIN_MACROS or (not name and tag.find_parent(attrs={"data-macro-name": True})):
            continue
        if not name:
            name = next(iter(tag.get("class") or ()), tag.name)
        done.unknown[name[:80]] = None
        source = str(tag.get("src") or tag.get("data") or "")
        if tag.name in ("iframe", "embed", "object", "video", "audio") and source:
            tag.name = "a"
            tag.attrs = {"href": source}
            if not words(tag):
                tag.string = source
    for error in main.select("span.error, div.error"):
        done.unknown[words(error)[:80] or "error"] = None


def _old_code(soup: BeautifulSoup, main: Tag) -> None:
    """Confluence 4 and 5 wrote code into script elements, which the browser then drew."""
    for script in main.find_all("script"):
        kind = f"{script.get('type', '')} {' '.join(script.get('class') or ())}"
        if "syntaxhighlighter" not in kind and "brush:" not in kind:
            continue
        text = "".join(str(part) for part in script.contents)
        code = soup.new_tag("pre")
        code["data-syntaxhighlighter-params"] = kind
        code.string = text.replace("<![CDATA[", "").replace("]]>", "").strip("\n")
        script.replace_with(code)


def _plain_strings(main: Tag) -> None:
    for text in main.find_all(string=lambda s: isinstance(s, PreformattedString)):
        if isinstance(text, CData):
            text.replace_with(NavigableString(str(text)))
        else:
            text.extract()


def _take_out(tag: Tag) -> None:
    if not tag.decomposed:
        tag.decompose()


def _flatten(main: Tag) -> bool:
    """Cut off at a depth: below it only the text stays."""
    waiting: list[tuple[Tag, int]] = [(main, 0)]
    cut = False
    while waiting:
        tag, depth = waiting.pop()
        inner = [child for child in tag.children if isinstance(child, Tag)]
        if depth >= DEEPEST and inner:
            text = tag.get_text(" ")
            tag.clear()
            tag.append(NavigableString(text))
            cut = True
            continue
        waiting += ((child, depth + 1) for child in inner)
    return cut


def _no_contents(_soup: BeautifulSoup, main: Tag) -> None:
    """Tables of contents: the page has its own."""
    for tag in main.select(".toc-macro, .client-side-toc-macro, .toc"):
        _take_out(tag)
    for tag in main.select(".aui-icon, .expand-icon, .expand-control-icon, .hidden-xs.icon"):
        if not words(tag) or has(tag, "confluence-information-macro-icon"):
            _take_out(tag)


def _code(soup: BeautifulSoup, main: Tag) -> None:
    for pre in main.find_all("pre"):
        for line_break in pre.find_all("br"):
            line_break.replace_with("\n")
        inner = pre.find("code")
        said = str(pre.get("data-syntaxhighlighter-params") or "")
        classes = [*(pre.get("class") or ()), *((inner.get("class") or ()) if inner else ())]
        found = _BRUSH.search(said) or _LANGUAGE.search(" ".join(classes))
        language = found[1].lower() if found else str(pre.get("data-language") or "").lower()
        text = pre.get_text().replace("\xa0", " ").replace("\u200b", "")
        pre.attrs = {"data-language": _LANGUAGES.get(language, language)}
        pre.string = text
    for panel in main.select("div.code.panel, div.preformatted.panel"):
        header = panel.find(class_=("codeHeader", "preformattedHeader", "panelHeader"))
        if isinstance(header, Tag):
            _title(soup, header, words(header))
        panel.attrs = {}


def _title(soup: BeautifulSoup, header: Tag, said: str) -> None:
    """A macro's title as a line of its own before what it holds."""
    line = soup.new_tag("p")
    bold = soup.new_tag("strong")
    bold.string = said
    line.append(bold)
    if said:
        header.replace_with(line)
    else:
        header.decompose()


def _panels(soup: BeautifulSoup, main: Tag) -> None:
    for box in main.select(".confluence-information-macro, .aui-message, .admonition"):
        kinds = " ".join(box.get("class") or ())
        said = re.findall(r"(?:macro-|aui-message-|\b)(information|info|note|warning|tip)\b", kinds)
        word = _WORDS.get(said[-1], "Note") if said else "Note"
        title = box.find(class_="title", recursive=False)
        _quote(soup, box, word, title if isinstance(title, Tag) else None)
    for box in main.select("div.panel, div.panelMacro"):
        if box.find("pre", recursive=False) or box.select_one(":scope > .codeContent"):
            continue
        if not box.select_one(".panelContent, .panelHeader"):
            continue
        header = box.find(class_="panelHeader", recursive=False)
        kind = str(box.get("data-panel-type") or "").lower()
        _quote(soup, box, _WORDS.get(kind, ""), header if isinstance(header, Tag) else None)
    for ul in main.select("ul.decision-list"):
        for item in ul.find_all("li", recursive=False):
            item.insert(0, NavigableString("Decision: "))


def _quote(soup: BeautifulSoup, box: Tag, word: str, title: Tag | None) -> None:
    """`> **Warning: Only at night**`, and what is in the box below it."""
    named = words(title).rstrip(":")
    if title is not None:
        title.decompose()
    box.name, box.attrs = "blockquote", {}
    if named:
        line = soup.new_tag("p")
        bold = soup.new_tag("strong")
        bold.string = f"{word}: {named}" if word else named
        line.append(bold)
        box.insert(0, line)
    elif word:
        lead_in(soup, box, word)


def lead_in(soup: BeautifulSoup, box: Tag, word: str) -> None:
    """`**Note:** ` before the first words in a box, in their paragraph where they have one."""
    place = box
    while True:
        first = next((c for c in place.children if isinstance(c, Tag) or str(c).strip()), None)
        if not isinstance(first, Tag) or first.name not in ("div", "p", "span"):
            break
        place = first
        if first.name == "p":
            break
    bold = soup.new_tag("strong")
    bold.string = f"{word.rstrip(':')}:"
    if (
        isinstance(first, Tag) and place.name != "p"
    ):  # a list, a table, code: below a line of its own
        line = soup.new_tag("p")
        line.append(bold)
        place.insert(0, line)
        return
    for child in list(place.children):
        if isinstance(child, Tag) or str(child).strip():
            break
        child.extract()
    place.insert(0, bold)
    bold.insert_after(NavigableString(" "))


def _expands(soup: BeautifulSoup, main: Tag) -> None:
    """Open: who reads at night must not look for a step that is folded away."""
    for box in main.select(".expand-container"):
        control = box.find(class_="expand-control")
        if isinstance(control, Tag):
            said = words(control)
            _title(soup, control, "" if said.casefold() in _SAID_BY_ITSELF else said)


def _statuses(soup: BeautifulSoup, main: Tag) -> None:
    for status in main.select(".status-macro, .aui-lozenge"):
        if status.find_parent(class_="jira-issue"):
            continue
        status.name, status.attrs = "strong", {}


def _tasks(_soup: BeautifulSoup, main: Tag) -> None:
    for tasks in main.select("ul.inline-task-list, ul.task-list"):
        for item in tasks.find_all("li", recursive=False):
            item["data-task"] = "x" if has(item, "checked") else " "
    for placeholder in main.select(".placeholder-inline-tasks"):
        placeholder.unwrap()


def _lists(_soup: BeautifulSoup, main: Tag) -> None:
    """Numbers as they were counted; a list that stands directly in a list belongs to the item before it."""
    for inner in main.select("ul > ul, ul > ol, ol > ul, ol > ol"):
        item = inner.find_previous_sibling()
        if item is not None and item.name == "li":
            item.append(inner.extract())
    for numbered in main.find_all("ol"):
        start = str(numbered.get("start") or "1")
        first = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1
        for number, item in enumerate(numbered.find_all("li", recursive=False), start=first):
            item["data-mark"] = f"{number}."


def _jira(soup: BeautifulSoup, main: Tag) -> None:
    """`OPS-12: Pool too small (In progress)`, the key linked."""
    for issue in main.select(".jira-issue"):
        if issue.name == "a":
            continue
        for icon in issue.find_all("img"):
            icon.decompose()
        for state in issue.select(".aui-lozenge, .jira-macro-single-issue-export-pdf"):
            if said := words(state):
                state.replace_with(NavigableString(f"({said})"))


def _mentions(_soup: BeautifulSoup, main: Tag) -> None:
    for link in main.select("a.confluence-userlink, a.user-mention, a.user-hover"):
        name, login = words(link), str(link.get("data-username") or "")
        if login and login.casefold() != name.casefold():
            name = f"{name} (@{login})"
        link.replace_with(NavigableString(name if "@" in name else f"@{name}"))


def _emoticons(_soup: BeautifulSoup, main: Tag) -> None:
    for image in main.select("img.emoticon, img[data-emoji-short-name], img[data-emoji-shortname]"):
        kinds = [k.removeprefix("emoticon-") for k in image.get("class") or ()]
        sign = str(image.get("data-emoji-fallback") or "")
        if not sign or sign.startswith(":"):
            known = next((_EMOTICONS[k] for k in kinds if k in _EMOTICONS), "")
            short = image.get("data-emoji-short-name") or image.get("data-emoji-shortname")
            sign = known or str(image.get("alt") or short or "")
        image.replace_with(NavigableString(sign))


def _times(_soup: BeautifulSoup, main: Tag) -> None:
    for time in main.find_all("time"):
        if not words(time) and time.get("datetime"):
            time.string = str(time["datetime"])


_CONVERSIONS: tuple[Callable[[BeautifulSoup, Tag], None], ...] = (
    _no_contents,
    _code,
    _panels,
    _expands,
    _jira,
    _statuses,
    _tasks,
    _lists,
    _mentions,
    _emoticons,
    _times,
)

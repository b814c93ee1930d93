"""A Confluence space's HTML export as it lies on disk: its index, its tree of pages, its addresses. Pure.

Server, Data Center and Cloud write the same shape: `index.html` with nested lists, one HTML file for each
page (`Title_123.html`, or `123.html` where no file could be called so), `attachments/123/456.png`.
Only the shape is relied on, not the words: an export is written in its author's language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus, unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import UnicodeDammit

#: A page of more bytes is not read: nobody wrote it by hand.
MAX_BYTES = 32 * 1024 * 1024
_SNIFFED = 64 * 1024
_DEEPEST = 50
_PAGE_ID = re.compile(r"(?:^|_)(\d+)$")
_KEY = re.compile(r"~?[A-Za-z0-9._-]{1,255}")
_BY_NUMBER = re.compile(r"/spaces/[^/]+/pages/(\d+)(?:/|\Z)")
_DISPLAY = re.compile(r"/display/([^/]+)/([^/]+)/?\Z")
_BASE = re.compile(rb"""data-base-url=["'](https?://[^"'\s<>]{1,300})["']""")
_LINK = re.compile(
    rb"""["'](https?://[^"'\s<>?#]{1,300}?)/"""
    rb"""(?:pages/viewpage\.action\?pageId=\d|display/([^/"']{1,255})/|spaces/([^/"']{1,255})/pages/\d)"""
)


@dataclass(slots=True)
class Page:
    """One page's file. `above` are its ancestors, the outermost first, the space's home page included."""

    file: Path
    title: str
    id: str = ""
    above: tuple[Page, ...] = ()
    children: list[Page] = field(default_factory=list)


@dataclass(slots=True)
class Space:
    """`pages` leads from a file's name to its page, in the index's order; `base` is the wiki's address."""

    root: Path
    name: str = ""
    key: str = ""
    base: str = ""
    home: Page | None = None
    pages: dict[str, Page] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    by_id: dict[str, Page] = field(default_factory=dict)
    by_title: dict[str, Page] = field(default_factory=dict)

    def page_at(self, href: str) -> Page | None:
        """The page of this space that an address means, in any of its spellings."""
        try:
            parts = urlsplit(href)
            query = parse_qs(parts.query)
        except ValueError:
            return None
        path = unquote(parts.path)
        if not parts.scheme and not parts.netloc and path in self.pages:
            return self.pages[path]
        if parts.netloc and parts.netloc.casefold() != urlsplit(self.base).netloc.casefold():
            return None
        number = _BY_NUMBER.search(path)
        if path.endswith("/pages/viewpage.action") or number is not None:
            return self.by_id.get(number[1] if number else query.get("pageId", [""])[0])
        found = _DISPLAY.search(path)
        if found and found[1].casefold() == self.key.casefold():
            return self.by_title.get(found[2].replace("+", " ").casefold())
        return None

    def addresses(self, page: Page) -> list[str]:
        """Where the page was found: whole addresses where the wiki's own is known, else paths. The one by its
        id first, for that one holds when a page is renamed."""
        found = []
        key = quote(self.key, safe="~")
        title = quote_plus(page.title, safe="~!*'(),")
        if page.id:
            found.append(f"/pages/viewpage.action?pageId={page.id}")
        if self.key:
            found.append(f"/display/{key}/{title}")
            if page.id:
                found.append(f"/spaces/{key}/pages/{page.id}/{title}")
        return [f"{self.base}{path}" for path in found]


def folder_of(root: Path) -> Path | None:
    """The folder with the export's index: `root`, or the only folder in it. None where there is none."""
    if _is_index(root / "index.html"):
        return root
    try:
        inner = [entry for entry in root.iterdir() if not entry.name.startswith((".", "__MACOSX"))]
    except OSError:
        return None
    if len(inner) == 1 and inner[0].is_dir() and not inner[0].is_symlink():
        return inner[0] if _is_index(inner[0] / "index.html") else None
    return None


def _is_index(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            start = opened.read(_SNIFFED)
    except OSError:
        return False
    return b"pageSection" in start and (b"title-heading" in start or b"styles/site.css" in start)


def read_html(file: Path) -> tuple[BeautifulSoup, str]:
    """The file's tree, and a sentence where its letters had to be guessed. Raises OSError with a sentence."""
    if file.is_symlink() or not file.is_file():
        raise OSError("This is no regular file.")
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise OSError(f"The page has {size:,} bytes; {MAX_BYTES:,} are read.")
    text, note = decoded(file.read_bytes())
    return BeautifulSoup(text, "html.parser"), note


def decoded(content: bytes) -> tuple[str, str]:
    """The text, whatever it is encoded in, and a sentence where that had to be guessed."""
    try:
        return content.decode("utf-8-sig").replace("\0", ""), ""
    except UnicodeDecodeError:
        pass
    guessed = UnicodeDammit(content, is_html=True)
    if guessed.unicode_markup and not guessed.contains_replacement_characters:
        text, said = (
            guessed.unicode_markup,
            f"It is not UTF-8; read as {guessed.original_encoding}.",
        )
    else:
        text, said = content.decode("utf-8", "replace"), "It is not UTF-8; some letters are lost."
    return text.replace("\0", ""), said


def read_space(folder: Path) -> Space:
    """The space in a folder that `folder_of` found. Raises OSError when its index cannot be read."""
    index, _ = read_html(folder / "index.html")
    space = Space(folder)
    _name_space(space, index)
    parents: dict[int, Page] = {}
    roots: list[Page] = []
    for item in index.find_all("li"):
        link = _link_of(item)
        if link is None:
            continue
        name = unquote(str(link["href"])).partition("#")[0]
        page = _page_of(space, name, " ".join(link.get_text().split()))
        if page is None:
            continue
        above = _nearest(item, parents)
        if above is None:
            roots.append(page)
        else:
            _hang(page, above)
        parents[id(item)] = page
        if space.home is None and item.find("img", src=re.compile("home_page"), recursive=False):
            space.home = page
    if space.home is None and len(roots) == 1:
        space.home = roots[0]
    _add_unlisted(space)
    space.by_id = {page.id: page for page in space.pages.values() if page.id}
    space.by_title = {page.title.casefold(): page for page in space.pages.values()}
    space.base = _base_of(space)
    return space


def _name_space(space: Space, index: BeautifulSoup) -> None:
    """`<title>Operations (OPS)</title>`; else the first two cells of the table of details: key, name."""
    title = " ".join(index.title.get_text().split()) if index.title else ""
    name, _, key = title.rpartition("(")
    if title.endswith(")") and _KEY.fullmatch(key[:-1]):
        space.name, space.key = name.strip(), key[:-1]
    cells = [" ".join(cell.get_text().split()) for cell in index.select("#main-content td")[:2]]
    if not space.key and cells and _KEY.fullmatch(cells[0]):
        space.key = cells[0]
    if not space.name:
        space.name = cells[1] if len(cells) > 1 else title


def _link_of(item: Tag) -> Tag | None:
    """The link that names the item itself, and not one of a list in it."""
    for child in item.children:
        if isinstance(child, Tag) and child.name not in ("ul", "ol"):
            link = child if child.name == "a" else child.find("a")
            if isinstance(link, Tag) and link.get("href"):
                return link
    return None


def _nearest(item: Tag, pages: dict[int, Page]) -> Page | None:
    above = islice(item.parents, _DEEPEST)
    return next((pages[id(one)] for one in above if id(one) in pages), None)


def _hang(page: Page, above: Page) -> None:
    page.above = (*above.above, above)[:_DEEPEST]
    above.children.append(page)


def _page_of(space: Space, name: str, title: str) -> Page | None:
    """The page in a file of the export's own folder; None for what is listed twice or lies elsewhere."""
    if "/" in name or "\\" in name or name in space.pages or not name.lower().endswith(".html"):
        return None
    file = space.root / name
    if name == "index.html":
        return None
    if not file.is_file():
        space.missing.append(name)
        return None
    page = Page(file, title or _title_of(name), id=_id_of(name))
    space.pages[name] = page
    return page


def _add_unlisted(space: Space) -> None:
    """Pages that the index does not name hang where their breadcrumbs say."""
    for file in sorted(space.root.glob("*.html")):
        if file.name in space.pages or file.name == "index.html" or file.is_symlink():
            continue
        try:
            soup, _ = read_html(file)
        except OSError:
            continue
        if soup.select_one("#main-content, .wiki-content") is None:
            continue
        heading = soup.select_one("#title-text, #title-heading") or soup.title
        title = " ".join(heading.get_text().split()) if heading else ""
        title = title.removeprefix(f"{space.name} : ")
        page = Page(file, title or _title_of(file.name), id=_id_of(file.name))
        crumbs = [unquote(str(a["href"])) for a in soup.select("#breadcrumbs a[href]")]
        above = next((space.pages[name] for name in reversed(crumbs) if name in space.pages), None)
        if above is not None:
            _hang(page, above)
        space.pages[file.name] = page


def _id_of(name: str) -> str:
    found = _PAGE_ID.search(name.rpartition(".")[0])
    return found[1] if found else ""


def _title_of(name: str) -> str:
    stem = name.rpartition(".")[0]
    return _PAGE_ID.sub("", stem).replace("-", " ").strip() or stem


def _base_of(space: Space) -> str:
    """The wiki's own address, as its images and links tell it; "" where no page has one."""
    stated: Counter[str] = Counter()
    linked: Counter[str] = Counter()
    key = space.key.encode()
    for content in _contents(space):
        stated.update(found[1].decode("ascii", "ignore") for found in _BASE.finditer(content))
        for found in _LINK.finditer(content):
            if key in (found[2] or found[3] or key):
                linked[found[1].decode("ascii", "ignore")] += 1
    for counted in (stated, linked):
        if counted:
            return counted.most_common(1)[0][0].rstrip("/")
    return ""


def _contents(space: Space) -> Iterator[bytes]:
    for page in space.pages.values():
        if not page.file.is_symlink() and page.file.stat().st_size <= MAX_BYTES:
            yield page.file.read_bytes()

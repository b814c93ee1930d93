"""Where the links of a Confluence page lead once it is a runbook. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from bs4 import Tag

from runbooks.importing.confluence_export import Page, Space
from runbooks.importing.confluence_files import Files
from runbooks.importing.confluence_macros import words
from runbooks.naming import slug_of

HEADINGS = re.compile(r"h[1-6]")
SCHEME = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*\s*:")
_SAFE = re.compile(r"(?:https?|mailto|tel|ftp|sftp|ssh):", re.IGNORECASE)
_DOWNLOAD = re.compile(r"/download/(?:attachments|thumbnails)/\d+/([^?#]+)")


class Links:
    """One page's. `broken` are addresses that lead nowhere now; `pages` is what relative paths mean."""

    def __init__(
        self, space: Space, files: Files, page: Page, path_to: Callable[[Page], str]
    ) -> None:
        self.space = space
        self.files = files
        self.page = page
        self._path_to = path_to
        self.anchors: dict[str, str] = {}
        self.broken: dict[str, None] = {}
        self.pages: dict[str, Page] = {}

    def relink(self, href: str) -> str | None:
        if href.startswith("#"):
            return self._anchor(unquote(href[1:]))
        page = self.space.page_at(href)
        if page is not None:
            return self._to_page(page, href)
        attached = _DOWNLOAD.search(unquote(href))
        if attached is not None and (carried := self.files.carry_named(attached[1])):
            return carried
        if href.startswith("//"):
            return f"https:{href}"
        if SCHEME.match(href):
            return href if _SAFE.match(href) else self._lost(href)
        return self._relative(href)

    def _relative(self, href: str) -> str | None:
        path = unquote(href).partition("#")[0].partition("?")[0]
        if path.startswith(("attachments/", "images/")) or "/" not in path:
            carried = None if path.endswith(".html") else self.files.carry(href)
            return carried or self._lost(href)
        if href.startswith("/") and self.space.base:
            site = urlsplit(self.space.base)
            return f"{site.scheme}://{site.netloc}{href}"
        return self._lost(href)

    def _lost(self, href: str) -> str | None:
        self.broken[href] = None
        return None

    def _anchor(self, name: str) -> str | None:
        slug = self.anchors.get(name)
        if slug is None:
            return self._lost(f"#{name}") if name else None
        return f"#{slug}"

    def _to_page(self, page: Page, href: str) -> str:
        fragment = unquote(urlsplit(href).fragment)
        if page is self.page:
            return self._anchor(fragment) or "#" if fragment else "#"
        path = self._path_to(page)
        self.pages[path] = page
        return path


def anchors_of(main: Tag) -> dict[str, str]:
    """Anchor -> the heading's slug: a heading's own, and of an anchor in the text that of its section."""
    anchors: dict[str, str] = {}
    section = ""
    for tag in main.find_all(True):
        if HEADINGS.fullmatch(tag.name) and (tag.name == "h2" or not section):
            section = slug_of(words(tag))
        name = str(tag.get("id") or (tag.get("name") if tag.name == "a" else "") or "")
        if name and section:
            anchors.setdefault(name, section)
        elif HEADINGS.fullmatch(tag.name):
            inner = tag.find(id=True)
            if isinstance(inner, Tag):
                anchors.setdefault(str(inner["id"]), section)
    return anchors

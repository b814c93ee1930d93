"""Slugs and addresses, folded the same way wherever they are compared. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

_UNSAFE = re.compile(r"[^\w.-]+", re.UNICODE)
_RUNS = re.compile(r"-{2,}")


_BY_QUERY = re.compile(r"/pages/viewpage\.action\?(?:[^#]*&)?pageId=(\d+)(?:&|\Z)", re.IGNORECASE)
_BY_NUMBER = re.compile(r"/spaces/[^/]+/pages/(\d+)(?:/[^/]*)?\Z", re.IGNORECASE)
_DISPLAY = re.compile(r"/display/[^/]+/[^/]+\Z", re.IGNORECASE)


def _confluence_page(path: str, query: str) -> re.Match[str] | None:
    return _BY_QUERY.search(f"{path}?{query}") or _BY_NUMBER.search(path)


def slug_of(name: str) -> str:
    """`KubePodCrashLooping` -> `kubepodcrashlooping`, as `runbook_url` conventions expect.

    Lower-case; letters of any script, digits, `.`, `_` and `-` stay; everything else becomes `-`.
    """
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    slug = _RUNS.sub("-", _UNSAFE.sub("-", folded)).strip("-._")
    return slug[:200].rstrip("-._")


def fold_address(address: str) -> str:
    """An address without scheme, case, query, fragment, trailing slash and `.md`, so that spellings meet.

    Confluence tells its pages apart in the query, or by a number before a title that may change: both
    spellings of one page's address fold to the one by its number.
    """
    parts = urlsplit(address.strip())
    path = unquote(parts.path).rstrip("/")
    if (number := _confluence_page(path, parts.query)) is not None:
        start = path[: number.start()]
        return f"{parts.netloc}{start}/pages/viewpage.action?pageId={number[1]}".casefold()
    if _DISPLAY.search(path):
        path = path.replace("+", " ")
    for ending in (".md", ".html"):
        path = path.removesuffix(ending)
    return f"{parts.netloc}{path}".casefold()

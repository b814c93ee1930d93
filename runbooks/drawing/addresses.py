"""Addresses in a runbook's text: links to other runbooks, attachments, headings of the same page. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import normpath
from urllib.parse import unquote

from runbooks.drawing.author_html import SCHEMES
from runbooks.naming import slug_of

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_END_OF_HEAD = re.compile(r"[/?#]")
_MARKDOWN = (".md", ".markdown", ".mdx")
#: Files that stand for their folder.
_FOLDER_FILES = ("index", "_index", "readme")
_IMAGE_DATA = re.compile(r"data:image/(?:png|gif|jpeg|webp);")


def scheme_of(address: str) -> str:
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def may_be_linked(address: str) -> bool:
    """May Markdown make a link or an image of this? Otherwise its text stays as written."""
    return is_safe(address) or bool(_IMAGE_DATA.match(address))


def is_safe(address: str) -> bool:
    """Has it a scheme that does no harm, or nothing that could pass for a scheme?"""
    head = _END_OF_HEAD.split(address, maxsplit=1)[0]
    return ":" not in head or scheme_of(address) in SCHEMES


class Addresses:
    """`attachments`: path as written -> address of ours; `anchors`: slug of a heading -> id on the page."""

    def __init__(self, attachments: Mapping[str, str], anchors: Mapping[str, str]) -> None:
        self._attachments = {_plain_path(path): url for path, url in attachments.items()}
        self._anchors = anchors

    def attachment(self, address: str) -> str | None:
        if scheme_of(address):
            return None
        return self._attachments.get(_plain_path(address.partition("#")[0].partition("?")[0]))

    def of_link(self, address: str) -> str | None:
        """Where a link in the text leads on the page; None when it must lead nowhere."""
        address = address.strip()
        if not is_safe(address):
            return None
        if address.startswith("#"):
            anchor = self._anchors.get(slug_of(unquote(address[1:])))
            return f"#{anchor}" if anchor else address
        if scheme_of(address) or address.startswith("//"):
            return address
        attached = self.attachment(address)
        if attached is not None:
            return attached
        path, hash_sign, fragment = address.partition("#")
        slug = _runbook_slug(unquote(path))
        return f"/r/{slug}{hash_sign}{fragment}" if slug else address


def _plain_path(path: str) -> str:
    return normpath(unquote(path.strip())).lstrip("/")


def _runbook_slug(path: str) -> str:
    """`../node/NodeDown.md` -> "nodedown"; `node/index.md` -> "node"; empty when it is no runbook's file."""
    folder, _, name = path.partition("?")[0].rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if f"{dot}{ending}".lower() not in _MARKDOWN:
        return ""
    if stem.lower() in _FOLDER_FILES:
        stem = folder.rpartition("/")[2].strip(".")
    return slug_of(stem)

"""The files of a Confluence page: found in the export, and copied beside the page's Markdown. Pure."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote

from bs4 import BeautifulSoup

from runbooks.importing.attachments import MAX_BYTES as MAX_ATTACHMENT
from runbooks.importing.confluence_macros import words
from runbooks.importing.scanning import ENDINGS
from runbooks.naming import slug_of

_LONGEST_STEM = 120


class Files:
    """One page's. `carried` leads from an address in the export to the path from `folder`; `left` are
    sentences for what stays behind."""

    def __init__(self, root: Path, folder: Path, beside: str) -> None:
        self.root = root
        self.folder = folder
        self.beside = beside
        self.carried: dict[str, str] = {}
        self.names: dict[str, str] = {}  # address in the export -> what the file was called
        self.left: list[str] = []

    def listed(self, soup: BeautifulSoup) -> list[str]:
        """The addresses of the files that the page lists at its end; their names are remembered."""
        found: dict[str, None] = {}
        for link in soup.select(".greybox a[href], .pageSection a[href^='attachments/']"):
            href = unquote(str(link["href"])).partition("?")[0]
            if href.startswith("attachments/"):
                self.names[href] = words(link)
                if not self.names[href].startswith("~"):
                    found[href] = None
        return list(found)

    def carry(self, href: str, name: str = "") -> str | None:
        """Copy a file of the export beside the page; its path from there, None where it stays behind."""
        href = unquote(href).partition("#")[0].partition("?")[0]
        if href in self.carried:
            return self.carried[href]
        name = self.names.get(href) or name or href.rpartition("/")[2]
        root = self.root.resolve()
        try:
            actual = (root / href).resolve(strict=True)
            if not actual.is_relative_to(root) or not actual.is_file() or "\0" in href:
                return None
            if actual.stat().st_size > MAX_ATTACHMENT:
                said = f"{name} has {actual.stat().st_size:,} bytes and stays behind."
                self.left.append(said)
                return None
            path = self._free_path(name, actual.suffix)
            copy = self.folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(actual, copy)
        except (OSError, ValueError, RuntimeError):
            return None
        self.carried[href] = path
        return path

    def carry_named(self, name: str) -> str | None:
        """The same for a file that the page lists under this name."""
        name = name.replace("+", " ").rstrip("/")
        href = next((href for href, said in self.names.items() if said == name), None)
        return self.carry(href) if href else None

    def _free_path(self, name: str, ending: str) -> str:
        stem, dot, last = name.rpartition(".")
        ending = slug_of(last if dot else ending.removeprefix("."))[:10]
        if f".{ending}" in ENDINGS or f"{dot}{last}".lower() in ENDINGS:
            ending = f"{ending}.txt"  # it is a file of the page, and no runbook
        plain = short_stem(slug_of(stem or name)) or "file"
        taken = set(self.carried.values())
        for number in range(1, 10_000):
            more = f"-{number}" if number > 1 else ""
            path = f"{self.beside}/{plain}{more}{f'.{ending}' if ending else ''}"
            if path not in taken:
                return path
        raise ValueError("too many files of one name")


def short_stem(slug: str) -> str:
    """Short enough for a file's name, whatever its letters."""
    return slug.encode()[:_LONGEST_STEM].decode("utf-8", "ignore").rstrip("-._")

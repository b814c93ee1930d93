"""What a portal holds in memory, and what a first view of a page costs the reader's line."""

from __future__ import annotations

import gzip
import re
import urllib.parse
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from bench.asking import ask


def family(pid: int) -> list[int]:
    """The process and all below it (Linux)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def proportional_mebibytes(pid: int) -> float:
    """PSS of a process and all below it: a shared page counts once."""
    total = 0
    for each in family(pid):
        rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
        total += int(found[1]) if found else 0
    return total / 1024


@dataclass(frozen=True)
class Weight:
    """Of a first view, as a browser that takes brotli or gzip gets it."""

    kilobytes: float  # of HTML, CSS and JavaScript on the wire
    requests: int  # with images and icons
    elsewhere: list[str]  # addresses on other hosts


FETCHING = ("script", "img", "iframe", "source", "video")


class _Linked(HTMLParser):
    """Addresses that a browser fetches for a page by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and {"stylesheet", "icon", "preload", "manifest"} & set(
            given.get("rel", "").split()
        ):
            self.found.append(given.get("href", ""))
        elif tag in FETCHING and given.get("src") and given.get("loading") != "lazy":
            self.found.append(given["src"])


def first_view(port: int, path: str) -> Weight:
    sent = {"Accept-Encoding": "gzip, br"}
    page = ask(port, path, headers=sent)
    packed = page.headers.get("content-encoding") == "gzip"
    parser = _Linked()
    parser.feed((gzip.decompress(page.body) if packed else page.body).decode())
    base = f"http://127.0.0.1:{port}{path}"
    addresses = {urllib.parse.urljoin(base, each.split("#")[0]) for each in parser.found if each}
    addresses = {each for each in addresses if not each.startswith("data:")}
    here = [each for each in sorted(addresses) if urllib.parse.urlsplit(each).port == port]
    size = len(page.body)
    for address in here:
        answer = ask(port, urllib.parse.urlsplit(address).path, headers=sent)
        if (
            "css" in answer.headers["content-type"]
            or "javascript" in answer.headers["content-type"]
        ):
            size += len(answer.body)
    return Weight(size / 1000, 1 + len(here), sorted(addresses - set(here)))

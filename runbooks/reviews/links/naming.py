"""The addresses that a runbook's page leads to, and where on it.

Read from what is drawn, so that it is what a reader can click: an address in a command is none, nor one with
a variable in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from runbooks.reviews.models import RunbookLink

Place = RunbookLink.Place
MOST_CHARS = 2_000
#: Of one runbook: whoever names more names a list, not what a reader clicks at night.
MOST_LINKS = 500
_MARK = re.compile(
    r'<li class="step" id="(?P<step>[^"]+)"'
    r'|<section[^>]*aria-labelledby="(?P<section>[^"]+)"'
    r"|(?P<end></section>)"
    r'|<a [^>]*?href="(?P<href>[^"]*)"[^>]*>(?P<words>.*?)</a>(?P<after>[^<]?[^<]?)',
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]+>")
_OWN = re.compile(r"/(?:r|a|s)/[^/]")


@dataclass(frozen=True, slots=True)
class Named:
    """`url` is whole, or a path of this portal. `label` is the step's, or the link's own words."""

    url: str
    place: str
    label: str


def named_by(
    *, steps_html: str, background_html: str, facts: Mapping[str, Any], site_url: str
) -> list[Named]:
    """Each address once for each place, in the order of the page."""
    found: dict[Named, None] = {}
    labels = {step["anchor"]: step["label"] for step in facts.get("index", [])}
    prevention = {s["anchor"] for s in facts.get("sections", []) if s["name"] == "prevention"}
    for board in facts.get("dashboards", []):
        if url := address(board, site_url):
            found[Named(url, Place.DASHBOARD, "")] = None
    for html in (steps_html, background_html):
        for one in _in(html, labels, prevention, site_url):
            found[one] = None
    return list(found)[:MOST_LINKS]


def _in(
    html: str, labels: Mapping[str, str], prevention: set[str], site_url: str
) -> Iterator[Named]:
    place, label = Place.TEXT.value, ""
    for mark in _MARK.finditer(html):
        if mark["step"]:
            place, label = Place.STEP.value, labels.get(mark["step"], "")
        elif mark["section"]:
            within = mark["section"] in prevention
            place, label = (Place.PREVENTION if within else Place.TEXT).value, ""
        elif mark["end"]:
            place, label = Place.TEXT.value, ""
        elif not mark["after"].startswith("{{"):
            # An address that goes on with a variable was cut off where the variable begins.
            url = address(unescape(mark["href"]), site_url)
            if url:
                words = " ".join(unescape(_TAG.sub("", mark["words"])).split())
                yield Named(url, place, (label or words)[:300])


def address(written: str, site_url: str) -> str:
    """As it is kept: without fragment, the portal's own as a path. "" for what is not to be asked."""
    written = written.strip()
    if "{{" in written or "$" in written or len(written) > MOST_CHARS:
        return ""
    if site_url and (written == site_url or written.startswith(f"{site_url}/")):
        written = written.removeprefix(site_url) or "/"
    if _OWN.match(written):
        return written.partition("#")[0]
    try:
        parts = urlsplit(written)
        host = parts.hostname
        named_port = parts.port != 0
    except ValueError:
        return ""
    # A password in an address is nobody's to send around.
    if parts.scheme not in ("http", "https") or not host or not named_port or parts.username:
        return ""
    return urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))


def host_of(url: str) -> str:
    """Whom to spare; empty for this portal itself."""
    return "" if url.startswith("/") else (urlsplit(url).hostname or "")[:255]

"""Slugs and addresses, folded the same way wherever they are compared. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

_UNSAFE = re.compile(r"[^\w.-]+", re.UNICODE)
_RUNS = re.compile(r"-{2,}")


def slug_of(name: str) -> str:
    """`KubePodCrashLooping` -> `kubepodcrashlooping`, as `runbook_url` conventions expect.

    Lower-case; letters of any script, digits, `.`, `_` and `-` stay; everything else becomes `-`.
    """
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    slug = _RUNS.sub("-", _UNSAFE.sub("-", folded)).strip("-._")
    return slug[:200].rstrip("-._")


def fold_address(address: str) -> str:
    """An address without scheme, case, query, fragment, trailing slash and `.md`, so that spellings meet."""
    parts = urlsplit(address.strip())
    path = unquote(parts.path).rstrip("/")
    for ending in (".md", ".html"):
        path = path.removesuffix(ending)
    return f"{parts.netloc}{path}".casefold()

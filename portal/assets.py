"""The site's CSS and JavaScript: written as small files, served as one of each.

The order below is the order in the joined file. CSS layers make it matter little; scripts that
others build on come first.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

JOINED: dict[str, tuple[str, ...]] = {
    "site.css": (
        "css/tokens.css",
        "css/base.css",
        "css/site.css",
        "css/parts.css",
        "css/steps.css",
        "css/pages/search.css",
        "css/pages/runbook.css",
        "css/pages/plain.css",
        "css/print.css",
    ),
    # Only where something is written or compared.
    "editor.css": ("css/pages/editor.css",),
    # Only where reviews are decided.
    "owned.css": ("css/pages/owned.css",),
    "owned.js": ("js/owned.js",),
    "owners.css": ("css/pages/owners.css",),
    "messages.css": ("css/pages/messages.css",),
    # Where a lead looks at the whole.
    "health.css": ("css/pages/health.css",),
    # Where a drill is planned, run and looked back at.
    "drills.css": (
        "css/pages/drills.css",
        "css/pages/drills-room.css",
        "css/pages/drills-before.css",
        "css/pages/drills-after.css",
    ),
    "drills.js": (
        "js/drills/live.js",
        "js/drills/room.js",
        "js/drills/notes.js",
        "js/drills/planning.js",
    ),
    # Where something is brought in.
    "importing.css": ("css/pages/importing.css",),
    "importing.js": ("js/uploading.js",),
    "editor.js": (
        "js/editor/keeping.js",
        "js/editor/inserting.js",
        "js/editor/ruling.js",
        "js/editor/answering.js",
        "js/editor/looking.js",
        "js/editor.js",
    ),
    "site.js": (
        "django_htmx/htmx-2.min.js",
        "js/announce.js",
        "js/theme.js",
        "js/times.js",
        "js/copy.js",
        "js/variables.js",
        "js/search-keys.js",
        "js/keys.js",
        "js/failures.js",
    ),
}


def source_paths(name: str) -> list[Path]:
    """The files that make up a joined file. Raises FileNotFoundError naming one that is missing."""
    paths = []
    for part in JOINED[name]:
        found = finders.find(part)
        if not isinstance(found, str):
            raise FileNotFoundError(f"{name} is made of {part}, which no static folder has.")
        paths.append(Path(found))
    return paths


def join(name: str) -> str:
    # A script that ends without a semicolon must not swallow the next one.
    between = ";\n" if name.endswith(".js") else "\n"
    texts = (path.read_text(encoding="utf-8").strip() for path in source_paths(name))
    return between.join(texts) + "\n"


class JoinedStorage(FileSystemStorage):
    """A folder of this process in which each joined file stands, no older than its parts."""

    def refresh(self, name: str) -> str:
        target = Path(self.location) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        newest = max(path.stat().st_mtime for path in source_paths(name))
        if not target.exists() or target.stat().st_mtime < newest:
            # Whole or not at all: a page asks for its script and its styles at the same moment.
            with tempfile.NamedTemporaryFile(
                "w", dir=target.parent, encoding="utf-8", delete=False
            ) as made:
                made.write(join(name))
            os.utime(made.name, (newest, newest))
            Path(made.name).replace(target)
        return str(target)


def _folder() -> tempfile.TemporaryDirectory[str]:
    # Kept for as long as the process lives; removed when it ends. One, also where two threads ask at once:
    # the second would be removed as soon as nobody holds it.
    with _making:
        return _made_folder()


@cache
def _made_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="drillbook-static-")


_making = threading.Lock()


class JoinedFinder(BaseFinder):
    """Staticfiles finder for `JOINED`: for collectstatic and for the development server."""

    def __init__(self, app_names: Sequence[str] | None = None, *args: Any, **kwargs: Any) -> None:
        self.storage = JoinedStorage(location=_folder().name)
        super().__init__()

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        problems: list[CheckMessage] = []
        for name in JOINED:
            try:
                source_paths(name)
            except FileNotFoundError as missing:
                problems.append(Error(str(missing), id="drillbook.E050"))
        return problems

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in JOINED:
            return []
        found = self.storage.refresh(path)
        return [found] if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, JoinedStorage]]:
        for name in JOINED:
            self.storage.refresh(name)
            yield name, self.storage

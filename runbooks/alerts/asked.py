"""What an alert link asks for: a name and labels, out of an address that anybody may have written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

MAX_LABELS = 300
_LABEL = re.compile(r"[A-Za-z_][\w.:-]{0,127}", re.ASCII)
_CONTROL = re.compile(r"[\0-\x1f\x7f]+")
#: Proxies fold the slashes of an address inside a path.
_SCHEME = re.compile(r"^(https?):/+", re.IGNORECASE)
NAME_LABEL = "alertname"


def alert_name(path: str, labels: Mapping[str, str]) -> str:
    """The name in the path, without stray slashes; else the label that Alertmanager calls it by."""
    name = path.strip().strip("/") or labels.get(NAME_LABEL, "")
    return " ".join(_CONTROL.sub(" ", _SCHEME.sub(r"\1://", name)).split())


def labels_in(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Labels with a name that can be one; the last value of each. NUL, which no database takes, goes."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if not isinstance(value, str):
            continue
        if _LABEL.fullmatch(name) and (name in found or len(found) < MAX_LABELS):
            found[name] = value.replace("\0", "")
    return found


def with_labels(address: str, labels: Mapping[str, str], *, limit: int) -> str:
    """The address with the labels as its query. An empty label is an absent one. Where the result would
    be longer than `limit` bytes, the longest values are left out: a page without one value beats none."""
    kept = {n: v for n, v in labels.items() if v and n != NAME_LABEL}
    while kept:
        found = f"{address}?{urlencode(kept, quote_via=quote, errors='replace')}"
        if len(found) <= limit:
            return found
        del kept[max(kept, key=lambda name: len(quote(kept[name], errors="replace")))]
    return address

"""What the annotations of a rule say about its runbook, and where such a link points. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit

from runbooks.naming import fold_address, slug_of

#: Annotations that name a runbook, the most telling first; compared without case, `-` as `_`.
LINK_KEYS = ("runbook_url", "runbookurl", "runbook", "playbook", "runbook_url_internal")
#: What we write.
OUR_KEY = "runbook_url"
_ADDRESS = re.compile(r"https?://[^\s<>\"'|)]+", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: File names that stand for their folder.
_FOLDER_PAGES = ("index", "_index", "readme")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link points. `alert` and `slug` are set for this portal's own links (`/a/…`, `/r/…`);
    `slugs` are the names that a runbook's slug may equal, the likeliest first."""

    address: str
    slugs: tuple[str, ...] = ()
    alert: str = ""
    relative: bool = False

    @property
    def ours(self) -> bool:
        return self.address.startswith(("/a/", "/r/"))


def links_in(annotations: Mapping[str, str]) -> list[str]:
    """The values that name a runbook, the most telling annotation first."""
    found = {
        key.lower().replace("-", "_"): value.strip()
        for key, value in annotations.items()
        if value.strip()
    }
    return list(dict.fromkeys(found[key] for key in LINK_KEYS if key in found))


def target_of(link: str, *, site_url: str) -> Target:
    """`site_url` is the portal's own address. A link of spaces and words is read up to its address."""
    link = _TEMPLATE.sub("", link).strip()
    if any(char.isspace() for char in link):
        found = _ADDRESS.search(link)
        link = found[0] if found else link
    try:
        parts = urlsplit(link)
        site = urlsplit(site_url)
    except ValueError:
        return Target(address="")
    path = unquote(parts.path)
    site_path = site.path.rstrip("/")
    if parts.netloc.casefold() in ("", site.netloc.casefold()) and path.startswith(site_path + "/"):
        own = _own(path.removeprefix(site_path))
        if own is not None:
            return own
    return Target(
        address=fold_address(link).lstrip("./" if not parts.netloc else ""),
        slugs=_slugs(path, unquote(parts.fragment)),
        relative=not parts.netloc,
    )


def _own(path: str) -> Target | None:
    room, _, name = path.strip("/").partition("/")
    name = name.strip("/")
    if room == "a" and name:
        return Target(address=f"/a/{name.casefold()}", alert=name)
    if room == "r" and name:
        slug = slug_of(name.split("/")[0].removesuffix(".md"))
        return Target(address=f"/r/{slug}", slugs=(slug,))
    return None


def _slugs(path: str, fragment: str) -> tuple[str, ...]:
    segments = [segment for segment in path.split("/") if segment]
    names: list[str] = []
    while segments and not names:
        name = re.sub(
            r"\.(?:md|markdown|html?|adoc|asciidoc|rst)$", "", segments.pop(), flags=re.IGNORECASE
        )
        if name.casefold() not in _FOLDER_PAGES:
            names.append(name)
    return tuple(dict.fromkeys(slug for name in (*names, fragment) if (slug := slug_of(name))))


def on_this_machine(address: str) -> bool:
    """A loopback address: whoever follows a link there comes to their own machine."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        number = ip_address(host)
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


def spellings(slug: str) -> set[str]:
    """The slug with `_` and `-` taken for each other."""
    return {slug, slug.replace("_", "-"), slug.replace("-", "_")}


def is_label(name: str) -> bool:
    return _LABEL.fullmatch(name) is not None


def alert_link(
    site_url: str, alert: str, labels: Iterable[str], stated: Mapping[str, str] | None = None
) -> str:
    """The link that a rule carries: `…/a/Alert?namespace={{ $labels.namespace | urlquery }}`, its labels
    sorted so that it stays the same. A label whose value the rule itself states is written out: a rule's
    own labels are not in `$labels`."""
    stated = stated or {}
    pairs = []
    for label in sorted(set(labels)):
        if not is_label(label):
            continue
        value = stated.get(label, "")
        literal = value and "{{" not in value
        filled = quote(value, safe="") if literal else f"{{{{ $labels.{label} | urlquery }}}}"
        pairs.append(f"{label}={filled}")
    query = "?" + "&".join(pairs) if pairs else ""
    return f"{site_url.rstrip('/')}/a/{quote(alert, safe='')}{query}"

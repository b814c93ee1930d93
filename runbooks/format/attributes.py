"""The braces at the end of a step's first paragraph: `{.change access=psql-prod undo="…"}`.

A grammar of our own, so that a text can set a tier, an access and an undo, and nothing else:

    braces  = "{" item { space item } "}"
    item    = "." tier | key "=" value        key = "tier" | "access" | "undo"
    value   = word | '"' text '"' | "'" text "'"     with \\" and \\\\ inside quotes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from runbooks.format.shapes import Tier

TIERS: tuple[Tier, ...] = ("observe", "change", "destructive")
#: Longest pair of braces that is read, and longest value in it.
MAX_ATTRIBUTES = 4_000

_OPENING = re.compile(r"(?:(?<=\s)|^)\{(?=\s*(?:\.[A-Za-z]|(?:tier|access|undo)\s*=))")
_ITEM = re.compile(
    r"""\s*(?:\.(?P<tier>[A-Za-z][\w-]*)
        |(?P<key>[A-Za-z][\w-]*)=(?:"(?P<double>(?:[^"\\]|\\.)*)"
                                   |'(?P<single>(?:[^'\\]|\\.)*)'
                                   |(?P<word>[^\s{}"']+)))(?=[\s}])""",
    re.VERBOSE | re.DOTALL,
)
#: What follows a brace that nobody writes by chance.
_MEANT = re.compile(r"\s*(?:\.(?:observe|change|destructive)\b|(?:tier|access|undo)=)")
_CLOSING = re.compile(r"\s*\}\s*$")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attributes:
    tier: Tier | None = None
    access: tuple[str, ...] = ()
    undo: str | None = None


def read_attributes(paragraph: str) -> tuple[str, Attributes, str]:
    """The paragraph without its attributes, the attributes, and a sentence about what is wrong with them.

    Attributes that cannot be read stay in the text, so that no word is lost and the author sees them.
    """
    text = paragraph.rstrip()
    first_wrong = ""
    for opening in _OPENING.finditer(text, max(0, len(text) - MAX_ATTRIBUTES)):
        items, wrong = _read_items(text, opening.end())
        if not wrong:
            return text[: opening.start()].rstrip(), _attributes(items), ""
        meant = text.endswith("}") or _MEANT.match(text, opening.end())
        first_wrong = first_wrong or (wrong if meant else "")
    return paragraph, Attributes(), first_wrong


def _read_items(text: str, position: int) -> tuple[dict[str, str], str]:
    items: dict[str, str] = {}
    while not _CLOSING.match(text, position):
        item = _ITEM.match(text, position)
        if item is None:
            near = text[position : position + 40].strip() or "the end"
            return items, (
                f"The step's attributes cannot be read at “{near}”: write "
                '{.change access=name undo="command"} at the end of its first paragraph.'
            )
        key, value = _key_and_value(item)
        wrong = _wrong(key, value, items)
        if wrong:
            return items, wrong
        items[key] = value
        position = item.end()
    return items, ""


def _key_and_value(item: re.Match[str]) -> tuple[str, str]:
    if item["tier"]:
        return "tier", item["tier"].lower()
    quoted = item["double"] if item["double"] is not None else item["single"]
    value = item["word"] if quoted is None else _ESCAPE.sub(r"\1", quoted)
    return item["key"].lower(), value


def _wrong(key: str, value: str, so_far: dict[str, str]) -> str:
    if key not in ("tier", "access", "undo"):
        return f"A step has no attribute “{key}”: only a tier, access and undo are read."
    if key in so_far:
        return f"The step's attributes state {key} twice."
    if key == "tier" and value not in TIERS:
        return f"“{value}” is no tier: write .observe, .change or .destructive."
    return ""


def _attributes(items: dict[str, str]) -> Attributes:
    access = tuple(
        dict.fromkeys(a.strip() for a in items.get("access", "").split(",") if a.strip())
    )
    return Attributes(
        tier=cast("Tier | None", items.get("tier")),
        access=access,
        undo=items.get("undo", "").strip() or None,
    )

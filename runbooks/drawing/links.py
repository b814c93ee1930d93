"""Words that are links without being written as such: addresses, and "go to D3". Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape

_ADDRESS = re.compile(r"(?<![\w/])https?://[^\s<>\"'`|\\^{}\[\]]+")
_AFTER_ADDRESS = ".,:;!?*_~'”’"
#: Only after such words: elsewhere "R2" may be another runbook's step, or a product.
_STEP = re.compile(
    r"\b(?:(?:go|jump|skip|return|on|back|straight) to|do|run|repeat|see) ([DMR][1-9]\d{0,4})\b(?! of\b)",
    re.IGNORECASE,
)
_EITHER = re.compile(f"(?P<address>{_ADDRESS.pattern})|(?P<step>{_STEP.pattern})", re.IGNORECASE)


def linked(text: str, labels: Collection[str]) -> str:
    """`text` as HTML; what names an address, or one of the page's steps by its label, leads there."""
    out: list[str] = []
    at = 0
    for found in _EITHER.finditer(text):
        if found["address"]:
            start, shown = found.start(), _without_stop(found["address"])
            address = shown
            if len(address) <= len("https://"):
                continue
        else:
            shown = found["step"].rpartition(" ")[2]
            start, address = found.end() - len(shown), f"#{shown}"
            if shown not in labels:
                continue
        link = f'<a href="{escape(address)}">{escape(shown)}</a>'
        out += [escape(text[at:start], quote=False), link]
        at = start + len(shown)
    out.append(escape(text[at:], quote=False))
    return "".join(out)


def _without_stop(address: str) -> str:
    """An address without what ends the sentence around it."""
    address = address.rstrip(_AFTER_ADDRESS)
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(_AFTER_ADDRESS)
    return address

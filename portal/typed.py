"""What people type and programs send, made fit to be kept and looked for."""

from __future__ import annotations

from collections.abc import Mapping

#: Digits that every key of the database has room for.
_MOST_DIGITS = 18


def clean(text: str, most: int) -> str:
    """Without spaces at its ends and without NUL, which PostgreSQL knows not; `most` characters at most."""
    return text.replace("\0", "").strip()[:most]


def words_of(sent: Mapping[str, str], name: str, most: int) -> str:
    """One field of a form or of an address, cleaned; "" where it was not sent."""
    return clean(sent.get(name, ""), most)


def number(text: str) -> int | None:
    """A whole number from 0 on; None for anything else, and for one that no key is as long as."""
    fits = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if fits else None

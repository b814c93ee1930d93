"""How pages and files of a drill show times and table cells."""

from __future__ import annotations

import re

from django import template

register = template.Library()


@register.filter
def clock(second: int | None) -> str:
    """“00:23:14”."""
    second = max(0, int(second or 0))
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


_COLUMN = re.compile(r"\S(?: {2,}|\t)\S")


@register.filter
def in_columns(output: object) -> bool:
    """Whether a tool printed a table: wrapped, nobody could read which value stands under which name."""
    return sum(bool(_COLUMN.search(line)) for line in str(output).splitlines()) > 1


@register.filter
def cell(text: object) -> str:
    """In a table of Markdown: one line, and no end of the cell."""
    return " ".join(str(text).split()).replace("|", "\\|")


@register.filter
def short_clock(second: int | None) -> str:
    """“23:14”, and hours only where there are any."""
    second = max(0, int(second or 0))
    hours, rest = divmod(second, 3600)
    text = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{text}" if hours else text

"""Addresses that are secrets by themselves, kept out of our own log."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/calendar/|/messages/stop/|/accounts/reset/[^/\s]+/)[^/\s?\"']+")


class NoTokensInAddresses(logging.Filter):
    """Django logs the address of what it refuses: a mistyped calendar's, too."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(masked(one) if isinstance(one, str) else one for one in record.args)
        if isinstance(record.msg, str):
            record.msg = masked(record.msg)
        return True


def masked(text: str) -> str:
    return _TOKEN.sub(r"\1…", text)

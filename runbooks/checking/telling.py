"""Findings of many files, told to a person, a program, or GitHub's annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runbooks.checking.shapes import Finding

#: A file that is no runbook at all: the checker has not read it.
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding and where it stands: a file, or the address of a live runbook."""

    where: str
    finding: Finding

    def as_text(self) -> str:
        """Two lines: what, and how to mend it."""
        line = f":{self.finding.line}" if self.finding.line else ""
        stops = " (stops publishing)" if self.finding.blocking else ""
        said = f"{self.where}{line}: {self.finding.code}{stops}: {self.finding.message}"
        return f"{said}\n    {self.finding.mend}" if self.finding.mend else said

    def as_github(self) -> str:
        """A workflow command: GitHub shows it beside the line of the pull request."""
        level = "error" if self.finding.blocking else "warning"
        line = f",line={self.finding.line}" if self.finding.line else ""
        message = _escaped(f"{self.finding.message} {self.finding.mend}".strip())
        title = _escaped_property(self.finding.code)
        return f"::{level} file={_escaped_property(self.where)}{line},title={title}::{message}"

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.where,
            "line": self.finding.line,
            "code": self.finding.code,
            "blocking": self.finding.blocking,
            "message": self.finding.message,
            "mend": self.finding.mend,
            "field": self.finding.field,
            "about": self.finding.about,
        }


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def added(before: Iterable[Finding], after: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of `after` that `before` does not have, wherever its words stand by now."""
    had = Counter((finding.code, finding.about) for finding in before)
    for finding in after:
        if had[finding.code, finding.about] > 0:
            had[finding.code, finding.about] -= 1
        else:
            yield finding


def summary(checked: int, told: Sequence[Told]) -> str:
    """ "26 runbooks checked: 3 findings, 1 of which stops publishing." """
    stops = sum(one.finding.blocking for one in told)
    files = f"{checked:,} runbook{'' if checked == 1 else 's'} checked"
    if not told:
        return f"{files}: no finding."
    found = f"{len(told):,} finding{'' if len(told) == 1 else 's'}"
    which = f", {stops:,} of which stop{'s' if stops == 1 else ''} publishing" if stops else ""
    return f"{files}: {found}{which}."

"""What the checker says of a text, for the tests of its rules."""

from __future__ import annotations

from textwrap import dedent

from runbooks.checks import Facts, Finding, check
from runbooks.document import parse

NOTHING_KNOWN = Facts()


def found(text: str, *, facts: Facts = NOTHING_KNOWN, imported: bool = False) -> list[Finding]:
    return check(parse(dedent(text)), imported=imported, facts=facts)


def lines(code: str, text: str, *, facts: Facts = NOTHING_KNOWN) -> list[int | None]:
    """The lines of the findings of one code."""
    return [f.line for f in found(text, facts=facts) if f.code == code]


def diagnosis(step: str) -> str:
    """A text with one step of Diagnosis, on line 2."""
    return f"## Diagnosis\n1. {step}\n"


def mitigation(step: str) -> str:
    return f"## Mitigation\n1. {step}\n"

"""What keeps it from happening again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import NO_PREVENTION
from runbooks.checking.placeholders import only_placeholders
from runbooks.checking.shapes import Case, Finding
from runbooks.document import Section

#: `ENG-447`, and not what standards, protocols and severities are called: `TLS-1.2`, `SEV-2`.
_TICKET = (
    r"\b(?!(?:UTF|HTTPS?|TLS|SSL|ISO|IEC|RFC|SHA|AES|RSA|MD|COVID|IPV|IEEE|PCI|CVE|CWE|SEV|RAID|"
    r"SOC|NIST|GPT|TCP|UDP|X|US|EU|AP)-?\d)[A-Z][A-Z0-9]+-\d+\b"
)
#: `#1234`, `shop/api#77`, `!123`, `PR 1923`; the reader's own "step #1" is none.
_NUMBER = (
    r"(?<!\w)(?<!step )(?<!number )(?<!priority )#\d+\b|\b[\w.-]+/[\w.-]+[#!]\d+\b|"
    r"(?<!\w)!\d{2,}\b|"
    r"\b(?:(?:PR|MR|CHG|CR|INC)|(?:[Pp]ull|[Mm]erge|[Cc]hange) request|[Ii]ssue|[Tt]icket|"
    r"[Bb]ug|[Tt]ask|[Ss]tory)[ -]?#?\d{2,}\b(?!-)"
)
_LINK = re.compile(rf"\[[^\[\]]+\]\([^()\s]+|https?://[^\s<>]+|{_TICKET}|{_NUMBER}")
_ACCEPTED = re.compile(
    r"\b(?:accept(?:ed|s)?\b[^.\n]{0,60}?\brisk|"
    r"risk\b[^.\n]{0,60}?\baccept(?:ed)?)\b(?P<reason>.*)",
    re.IGNORECASE | re.DOTALL,
)


def names_prevention(section: Section) -> bool:
    """A link or ticket, or a risk that was accepted for a reason."""
    if _LINK.search(section.markdown):
        return True
    accepted = _ACCEPTED.search(section.markdown)
    return accepted is not None and len(re.findall(r"\w{2,}", accepted["reason"])) >= 3


def has_prevention(case: Case) -> Iterator[Finding]:
    sections = [s for s in case.document.sections if s.name == "prevention"]
    if any(names_prevention(section) for section in sections):
        return
    yield Finding(
        NO_PREVENTION,
        _message(sections),
        line=sections[0].line if sections else None,
        field="prevention",
        blocking=not case.imported,
        mend="Link the work under “## Prevention”, or write “Risk accepted:” and why.",
    )


def _message(sections: list[Section]) -> str:
    if not any(section.markdown.strip() for section in sections):
        return "Nothing says how this is kept from happening again."
    if all(only_placeholders(section.markdown) for section in sections):
        return "Prevention is still to be written."
    if any(_ACCEPTED.search(section.markdown) for section in sections):
        return "Prevention accepts the risk and does not say why."
    return "Prevention links to no work: nobody can see whether it is done."

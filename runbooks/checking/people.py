"""Who answers for a runbook, and whom a reader calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbooks.checking.codes import (
    NO_ACTIVE_OWNER,
    NO_ESCALATION,
    NO_OWNER,
    OWNER_IS_A_TEAM,
    OWNER_UNKNOWN,
)
from runbooks.checking.empty_words import says_nothing
from runbooks.checking.placeholders import only_placeholders
from runbooks.checking.shapes import Case, Finding, line_of

#: How a team's name ends. `yash-platform` is a person; `platform-team` is none.
_TEAM = re.compile(
    r"(?:^|[\s_.@/-])(?:teams?|squad|guild|tribe|crew|dept|department|group|chapter|"
    r"on-?call|rota|rotation|engineering|engineers|infrastructure|developers|admins)$"
    r"|\s(?:platform|operations|ops|support|reliability|services|security|desk|sres?|devops|"
    r"dbas?|management)$|^on[ -]?call\b",
    re.IGNORECASE,
)
#: Names that are nobody's, standing alone.
_NOBODY = re.compile(
    r"sres?|devops|ops|operations|infra|infrastructure|platform|support|helpdesk|noc|"
    r"everyone|everybody|all"
    r"|nobody|engineering|engineers|developers|admins?|dbas?|owners?|maintainers?|"
    r"management|security|backend"
    r"|frontend|data|tbd|todo|tba|unknown|none|n/a|-|\?+",
    re.IGNORECASE,
)
_TEAM_FIRST = re.compile(r"@?(?:teams?|squad|group|the)[\s_.:/-]|#\w", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^()]*\)$")
#: What GitHub calls a team: @organisation/name.
_SLASH = re.compile(r"@?[\w.-]+/[\w.-]+")
_NAME_A_PERSON = "Name one person in the owner line, by user name or e-mail address."


def owner_is_an_active_person(case: Case) -> Iterator[Finding]:
    """Where the portal knows who owns it, that is asked: its record is the truth, the text's owner line is
    written after it. Else the line is."""
    line, facts = line_of(case, "owner"), case.facts
    owner = case.document.meta.owner.strip()
    if facts.owner_active is False:
        yield Finding(
            NO_ACTIVE_OWNER,
            "Nobody active owns this runbook.",
            line=line,
            field="owner",
            blocking=True,
            mend="Name a person with an active account in the owner line.",
        )
    if facts.owner_active is not None:
        return
    if not owner:
        yield Finding(
            NO_OWNER,
            "The text names no owner.",
            line=line,
            field="owner",
            mend=_NAME_A_PERSON,
        )
    elif facts.people is not None and _is_known(owner, facts.people):
        return
    elif is_a_team(owner, facts.teams or frozenset()):
        yield Finding(
            OWNER_IS_A_TEAM,
            f"The owner “{owner}” is a team: a team never reviews what it owns, a person does.",
            line=line,
            field="owner",
            mend=_NAME_A_PERSON,
            about=owner,
        )
    elif facts.people is not None:
        yield Finding(
            OWNER_UNKNOWN,
            f"Nobody active here is called “{owner}”.",
            line=line,
            field="owner",
            mend=_NAME_A_PERSON,
            about=owner,
        )


def is_a_team(owner: str, teams: frozenset[str] = frozenset()) -> bool:
    """Is an owner line a team (or nobody at all), by the portal's teams or by its words?"""
    folded = _ASIDE.sub("", owner.casefold()).removeprefix("@")
    if folded in teams:
        return True
    if "@" in folded:
        folded = folded.partition("@")[0]
    return (
        _NOBODY.fullmatch(folded) is not None
        or _TEAM.search(folded) is not None
        or _TEAM_FIRST.match(folded) is not None
        or _SLASH.fullmatch(folded) is not None
    )


def _is_known(owner: str, people: frozenset[str]) -> bool:
    folded = owner.casefold().removeprefix("@")
    if "@" in folded and not any("@" in name for name in people):
        return True  # by e-mail, and nobody has said what addresses there are
    return folded in people


def _is_nobody(markdown: str) -> bool:
    """ "TBD", and "Contact the on-call engineer": which, and how?"""
    return only_placeholders(markdown) or ("](" not in markdown and says_nothing(markdown))


def somebody_can_be_called(case: Case) -> Iterator[Finding]:
    if any(step.to and not _is_nobody(step.to) for step in case.document.meta.escalation):
        return
    sections = [s for s in case.document.sections if s.name == "escalation"]
    if any(not _is_nobody(section.markdown) for section in sections):
        return
    yield Finding(
        NO_ESCALATION,
        "Nothing says whom to call when this runbook does not help, and after how long.",
        line=sections[0].line if sections else None,
        field="escalation",
        mend="Write “escalation:” in the front matter: after how long, to whom, how to reach them.",
    )

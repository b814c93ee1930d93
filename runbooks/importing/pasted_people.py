"""People as somebody pastes them: lines `Name <mail>, team, role`, or a CSV with a heading. They are invited.

What is wrong with one line leaves that line out, with a sentence; a second time changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts import audit, inviting, managing
from portal.accounts.models import Role, Team, User
from runbooks.importing.bringing_people import join_team
from runbooks.naming import slug_of

#: So many mails are sent while a page waits.
MOST = 200
_WITH_MAIL = re.compile(r"^(?P<name>[^<>]*)<\s*(?P<email>[^<>\s]+@[^<>\s]+)\s*>(?P<rest>.*)$")
_MAIL = re.compile(r"^[^\s<>,;@]+@[^\s<>,;@]+$")
_HEADINGS = {
    "name": "name",
    "full_name": "name",
    "display_name": "name",
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "e-mail_address": "email",
    "email_address": "email",
    "username": "username",
    "user_name": "username",
    "user": "username",
    "team": "team",
    "teams": "team",
    "role": "role",
    "roles": "role",
}


@dataclass(frozen=True, slots=True)
class Pasted:
    """One line. `teams` as written; `role` is one of Role.Name, or empty."""

    line: int
    name: str
    email: str
    username: str = ""
    teams: tuple[str, ...] = ()
    role: str = ""


@dataclass(slots=True)
class Invited:
    """`refused` lines are given back as they were typed, each with its sentence. `unreached` got no mail
    yet; to `unreachable` none can arrive."""

    made: list[User] = field(default_factory=list)
    changed: list[User] = field(default_factory=list)
    unchanged: list[User] = field(default_factory=list)
    unreached: list[User] = field(default_factory=list)
    unreachable: list[User] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)  # line, as typed, sentence


def read_people(text: str) -> Iterator[Pasted | tuple[int, str, str]]:
    """Each line as a person, or as (line, what was typed, sentence)."""
    lines = text.replace("\0", "").splitlines()
    heading: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        typed = line.strip().removeprefix("\ufeff").strip()
        if not typed or typed.startswith("#"):
            continue
        cells = _cells(typed)
        if not heading and "@" not in typed and (found := _heading(cells)):
            heading = found
            continue
        try:
            yield _from_columns(number, cells, heading) if heading else _free(number, typed)
        except ValueError as error:
            yield number, line, str(error)


def _cells(line: str) -> list[str]:
    """What a spreadsheet copied has tabs, what it saved has commas or, in some countries, semicolons."""
    by = "\t" if "\t" in line else ";" if line.count(";") > line.count(",") else ","
    row = next(csv.reader(io.StringIO(line), delimiter=by, skipinitialspace=True), [])
    return [cell.strip() for cell in row]


def _heading(cells: list[str]) -> dict[str, int]:
    names = [_HEADINGS.get(cell.lower().replace(" ", "_"), "") for cell in cells]
    found = {name: place for place, name in enumerate(names) if name}
    return found if "email" in found or "username" in found else {}


def _from_columns(number: int, cells: list[str], heading: dict[str, int]) -> Pasted:
    at = {name: cells[place] for name, place in heading.items() if place < len(cells)}
    return _checked(
        number,
        name=at.get("name", ""),
        email=at.get("email", ""),
        username=at.get("username", ""),
        rest=[*re.split(r"[;|/]", at.get("team", "")), at.get("role", "")],
    )


def _free(number: int, line: str) -> Pasted:
    """`Yash Patel <yash@shop.example>, payments, lead`, or the address alone, or the name, a comma and it."""
    if found := _WITH_MAIL.match(line):
        rest = re.split(r"[,;\t]", found["rest"])
        return _checked(number, name=found["name"].strip(' ",'), email=found["email"], rest=rest)
    cells = _cells(line)
    mails = [cell for cell in cells if _MAIL.match(cell)]
    if not mails:
        raise ValueError("There is no e-mail address in this line: write Name <mail>.")
    place = cells.index(mails[0])
    return _checked(number, name=" ".join(cells[:place]), email=mails[0], rest=cells[place + 1 :])


def _checked(number: int, *, name: str, email: str, rest: list[str], username: str = "") -> Pasted:
    if not email:
        raise ValueError("There is no e-mail address: nobody could be invited.")
    words = [word.strip() for word in rest if word.strip()]
    roles = [word.lower() for word in words if word.lower() in (*Role.Name.values, "reader")]
    teams = tuple(word for word in words if word.lower() not in (*Role.Name.values, "reader"))
    role = next((role for role in roles if role != "reader"), "")
    before = email.partition("@")[0]
    name = " ".join(name.split()) or re.sub(r"[._-]+", " ", before).title()
    return Pasted(number, name, email, username.removeprefix("@"), teams, role)


def invite(text: str, *, by: User, may_give_roles: bool) -> Invited:
    """Make accounts for the people who have none, put them into their teams, and send each new one a mail.

    A role holds in the teams of the line, or for all where it names none; it takes an admin to give one.
    """
    told = Invited()
    lines = text.replace("\0", "").splitlines()
    read = list(read_people(text))
    if len(read) > MOST:
        rest = len(read) - MOST
        told.refused.append(
            (0, "", f"{MOST} people are invited at once: {rest} lines are left, send them again.")
        )
    for one in read[:MOST]:
        if isinstance(one, tuple):
            told.refused.append(one)
            continue
        try:
            _bring(one, told, by=by, may_give_roles=may_give_roles)
        except ValidationError as error:
            told.refused.append((one.line, lines[one.line - 1], " ".join(error.messages)))
        except managing.Refused as error:
            told.refused.append((one.line, lines[one.line - 1], str(error)))
    told.refused += [
        (one[0], one[1], one[2])
        if isinstance(one, tuple)
        else (one.line, lines[one.line - 1], "Not yet invited.")
        for one in read[MOST:]
    ]
    missed = inviting.send_invitations(told.made, by=by)
    told.unreached, told.unreachable = missed.others, missed.refused
    return told


@transaction.atomic
def _bring(one: Pasted, told: Invited, *, by: User, may_give_roles: bool) -> None:
    if one.role and not may_give_roles:
        raise managing.Refused(f"Only an admin makes somebody {one.role}: leave the role out.")
    person = User.objects.named(one.email)
    if person is not None and not person.is_active:
        raise managing.Refused(f"{person}’s account is closed; an admin can open it again.")
    new = person is None
    if person is None:
        username = one.username or _free_username(one.email)
        person = managing.make_person(username=username, name=one.name, email=one.email, by=by)
    changed = False
    for name in one.teams:
        if join_team(person, name):
            audit.record("team.joined", by=by, of=person, after={"team": name})
            changed = True
    if one.role:
        changed |= _give_role(person, one, by)
    (told.made if new else told.changed if changed else told.unchanged).append(person)


def _give_role(person: User, one: Pasted, by: User) -> bool:
    before = person.roles.count()
    teams = list(person.teams.filter(slug__in=[slug_of(name) for name in one.teams]))
    given: list[Team | None] = [*teams] if teams and one.role != Role.Name.ADMIN else [None]
    for team in given:
        managing.give_role(person, name=one.role, team=team, by=by)
    return person.roles.count() > before


def _free_username(email: str) -> str:
    """What stands before the @, with a number behind it where somebody has it already."""
    wanted = re.sub(r"[^\w.+-]", "", email.partition("@")[0])[:140] or "person"
    taken = {
        name.lower()
        for name in User.objects.filter(username__istartswith=wanted).values_list(
            "username", flat=True
        )
    }
    names = (wanted, *(f"{wanted}{number}" for number in range(2, 10_000)))
    return next(name for name in names if name.lower() not in taken)

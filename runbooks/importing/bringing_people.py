"""People and teams from a CSV file. A second run changes nothing; a bad row never stops the rest."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts import audit
from portal.accounts.models import Team, User
from runbooks.naming import slug_of


@dataclass(slots=True)
class PeopleReport:
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)  # line of the file, sentence


class PeopleError(ValueError):
    """The file cannot be read at all. The message is a sentence."""


def import_people(lines: Iterable[str]) -> PeopleReport:
    """Make or update the people of a CSV file with a heading: username, name, email, team, time_zone, lead.

    An empty cell changes nothing. A new person has no password: they sign in once somebody sets one.
    Raises PeopleError when the file has no such heading; a row that cannot be read is refused alone.
    """
    reader = csv.reader(lines, skipinitialspace=True)
    report = PeopleReport()
    columns: list[str] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            report.refused.append((reader.line_num, f"The row cannot be read: {error}."))
            continue
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not columns:
            columns = [cell.lower().replace(" ", "_").removeprefix("\ufeff") for cell in cells]
            if "username" not in columns:
                raise PeopleError("The first row must name the columns, username among them.")
            continue
        _row(dict(zip(columns, cells, strict=False)), reader.line_num, report)
    if not columns:
        raise PeopleError("The file is empty: its first row names the columns.")
    return report


def _row(cells: Mapping[str, str], line: int, report: PeopleReport) -> None:
    try:
        with transaction.atomic():
            outcome = _bring(cells)
    except ValidationError as error:
        said = [
            f"{name}: {' '.join(messages)}" if name != "__all__" else " ".join(messages)
            for name, messages in error.message_dict.items()
        ]
        report.refused.append((line, "; ".join(said)))
        return
    {"created": report.created, "changed": report.changed, "unchanged": report.unchanged}[
        outcome
    ].append(cells["username"])


def _bring(cells: Mapping[str, str]) -> str:
    username = cells.get("username", "").removeprefix("@")
    person = User.objects.filter(username__iexact=username).first() if username else None
    created = person is None
    if person is None:
        person = User(username=username, name=username)
        person.set_unusable_password()
    before = {column: getattr(person, column) for column in _COLUMNS}
    after = before | {column: cells[column] for column in _COLUMNS if cells.get(column)}
    changed = created or before != after
    if changed:
        for column, value in after.items():
            setattr(person, column, value)
        person.full_clean()
        person.save()
        if created:
            audit.record("person.made", by=None, of=person, after={"username": username, **after})
        else:
            audit.record("person.changed", by=None, of=person, **audit.changes(before, after))
    for name in filter(None, (n.strip() for n in cells.get("team", "").split(";"))):
        leads = cells.get("lead", "").lower() in _YES
        if join_team(person, name, leads=leads):
            told = {"team": name, **({"lead": True} if leads else {})}
            audit.record("team.joined", by=None, of=person, after=told)
            changed = True
    return "created" if created else "changed" if changed else "unchanged"


_COLUMNS = ("name", "email", "time_zone")
_YES = frozenset({"yes", "true", "1", "x", "lead"})


def join_team(person: User, name: str, *, leads: bool = False) -> bool:
    """Whether that changed anything; the team is made when it is new. Raises ValidationError."""
    slug = slug_of(name).replace(".", "-")[:80]
    if not slug.isascii():
        slug = slug.encode("ascii", "ignore").decode().strip("-_")
    if not slug:
        raise ValidationError({"team": [f"{name!r} has no letter that an address can have."]})
    team, changed = Team.objects.get_or_create(slug=slug, defaults={"name": name[:120]})
    if not team.people.filter(pk=person.pk).exists():
        team.people.add(person)
        changed = True
    if leads and team.lead_id != person.pk:
        team.lead = person
        team.save(update_fields=["lead"])
        changed = True
    return changed

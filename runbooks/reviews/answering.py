"""Who answers for a runbook's review: its owner, then the deputy, then the team's lead."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from portal.accounts.models import Role, Team, User
from runbooks.models import Runbook, Service
from runbooks.reviews.stages import DEPUTY_FROM, LEAD_FROM, Stage


class Part(Enum):
    """In what part somebody is told. The order is that of a digest's sections."""

    OWNER = "owner"
    DEPUTY = "deputy"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Told:
    """One who is told of a review, and from which stage on."""

    part: Part
    begins: Stage


@dataclass(frozen=True, slots=True)
class Person:
    """What of a person decides when they are told. Only of who is active and reachable."""

    time_zone: str
    away_from: date | None
    away_until: date | None

    def is_away(self, now: datetime) -> bool:
        if self.away_from is None or self.away_until is None:
            return False
        today = now.astimezone(ZoneInfo(self.time_zone or settings.TIME_ZONE)).date()
        return self.away_from <= today <= self.away_until


@dataclass(frozen=True, slots=True)
class ServiceSide:
    """Who stands behind a service, the first choice first."""

    deputies: tuple[int, ...]  # the deputy; without one the service's owner
    team: int | None


@dataclass(slots=True)
class Answering:
    """Who stands behind whom, for one sweep: a fixed number of queries, whatever the library's size.

    The deputy is the service's; without one it is the service's owner, where that is somebody else than the
    runbook's. The lead is that of the service's team; without one, who has the role of a lead in it; then
    the lead of the owner's team; then every lead for all teams; then every admin. Nobody is their own deputy
    or lead, and who is inactive or unreachable is passed over.
    """

    people: dict[int, Person] = field(default_factory=dict)
    services: dict[int, ServiceSide] = field(default_factory=dict)
    leads: dict[int, tuple[tuple[int, ...], ...]] = field(default_factory=dict)  # by team
    teams: dict[int, list[int]] = field(default_factory=dict)  # of a person
    for_all: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def load(cls) -> Answering:
        """Six queries."""
        found = cls()
        columns = ("pk", "time_zone", "away_from", "away_until")
        here = User.objects.answering()
        for pk, *facts in here.values_list(*columns).iterator():
            found.people[pk] = Person(*facts)
        for pk, team, owner, deputy in Service.objects.values_list(
            "pk", "team_id", "owner_id", "deputy_id"
        ):
            choices = tuple(one for one in (deputy, owner) if one is not None)
            found.services[pk] = ServiceSide(choices, team)
        by_role: dict[tuple[str, int | None], list[int]] = {}
        roles = Role.objects.filter(name__in=[Role.Name.LEAD, Role.Name.ADMIN]).order_by("pk")
        for name, team, person in roles.values_list("name", "team_id", "person_id"):
            by_role.setdefault((name, team), []).append(person)
        for pk, lead in Team.objects.values_list("pk", "lead_id"):
            found.leads[pk] = (
                (lead,) if lead else (),
                tuple(by_role.get((Role.Name.LEAD, pk), ())),
            )
        for person, team in User.teams.through.objects.order_by("pk").values_list(
            "user_id", "team_id"
        ):
            found.teams.setdefault(person, []).append(team)
        admins = list(by_role.get((Role.Name.ADMIN, None), ()))
        admins += User.objects.filter(is_superuser=True, is_active=True).values_list(
            "pk", flat=True
        )
        found.for_all = (
            tuple(by_role.get((Role.Name.LEAD, None), ())),
            tuple(dict.fromkeys(admins)),
        )
        return found

    def told_of(self, *, owner: int, services: Collection[int], now: datetime) -> dict[int, Told]:
        """Everybody who is told of a review of a runbook with this owner and these services."""
        person = self.people.get(owner)
        told: dict[int, Told] = {}
        if person is not None:
            told[owner] = Told(Part.OWNER, Stage.BEFORE_14)
        absent = person is None or person.is_away(now)
        for deputy in self.deputies(owner, services):
            told[deputy] = Told(Part.DEPUTY, Stage.BEFORE_14 if absent else DEPUTY_FROM)
        for lead in self.leads_of(owner, services):
            # Nobody is there who could answer: the lead is told in the owner's stead.
            begins = LEAD_FROM if person is not None else Stage.BEFORE_14
            if lead not in told or begins is Stage.BEFORE_14:
                told[lead] = Told(Part.LEAD, begins)
        return told

    def told_at_once(self, *, owner: int, services: Collection[int], now: datetime) -> list[int]:
        """Who has to hear of what cannot wait: the owner, while they are away the deputies, too, and where
        nobody owns it whoever is told in their stead."""
        everybody = self.told_of(owner=owner, services=services, now=now)
        return [pk for pk, told in everybody.items() if told.begins is Stage.BEFORE_14]

    def deputies(self, owner: int, services: Collection[int]) -> list[int]:
        chosen = (
            self._first([(one,) for one in self.services[service].deputies], owner)
            for service in services
            if service in self.services
        )
        return list(dict.fromkeys(pk for some in chosen for pk in some))

    def leads_of(self, owner: int, services: Collection[int]) -> list[int]:
        teams = [self.services[s].team for s in services if s in self.services]
        found = self._leads_of_teams((team for team in teams if team is not None), owner)
        found = found or self._leads_of_teams(self.teams.get(owner, ()), owner)
        return found or list(self._first(self.for_all, owner))

    def _leads_of_teams(self, teams: Iterable[int], owner: int) -> list[int]:
        found = (self._first(self.leads.get(team, ()), owner) for team in teams)
        return list(dict.fromkeys(pk for some in found for pk in some))

    def _first(self, choices: Iterable[tuple[int, ...]], owner: int) -> tuple[int, ...]:
        """The first of the choices in which somebody else than the owner is there."""
        for choice in choices:
            there = tuple(pk for pk in choice if pk != owner and pk in self.people)
            if there:
                return there
        return ()

    def reach_of(self, people: Collection[int]) -> Q:
        """The runbooks (a condition on Runbook) that any of these may be told of besides their own: wider
        than `told_of`, never narrower."""
        some = set(people)
        led = {team for team, choices in self.leads.items() if some & _all(choices)}
        services = [
            pk
            for pk, side in self.services.items()
            if some.intersection(side.deputies) or side.team in led
        ]
        if some & _all(self.for_all):
            return ~Q(pk=None)
        by_service = Runbook.services.through.objects.filter(service__in=services)
        by_team = User.teams.through.objects.filter(team__in=led)
        return Q(pk__in=by_service.values("runbook_id")) | Q(owner__in=by_team.values("user_id"))


def _all(choices: Iterable[tuple[int, ...]]) -> set[int]:
    return {pk for choice in choices for pk in choice}

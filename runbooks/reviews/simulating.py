"""A year of reviews, day by day, through the code that really reminds and decides; only the clock and the
people are made up. It writes into the database that it finds: `manage.py simulate_reviews` brings its own.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from portal.accounts.models import Team, User
from runbooks import publishing
from runbooks.hooks import Arrived
from runbooks.models import Proposal, Runbook, Service, TrustLine
from runbooks.reviews import deciding, first, reminding
from runbooks.reviews.stages import AHEAD, is_working_day

ZONES = (
    "Europe/Lisbon",
    "Asia/Kolkata",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
OWNERS_IN_A_TEAM = 8
#: How owners answer, and how many in a hundred are so: the days from the due date on which they do.
MANNERS: tuple[tuple[str, int, tuple[int, int] | None], ...] = (
    ("early", 15, (-12, 0)),
    ("late", 45, (1, 20)),
    ("very late", 25, (8, 50)),
    ("never", 15, None),
)
#: Never the minute of anybody’s digest.
_ANSWERS_AT = time(11, 17)
_SNOOZE_SHARE = 0.15
_TEXT = """---
title: {title}
services: [{service}]
severity: {severity}
owner: {owner}
{every}---
## Symptoms
- `{title}` in the log

## Diagnosis
1. Look at the dashboard of {service}. {{.observe}}

## Resolution
1. Restart one instance of {service}. {{.change undo="none is needed"}}

## Prevention
- Accepted risk: it is rare.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. The same plan gives the same year."""

    runbooks: int
    owners: int
    days: int
    seed: int
    begin: date


@dataclass(slots=True)
class Review:
    """A review of the simulated year as the simulation knows it, whatever the reminders say."""

    runbook: str
    owner: str
    deputy: str | None
    lead: str
    due_on: date
    opened_at: datetime
    closed_at: datetime | None = None
    decided: str = ""


@dataclass(slots=True)
class Year:
    """The people by user name with their zone and manner, and every review in the order it was set."""

    plan: Plan
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)


class Simulation:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.year = Year(plan)
        self.chance = random.Random(plan.seed)  # noqa: S311 -- it is to be foreseen
        self.runbooks: dict[int, Runbook] = {}
        #: Deputy and lead of a runbook, as this library was made.
        self.sides: dict[int, tuple[str | None, str]] = {}
        self.open: dict[int, Review] = {}
        #: When a review will be answered, and whose; one that nobody answers is not here.
        self.answers: list[tuple[datetime, int]] = []
        #: Whose last answer was to put it off: the next is a decision.
        self.snoozed: set[str] = set()

    def run(self) -> Year:
        self._make_library()
        for morning in self._mornings():
            while self.answers and self.answers[0][0] < morning:
                now = self._answer()
                reminding.sweep(now=now)  # a beat during the day
            reminding.sweep(now=morning)
        return self.year

    def _mornings(self) -> list[datetime]:
        """Nine o'clock of every zone on every day, in their order."""
        begin = datetime.combine(self.plan.begin, time(), UTC)
        end = begin + timedelta(days=self.plan.days)
        days = [self.plan.begin + timedelta(days=n) for n in range(-1, self.plan.days + 2)]
        nine = time(settings.DIGEST_HOUR)
        mornings = {
            datetime.combine(day, nine, ZoneInfo(zone)).astimezone(UTC)
            for zone in {zone for zone, _ in self.year.people.values()}
            for day in days
        }
        return sorted(moment for moment in mornings if begin <= moment < end)

    # The library

    def _make_library(self) -> None:
        began = datetime.combine(self.plan.begin, time(), UTC)
        owners = self._make_people()
        services = self._make_services(owners)
        with publishing.together():
            for number in range(self.plan.runbooks):
                owner = owners[number % len(owners)]
                self._make_runbook(number, owner, services, began)
        arrived = [Arrived(pk, r.slug, r.severity) for pk, r in self.runbooks.items()]
        # No first review so soon that its first reminder is in the past.
        first.spread_first_reviews(arrived, self.plan.begin + AHEAD + timedelta(days=2))
        for pk, due_on in TrustLine.objects.order_by("pk").values_list("runbook_id", "due_on"):
            self._open(pk, due_on or self.plan.begin, began)

    def _make_people(self) -> list[User]:
        count = self.plan.owners
        # The rare ones first, so that a few owners are of all manners, too.
        rare_first = sorted(MANNERS, key=lambda manner: manner[1])
        manners = [name for name, share, _ in rare_first for _ in range(-(-share * count // 100))]
        del manners[count:]
        self.chance.shuffle(manners)
        owners = []
        for number in range(count):
            team = self._team(number // OWNERS_IN_A_TEAM)
            owner = self._person(f"owner{number + 1:03}", number, manners[number])
            owner.teams.add(team)
            owners.append(owner)
        return owners

    def _team(self, number: int) -> Team:
        slug = f"team{number + 1:02}"
        team = Team.objects.filter(slug=slug).first()
        if team is None:
            lead = self._person(f"lead{number + 1:02}", number * 3 + 1, "leads")
            team = Team.objects.create(slug=slug, name=slug, lead=lead)
        return team

    def _person(self, name: str, number: int, manner: str) -> User:
        zone = ZONES[number % len(ZONES)]
        self.year.people[name] = (zone, manner)
        return User.objects.create(
            username=name, name=name, email=f"{name}@simulated.example", time_zone=zone
        )

    def _make_services(self, owners: list[User]) -> dict[int, list[Service]]:
        """By team: one service for each of its owners, who is the deputy there for the others' runbooks."""
        found: dict[int, list[Service]] = {}
        for number, owner in enumerate(owners):
            team = number // OWNERS_IN_A_TEAM
            service = Service.objects.create(
                slug=f"service{number + 1:03}",
                name=f"service{number + 1:03}",
                team=self._team(team),
                deputy=owner,
            )
            found.setdefault(team, []).append(service)
        return found

    def _make_runbook(
        self, number: int, owner: User, services: dict[int, list[Service]], now: datetime
    ) -> None:
        place = number % self.plan.owners
        others = [s for s in services[place // OWNERS_IN_A_TEAM] if s.deputy_id != owner.pk]
        service = self.chance.choice(others or services[place // OWNERS_IN_A_TEAM])
        every = self.chance.choice(["", "", "", "review_every: 60\n", "review_every: 180\n"])
        title = f"Symptom {number + 1:05}"
        severity = self.chance.choice(Runbook.Severity.values)
        text = _TEXT.format(
            title=title, service=service.slug, severity=severity, owner=owner.username, every=every
        )
        proposal = publishing.propose(
            text=text,
            kind=Proposal.Kind.IMPORT,
            slug=f"symptom-{number + 1:05}",
            by=owner,
            owner=owner,
            now=now,
        )
        revision = publishing.accept(proposal, by=owner, now=now)
        runbook = Runbook.objects.select_related("owner").get(pk=revision.runbook_id)
        self.runbooks[runbook.pk] = runbook
        deputy = service.deputy if others else None
        team = place // OWNERS_IN_A_TEAM
        self.sides[runbook.pk] = (deputy.username if deputy else None, f"lead{team + 1:02}")

    # The owners

    def _open(self, pk: int, due_on: date, now: datetime) -> None:
        """A review is set; when its owner will answer is drawn now, and does not depend on what they hear."""
        runbook = self.runbooks[pk]
        owner = runbook.owner
        deputy, lead = self.sides[pk]
        review = Review(runbook.slug, owner.username, deputy, lead, due_on, now)
        self.open[pk] = review
        self.year.reviews.append(review)
        zone, manner = self.year.people[owner.username]
        days = next(days for name, _, days in MANNERS if name == manner)
        if days is None:
            return
        day = due_on + timedelta(days=self._drawn(review, "days").randint(*days))
        day = max(day, now.date() + timedelta(days=1))
        while not is_working_day(day):
            day += timedelta(days=1)
        moment = datetime.combine(day, _ANSWERS_AT, ZoneInfo(zone)).astimezone(UTC)
        heapq.heappush(self.answers, (moment, pk))

    def _drawn(self, review: Review, what: str) -> random.Random:
        seed = f"{self.plan.seed} {what} {review.runbook} {review.due_on}"
        return random.Random(seed)  # noqa: S311 -- it is to be foreseen

    def _answer(self) -> datetime:
        """The next owner who answers does. When it is."""
        now, pk = heapq.heappop(self.answers)
        runbook, review = self.runbooks[pk], self.open[pk]
        chance = self._drawn(review, "answer")
        snoozes = review.due_on <= now.date() and chance.random() < _SNOOZE_SHARE
        if snoozes and review.runbook not in self.snoozed:
            self.snoozed.add(review.runbook)
            days = chance.randint(AHEAD.days + 2, deciding.SNOOZE_DAYS)
            reason = "The service moves house first."
            decision = deciding.snooze(runbook, by=runbook.owner, reason=reason, days=days, now=now)
        else:
            self.snoozed.discard(review.runbook)
            decision = deciding.still_true(runbook, by=runbook.owner, rests_on=["read"], now=now)
        review.closed_at, review.decided = now, decision.kind
        self._open(pk, TrustLine.objects.get(runbook=pk).due_on or now.date(), now)
        return now

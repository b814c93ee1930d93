"""Bring the demo company into an empty portal: people, services, runbooks with their past, rules, gaps.

Everything goes through the doors that a team's own things go through. What is there already is left alone,
so that a second call changes nothing and what a visitor tried out stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.db import transaction

from drills import demo as drills
from portal.accounts.models import Role, Team, User
from runbooks import debts, publishing
from runbooks.alerts.importing import Source, import_rules
from runbooks.alerts.models import Rule
from runbooks.demo.reading import Demo, DemoGap, DemoNames, DemoPerson, DemoRunbook, read_demo
from runbooks.demo.reviewing import decide_review, load_reviews
from runbooks.gaps import record_gap
from runbooks.models import Gap, KnownName, Runbook, Service, TrustLine
from runbooks.reviews.health import weekly

#: A review is due after so many days where the runbook says nothing (a quarter).
REVIEW_EVERY = 90


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """What this call added; zeros where all was there. `sign_ins` are (username, name)."""

    people: int
    services: int
    runbooks: int
    revisions: int
    rules: int
    gaps: int
    sign_ins: tuple[tuple[str, str], ...]

    @property
    def changed(self) -> bool:
        return any((self.people, self.services, self.runbooks, self.rules, self.gaps))


def load_demo(*, now: datetime) -> DemoLoaded:
    """Add what is missing of the demo company. `now` is the day that the past is counted back from.

    Demo people can sign in only where settings.DEMO is on; they share settings.DEMO_PASSWORD.
    """
    demo = read_demo()
    with transaction.atomic():
        people = _load_people(demo)
        services = _load_services(demo)
        if people:
            _load_names(demo.names, now=now)
    existing = set(Runbook.objects.values_list("slug", flat=True))
    missing = [runbook for runbook in demo.runbooks if runbook.slug not in existing]
    for runbook in missing:
        _publish_with_past(runbook, now=now)
    load_reviews({runbook.slug for runbook in missing}, now=now)
    loaded = DemoLoaded(
        people=people,
        services=services,
        runbooks=len(missing),
        revisions=sum(len(runbook.revisions) for runbook in missing),
        rules=_load_rules(demo.rules, now=now),
        gaps=_load_gaps(demo.gaps, now=now),
        sign_ins=_sign_ins(demo.people),
    )
    drills.load(now=now)
    if missing:
        # The year before: reckoned from the dates of the past that was just loaded, and marked as that.
        weekly.fill(now=now, as_today=True)
        weekly.take(now=now)
    return loaded


def _load_people(demo: Demo) -> int:
    """How many were added. A person who is there keeps password, name and teams."""
    existing = {
        person.username: person for person in User.objects.filter(username__in=_usernames(demo))
    }
    missing = [person for person in demo.people if person.username not in existing]
    locked = [person for person in existing.values() if not person.has_usable_password()]
    # One hash for all: hashing twelve times would cost the first start seconds and hide nothing.
    password = make_password(
        settings.DEMO_PASSWORD if settings.DEMO and (missing or locked) else None
    )
    teams = {team.slug: team for team in Team.objects.all()}
    for team in demo.teams:
        if team.slug not in teams:
            teams[team.slug] = Team.objects.create(
                slug=team.slug, name=team.name, description=team.description
            )
    for person in missing:
        added = User.objects.create(
            username=person.username,
            name=person.name,
            email=person.email,
            time_zone=person.time_zone,
            password=password,
        )
        added.teams.set(teams[slug] for slug in person.teams)
        if person.admin and settings.DEMO:
            Role.objects.create(person=added, name=Role.Name.ADMIN)
    for team in demo.teams:
        Team.objects.filter(slug=team.slug, lead=None).update(
            lead=User.objects.filter(username=team.lead).first()
        )
    if settings.DEMO:
        _unlock(demo, password)
    return len(missing)


def _load_names(names: DemoNames, *, now: datetime) -> None:
    """Without them the checker could not tell a tool of the company's from one that nobody has."""
    by = User.objects.filter(username=names.by).first()
    for kind in KnownName.Kind:
        debts.know(kind, getattr(names, kind.value), by=by, now=now)


def _unlock(demo: Demo, password: str) -> None:
    """Let in the demo people who were loaded while the demo was off. An address of ours, nobody else's."""
    for person in demo.people:
        User.objects.filter(
            username=person.username,
            email=person.email,
            password__startswith=UNUSABLE_PASSWORD_PREFIX,
            is_active=True,
        ).update(password=password)


def _load_services(demo: Demo) -> int:
    existing = set(Service.objects.values_list("slug", flat=True))
    missing = [service for service in demo.services if service.slug not in existing]
    for service in missing:
        Service.objects.create(
            slug=service.slug,
            name=service.name,
            description=service.description,
            team=Team.objects.get(slug=service.team),
            owner=User.objects.get(username=service.owner),
        )
    return len(missing)


@transaction.atomic
def _publish_with_past(demo: DemoRunbook, *, now: datetime) -> None:
    """All revisions or none, each proposed and accepted by the people who did it, on their day."""
    runbook: Runbook | None = None
    for number, revision in enumerate(demo.revisions):
        when = _moment(now, revision.days_ago, f"{demo.slug} {number}")
        proposal = publishing.propose(
            text=revision.text,
            kind=revision.kind,
            runbook=runbook,
            slug=demo.slug,
            by=User.objects.get(username=revision.proposed_by),
            why=revision.why,
            now=when - timedelta(hours=3),
        )
        made = publishing.accept(proposal, by=User.objects.get(username=revision.by), now=when)
        runbook = made.runbook
        if number == 0:
            Runbook.objects.filter(pk=runbook.pk).update(created_at=when)
        _review_on_its_day(runbook, demo, number, when, now=now)
        Runbook.objects.filter(pk=runbook.pk).update(updated_at=when)
    if runbook is not None:
        _set_review(runbook, demo, now=now)


def _review_on_its_day(
    runbook: Runbook, demo: DemoRunbook, number: int, when: datetime, *, now: datetime
) -> None:
    """Where the last review fell between this revision and the next, it was of this one."""
    review = demo.reviewed
    later = demo.revisions[number + 1].days_ago if number + 1 < len(demo.revisions) else -1
    if review is not None and later < review.days_ago <= demo.revisions[number].days_ago:
        at = max(
            _moment(now, review.days_ago, f"{demo.slug} reviewed"), when + timedelta(minutes=10)
        )
        decide_review(Runbook.objects.get(pk=runbook.pk), review, at=at)


def _set_review(runbook: Runbook, demo: DemoRunbook, *, now: datetime) -> None:
    """The last review and the next; a runbook that nobody reviewed yet is due from its first day on."""
    review = demo.reviewed
    since = review.days_ago if review else demo.revisions[0].days_ago
    start = (now - timedelta(days=since)).date()
    TrustLine.objects.filter(runbook=runbook).tell(
        reviewed_on=start if review else None,
        reviewed_by=User.objects.get(username=review.by) if review else None,
        due_on=start + timedelta(days=runbook.review_every or REVIEW_EVERY),
    )


def _load_rules(files: Iterable[Path], *, now: datetime) -> int:
    """Each file once, as a team would: the rules of a file that is known are left as they are."""
    known = set(Rule.objects.values_list("origin", flat=True).distinct())
    sources = [
        Source(origin=origin, data=file.read_bytes())
        for file in files
        if (origin := f"demo/rules/{file.name}") not in known
    ]
    return import_rules(sources, now=now).added if sources else 0


def _load_gaps(gaps: Iterable[DemoGap], *, now: datetime) -> int:
    existing = set(Gap.objects.values_list("kind", "folded"))
    missing = [gap for gap in gaps if (gap.kind, gap.words.casefold()) not in existing]
    with transaction.atomic():
        for gap in missing:
            service = Service.objects.filter(slug=gap.service).first() if gap.service else None
            for day in _spread(gap):
                when = _moment(now, day, f"{gap.words} {day}")
                record_gap(kind=gap.kind, words=gap.words, service=service, now=when)
    return len(missing)


def _spread(gap: DemoGap) -> list[int]:
    """Days ago of each time, from the first to the last."""
    steps = max(gap.count - 1, 1)
    return [gap.first - (gap.first - gap.last) * time // steps for time in range(gap.count)]


def _moment(now: datetime, days_ago: int, seed: str) -> datetime:
    """An hour of the working day, always the same for the same `seed`."""
    minutes = crc32(seed.encode()) % (8 * 60)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days_ago) + timedelta(hours=9, minutes=minutes)


def _usernames(demo: Demo) -> list[str]:
    return [person.username for person in demo.people]


def _sign_ins(people: Iterable[DemoPerson]) -> tuple[tuple[str, str], ...]:
    """The active demo people whose password is settings.DEMO_PASSWORD, in the order of the file."""
    stored = {
        (username, email): password
        for username, email, password in User.objects.filter(
            username__in=[person.username for person in people], is_active=True
        ).values_list("username", "email", "password")
    }
    # They share one hash, so that this is one slow comparison, not twelve.
    fits = {p: check_password(settings.DEMO_PASSWORD, p) for p in set(stored.values())}
    return tuple(
        (person.username, person.name)
        for person in people
        if fits.get(stored.get((person.username, person.email), ""))
    )

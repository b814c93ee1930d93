"""python -m bench.sweeping RUNBOOKS OWNERS: one day's reminders in the database of DATABASE_URL, which is
filled for it. Prints what they took as JSON. Runs as a process of its own, so that its memory is its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta

#: A Monday: what fell on the weekend is told, too.
DAY = datetime(2026, 3, 16, 9, tzinfo=UTC)
SPREAD_DAYS = 120


def fill(runbooks: int, owners: int) -> None:
    """Reviews spread evenly over the weeks around the day; services with deputies and leads."""
    from portal.accounts.models import Team, User
    from runbooks.models import Proposal, Revision, Runbook, Service, TrustLine

    people = User.objects.bulk_create(
        User(username=f"p{n}", name=f"P {n}", email=f"p{n}@bench.example") for n in range(owners)
    )
    teams = Team.objects.bulk_create(
        Team(slug=f"t{n}", name=f"t{n}", lead=people[n * 20 % owners])
        for n in range(owners // 20 + 1)
    )
    services = Service.objects.bulk_create(
        Service(
            slug=f"s{n}", name=f"s{n}", team=teams[n % len(teams)], deputy=people[n * 7 % owners]
        )
        for n in range(owners // 5 + 1)
    )
    at = DAY - timedelta(days=200)
    books = Runbook.objects.bulk_create(
        (
            Runbook(slug=f"r{n}", title=f"Runbook {n}", owner=people[n % owners], state="retired")
            for n in range(runbooks)
        ),
        batch_size=2000,
    )
    proposals = Proposal.objects.bulk_create(
        (
            Proposal(
                runbook=r,
                slug=r.slug,
                kind="edit",
                state="accepted",
                text="x",
                created_at=at,
                proposed_by_id=r.owner_id,
                decided_by_id=r.owner_id,
            )
            for r in books
        ),
        batch_size=2000,
    )
    revisions = Revision.objects.bulk_create(
        (
            Revision(
                runbook=r,
                number=1,
                title=r.title,
                text="x",
                proposal=p,
                accepted_at=at,
                accepted_by_id=r.owner_id,
            )
            for r, p in zip(books, proposals, strict=True)
        ),
        batch_size=2000,
    )
    for runbook, revision in zip(books, revisions, strict=True):
        runbook.live_revision, runbook.state = revision, "live"
    Runbook.objects.bulk_update(books, ["live_revision", "state"], batch_size=1000)
    first = DAY.date() - timedelta(days=SPREAD_DAYS // 2)
    TrustLine.objects.bulk_create(
        (
            TrustLine(
                runbook=r,
                due_on=first + timedelta(days=(n % owners + n // owners * 6) % SPREAD_DAYS),
            )
            for n, r in enumerate(books)
        ),
        batch_size=2000,
    )
    through = Runbook.services.through
    through.objects.bulk_create(
        (
            through(runbook_id=r.pk, service_id=services[n % len(services)].pk)
            for n, r in enumerate(books)
        ),
        batch_size=2000,
    )


def mebibytes() -> float:
    """The most that this process held at any time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    runbooks, owners = int(sys.argv[1]), int(sys.argv[2])
    if sys.argv[3:] == ["fill"]:
        fill(runbooks, owners)
        return
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from runbooks.models import Runbook
    from runbooks.reviews import reminding

    # A library that has been in use: yesterday's and all earlier stages were told.
    reminding.sweep(now=DAY - timedelta(days=3))
    near = Runbook.objects.live().filter(trust__due_on__lte=date(2026, 3, 30))
    columns = ("pk", "slug", "title", "trust__due_on", "owner__name")
    begun = time.perf_counter()
    list(near.values_list(*columns))
    plain = time.perf_counter() - begun
    connection.queries_log = type(connection.queries_log)(maxlen=1_000_000)
    with CaptureQueriesContext(connection) as queries:
        begun = time.perf_counter()
        told = reminding.sweep(now=DAY)
        seconds = time.perf_counter() - begun
        count = len(queries)
    begun = time.perf_counter()
    assert reminding.sweep(now=DAY + timedelta(minutes=5)) == 0
    idle = time.perf_counter() - begun
    found = {"seconds": seconds, "plain": plain, "idle": idle, "told": told, "queries": count}
    sys.stdout.write(json.dumps({**found, "mebibytes": mebibytes()}))


if __name__ == "__main__":
    import django

    django.setup()
    main()

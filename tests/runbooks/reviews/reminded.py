"""Runbooks that somebody is reminded of, and what was told: for the tests of reminders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.accounts.models import User
from portal.notify.models import Message
from runbooks.models import Proposal, Revision, Runbook, TrustLine

DUE = date(2026, 3, 18)  # a Wednesday


def bare(owner: User, *, due_on: date = DUE, slug: str = "api-latency", **facts: object) -> Runbook:
    """A runbook as reminders see it: what it says is nobody's concern here."""
    runbook = Runbook.objects.create(slug=slug, title=f"Title of {slug}", owner=owner, **facts)
    proposal = Proposal.objects.create(
        runbook=runbook,
        slug=slug,
        kind="edit",
        state="accepted",
        text="x",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        proposed_by=owner,
        decided_by=owner,
    )
    runbook.live_revision = Revision.objects.create(
        runbook=runbook,
        number=1,
        title=runbook.title,
        text="x",
        proposal=proposal,
        accepted_by=owner,
        accepted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    runbook.save()
    TrustLine.objects.create(runbook=runbook, due_on=due_on)
    return runbook


def at(day: date, hour: int = 9, minute: int = 0, zone: str = "UTC") -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def told(person: User | None = None) -> list[tuple[date, str, str]]:
    """(day, runbook, stage) of every digest, in order."""
    found = Message.objects.filter(kind="digest").order_by("pk")
    if person is not None:
        found = found.filter(person=person)
    return [
        (message.day, item["ref"]["runbook"], item["ref"]["stage"])
        for message in found
        for section in message.body["sections"]
        for item in section["items"]
        if "stage" in item["ref"]
    ]


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]

"""Drills for tests: planned, with an approved scenario of the offline writer, or running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from drills import running, taking_part
from drills.models import Drill, Participant
from drills.scenario import writing
from portal.accounts.access import Rank
from portal.accounts.models import Role
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import UserFactory, published

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def make_drill(*, approved: bool = True, runbook=None, facilitator=None, **facts) -> Drill:
    facilitator = facilitator or UserFactory(name="Facilitator Fay")
    runbook = runbook or published(slug="checkout-500", owner=facilitator, text=RUNBOOK)
    revision = runbook.live_revision
    scenario = writing.keep(revision, writing.write(revision), by=facilitator, minutes=45)
    if approved:
        scenario.approved_by, scenario.approved_at = facilitator, timezone.now()
        scenario.save()
    drill = Drill.objects.create(
        **{
            "title": "Tuesday's drill",
            "runbook": runbook,
            "revision": revision,
            "facilitator": facilitator,
            "scenario": scenario,
            "starts_at": NOW,
            "time_zone": "UTC",
            "made_by": facilitator,
            "made_at": NOW,
            **facts,
        }
    )
    seat(drill, Participant.Role.FACILITATOR, person=facilitator)
    return drill


def running_drill(**facts) -> Drill:
    drill = make_drill(**facts)
    return running.begin(drill, by=drill.facilitator, now=NOW)


def seat(
    drill: Drill, role: str = Participant.Role.HANDS_ON, *, person=None, name: str = ""
) -> Participant:
    name = name or (person.name if person else "Guest Gus")
    return Participant.objects.create(drill=drill, person=person, name=name, role=role)


def lead(**words):
    person = UserFactory(**words)
    Role.objects.create(person=person, name=Rank.LEAD.name.lower())
    return person


def planned(**facts) -> Drill:
    return make_drill(starts_at=timezone.now() + timedelta(days=7), **facts)


def ended(**facts) -> Drill:
    """A drill of somebody's runbook in its hot wash: D1 worked, D2 is wrong, M1 is unclear."""
    owner = UserFactory(name="Owner Olga", email="olga@example.org")
    runbook = published(slug="checkout-500", owner=owner, text=RUNBOOK)
    drill = running_drill(runbook=runbook, **facts)
    seat(drill, name="Loud Lou")
    seat(drill, name="Quiet Quinn")
    scribe = seat(drill, Participant.Role.SCRIBE, person=UserFactory(name="Scribe Sam"))
    loud = drill.participants.get(name="Loud Lou")
    for n in range(3):
        taking_part.say(loud, text=f"I look at thing {n}", client_id=f"s{n}", now=NOW)
    for n, (verdict, step, text) in enumerate(
        [("worked", "D1", ""), ("wrong", "D2", "Old address"), ("unclear", "M1", "Which one?")]
    ):
        taking_part.record(
            scribe, verdict=verdict, step=step, text=text, client_id=f"o{n}", now=NOW
        )
    return running.end(drill, by=drill.facilitator, now=NOW + timedelta(minutes=30))


def guest_client(client, guest):
    client.cookies[f"drill-seat-{guest.drill_id}"] = guest.token
    return client


def at(name: str, drill: Drill, *more: object) -> str:
    return reverse(f"drills:{name}", args=[drill.pk, *more])

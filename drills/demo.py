"""Drills of the demo company: one that is over, with its report; one that is coming; one to try alone.

Each goes through the verbs that people's drills go through, on its day. A drill that is there is left alone.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from drills import (
    hot_wash,
    improving,
    inviting,
    noting,
    reporting,
    running,
    scheduling,
    taking_part,
)
from drills.models import Drill, Objective, Participant
from drills.scenario import writing
from drills.trusting import working_day
from portal.accounts.models import User
from runbooks.models import Runbook

Role = Participant.Role
#: The titles are how a second call knows them.
FINISHED = "Payments on a Wednesday afternoon"
COMING = "Platform: something in the shop is slow"
ALONE = "Try it in 5 minutes"
_DAYS_AGO = 24
_IN_DAYS = 9

#: (minute, who, verdict or "strength", step, words)
_SEEN = (
    (4, "noor", "worked", "D1", ""),
    (9, "noor", "worked", "D2", "The pods were named at once"),
    (
        14,
        "noor",
        "blocked",
        "D3",
        "db-read gives payments, not shop: no connection to the shop database",
    ),
    (16, "adaeze", "blocked", "D3", "Four minutes lost until somebody lent a session"),
    (19, "callum", "worked", "M1", ""),
    (20, "adaeze", "strength", "", "Support and packing were told before anything was changed"),
    (26, "callum", "unclear", "R1", "Which pods, the receivers or the workers? Both are called so"),
    (33, "noor", "skipped", "R3", ""),
)
_SAID = (
    (2, "callum", "I look for the alert's name on the portal."),
    (6, "noor", "2,310 new, the oldest 14 minutes. I go to D2."),
    (13, "noor", "A lock is named, so D3."),
    (24, "callum", "Eight workers, and I watch D1."),
)
_ANSWERS = {
    "noor": ("D1 says what to read.", "I could not get at the lock.", "Say which group D3 needs."),
    "callum": ("We found the page in a minute.", "R1 made me think twice.", ""),
    "jules": ("The order of steps held.", "", "Somebody of Shop should have been here."),
}


def load(*, now: datetime) -> int:
    """How many drills were added. Needs the demo's people and runbooks; what has none is left out."""
    there = set(
        Drill.objects.filter(title__in=(FINISHED, COMING, ALONE)).values_list("title", flat=True)
    )
    makers = ((FINISHED, _finished), (COMING, _coming), (ALONE, _alone))
    return sum(make(now) for title, make in makers if title not in there)


def _runbook(slug: str) -> Runbook | None:
    return Runbook.objects.live().filter(slug=slug).select_related("owner").first()


def _people(*names: str) -> dict[str, User]:
    """None of them where one is missing."""
    found = {person.username: person for person in User.objects.filter(username__in=names)}
    return found if len(found) == len(names) else {}


@transaction.atomic
def _finished(now: datetime) -> bool:
    runbook = _runbook("payment-webhooks-behind")
    people = _people("adaeze", "jules", "noor", "callum")
    if runbook is None or not people:
        return False
    began = _at(now - timedelta(_DAYS_AGO), time(14), "Europe/London")
    facilitator = people["adaeze"]
    drill = scheduling.make(
        runbook,
        by=facilitator,
        starts_at=began,
        time_zone="Europe/London",
        team=facilitator.teams.first(),
        title=FINISHED,
        now=began - timedelta(12),
        confidentiality=Drill.Confidentiality.COMPANY,
        scope="From the alert to the decision; nothing is changed on a real system.",
    )
    made = writing.keep(
        drill.revision, writing.write(drill.revision, minutes=45), by=facilitator, minutes=45
    )
    scheduling.use(drill, made, by=facilitator)
    for name, role in (
        ("noor", Role.HANDS_ON),
        ("callum", Role.HANDS_ON),
        ("jules", Role.OBSERVER),
    ):
        scheduling.seat(drill, people[name], role=role)
    scheduling.approve(drill, by=facilitator, now=began - timedelta(2))
    _run(running.begin(drill, by=facilitator, now=began), began)
    _look_back(drill, began, people)
    return True


def _run(drill: Drill, began: datetime) -> None:
    seats = {seat.person.username: seat for seat in drill.participants.all() if seat.person}

    def at(minute: int) -> datetime:
        return began + timedelta(minutes=minute, seconds=minute * 7 % 50)

    injects = list(drill.scenario.injects.all()) if drill.scenario else []
    for inject in injects[:-1]:
        running.send(inject, now=at(inject.at_minutes))
    if injects:
        running.skip(injects[-1])
    taking_part.found_runbook(seats["callum"], now=began + timedelta(seconds=73))
    for minute, who, words in _SAID:
        taking_part.say(seats[who], text=words, client_id=f"said-{minute}", now=at(minute))
    for minute, who, verdict, step, words in _SEEN:
        taking_part.record(
            seats[who],
            verdict=verdict,
            step=step,
            text=words,
            client_id=f"seen-{minute}",
            now=at(minute),
        )
    for minute, name in ((19, "first_safe_action"), (27, "mitigation_stated")):
        taking_part.milestone(drill, name=name, by=seats["callum"], now=at(minute))
    running.end(drill, by=drill.facilitator, now=at(38))


def _look_back(drill: Drill, began: datetime, people: dict[str, User]) -> None:
    """The hot wash, the notes of which one is published and one stays open, and the signed report."""
    after = began + timedelta(minutes=45)
    owner = people["jules"]
    for name, texts in _ANSWERS.items():
        seat = drill.participants.get(person=people[name])
        seat.drill = drill
        answers = {str(q): text for q, text in zip(hot_wash.QUESTIONS, texts, strict=True)}
        hot_wash.answer(seat, answers=answers, now=after)
        hot_wash.rate(seat, score=4 + (name == "noor"), now=after)
    results = (Objective.Result.MET, Objective.Result.PARTLY, Objective.Result.MET)
    shown = list(hot_wash.evidence_lines(drill).exclude(verdict="")[:6])
    for n, objective in enumerate(drill.objectives.all()):
        hot_wash.judge(
            objective,
            result=results[n % len(results)],
            evidence=[line.pk for line in shown[n * 2 : n * 2 + 2]],
        )
    # The owner was in the room, and saw the notes there: nobody is written to.
    drill = reporting.close_hot_wash(drill, by=owner, now=after)
    blocked = drill.notes.filter(step_label="D3").first()
    if blocked is not None:
        noting.decide(
            blocked,
            accept=True,
            by=owner,
            after=f"{blocked.before}\n   No connection to the shop database? The group is db-read-shop,"
            " granted at once to anyone on call.",
            now=after + timedelta(minutes=20),
        )
        noting.publish(drill, by=owner, now=after + timedelta(minutes=25))
    for person, text, days, priority in (
        (owner, "Put db-read-shop into the on-call group of Payments", 21, "high"),
        (people["adaeze"], "Give the workers and the receivers two different names", 45, "medium"),
    ):
        item = improving.give(
            drill,
            text=text,
            owner=person,
            due_on=(after + timedelta(days)).date(),
            priority=priority,
            by=person,
            now=after,
        )
        if person == owner:
            improving.finish(item, by=owner, now=after + timedelta(6))
    drill = reporting.write(
        drill,
        summary="The page was found in a little over a minute and the diagnosis held. The lock on the orders "
        "could not be seen, because reading the shop database takes a group that the runbook did not name; "
        "it does now. Which pods R1 scales is still to be said.",
        facilitator_notes="Next time with somebody of Shop, and with the lock in the first ten minutes.",
        redrill_on=None,
    )
    reporting.sign(drill, by=people["adaeze"], now=after + timedelta(1))


@transaction.atomic
def _coming(now: datetime) -> bool:
    runbook = _runbook("redis-evicting-baskets")
    people = _people("tomasz", "noor", "hana", "yash")
    if runbook is None or not people:
        return False
    day = now + timedelta(_IN_DAYS)
    day += working_day(day.date()) - day.date()
    drill = scheduling.make(
        runbook,
        by=people["tomasz"],
        starts_at=_at(day, time(10, 30), "Europe/Warsaw"),
        time_zone="Europe/Warsaw",
        team=people["tomasz"].teams.first(),
        title=COMING,
        now=now,
    )
    scheduling.use(
        drill,
        writing.keep(
            drill.revision,
            writing.write(drill.revision, minutes=45),
            by=people["tomasz"],
            minutes=45,
        ),
        by=people["tomasz"],
    )
    for name, role in (("noor", Role.HANDS_ON), ("hana", Role.HANDS_ON), ("yash", Role.SCRIBE)):
        scheduling.seat(drill, people[name], role=role)
    inviting.invite(drill, now=now)
    noor = drill.participants.get(person=people["noor"])
    inviting.answer(noor, Participant.Answer.YES)
    return True


@transaction.atomic
def _alone(now: datetime) -> bool:
    """For whoever looks at the demo first: its scenario is approved, one press starts it."""
    runbook = _runbook("postgres-connections-exhausted")
    people = _people("yash")
    if runbook is None or not people:
        return False
    drill = scheduling.now_alone(runbook, by=people["yash"], now=now)
    Drill.objects.filter(pk=drill.pk).update(
        title=ALONE, confidentiality=Drill.Confidentiality.COMPANY
    )
    scheduling.approve(drill, by=people["yash"], now=now)
    return True


def _at(day: datetime, hour: time, zone: str) -> datetime:
    """That hour of that day, there."""
    return datetime.combine(day.astimezone(ZoneInfo(zone)).date(), hour, ZoneInfo(zone))

"""How to start, as a checklist that fills itself: the next five incidents, the first five runbooks, the first
drill, a drill each quarter, thirty entries in two quarters. It counts what a team really did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import F, Min, Q
from django.urls import reverse
from django.utils import timezone

from runbooks.models import Proposal, TrustLine
from runbooks.reviews.health.scope import Scope

#: Of each step, so many are named.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done: what it is called, where it is, on which day."""

    title: str
    url: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Progress:
    count: int
    #: The first ones.
    named: list[Done] = field(default_factory=list)


def _incidents(scope: Scope) -> Progress:
    """Until incidents have a room of their own: drafts that were made from one."""
    runbooks = scope.runbooks().order_by().values("pk")
    drafts = Proposal.objects.filter(kind=Proposal.Kind.INCIDENT).exclude(
        state__in=(Proposal.State.DECLINED, Proposal.State.WITHDRAWN)
    )
    # A draft of a new runbook that waits has no runbook and so no service: it is its proposer's.
    mine = Q(runbook__in=runbooks)
    if scope.whole:
        mine |= Q(runbook=None, proposed_by=scope.viewer.person_id)
    found = drafts.filter(mine).order_by("created_at", "pk")
    named = [
        Done(
            p.runbook.title if p.runbook else p.slug,
            reverse("runbooks:proposal", args=[p.pk]),
            _day(p),
        )
        for p in found.select_related("runbook").defer("text")[:MOST_NAMED]
    ]
    return Progress(found.count(), named)


def _day(proposal: Proposal) -> date:
    return timezone.localdate(proposal.created_at)


def _runbooks(scope: Scope) -> Progress:
    rows = (
        scope.runbooks()
        .annotate(began=Min("revisions__accepted_at"))
        .order_by(F("began").asc(nulls_last=True), "pk")
        .values_list("title", "slug", "began")
    )
    named = [
        Done(
            title, reverse("runbooks:runbook", args=[slug]), timezone.localdate(at) if at else None
        )
        for title, slug, at in rows[:MOST_NAMED]
    ]
    return Progress(scope.runbooks().count(), named)


def _drills(scope: Scope) -> Progress:
    """Until drills have a room of their own: runbooks that were drilled, by their last drill."""
    found = TrustLine.objects.filter(
        runbook__in=scope.runbooks().order_by().values("pk"), drilled_on__isnull=False
    ).order_by("drilled_on", "pk")
    named = [
        Done(line.runbook.title, line.runbook.get_absolute_url(), line.drilled_on)
        for line in found.select_related("runbook")[:MOST_NAMED]
    ]
    return Progress(found.count(), named)


def _cadence(scope: Scope) -> Progress:
    """Of this quarter and the one before, those with a drill."""
    this = quarter(timezone.localdate())
    before = quarter(this - timedelta(days=1))
    days = TrustLine.objects.filter(
        runbook__in=scope.runbooks().order_by().values("pk"), drilled_on__gte=before
    ).values_list("drilled_on", flat=True)
    return Progress(len({quarter(day) for day in days if day}))


def quarter(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


#: What fills each step. A room that knows better takes its place in `AppConfig.ready()`:
#: `starting.counts["drills"] = …`. Each costs a fixed number of queries.
counts: dict[str, Callable[[Scope], Progress]] = {
    "incidents": _incidents,
    "runbooks": _runbooks,
    "drills": _drills,
    "cadence": _cadence,
}


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: str
    wanted: int
    progress: Progress
    #: What to do now, and where.
    advice: str
    url: str = ""
    url_words: str = ""

    @property
    def done(self) -> bool:
        return self.progress.count >= self.wanted

    @property
    def shown(self) -> int:
        return min(self.progress.count, self.wanted)


@dataclass(frozen=True, slots=True)
class _Told:
    title: str
    wanted: int
    advice: str


#: Where a step is done, by step: rooms that have a page for it put its address here, with its words.
places: dict[str, tuple[str, str]] = {}

_STEPS = {
    "incidents": _Told(
        "The next 5 incidents",
        5,
        "Do not write from memory. Take the next incident that costs you time, and write its runbook within "
        "two days, from the chat, the commands and the alert.",
    ),
    "runbooks": _Told(
        "The first 5 runbooks",
        5,
        "One symptom each, with an owner who is a person, and something that keeps it from coming back.",
    ),
    "drills": _Told(
        "The first drill",
        1,
        "Take one of them, two people who did not write it, and half an hour. What they stumble over is the "
        "next revision.",
    ),
    "cadence": _Told(
        "A drill in each quarter",
        2,
        "This quarter and the last one. Put the next date into the calendar while everybody is in the room.",
    ),
    "entries": _Told(
        "30 runbooks in two quarters",
        30,
        "What comes of going on: the incidents of two quarters, each kept.",
    ),
}


def steps(scope: Scope) -> list[Step]:
    """The checklist for everything, or for one team."""
    places_now = {
        "incidents": (reverse("runbooks:new"), "Write one"),
        "runbooks": (reverse("runbooks:new"), "Write a runbook"),
        "entries": (f"{reverse('reviews:health')}{scope.query(trend='live')}", "See the trend"),
        **places,
    }
    done = {key: count(scope) for key, count in counts.items()}
    done["entries"] = Progress(done["runbooks"].count)
    found = []
    for key, told in _STEPS.items():
        url, words = places_now.get(key, ("", ""))
        found.append(Step(key, told.title, told.wanted, done[key], told.advice, url, words))
    return found

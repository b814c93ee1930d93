"""What a drill says of its runbook from then on: on its page, in its review, in the library's figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Count,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.urls import reverse
from django.utils import timezone

from drills.models import Drill, UpdateNote, Verdict
from drills.results import steps_of
from runbooks.models import Runbook, TrustLine
from runbooks.reviews import turning
from runbooks.reviews.evidence import Evidence
from runbooks.reviews.health.scope import Scope
from runbooks.reviews.models import Concern, Decision
from runbooks.reviews.stages import is_working_day
from runbooks.reviews.starting import MOST_NAMED, Done, Progress, quarter

#: Gaps that turn against a runbook, as reports of readers do; the others wait for the review that is due.
_TURNING = (Verdict.WRONG, Verdict.BLOCKED)
_SEVERE = (UpdateNote.Severity.CRITICAL, UpdateNote.Severity.HIGH)
#: Days to the next drill: after a severe gap, after another one, after one in which all worked.
REDRILL_DAYS = {"severe": 30, "gaps": 60, "worked": 91}
_MOST = 20
_TEN_YEARS = timedelta(days=3_653)


def day_of(drill: Drill) -> date:
    """The day on which it was, where it was."""
    return (drill.began_at or drill.starts_at).astimezone(ZoneInfo(drill.time_zone)).date()


def working_day(day: date) -> date:
    """Nobody drills on a weekend: the Monday after it."""
    return day if is_working_day(day) else day + timedelta(7 - day.weekday())


def is_near(day: date, drill: Drill) -> bool:
    """Whether what came of the drill can be due then: from its day on, and within ten years."""
    return timedelta() <= day - day_of(drill) <= _TEN_YEARS


def count(drill: Drill, *, now: datetime) -> None:
    """The runbook's page says how this drill went, unless a later one says it already; what is wrong brings
    the review forward. Twice is once."""
    day = day_of(drill)
    tried = [step for step in steps_of(drill) if step.tried]
    worked = [step for step in tried if step.verdict == Verdict.WORKED]
    newest = Q(drilled_on=None) | Q(drilled_on__lte=day)
    touch(drill.runbook_id)
    TrustLine.objects.filter(newest, runbook=drill.runbook_id).update(
        drilled_on=day, steps_tried=len(tried), steps_worked=len(worked)
    )
    turned = drill.notes.still_open().filter(verdict__in=_TURNING)
    labels = [note.step_label or "the runbook" for note in turned]
    if labels:
        gaps = "a gap" if len(labels) == 1 else f"{len(labels)} gaps"
        turning.raise_concern(
            drill.runbook,
            kind="drill",
            source=_source(drill.pk),
            words=f"The drill of {day:%-d %B} found {gaps}: {', '.join(dict.fromkeys(labels))}.",
            now=now,
        )


def settle(drills: Iterable[int], *, now: datetime) -> None:
    """Gaps of these drills were closed: where none that turned is left, the drill's concern is settled, and
    the review is due when the last decision said unless something else stands."""
    for drill in Drill.objects.filter(pk__in=list(drills)).select_related("runbook"):
        touch(drill.runbook_id)
        if not drill.notes.still_open().filter(verdict__in=_TURNING).exists():
            concerns = Concern.objects.filter(
                runbook=drill.runbook_id, source=_source(drill.pk), settled_at=None
            )
            if concerns.update(settled_at=now):
                _put_back(drill.runbook)


def _put_back(runbook: Runbook) -> None:
    last = Decision.objects.filter(runbook=runbook).first()
    if last is None or last.next_due_on is None or turning.open_concerns(runbook).exists():
        return
    line = TrustLine.objects.filter(runbook=runbook, due_on__lt=last.next_due_on)
    line.update(due_on=last.next_due_on)


def _source(drill: int) -> str:
    return f"drill:{drill}"


def touch(runbook: int) -> None:
    """A kept page of the runbook is old."""
    TrustLine.objects.filter(runbook=runbook).tell()


def suggest_redrill(drill: Drill) -> date:
    """Sooner where something severe was found."""
    found = set(drill.notes.exclude(closed="waived").values_list("severity", flat=True))
    worst = "severe" if found & set(_SEVERE) else "gaps" if found else "worked"
    return working_day(day_of(drill) + timedelta(REDRILL_DAYS[worst]))


def evidence(runbook: Runbook, since: datetime | None) -> list[Evidence]:
    """For the review: each open gap that a drill found. What is wrong keeps it from being still true."""
    open_notes = (
        UpdateNote.objects.still_open()
        .filter(drill__runbook=runbook)
        .exclude(drill__state=Drill.State.HOT_WASH)
    )
    return [
        Evidence(
            "drill gap",
            note.gap,
            note.made_at,
            url=reverse("drills:update_notes", args=[note.drill_id]),
            against=True,
            open=True,
            blocks_still_true=note.verdict == Verdict.WRONG,
        )
        for note in open_notes[:_MOST]
    ]


def gaps_of(runbooks: QuerySet[Any]) -> QuerySet[UpdateNote]:
    """For the owner's page: the open gaps of these runbooks, the worst first."""
    still_open = UpdateNote.objects.still_open().filter(drill__runbook__in=runbooks)
    return still_open.select_related("drill__runbook").worst_first()


def open_gaps_of_a_page() -> Subquery:
    """For the top of the runbook's page: how many gaps of drills are open."""
    found = (
        UpdateNote.objects.still_open()
        .filter(drill__runbook=OuterRef("pk"))
        .order_by()
        .values("drill__runbook")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Subquery(found, output_field=IntegerField())


def redrill_of_a_page() -> Subquery:
    """For the top of the runbook's page: when it is to be drilled again."""
    found = (
        Drill.objects.filter(runbook=OuterRef("pk"), signed_at__isnull=False)
        .order_by()
        .values("runbook")
        .annotate(day=Max("redrill_on"))
        .values("day")
    )
    return Subquery(found)


def first_drills(scope: Scope) -> Progress:
    """For the checklist of how to start: drills that took place, the first ones named."""
    held = _held(scope)
    named = [
        Done(drill.runbook.title, drill.runbook.get_absolute_url(), day_of(drill))
        for drill in held.select_related("runbook").order_by("began_at", "pk")[:MOST_NAMED]
    ]
    return Progress(held.count(), named)


def quarters(scope: Scope) -> Progress:
    """Of this quarter and the one before, those with a drill."""
    this = quarter(timezone.localdate())
    before = quarter(this - timedelta(days=1))
    recent = timezone.now() - timedelta(days=190)
    began = _held(scope).filter(began_at__gte=recent).order_by().values_list("began_at", flat=True)
    days = [timezone.localdate(at) for at in began if at is not None]
    return Progress(len({quarter(day) for day in days if day >= before}))


def _held(scope: Scope) -> QuerySet[Drill]:
    """Drills that took place, of what the scope holds."""
    over = (Drill.State.HOT_WASH, Drill.State.REPORTING, Drill.State.SIGNED_OFF)
    among = scope.runbooks().order_by().values("pk")
    return Drill.objects.filter(runbook__in=among, state__in=over, began_at__isnull=False)

"""A step reported wrong is told at once, or in the morning: the next person at 3 am reads it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.notify import outbox
from portal.notify.body import Action, Body, Item, Section
from portal.notify.kinds import Kind
from portal.notify.outbox import Telling
from runbooks.models import Report, Runbook
from runbooks.reviews.answering import Answering
from runbooks.reviews.models import DigestDay, Notice
from runbooks.reviews.reminding import local, locked

KIND = Kind("report.wrong", "A step of yours is reported wrong")
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Wrong:
    """An open report of a wrong step, told to one person: once, and of a step once a day."""

    report: Report
    slug: str
    title: str

    @property
    def source(self) -> str:
        return f"wrong:{self.report.pk}"

    def step(self, day: date) -> str:
        return f"wrong:{self.report.runbook_id}:{self.report.key}:{day.isoformat()}"


def tell(*, now: datetime | None = None) -> int:
    """Tell owners of steps that were reported wrong: from DIGEST_HOUR on at once, else at that hour, on any
    day of the week. How many messages there are.

    While the owner is away the deputies are told, too; where no owner is to be reached, the leads are told
    in their stead. Several reports come in one message.
    """
    now = now or timezone.now()
    by_runbook = _open()
    if not by_runbook:
        return 0
    waiting = _for_whom(by_runbook, now)
    told = set(
        Notice.objects.filter(person__in=waiting, source__startswith="wrong:").values_list(
            "person_id", "source"
        )
    )
    people = [
        pk for pk, some in waiting.items() if any((pk, one.source) not in told for one in some)
    ]
    return _tell(people, waiting, now) if people else 0


def _open() -> dict[int, list[Wrong]]:
    reports = Report.objects.open().filter(
        verdict=Report.Verdict.WRONG, runbook__state=Runbook.State.LIVE
    )
    found: dict[int, list[Wrong]] = defaultdict(list)
    for report in reports.select_related("runbook", "by").order_by("pk"):
        found[report.runbook_id].append(Wrong(report, report.runbook.slug, report.runbook.title))
    return found


def _for_whom(by_runbook: dict[int, list[Wrong]], now: datetime) -> dict[int, list[Wrong]]:
    """By person, where it is late enough in their day."""
    answering = Answering.load()
    services: dict[int, list[int]] = defaultdict(list)
    through = Runbook.services.through.objects.filter(runbook__in=by_runbook).order_by("pk")
    for runbook, service in through.values_list("runbook_id", "service_id"):
        services[runbook].append(service)
    found: dict[int, list[Wrong]] = defaultdict(list)
    for runbook, some in by_runbook.items():
        owner = some[0].report.runbook.owner_id
        for pk in answering.told_at_once(owner=owner, services=services[runbook], now=now):
            if local(now, answering.people[pk].time_zone).hour >= settings.DIGEST_HOUR:
                found[pk] += some
    return found


@transaction.atomic
def _tell(people: Sequence[int], waiting: dict[int, list[Wrong]], now: datetime) -> int:
    rows = list(locked(people))
    # Now that nobody else tells them anything: what is left to tell.
    told = set(
        Notice.objects.filter(
            person__in=[row.person_id for row in rows], source__startswith="wrong:"
        ).values_list("person_id", "source")
    )
    tellings, notices = [], {}
    for row in rows:
        today = local(now, row.person.time_zone).date()
        new = [
            one
            for one in waiting[row.person_id]
            if (row.person_id, one.source) not in told
            and (row.person_id, one.step(today)) not in told
        ]
        if new:
            telling = _telling(row, new, today)
            tellings.append(telling)
            notices[telling.key] = (row.person_id, new, today)
    messages = outbox.tell_many(tellings, now=now)
    claims = []
    for message in messages:
        person, new, today = notices[message.key]
        sources = dict.fromkeys(s for one in new for s in (one.source, one.step(today)))
        claims += [
            Notice(person_id=person, source=source, message=message, at=now) for source in sources
        ]
    Notice.objects.bulk_create(claims)
    return len(messages)


def _telling(row: DigestDay, new: Sequence[Wrong], today: date) -> Telling:
    last = max(one.report.pk for one in new)
    first = new[0]
    where = f"{first.report.label} of {first.title}"
    steps = len({(one.report.runbook_id, one.report.key) for one in new})
    more = f" and {steps - 1} more" if steps > 1 else ""
    return Telling(
        person=row.person,
        key=f"{KIND.name}:{row.person_id}:{last}",
        kind=KIND.name,
        subject=f"Reported wrong: {where}{more}",
        body=Body(sections=list(_sections(new))),
        url=report_path(first.slug, first.report.pk),
        urgent=True,
        day=today,
    )


def _sections(new: Sequence[Wrong]) -> Iterable[Section]:
    by_runbook: dict[int, list[Wrong]] = defaultdict(list)
    for one in new:
        by_runbook[one.report.runbook_id].append(one)
    for some in by_runbook.values():
        yield Section(title=some[0].title, items=[_item(one) for one in some])


def _item(one: Wrong) -> Item:
    report = one.report
    who = str(report.by) if report.by else "A reader"
    words = f"{who}: “{_short(report.words)}”" if report.words else f"{who} gave no reason."
    if report.command:
        words += f" Suggested, not reviewed: {_short(report.command)}"
    url = report_path(one.slug, report.pk)
    label = "See the suggested change and accept it" if report.command else "Answer the report"
    return Item(
        title=f"{report.label}: {_short(report.step_text.strip().partition(chr(10))[0])}",
        url=url,
        words=words,
        action=Action(label=label, url=url),
        ref={"runbook": one.slug, "report": report.pk},
    )


def report_path(slug: str, report: int) -> str:
    """The page where what was suggested is accepted by one click."""
    return f"/r/{quote(slug)}/reports/{report}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"

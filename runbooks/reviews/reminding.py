"""The daily sweep: who is told today, of what, exactly once.

A person's DigestDay row is locked; what they are told of is claimed and written into the outbox in the same
transaction; sending is the outbox's. Run it as often and from as many places as you like: a day
that is done is not done again, and what a killed worker had begun is as if it never was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.accounts.models import User
from portal.notify import outbox
from runbooks.models import Runbook
from runbooks.reviews.answering import Answering
from runbooks.reviews.digesting import Digest, Due, telling_of
from runbooks.reviews.models import Concern, DigestDay, Notice, Reminder
from runbooks.reviews.owners import ORPHANED
from runbooks.reviews.stages import AHEAD, DEPUTY_FROM, OFFSETS, is_working_day, to_tell
from runbooks.reviews.waiting import waiting_for

#: People in one transaction. Also what bounds the memory, and how long SQLite's writers wait.
PEOPLE_AT_ONCE = 200
#: Clocks and zones explain so much between two days that are both "today". A day that is further ahead was
#: written by a clock that went wrong, and holds nobody back.
_DAYS_THAT_CLOCKS_DIFFER = timedelta(days=2)
_CLAIMS_AT_ONCE = 500


def sweep(*, now: datetime | None = None) -> int:
    """Write the digests that are due: at DIGEST_HOUR, or as soon after as this is called, on a working day of
    the person's own zone. How many there are.

    Cheap when there is nothing to do: two queries.
    """
    now = now or timezone.now()
    people = list(_not_done(_days(now)).values_list("pk", flat=True))
    if not people:
        return 0
    answering = Answering.load()
    starts = range(0, len(people), PEOPLE_AT_ONCE)
    return sum(_tell(people[at : at + PEOPLE_AT_ONCE], answering, now) for at in starts)


def local(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone or settings.TIME_ZONE))


def _days(now: datetime) -> dict[str, date]:
    """Zone -> the day that it is there, where a digest may go out by now."""
    zones = User.objects.order_by().values_list("time_zone", flat=True).distinct()
    here = {zone: local(now, zone) for zone in zones}
    return {zone: then.date() for zone, then in here.items() if _is_open(then)}


def _is_open(then: datetime) -> bool:
    return then.hour >= settings.DIGEST_HOUR and is_working_day(then.date())


def _not_done(days: Mapping[str, date]) -> QuerySet[User]:
    zones: dict[date, list[str]] = defaultdict(list)
    for zone, day in days.items():
        zones[day].append(zone)
    waiting = Q(pk__in=())
    for day, some in zones.items():
        waiting |= Q(time_zone__in=some) & (
            Q(digest_day__day=None)
            | Q(digest_day__day__lt=day)
            | Q(digest_day__day__gt=day + _DAYS_THAT_CLOCKS_DIFFER)
        )
    here = User.objects.answering()
    return here.filter(waiting).order_by("pk")


@transaction.atomic
def _tell(people: Sequence[int], answering: Answering, now: datetime) -> int:
    rows = {row.person_id: row for row in locked(people)}
    digests = {}
    for row in rows.values():
        then = local(now, row.person.time_zone)
        if _is_open(then) and _is_next(row, then, now):
            digests[row.person_id] = Digest(row.person_id, then.date())
    if not digests:
        return 0
    _forget_what_a_wrong_clock_skipped((rows[pk] for pk in digests), now)
    _add_reviews(digests, answering, now)
    _add_waiting(digests, now)
    full = {digest.key: digest for digest in digests.values() if digest}
    for digest in full.values():
        digest.put_in_order()
    messages = outbox.tell_many(
        [telling_of(digest, rows[digest.person].person) for digest in full.values()], now=now
    )
    for message in messages:
        rows[full[message.key].person].told_at = now
    _claim([(full[message.key], message.pk) for message in messages], now)
    done = [rows[pk] for pk in digests]
    for row in done:
        row.day = digests[row.person_id].day
    DigestDay.objects.bulk_update(done, ["day", "told_at"], batch_size=PEOPLE_AT_ONCE)
    return len(messages)


def locked(people: Iterable[int]) -> QuerySet[DigestDay]:
    """These people's rows, locked until the transaction ends: nobody else tells them anything meanwhile. Whom
    somebody else is telling just now is left out."""
    people = list(people)
    there = set(DigestDay.objects.filter(person__in=people).values_list("person", flat=True))
    DigestDay.objects.bulk_create(
        [DigestDay(person_id=pk) for pk in people if pk not in there], ignore_conflicts=True
    )
    rows = DigestDay.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows.filter(person__in=people).select_related("person").order_by("person")


def _is_wrong(row: DigestDay, today: date) -> bool:
    return row.day is not None and row.day > today + _DAYS_THAT_CLOCKS_DIFFER


def _is_next(row: DigestDay, then: datetime, now: datetime) -> bool:
    """Whether this day of theirs is still to be done. A person who moves to another zone gets no second
    digest on what is one day there, nor for a day that they had before."""
    today = then.date()
    if row.day is not None and row.day >= today and not _is_wrong(row, today):
        return False
    told = row.told_at
    return told is None or told > now or told.astimezone(then.tzinfo).date() < today


def _forget_what_a_wrong_clock_skipped(rows: Iterable[DigestDay], now: datetime) -> None:
    """After a clock that ran ahead: stages that it superseded were never told, and their days come."""
    wrong = [
        row.person_id for row in rows if _is_wrong(row, local(now, row.person.time_zone).date())
    ]
    if wrong:
        Reminder.objects.filter(person__in=wrong, superseded=True, at__gt=now).delete()


def _add_reviews(digests: dict[int, Digest], answering: Answering, now: datetime) -> None:
    """Four queries, whatever there is."""
    latest = max(digest.day for digest in digests.values())
    found = _reviews_near(digests, answering, latest)
    columns = ("pk", "slug", "title", "trust__due_on", "owner_id", "owner__name", "owner__username")
    near = list(found.values_list(*columns))
    if not near:
        return
    rows = found.values("pk")
    services: dict[int, list[int]] = defaultdict(list)
    through = Runbook.services.through.objects.filter(runbook__in=rows).order_by("pk")
    for runbook, service in through.values_list("runbook_id", "service_id"):
        services[runbook].append(service)
    known: dict[tuple[int, int], set[str]] = defaultdict(set)
    told = Reminder.objects.filter(
        person__in=digests, runbook__in=rows, due_on=F("runbook__trust__due_on")
    )
    for person, runbook, stage in told.values_list("person_id", "runbook_id", "stage").iterator():
        known[person, runbook].add(stage)
    reasons: dict[int, list[str]] = defaultdict(list)
    concerns = Concern.objects.open().filter(runbook__in=rows).order_by("pk")
    for runbook, words in concerns.values_list("runbook_id", "words").iterator():
        reasons[runbook].append(words)
    for pk, slug, title, due_on, owner, *names in near:
        everybody = answering.told_of(owner=owner, services=services.get(pk, ()), now=now)
        for person in everybody.keys() & digests.keys():
            digest, part = digests[person], everybody[person]
            tell = to_tell(
                due_on=due_on,
                today=digest.day,
                begins=part.begins,
                known=known.get((person, pk), ()),
            )
            if tell is not None:
                digest.reviews.append(
                    Due(
                        runbook=pk,
                        slug=slug,
                        title=title,
                        owner=names[0] or names[1],
                        due_on=due_on,
                        tell=tell,
                        part=part.part,
                        reasons=tuple(reasons.get(pk, ())),
                    )
                )


def _reviews_near(
    digests: Mapping[int, Digest], answering: Answering, latest: date
) -> QuerySet[Runbook]:
    """Every review that one of these people may have to be told of."""
    late = Q(trust__due_on__lte=latest - timedelta(days=OFFSETS[DEPUTY_FROM]))
    # Whether they are away today, in their own zone, is looked at closely afterwards.
    one = timedelta(days=1)
    away = Q(owner__away_from__lte=latest + one, owner__away_until__gte=latest - 2 * one)
    others = answering.reach_of(digests.keys()) & (late | away | ORPHANED)
    near = Runbook.objects.live().readable().filter(trust__due_on__lte=latest + AHEAD).order_by()
    return near.filter(Q(owner__in=list(digests)) | others)


def _add_waiting(digests: dict[int, Digest], now: datetime) -> None:
    """What is open and was not told yet."""
    for one in waiting_for(digests.keys(), now):
        if one.person in digests:
            digests[one.person].waiting.append(one)
    asked = [pk for pk, digest in digests.items() if digest.waiting]
    if not asked:
        return
    told = set(Notice.objects.filter(person__in=asked).values_list("person_id", "source"))
    for pk in asked:
        digest = digests[pk]
        digest.waiting = [one for one in digest.waiting if (pk, one.source) not in told]


def _claim(told: Sequence[tuple[Digest, int]], now: datetime) -> None:
    """Record what these digests (with their messages) tell. Their constraints say no to whoever told it
    before, and then nothing of this transaction happened."""
    reminders = (one for digest, message in told for one in _reminders(digest, message, now))
    Reminder.objects.bulk_create(reminders, batch_size=_CLAIMS_AT_ONCE)
    notices = (one for digest, message in told for one in _notices(digest, message, now))
    Notice.objects.bulk_create(notices, batch_size=_CLAIMS_AT_ONCE)


def _reminders(digest: Digest, message: int, now: datetime) -> Iterator[Reminder]:
    for due in digest.reviews:
        for stage in (due.tell.stage, *due.tell.instead_of):
            is_told = stage is due.tell.stage
            yield Reminder(
                person_id=digest.person,
                runbook_id=due.runbook,
                due_on=due.due_on,
                stage=stage,
                message_id=message if is_told else None,
                superseded=not is_told,
                at=now,
            )


def _notices(digest: Digest, message: int, now: datetime) -> Iterator[Notice]:
    for source in dict.fromkeys(one.source for one in digest.waiting):
        yield Notice(person_id=digest.person, source=source, message_id=message, at=now)

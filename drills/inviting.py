"""Telling people of their drill: invitations that calendars take, changes, cancellations, reminders.

Nothing here names the runbook while the drill keeps it from its players. One thing on a calendar is one UID
for ever; its SEQUENCE rises with each change that is told (RFC 5546).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress, vText

from drills import states
from drills.models import Drill, Participant
from portal.accounts.models import User
from portal.notify import calendar as feeds
from portal.notify import kinds, outbox
from portal.notify.body import Action, Body, Invitation, Item, Section, whole
from portal.notify.kinds import Kind
from portal.notify.models import Message
from portal.notify.outbox import Telling

INVITATION = Kind("drill_invitation", "Invitations to drills, their changes and cancellations")
REMINDER = Kind("drill_reminder", "Reminders of drills, a day and an hour before")
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def register() -> None:
    """What messages and calendars of this room there are: called when the site starts."""
    kinds.register(INVITATION)
    kinds.register(REMINDER)
    feeds.sources.append(entries_of)


def invited(drill: Drill) -> set[int]:
    """Who has been told of this drill at all. One query."""
    told = Message.objects.filter(kind=INVITATION.name, key__startswith=f"drill:{drill.pk}:")
    return {pk for pk in told.values_list("person", flat=True) if pk is not None}


def invite(drill: Drill, *, now: datetime | None = None, why: str = "") -> int:
    """Everybody with a seat and an account who has not been told of it as it now is. Gives how many."""
    now = now or timezone.now()
    seats = _seated(drill)
    change = f"{why} " if why else ""
    when = when_in_words(drill)
    told = outbox.tell_many(
        [
            Telling(
                person=seat.person,
                key=f"drill:{drill.pk}:{drill.sequence}:invite:{seat.person_id}",
                kind=INVITATION.name,
                subject=f"{'Changed: ' if why else ''}Exercise: {drill.title}, {when}",
                url=reverse("drills:drill", args=[drill.pk]),
                body=Body(
                    intro=f"{change}This is an exercise. You are {_seat_words(seat)} in a drill: {when},"
                    f" {drill.minutes} minutes, led by {drill.facilitator}.",
                    sections=_sections(drill),
                    outro="Nothing is run on a real system in it, and nobody is paged.",
                    calendar=Invitation(method="REQUEST", ics=ics(drill, seats, "REQUEST", now)),
                ),
            )
            for seat in seats
        ],
        now=now,
    )
    return len(told)


def call_off(
    drill: Drill, people: Collection[User], *, why: str, now: datetime | None = None
) -> None:
    """These people's calendars lose it: the drill is cancelled, or they are no longer in it."""
    now = now or timezone.now()
    known = invited(drill)
    seats = _seated(drill)
    cancelled = drill.state == Drill.State.CANCELLED
    outbox.tell_many(
        [
            Telling(
                person=person,
                key=f"drill:{drill.pk}:{drill.sequence}:cancel:{person.pk}",
                kind=INVITATION.name,
                subject=f"Cancelled: Exercise: {drill.title}, {when_in_words(drill)}",
                url=reverse("drills:drills"),
                body=Body(
                    intro=why if not cancelled else f"This exercise does not take place: {why}",
                    calendar=Invitation(
                        method="CANCEL",
                        ics=ics(drill, seats, "CANCEL", now, only=None if cancelled else person),
                    ),
                ),
            )
            for person in people
            if person.pk in known
        ],
        now=now,
    )


def answer(seat: Participant, said: str) -> bool:
    """Comes, or does not: their own word, changed as often as they like until it begins."""
    if said not in Participant.Answer.values or seat.drill.state not in states.COMING:
        return False
    return bool(Participant.objects.filter(pk=seat.pk).update(answer=said))


def remind(*, now: datetime | None = None) -> int:
    """A day and an hour before, once each for each time that it is set to; not who said no."""
    now = now or timezone.now()
    soon = Drill.objects.filter(
        state__in=states.COMING, quick=False, starts_at__gt=now, starts_at__lte=now + _DAY
    )
    comes = Participant.objects.filter(person__is_active=True).exclude(answer="no")
    drills = soon.select_related("facilitator", "runbook").prefetch_related(
        Prefetch("participants", comes.select_related("person"), to_attr="coming")
    )
    tellings = [telling for drill in drills for telling in _reminders(drill, now)]
    return len(outbox.tell_many(tellings, now=now)) if tellings else 0


def _reminders(drill: Drill, now: datetime) -> Iterator[Telling]:
    left = drill.starts_at - now
    stage = "hour" if left <= _HOUR else "day"
    # Who was asked today needs no reminder of tomorrow.
    if stage == "day" and (left <= 2 * _HOUR or drill.made_at > drill.starts_at - _DAY):
        return
    when = when_in_words(drill)
    for seat in drill.coming:  # type: ignore[attr-defined]
        says = "starts within the hour" if stage == "hour" else "is tomorrow"
        yield Telling(
            person=seat.person,
            # By its time: another title is no reason to be reminded again.
            key=f"drill:{drill.pk}:{drill.starts_at:%Y%m%dT%H%M}:{stage}:{seat.person_id}",
            kind=REMINDER.name,
            subject=f"Exercise: {drill.title} {says}",
            url=reverse("drills:drill", args=[drill.pk]),
            body=Body(
                intro=f"This is an exercise. {when}. You are {_seat_words(seat)}.",
                sections=_sections(drill),
            ),
            urgent=stage == "hour",
        )


def entries_of(person: User, now: datetime) -> Iterable[feeds.Entry]:
    """Their drills, for their private calendar: the same UID as the invitation's, so there once."""
    seats = Participant.objects.filter(
        person=person,
        drill__quick=False,
        drill__starts_at__gt=now - timedelta(days=31),
    ).exclude(Q(drill__state=Drill.State.CANCELLED) | Q(answer="no"))
    for seat in seats.select_related("drill"):
        drill = seat.drill
        yield feeds.Entry(
            uid=uid_of(drill),
            starts=drill.starts_at,
            ends=drill.starts_at + timedelta(minutes=drill.minutes),
            title=f"Exercise: {drill.title}",
            url=reverse("drills:drill", args=[drill.pk]),
            words=f"You are {_seat_words(seat)}.",
            sequence=drill.sequence,
        )


def uid_of(drill: Drill) -> str:
    return f"{drill.uid}@{urlsplit(settings.SITE_URL).hostname or 'drillbook'}"


def when_in_words(drill: Drill) -> str:
    """In the drill's own time zone, which is named: "Tue 5 May 2026, 10:00 (Europe/Lisbon)"."""
    local = drill.starts_at.astimezone(ZoneInfo(drill.time_zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({drill.time_zone})"


def ics(
    drill: Drill,
    seats: Iterable[Participant],
    method: str,
    now: datetime,
    *,
    only: User | None = None,
) -> str:
    """The calendar file (RFC 5546, 3.2.2 and 3.2.5): times in UTC, which every calendar shows in its owner's
    zone. A REQUEST and the CANCEL of the whole drill name everybody; `only` is who alone is taken out, and
    then nothing says that the drill is off.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Drillbook//Drills//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    event = Event()
    event.add("uid", uid_of(drill))
    event.add("sequence", drill.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", drill.starts_at.astimezone(UTC))
    event.add("dtend", (drill.starts_at + timedelta(minutes=drill.minutes)).astimezone(UTC))
    event.add("summary", f"Exercise: {drill.title}")
    url = whole(reverse("drills:drill", args=[drill.pk]))
    event.add("url", url)
    event.add("description", f"This is an exercise. Briefing, and your answer: {url}")
    if only is None:
        event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    leader = vCalAddress(f"mailto:{drill.facilitator.email or settings.DEFAULT_FROM_EMAIL}")
    leader.params["CN"] = vText(str(drill.facilitator))
    event.add("organizer", leader)
    if only is not None:
        _add_attendee(event, only, {"ROLE": "REQ-PARTICIPANT"})
    for seat in [] if only else seats:
        if seat.person is not None:
            _add_attendee(event, seat.person, _part(drill, seat))
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode()


def _part(drill: Drill, seat: Participant) -> dict[str, str]:
    """What somebody is in the meeting, and what they answered to it as it now is: who leads it comes."""
    if seat.person_id == drill.facilitator_id:
        return {"ROLE": "CHAIR", "PARTSTAT": "ACCEPTED"}
    looks_on = seat.role == Participant.Role.OBSERVER
    role = "OPT-PARTICIPANT" if looks_on else "REQ-PARTICIPANT"
    said = {"yes": "ACCEPTED", "no": "DECLINED"}.get(seat.answer, "NEEDS-ACTION")
    return {"ROLE": role, "PARTSTAT": said, "RSVP": "TRUE"}


def _add_attendee(event: Event, person: User, part: dict[str, str]) -> None:
    if person.email:
        guest = vCalAddress(f"mailto:{person.email}")
        for name, value in ({"CN": str(person), "CUTYPE": "INDIVIDUAL"} | part).items():
            guest.params[name] = vText(value)
        event.add("attendee", guest, encode=False)


def _seated(drill: Drill) -> list[Participant]:
    seats = drill.participants.filter(person__is_active=True).select_related("person")
    return list(seats)


def _seat_words(seat: Participant) -> str:
    role = seat.get_role_display()
    article = "an" if role[0] in "aeiou" else "the" if role in ("facilitator", "scribe") else "a"
    return "hands-on" if seat.role == Participant.Role.HANDS_ON else f"{article} {role}"


def _sections(drill: Drill) -> list[Section]:
    """What all may know: never the runbook, unless it is no secret."""
    items: list[Item] = []
    if drill.runbook_told:
        page = reverse("runbooks:runbook", args=[drill.runbook.slug])
        items.append(Item(title=f"Runbook: {drill.runbook.title}", url=page))
    if drill.scope:
        items.append(Item(title="Scope", words=drill.scope))
    if drill.ground_rules:
        items.append(Item(title="Ground rules", words=drill.ground_rules))
    stop = f"Say “{drill.stop_word}” and everything stops."
    items.append(Item(title="A real page comes?", words=stop))
    briefing = Action(
        label="Briefing, and say whether you come",
        url=reverse("drills:drill", args=[drill.pk]),
    )
    items.append(Item(title="Your seat", action=briefing))
    return [Section(title="What to know", items=items)]

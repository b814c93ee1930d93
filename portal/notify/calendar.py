"""A person's private calendar: what rooms say is on it, as iCalendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from icalendar import Calendar, Event

from portal.accounts import audit
from portal.accounts.company import site_name
from portal.accounts.models import User
from portal.notify.body import whole
from portal.notify.models import Feed, new_token


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on a calendar. The same `uid` is the same thing, whatever else changes.

    A date is the whole day, and `ends` then the last day; a datetime carries its zone. `ends` None: a day,
    or half an hour.
    """

    uid: str
    starts: date | datetime
    ends: date | datetime | None
    title: str
    url: str
    words: str = ""
    sequence: int = 0


#: Filled by rooms in `AppConfig.ready()`: each answers with what is on a person's calendar.
sources: list[Callable[[User, datetime], Iterable[Entry]]] = []


def feed_of(person: User) -> Feed | None:
    return Feed.objects.filter(person=person).first()


@transaction.atomic
def reset(*, person: User) -> Feed:
    """A new address; the old one opens nothing from now on."""
    feed, new = Feed.objects.get_or_create(person=person)
    if not new:
        feed.token = new_token()
        feed.save(update_fields=["token"])
    audit.record("calendar.reset", by=person, of=person)
    return feed


def person_with(token: str) -> tuple[User, Feed] | None:
    """Whose calendar the token opens: nobody's once the account is closed."""
    feed = Feed.objects.select_related("person").filter(token=token).first()
    return (feed.person, feed) if feed and feed.person.is_active else None


def written(person: User, *, made_at: datetime, now: datetime) -> bytes:
    """The calendar file. The same entries make the same bytes, so that a reader's ETag holds."""
    calendar = Calendar()
    calendar.add("prodid", "-//Drillbook//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", site_name())
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    entries = {entry.uid: entry for source in sources for entry in source(person, now)}
    for uid in sorted(entries):
        calendar.add_component(_event(entries[uid], made_at))
    return bytes(calendar.to_ical())


def _event(entry: Entry, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    starts, ends = _span(entry)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", entry.title)
    if entry.url:
        event.add("url", whole(entry.url))
    # Half of the calendars show no URL property.
    about = "\n".join(filter(None, [entry.words, whole(entry.url)]))
    if about:
        event.add("description", about)
    event.add("sequence", entry.sequence)
    event.add("transp", "OPAQUE" if isinstance(entry.starts, datetime) else "TRANSPARENT")
    return event


def _span(entry: Entry) -> tuple[date | datetime, date | datetime]:
    """Start and end as the format has them: a day ends where the next begins."""
    starts, ends = entry.starts, entry.ends
    if isinstance(starts, datetime):
        until = ends if isinstance(ends, datetime) else starts + timedelta(minutes=30)
        return starts.astimezone(UTC), until.astimezone(UTC)
    last = ends.date() if isinstance(ends, datetime) else ends or starts
    return starts, last + timedelta(days=1)

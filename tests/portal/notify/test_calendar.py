"""The private calendar: read by another parser than the one that wrote it, by nobody without the address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import vobject

from portal.accounts.models import AuditEntry
from portal.masking import NoTokensInAddresses, masked
from portal.notify import calendar
from portal.notify.calendar import Entry
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LONG = "Review: “API latency above 5 s; the primary, and its replicas”, " + "über " * 20


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    """What the rooms have on everybody's calendar."""
    found = [
        Entry(
            "review-1@drillbook",
            date(2026, 12, 1),
            None,
            LONG,
            "/r/api/review",
            "Line one\nLine two",
        ),
        Entry(
            "drill-7@drillbook",
            datetime(2026, 12, 3, 15, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 12, 3, 16, tzinfo=timezone(timedelta(hours=1))),
            "Drill: API latency",
            "/drills/7",
            sequence=2,
        ),
    ]
    monkeypatch.setattr(calendar, "sources", [lambda _person, _now: list(found)])
    return found


@pytest.fixture
def path():
    return f"/calendar/{calendar.reset(person=UserFactory()).token}.ics"


def test_another_parser_reads_what_is_on_it(client, path, settings):
    settings.SITE_URL = "https://runbooks.shop.example"
    answer = client.get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in answer["Cache-Control"]
    events = {e.uid.value: e for e in vobject.readOne(answer.content.decode()).vevent_list}
    review, drill = events["review-1@drillbook"], events["drill-7@drillbook"]
    assert (review.dtstart.value, review.dtend.value) == (date(2026, 12, 1), date(2026, 12, 2))
    assert review.summary.value == LONG
    assert review.url.value == "https://runbooks.shop.example/r/api/review"
    assert review.description.value == (
        "Line one\nLine two\nhttps://runbooks.shop.example/r/api/review"
    )
    assert drill.dtstart.value == datetime(2026, 12, 3, 14, tzinfo=UTC)
    assert drill.dtend.value == datetime(2026, 12, 3, 15, tzinfo=UTC)
    assert drill.sequence.value == "2"
    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75


def test_nothing_changed_is_said_in_a_word(client, path, entries):
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    entries.pop()
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_an_empty_calendar_is_a_calendar(client, path, entries):
    entries.clear()
    assert vobject.readOne(client.get(path).content.decode()).prodid.value.startswith(
        "-//Drillbook"
    )


def test_a_reset_ends_the_old_address_and_keeps_the_uids(client, settings):
    yash = UserFactory()
    client.force_login(yash)
    client.post("/account/messages/calendar")
    old = calendar.feed_of(yash).token
    client.post("/account/messages/calendar")
    new = calendar.feed_of(yash).token
    assert old != new
    client.logout()
    assert client.get(f"/calendar/{old}.ics").status_code == 404
    assert b"review-1@drillbook" in client.get(f"/calendar/{new}.ics").content
    assert AuditEntry.objects.filter(action="calendar.reset").count() == 2
    assert not AuditEntry.objects.filter(after__icontains=new).exists()


def test_a_closed_account_has_no_calendar(client):
    yash = UserFactory()
    token = calendar.reset(person=yash).token
    yash.is_active = False
    yash.save()
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_the_address_stands_in_no_log_of_ours(client, caplog, settings):
    client.get("/calendar/almost-a-token.ics")
    [record] = caplog.records
    assert NoTokensInAddresses().filter(record)
    assert record.getMessage() == "Not Found: /calendar/…"
    assert "tokens" in settings.LOGGING["handlers"]["console"]["filters"]
    assert masked('GET "/messages/stop/abc:def" 500') == 'GET "/messages/stop/…" 500'


def test_reading_it_costs_one_query_beside_those_of_its_sources(
    client, path, django_assert_num_queries
):
    with django_assert_num_queries(1):
        client.get(path)

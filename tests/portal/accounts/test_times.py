"""When a person is there: their zone and the days away, told on `/account`."""

import pytest
from django.core.exceptions import ValidationError

from portal.accounts import times
from portal.accounts.models import AuditEntry
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def yash(client):
    yash = UserFactory(username="yash")
    client.force_login(yash)
    return yash


def test_zone_and_days_away_are_kept_and_recorded(client, yash):
    sent = {"time_zone": "Europe/Lisbon", "away_from": "2026-12-20", "away_until": "2027-01-06"}
    assert client.post("/account/times", sent).status_code == 302
    yash.refresh_from_db()
    assert yash.time_zone == "Europe/Lisbon"
    assert yash.away_until.isoformat() == "2027-01-06"
    assert AuditEntry.objects.get(action="person.changed").after["time zone"] == "Europe/Lisbon"
    assert b'value="2026-12-20"' in client.get("/account").content


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"time_zone": "Mars/Base"}, "is not a time zone"),
        ({"away_from": "2026-12-20"}, "the first and the last day away"),
        ({"away_from": "2026-12-20", "away_until": "2026-12-01"}, "before the first"),
        ({"away_from": "soon", "away_until": "2026-12-01"}, "is no day"),
    ],
)
def test_what_makes_no_sense_is_said_and_kept_in_the_form(client, yash, sent, said):
    answer = client.post("/account/times", sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert all(value in html for value in sent.values())
    yash.refresh_from_db()
    assert (yash.time_zone, yash.away_from) == ("", None)


def test_an_absence_is_taken_back(yash):
    with pytest.raises(ValidationError):
        times.set_times(yash, time_zone="", away_from=None, away_until="x", by=yash)
    changed = times.set_times(yash, time_zone="UTC", away_from=None, away_until=None, by=yash)
    assert changed.away_from is None

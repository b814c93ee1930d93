"""A service's owner, deputy and interval: set on its page, and what is due follows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runbooks.models import Service
from runbooks.reviews import deciding
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def runbook(client):
    owner = UserFactory(username="yash")
    runbook = published(owner=owner)
    Service.objects.update(owner=owner)
    client.force_login(owner)
    return runbook


def change(client, **sent):
    return client.post("/s/api-server/edit", {"owner": "yash", **sent})


def test_a_deputy_and_an_interval_are_kept(client, runbook):
    UserFactory(username="leila")
    assert change(client, deputy="leila", review_every="30").status_code == 302
    service = Service.objects.get()
    assert (service.deputy.username, service.review_every) == ("leila", 30)
    html = client.get("/s/api-server/edit").content.decode()
    assert 'value="leila"' in html
    assert 'value="30"' in html


@pytest.mark.parametrize(
    "sent", [{"deputy": "nobody"}, {"deputy": "yash"}, {"review_every": "0"}, {"review_every": "x"}]
)
def test_what_makes_no_sense_is_said_and_nothing_is_changed(client, runbook, sent):
    answer = change(client, **sent)
    assert answer.status_code == 422
    assert f'value="{next(iter(sent.values()))}"' in answer.content.decode()
    assert Service.objects.get().deputy is None


def test_due_dates_follow_the_interval(client, runbook):
    deciding.still_true(runbook, by=runbook.owner, rests_on=["read"])
    runbook.trust.refresh_from_db()
    reviewed = runbook.trust.reviewed_on
    change(client, review_every="30")
    runbook.trust.refresh_from_db()
    assert runbook.trust.due_on == reviewed + timedelta(days=30)
    change(client, review_every="")
    runbook.trust.refresh_from_db()
    assert runbook.trust.due_on == reviewed + timedelta(days=90)


def test_what_was_put_off_stays_put_off(client, runbook):
    deciding.still_true(runbook, by=runbook.owner, rests_on=["read"])
    runbook.trust.refresh_from_db()
    runbook.trust.due_on -= timedelta(days=89)
    runbook.trust.save()
    made = deciding.snooze(runbook, by=runbook.owner, reason="On leave.", days=20)
    change(client, review_every="60")
    runbook.trust.refresh_from_db()
    assert runbook.trust.due_on == made.next_due_on

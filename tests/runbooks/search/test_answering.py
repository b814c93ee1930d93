"""A search in vain stays a gap until something that answers it is published."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from runbooks.models import Gap, Runbook
from runbooks.search import answering, indexing, nudging, tasks
from tests.factories import ServiceFactory, UserFactory, published

pytestmark = pytest.mark.django_db
WORDS = "warehouse scanners offline"


@pytest.fixture(autouse=True)
def library(settings):
    cache.clear()
    settings.READ_WITHOUT_LOGIN = True
    published(owner=UserFactory(username="yash"))


@pytest.fixture
def gap(client):
    client.get("/", {"q": WORDS})
    return Gap.objects.get(words=WORDS)


def scanners(**more):
    return published(
        slug="scanners", title="Warehouse scanners are offline", alert="ScannersDown", **more
    )


def test_the_runbook_that_answers_it_closes_it(client, gap):
    tasks.close_answered_gaps()
    assert Gap.objects.get(pk=gap.pk).closed_by is None
    runbook = scanners()
    tasks.close_answered_gaps()
    assert Gap.objects.get(pk=gap.pk).closed_by == runbook


def test_another_runbook_leaves_it_open(gap):
    published(slug="disk", title="Disk above 90 % on the primary", alert="DiskFilling")
    assert answering.close_answered() == 0


def test_what_was_there_before_and_did_not_help_does_not_close_it(client, gap):
    runbook = scanners()
    gap.refresh_from_db()
    Gap.objects.filter(pk=gap.pk).update(
        last_seen=Runbook.objects.get(pk=runbook.pk).live_revision.accepted_at.replace(year=2099)
    )
    assert answering.close_answered() == 0


def test_what_only_some_may_see_answers_only_what_was_asked_of_their_service(gap):
    runbook = scanners()
    service = ServiceFactory(slug="depot", private=True)
    runbook.services.set([service])
    indexing.index_again([runbook.pk])
    assert answering.close_answered() == 0
    Gap.objects.filter(pk=gap.pk).update(service=service)
    assert answering.close_answered() == 1


def test_a_worker_is_told_only_when_there_is_a_gap(gap, monkeypatch):
    told = []
    monkeypatch.setattr(nudging.close_answered_gaps, "apply_async", lambda **_: told.append(1))
    nudging.nudge_gaps([1])
    Gap.objects.update(closed_by=Runbook.objects.get())
    nudging.nudge_gaps([1])
    assert told == [1]

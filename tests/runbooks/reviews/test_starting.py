"""How to start: a checklist that fills itself from what a team really did."""

from __future__ import annotations

import pytest

from drills import running
from portal.accounts.access import viewer_of
from runbooks.models import Service
from runbooks.reviews import starting
from runbooks.reviews.health.scope import Scope, scope_of
from tests.drills.making import make_drill
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db


def shown(scope: Scope) -> dict[str, tuple[int, int]]:
    return {step.key: (step.progress.count, step.wanted) for step in starting.steps(scope)}


def test_nothing_is_done_in_an_empty_portal():
    assert shown(Scope(viewer_of(UserFactory()))) == {
        "incidents": (0, 5),
        "runbooks": (0, 5),
        "drills": (0, 1),
        "cadence": (0, 2),
        "entries": (0, 30),
    }


def test_it_fills_itself_from_what_was_written_and_drilled():
    person = UserFactory()
    published(owner=person, kind="incident")
    drilled = published(slug="disk", owner=person, title="Disk above 90 %")
    drill = running.begin(make_drill(runbook=drilled, facilitator=person), by=person)
    assert shown(Scope(viewer_of(person)))["drills"] == (0, 1)
    running.end(drill, by=person)

    assert shown(Scope(viewer_of(person))) == {
        "incidents": (1, 5),
        "runbooks": (2, 5),
        "drills": (1, 1),
        "cadence": (1, 2),
        "entries": (2, 30),
    }


def test_a_team_sees_its_own_part(client):
    ServiceFactory(slug="api-server", team=TeamFactory(slug="core"))
    TeamFactory(slug="other")
    person = UserFactory()
    runbook = published(owner=person)
    client.force_login(person)

    assert shown(scope_of({"team": "core"}, viewer_of(person)))["runbooks"] == (1, 5)
    assert shown(scope_of({"team": "other"}, viewer_of(person)))["runbooks"] == (0, 5)
    assert runbook.title in client.get("/start?team=core").content.decode()
    assert runbook.title not in client.get("/start?team=other").content.decode()
    assert client.get("/start?team=nobody").status_code == 404


def test_what_is_private_is_not_named_to_others(client):
    Service.objects.create(slug="api-server", name="api-server", private=True)
    runbook = published(kind="incident")
    client.force_login(UserFactory())

    assert runbook.title not in client.get("/start").content.decode()


def test_a_later_room_counts_in_its_own_way(monkeypatch):
    monkeypatch.setitem(starting.counts, "drills", lambda _: starting.Progress(3))

    assert shown(Scope(viewer_of(UserFactory())))["drills"] == (3, 1)

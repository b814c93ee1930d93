"""`/api/v1/alerts/resolve`: where alerts lead, for programs."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from portal.accounts.models import ApiToken
from runbooks.alerts.resolving import MOST_ALERTS
from runbooks.models import Runbook
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/alerts/resolve"


@pytest.fixture
def program() -> Client:
    _, secret = ApiToken.create_for(UserFactory(), name="ci")
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})


def asked(program: Client, *alerts: object) -> list[dict]:
    response = program.post(ADDRESS, json.dumps({"alerts": alerts}), "application/json")
    assert response.status_code == 200, response.content
    return response.json()["alerts"]


def test_an_alert_is_answered_with_its_runbook(program, settings):
    settings.SITE_URL = "https://runbooks.example"
    published()
    told = program.get(f"{ADDRESS}?alert=apilatencyhigh&namespace=shop").json()
    assert told == {
        "alert": "apilatencyhigh",
        "status": "live",
        "runbooks": [
            {
                "slug": "api-latency",
                "title": "API latency above 5 s",
                "url": "https://runbooks.example/r/api-latency",
            }
        ],
        "needs": ["instance", "namespace"],
        "links": {},
    }


def test_an_unknown_alert_is_answered_with_none(program):
    told = program.get(f"{ADDRESS}?alert=Nobody").json()
    assert (told["status"], told["runbooks"], told["needs"]) == ("none", [], [])


def test_a_retired_runbook_is_said_to_be(program):
    runbook = published()
    Runbook.objects.filter(pk=runbook.pk).update(state="retired")
    told = program.get(f"{ADDRESS}?alert=ApiLatencyHigh").json()
    assert (told["status"], told["runbooks"][0]["slug"]) == ("retired", "api-latency")


def test_many_are_answered_in_order_with_their_links(program):
    published()
    told = asked(
        program,
        "Nobody",
        {"alert": "ApiLatencyHigh", "links": ["https://wiki/x/api-latency", "https://wiki/gone"]},
        {"alert": "ApiLatencyHigh", "labels": {"cluster": "eu"}},
    )
    assert [item["status"] for item in told] == ["none", "live", "live"]
    assert told[1]["links"] == {
        "https://wiki/x/api-latency": "elsewhere",
        "https://wiki/gone": "dead",
    }


def test_what_matchers_ask_for_is_needed_in_the_link_too(program):
    owner = UserFactory()
    text = runbook_text(owner=owner.username).replace(
        "[ApiLatencyHigh]", """['Slow{cluster=~"eu-.*", team!="x"}']"""
    )
    published(text=text, owner=owner)
    assert asked(program, "Slow")[0]["needs"] == ["cluster", "instance", "namespace", "team"]
    assert asked(program, {"alert": "Slow", "labels": {"cluster": "us"}})[0]["status"] == "none"


def test_five_hundred_alerts_take_as_few_queries_as_one(program, django_assert_max_num_queries):
    for number in range(4):
        published(slug=f"r{number}", alert=f"Alert{number}")
    with django_assert_max_num_queries(8):
        told = asked(program, *(f"Alert{number % 50}" for number in range(MOST_ALERTS)))
    assert sum(item["status"] == "live" for item in told) == 40


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{", "The body is no JSON."),
        ("[" * 100_000, "The body is no JSON."),
        ("[]", "The body needs"),
        ('{"alerts": 5}', "The body needs"),
        ('{"alerts": [5]}', "alerts[0] is neither a name nor an object"),
        ('{"alerts": ["ok", {"labels": {}}]}', "alerts[1] is neither a name nor an object"),
        ('{"alerts": [{"alert": "A", "labels": ["x"]}]}', "alerts[0].labels is no object"),
        ('{"alerts": [{"alert": "A", "labels": {"x": 1}}]}', "alerts[0].labels is no object"),
        ('{"alerts": [{"alert": "A", "links": "x"}]}', "alerts[0].links is no list"),
        ('{"alerts": [""]}', "alerts[0] is missing"),
        (json.dumps({"alerts": ["A" * 201]}), "alerts[0] is 201 characters long"),
        (json.dumps({"alerts": ["A"] * (MOST_ALERTS + 1)}), "500 are answered at once"),
    ],
)
def test_a_question_that_cannot_be_read_gets_a_sentence(program, body, sentence):
    response = program.post(ADDRESS, body, "application/json")
    assert response.status_code == 400
    assert sentence in response.json()["error"]


def test_a_missing_name_gets_a_sentence(program):
    response = program.get(ADDRESS)
    assert response.status_code == 400
    assert "alert is missing" in response.json()["error"]


def test_without_a_token_nothing_is_said(client):
    response = client.get(f"{ADDRESS}?alert=ApiLatencyHigh")
    assert response.status_code == 401
    assert "token" in response.json()["error"]


def test_other_methods_are_refused(program):
    assert program.delete(ADDRESS).status_code == 405

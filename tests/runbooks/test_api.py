"""`GET /api/v1/runbooks/<slug>`, and how all of `/api/` answers what it does not take."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.accounts.models import ApiToken
from runbooks.models import Alias, Runbook, Service
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
ADDRESSES = ("/api/v1/search", "/api/v1/facts", "/api/v1/runbooks/api-latency")


@pytest.fixture
def program() -> Client:
    _, secret = ApiToken.create_for(UserFactory(), name="ci", scope="read")
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})


def test_a_program_reads_a_runbook_with_all_that_is_known_of_it(program, settings):
    settings.SITE_URL = "https://runbooks.example"
    published(owner=UserFactory(username="yash"))
    runbook = Runbook.objects.get(slug="api-latency")
    told = program.get("/api/v1/runbooks/api-latency").json()
    assert told == {
        "slug": "api-latency",
        "title": runbook.title,
        "state": "live",
        "url": "https://runbooks.example/r/api-latency",
        "text": runbook.live_revision.text,
        "revision": runbook.live_revision.number,
        "severity": runbook.severity,
        "owner": "yash",
        "services": sorted(runbook.services.values_list("slug", flat=True)),
        "alerts": ["ApiLatencyHigh"],
    }


def test_a_runbook_of_a_private_service_is_not_found_by_others(program):
    published()
    Runbook.objects.get(slug="api-latency").services.set(
        [Service.objects.create(slug="vault", name="Vault", private=True)]
    )
    answer = program.get("/api/v1/runbooks/api-latency")
    assert answer.status_code == 404
    assert "error" in answer.json()


def test_reading_takes_a_token_or_a_sign_in(client):
    published()
    answer = client.get("/api/v1/runbooks/api-latency")
    assert answer.status_code == 401
    assert "send a token" in answer.json()["error"]


def test_an_old_slug_leads_on(program):
    published()
    runbook = Runbook.objects.get(slug="api-latency")
    Alias.objects.create(kind=Alias.Kind.SLUG, folded="slow-api", runbook=runbook)
    answer = program.get("/api/v1/runbooks/slow-api")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/runbooks/api-latency")


def test_queries_do_not_grow_with_services_and_alerts(program, django_assert_max_num_queries):
    published()
    runbook = Runbook.objects.get(slug="api-latency")
    runbook.services.add(*(Service.objects.create(slug=f"s{n}", name=str(n)) for n in range(9)))
    with django_assert_max_num_queries(6):  # three for the token, three for the runbook
        assert len(program.get("/api/v1/runbooks/api-latency").json()["services"]) >= 9


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_method_that_an_address_does_not_take_is_told_in_json(program, address):
    for asking in (program, Client(enforce_csrf_checks=True)):
        answer = asking.post(address, {"q": "x"})
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert answer.json() == {"error": "This address does not take POST: use GET, HEAD."}


def test_an_unknown_or_too_long_address_below_api_is_told_in_json(client):
    assert "error" in client.get("/api/v1/nothing").json()
    answer = client.get("/api/v1/search?q=" + "a" * 17_000)
    assert answer.status_code == 414
    assert "characters long; the portal reads 16,384" in answer.json()["error"]


def test_a_form_from_elsewhere_is_refused_for_a_session_with_a_sentence(rf):
    person = UserFactory()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    answer = browser.post("/account/tokens", {"name": "x"})
    assert answer.status_code == 403
    assert "did not come from an open page of this portal" in answer.content.decode()


@pytest.mark.parametrize("q", ["\0\ufffd", "...", "%%"])
def test_a_search_without_any_word_is_told_so(program, q):
    answer = program.get("/api/v1/search", {"q": q})
    assert answer.status_code == 400
    assert answer.json() == {"error": "Say what to search for: q has no word in it."}

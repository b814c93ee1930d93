"""The page of an alert that nothing answers: first what its own service has, then what comes near."""

from __future__ import annotations

import pytest

from tests.factories import ServiceFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def library(settings):
    settings.READ_WITHOUT_LOGIN = True
    owner = UserFactory(username="yash")
    ServiceFactory(slug="checkout", name="Checkout", owner=owner)
    text = runbook_text(title="Baskets are lost", alert="BasketsLost")
    text = text.replace("[api-server]", "[checkout]")
    published(slug="baskets", text=text, owner=owner)
    published(slug="api-latency", owner=owner)
    published(
        slug="paging", owner=owner, title="No such page of the alert portal", alert="Portal404"
    )


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 404
    return response.content.decode()


def test_the_runbooks_of_the_service_that_the_labels_name_come_first(client):
    html = page_of(client, "/a/NoSuchAlert?service=checkout")
    assert "Runbooks of Checkout" in html
    assert html.index('href="/r/baskets"') < html.index('id="near"')


def test_an_alert_without_a_known_service_lists_no_ones_runbooks(client):
    assert "Runbooks of" not in page_of(client, "/a/NoSuchAlert?service=unheard-of")


def test_words_that_any_alert_has_find_nothing(client):
    html = page_of(client, "/a/NoSuchAlertPage")
    assert "Nothing comes near" in html
    assert "/r/paging" not in html


def test_telling_words_still_find_what_comes_near(client):
    assert 'href="/r/api-latency"' in page_of(client, "/a/ApiLatencyVeryHigh")

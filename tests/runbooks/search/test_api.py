"""GET /api/v1/search: the shape that programs rely on, and a sentence for each mistake."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
URL = "/api/v1/search"


@pytest.fixture(autouse=True)
def _library(settings: Any) -> None:
    settings.READ_WITHOUT_LOGIN = True
    published(owner=UserFactory(username="yash"))
    published(slug="disk", title="Disk above 90 % on the primary", alert="DiskFilling")


def get(client: Client, status: int = 200, **parameters: str) -> dict[str, Any]:
    response = client.get(URL, parameters)
    assert response.status_code == status
    found: dict[str, Any] = response.json()
    return found


def test_the_answer_has_the_promised_shape(client: Client) -> None:
    found = get(client, q="too many clients")
    assert set(found) == {"query", "engine", "took_ms", "results"}
    assert found["query"] == "too many clients"
    assert found["engine"] == "embedded"
    assert found["took_ms"] > 0
    result = found["results"][0]
    assert set(result) == {
        "slug", "title", "url", "services", "severity", "owner", "score", "highlight",
    }  # fmt: skip
    assert result["slug"] == "api-latency"
    assert result["url"].endswith("/r/api-latency")
    assert result["services"] == ["api-server"]
    assert (result["severity"], result["owner"]) == ("high", "yash")
    assert result["score"] > 0
    assert "<mark>" in result["highlight"]


def test_a_correction_is_said(client: Client) -> None:
    assert get(client, q="latenccy")["corrected"] == {"latenccy": "latency"}


def test_filters_and_limit_narrow(client: Client) -> None:
    assert get(client, q="disk latency", service="api-server", limit="1")["results"][1:] == []
    assert get(client, q="disk", service="no-such")["results"] == []
    assert get(client, q="disk", severity="low")["results"] == []
    assert get(client, q="latency", owner="yash")["results"][0]["slug"] == "api-latency"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "q is missing"),
        ({"q": "   "}, "q is missing"),
        ({"q": "x", "limit": "0"}, "limit must be a whole number from 1 to 50"),
        ({"q": "x", "limit": "51"}, "limit must be"),
        ({"q": "x", "limit": "ten"}, "limit must be"),
        ({"q": "x", "limit": "-1"}, "limit must be"),
        ({"q": "x", "limit": "²"}, "limit must be"),
        ({"q": "x", "severity": "worst"}, "severity must be one of low, medium, high, critical"),
        ({"q": "x", "state": "draft"}, "state must be one of live, retired"),
        ({"q": "x", "sevrity": "low"}, "There is no parameter 'sevrity'"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(
    client: Client, parameters: dict[str, str], said: str
) -> None:
    answer = get(client, status=400, **parameters)
    assert said in answer["error"]
    assert answer["error"].endswith((".", "'"))


def test_a_pasted_log_of_two_thousand_characters_is_a_query(client: Client) -> None:
    pasted = ('level=error msg="sorry, too many clients already" addr=10.0.0.1:5432 ' * 40)[:2200]
    assert get(client, q=pasted)["results"][0]["slug"] == "api-latency"


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post(URL, {"q": "x"}).status_code == 405


def test_a_stranger_gets_nothing(client: Client, settings: Any) -> None:
    settings.READ_WITHOUT_LOGIN = False
    assert client.get(URL, {"q": "latency"}).status_code in {302, 401, 403}

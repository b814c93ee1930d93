"""`/a/<alert>`: one click from an alert to its runbook, and never a dead end."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from runbooks import leading_here
from runbooks.alerts.asked import alert_name, labels_in, with_labels
from runbooks.alerts.importing import Source, import_rules
from runbooks.models import Gap, Runbook, Service
from tests.factories import ServiceFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_to_readers(settings):
    settings.READ_WITHOUT_LOGIN = True


def with_alerts(slug: str, alerts: str, **more: str) -> Runbook:
    owner = UserFactory()
    text = runbook_text(owner=owner.username, title=more.pop("title", f"Symptom of {slug}"))
    text = text.replace("alerts: [ApiLatencyHigh]", f"alerts: {alerts}")
    for before, after in more.items():
        text = text.replace(before.replace("_", " "), after)
    return published(slug=slug, text=text, owner=owner)


def leads_to(response) -> tuple[str, dict[str, str]]:
    assert response.status_code == 302, response.content[:500]
    parts = urlsplit(response["Location"])
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def test_one_match_leads_to_the_runbook_with_the_labels_kept(client):
    published()
    response = client.get("/a/ApiLatencyHigh?namespace=shop&pod=api-7&alertname=ApiLatencyHigh")
    assert leads_to(response) == ("/r/api-latency", {"namespace": "shop", "pod": "api-7"})


@pytest.mark.parametrize(
    "path",
    [
        "/a/apilatencyhigh",
        "/a/APILATENCYHIGH/",
        "/a//ApiLatencyHigh",
        "/a/?alertname=ApiLatencyHigh",
        "/a?alertname=ApiLatencyHigh",
        "/a/%20ApiLatencyHigh%20",
        "/a/api-latency",
    ],
)
def test_case_slashes_and_spaces_make_no_difference(client, path):
    published()
    assert leads_to(client.get(path))[0] == "/r/api-latency"


def test_a_site_address_that_ends_in_a_slash_makes_no_difference():
    for path in ("//a/ApiLatencyHigh", "///a/ApiLatencyHigh"):
        assert resolve(path).kwargs == {"alert": "ApiLatencyHigh"}
    assert reverse("alerts:alert_link", args=["Api Down"]) == "/a/Api%20Down"


def test_the_page_behind_the_link_has_the_labels_in_its_commands(client):
    published()
    page = client.get("/a/ApiLatencyHigh?namespace=shop-eu&instance=pg-7", follow=True)
    assert page.status_code == 200
    body = page.content.decode()
    assert "shop-eu" in body
    assert "pg-7" in body


def test_several_are_narrowed_by_label_matchers(client):
    with_alerts("eu", """['ApiLatencyHigh{cluster=~"eu-.*"}']""")
    with_alerts("us", """['ApiLatencyHigh{cluster=~"us-.*"}']""")
    assert leads_to(client.get("/a/ApiLatencyHigh?cluster=eu-1"))[0] == "/r/eu"
    assert leads_to(client.get("/a/ApiLatencyHigh?cluster=us-1"))[0] == "/r/us"


def test_several_that_fit_are_offered_most_specific_first(client):
    with_alerts("general", "[ApiLatencyHigh]", title="General")
    with_alerts("eu", """['ApiLatencyHigh{cluster=~"eu-.*"}']""", title="Eu")
    with_alerts("us", """['ApiLatencyHigh{cluster=~"us-.*"}']""", title="Us")
    with_alerts("eu-pay", """['ApiLatencyHigh{cluster=~"eu-.*", team="pay"}']""", title="Eu pay")
    response = client.get("/a/ApiLatencyHigh?cluster=eu-1&team=pay&namespace=shop")
    body = response.content.decode()
    assert response.status_code == 200
    places = [body.index(f'href="/r/{slug}?cluster=eu-1') for slug in ("eu-pay", "eu", "general")]
    assert places == sorted(places)
    assert "/r/us" not in body
    assert "namespace=shop" in body
    assert not Gap.objects.exists()


def test_without_labels_every_runbook_of_the_alert_is_offered_the_general_first(client):
    with_alerts("eu", """['ApiLatencyHigh{cluster="eu"}']""", title="A")
    with_alerts("general", "[ApiLatencyHigh]", title="B")
    body = client.get("/a/ApiLatencyHigh").content.decode()
    assert body.index("/r/general") < body.index("/r/eu")


def test_among_equals_the_service_and_severity_of_the_labels_decide(client):
    with_alerts("one", "[Slow]", title="A", **{"services:_[api-server]": "services: [web]"})
    with_alerts("two", "[Slow]", title="B", **{"severity:_high": "severity: critical"})
    with_alerts("three", "[Slow]", title="C")
    body = client.get("/a/Slow?service=api-server&severity=critical").content.decode()
    places = [body.index(f'href="/r/{slug}') for slug in ("two", "three", "one")]
    assert places == sorted(places)


def test_a_runbook_that_states_an_alert_twice_is_one_match(client):
    with_alerts("eu", """['Slow{cluster="eu"}', 'Slow{cluster="us"}']""")
    assert leads_to(client.get("/a/Slow?cluster=eu"))[0] == "/r/eu"
    assert leads_to(client.get("/a/Slow"))[0] == "/r/eu"


def test_an_alert_of_other_labels_leads_to_a_page_that_names_those_runbooks(client):
    with_alerts("eu", """['Slow{cluster="eu"}']""", title="Slow in Europe")
    response = client.get("/a/Slow?cluster=us")
    assert response.status_code == 404
    body = response.content.decode()
    assert "Slow in Europe" in body
    assert 'href="/r/eu?cluster=us"' in body


def test_an_unknown_alert_gets_a_page_that_helps(client):
    owner = UserFactory(name="Ana Sousa", email="ana@shop.example")
    ServiceFactory(slug="ledger", name="Ledger", owner=owner)
    published(slug="api-latency", title="API latency above 5 s")
    response = client.get("/a/ApiLatencyTooHigh?job=ledger&namespace=shop")
    assert response.status_code == 404
    body = response.content.decode()
    assert "No runbook answers" in body
    assert 'href="/r/api-latency"' in body  # what search finds for the words of the name
    assert "Ana Sousa" in body
    assert "mailto:ana@shop.example" in body
    assert "/new?title=API+latency+too+high&amp;alert=ApiLatencyTooHigh&amp;service=ledger" in body
    gap = Gap.objects.get()
    assert (gap.kind, gap.words, gap.count) == ("alert", "ApiLatencyTooHigh", 1)
    assert gap.service.slug == "ledger"


def test_the_page_says_what_the_rule_says_and_searches_with_its_words(client):
    published(slug="baskets", title="Shoppers abandon their baskets", alert="Other")
    ServiceFactory(slug="shop", name="Shop")
    rules = b"""groups: [{name: g, rules: [{alert: Xyz, expr: up, labels: {service: shop}, annotations:
        {summary: Shoppers leave baskets, description: "In {{ $labels.x }} they give up."}}]}]"""
    import_rules([Source("x", rules)])
    body = client.get("/a/Xyz").content.decode()
    assert "Shoppers leave baskets" in body
    assert "they give up." in body
    assert 'href="/r/baskets"' in body
    assert 'href="/s/shop"' in body
    assert "title=Shoppers+leave+baskets" in body


def test_asking_again_counts_and_looking_without_reading_does_not(client):
    client.get("/a/Nobody")
    client.get("/a/NOBODY", REMOTE_ADDR="192.0.2.7")
    client.head("/a/Nobody", REMOTE_ADDR="192.0.2.8")
    assert Gap.objects.get().count == 2


def test_a_reload_is_no_second_question(client, settings):
    client.get("/a/Nobody")
    client.get("/a/NOBODY?instance=db-1")
    client.force_login(UserFactory())  # known now, so another reader
    client.get("/a/Nobody")
    client.get("/a/Nobody")
    assert Gap.objects.get().count == 2
    caches["shared"].clear()  # the minutes are over
    client.get("/a/Nobody")
    assert Gap.objects.get().count == 3


def test_a_gap_that_is_met_again_opens_again(client):
    client.get("/a/Slow")
    runbook = with_alerts("x", "[Slow]")
    assert Gap.objects.get().closed_by == runbook
    with_alerts("x", "[Other]")
    client.get("/a/Slow")
    assert Gap.objects.get().closed_by is None


def test_an_old_slug_and_an_old_address_lead_on(client):
    runbook = published(slug="new-home", alert="Other")
    leading_here.add_old_slug(runbook, "old-home")
    leading_here.add_addresses([(runbook, "https://wiki.example/Runbooks/Api.md")])
    assert leads_to(client.get("/a/Old-Home?pod=x")) == ("/r/new-home", {"pod": "x"})
    for old in ("https://wiki.example/runbooks/api", "https:/wiki.example/runbooks/api.md"):
        assert leads_to(client.get(f"/a/{old}"))[0] == "/r/new-home"
        assert leads_to(client.get(f"/a/{quote(old, safe='')}"))[0] == "/r/new-home"


def test_a_retired_runbook_leads_to_its_live_successor(client):
    old = published(slug="old", alert="Slow")
    new = published(slug="new", alert="Other")
    Runbook.objects.filter(pk=old.pk).update(state="retired", successor=new)
    assert leads_to(client.get("/a/Slow?pod=x")) == ("/r/new", {"pod": "x"})


def test_a_retired_runbook_gives_way_to_a_live_one_and_else_keeps_its_page(client):
    old = published(slug="old", alert="Slow")
    Runbook.objects.filter(pk=old.pk).update(state="retired")
    assert leads_to(client.get("/a/Slow"))[0] == "/r/old"
    published(slug="new", alert="Slow")
    assert leads_to(client.get("/a/Slow"))[0] == "/r/new"


def test_a_direct_link_takes_one_query_and_three_for_who_is_signed_in(client, settings):
    published()
    with CaptureQueriesContext(
        connection,
    ) as found:
        client.get("/a/ApiLatencyHigh?namespace=x")
    assert len(found) == 1
    settings.READ_WITHOUT_LOGIN = False
    client.force_login(UserFactory())
    with CaptureQueriesContext(connection) as found:
        leads_to(client.get("/a/ApiLatencyHigh?namespace=x"))
    assert len(found) <= 3


def test_a_list_of_several_and_an_old_name_take_few_queries(client, django_assert_max_num_queries):
    for number in range(6):
        with_alerts(f"slow-{number}", "[Slow]")
    with django_assert_max_num_queries(1):
        client.get("/a/Slow?service=api-server")
    with django_assert_max_num_queries(3):
        client.get("/a/slow-3")


def test_a_list_of_several_calls_services_by_their_names(client):
    for number in range(2):
        with_alerts(f"slow-{number}", "[Slow]")
    Service.objects.update(name="The API server")
    assert "The API server" in client.get("/a/Slow").content.decode()


def test_who_is_not_signed_in_comes_back_here_with_all_labels(client, settings):
    settings.READ_WITHOUT_LOGIN = False
    published()
    response = client.get("/a/ApiLatencyHigh?namespace=shop")
    assert response.status_code == 302
    assert response["Location"].endswith(quote("/a/ApiLatencyHigh?namespace=shop"))


def test_fifty_labels_and_an_address_of_eight_thousand_letters_arrive_whole(client):
    published()
    labels = {f"label_{n}": f"wert-{n}-ü-🦉-{'x' * 130}" for n in range(50)}
    query = urlencode(labels)
    assert len(query) > 8_000
    response = client.get(f"/a/ApiLatencyHigh?{query}")
    assert leads_to(response) == ("/r/api-latency", labels)
    assert client.get(response["Location"]).status_code == 200


def test_names_of_any_script_lead_too(client):
    with_alerts("größer", "['Überlauf im Süden', 日本アラート]")
    assert leads_to(client.get("/a/überlauf im süden"))[0] == quote("/r/größer")
    assert leads_to(client.get("/a/" + quote("日本アラート")))[0] == quote("/r/größer")


@pytest.mark.parametrize(
    "hostile",
    [
        "\r\nSet-Cookie: a=b",
        "<script>alert(1)</script>",
        "'; rm -rf / #",
        "//evil.example/",
        "javascript:alert(1)",
        "\x00\x1b[31m",
        "%0d%0aX: y",
        "{{ 7*7 }}{% debug %}",
        "🦉" * 300,
        "../../../etc/passwd",
    ],
)
def test_hostile_names_and_values_are_only_text(client, hostile):
    published()
    response = client.get("/a/ApiLatencyHigh", {"pod": hostile})
    path, labels = leads_to(response)
    assert path == "/r/api-latency"
    assert labels["pod"] == hostile.replace("\x00", "")
    assert "Set-Cookie" not in response.headers
    page = client.get("/a/" + quote(hostile, safe=""), {"service": hostile})
    assert page.status_code == 404
    assert "<script>alert" not in page.content.decode()


def test_names_of_labels_that_can_be_none_are_left_out(client):
    published()
    response = client.get(
        "/a/ApiLatencyHigh?pod=a&%3Cb%3E=1&a%20b=2&__proto__=3&=4&9x=5&x.y=6&empty="
    )
    assert leads_to(response)[1] == {"pod": "a", "__proto__": "3", "x.y": "6"}


def test_an_address_that_would_grow_too_long_loses_its_longest_value_only(client, settings):
    published()
    settings.URL_MAX_BYTES = 4_096
    response = client.get("/a/ApiLatencyHigh?short=a&long=" + "'" * 3_000)
    assert leads_to(response)[1] == {"short": "a"}


def test_posting_to_an_alert_is_refused():
    assert Client().post("/a/ApiLatencyHigh").status_code == 405


@bounds(max_examples=300, deadline=None)
@given(
    st.text(max_size=60),
    st.dictionaries(st.text(max_size=20), st.text(max_size=80), max_size=12),
    st.integers(min_value=30, max_value=2_000),
)
def test_whatever_the_labels_the_address_is_sound(name, labels, limit):
    kept = labels_in(labels.items())
    assert alert_name(name, kept) == " ".join(alert_name(name, kept).split())
    address = with_labels("/r/slug", kept, limit=limit)
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    assert len(address) <= limit
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("", "", "/r/slug", "")
    told = dict(parse_qsl(parts.query, keep_blank_values=True, errors="strict"))
    for label, value in told.items():
        assert value == kept[label].encode(errors="replace").decode()
    if limit == 2_000 and sum(len(v) for v in kept.values()) < 100:
        assert set(told) == {
            label for label, value in kept.items() if value and label != "alertname"
        }

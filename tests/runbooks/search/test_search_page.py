"""The search page: one field, one answer, with and without scripts, and never a dead end."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from runbooks.models import Gap, Runbook, Service, TrustLine
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture(autouse=True)
def _open_portal(settings):
    settings.READ_WITHOUT_LOGIN = True


@pytest.fixture
def yash():
    return UserFactory(username="yash", name="Yash Patel", email="yash@shop.example")


@pytest.fixture
def library(yash):
    published(owner=yash)
    published(slug="disk", owner=yash, title="Disk above 90 % on the primary", alert="DiskFilling")
    return Runbook.objects.all()


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def test_a_plain_form_answers_without_scripts(client, library):
    html = text_of(client.get("/?q=latency"))
    assert html.startswith("<!doctype html>")
    assert 'value="latency"' in html
    assert '<a href="/r/api-latency">API <mark>latency</mark> above 5 s</a>' in html


def test_the_first_result_is_chosen_already(client, library):
    html = text_of(client.get("/?q=api+latency"))
    assert html.count('aria-current="true"') == 1
    assert html.index('aria-current="true"') < html.index('href="/r/api-latency"')


def test_htmx_gets_the_answer_alone_and_the_page_its_title(client, library):
    html = text_of(client.get("/?q=latency", **HTMX))
    assert "<html" not in html
    assert "<title>latency · Drillbook</title>" in html
    assert 'data-answers="latency"' in html


def test_page_and_fragment_never_share_a_cache_entry(client, library):
    for headers in ({}, HTMX):
        assert "HX-Request" in client.get("/?q=latency", **headers)["Vary"]


def test_going_back_brings_the_whole_page(client, library):
    headers = HTMX | {"HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}
    assert text_of(client.get("/?q=latency", **headers)).startswith("<!doctype html>")


def test_a_signed_out_search_costs_two_queries(client, library, django_assert_max_num_queries):
    client.get("/?q=disk")  # reads the new index in, and what the filters offer
    with django_assert_max_num_queries(2):
        client.get("/?q=latency")
    with django_assert_max_num_queries(2):
        client.get("/?q=latency&severity=high", **HTMX)


def test_a_signed_in_search_costs_four_queries(
    client, library, yash, django_assert_max_num_queries
):
    client.force_login(yash)
    client.get("/?q=disk")
    with django_assert_max_num_queries(4):
        client.get("/?q=latency")


def test_the_cost_does_not_grow_with_the_results(
    client, library, yash, django_assert_max_num_queries
):
    for n in range(12):
        published(slug=f"latency-{n}", owner=yash, title=f"Latency of shard {n} above 5 s")
    client.get("/?q=latency")
    with django_assert_max_num_queries(2):
        html = text_of(client.get("/?q=latency"))
    assert html.count('<p class="about">') == 10
    assert "Show more" in html
    assert text_of(client.get("/?q=latency&more=1")).count('<p class="about">') == 13


HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)> latency {{ 7*7 }} \0"


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("query", [HOSTILE, HOSTILE.replace("latency", "zzqqxx")])
def test_a_hostile_query_stays_text(client, library, query, headers):
    html = text_of(client.get("/", {"q": query}, **headers))
    assert "<script>alert" not in html
    assert "<img src=x" not in html


@pytest.mark.parametrize("query", ["%", "_", "*", '"', "(", "a AND", "\u202e", "🔥", "x" * 4000])
def test_any_text_is_a_query(client, library, query):
    assert client.get("/", {"q": query}).status_code == 200


def test_a_filter_that_does_not_exist_narrows_nothing(client, library):
    html = text_of(client.get("/?q=latency&severity=purple&state=gone"))
    assert "/r/api-latency" in html


def test_filters_narrow_and_stay_chosen(client, library):
    html = text_of(client.get("/?severity=high&service=api-server"))
    assert "/r/api-latency" in html
    assert '<option value="high" selected>' in html
    assert "/r/api-latency" not in text_of(client.get("/?severity=low"))


def test_retired_runbooks_are_found_only_when_asked_for(client, library):
    runbook = Runbook.objects.get(slug="api-latency")
    runbook.state = Runbook.State.RETIRED
    runbook.save()
    from runbooks import hooks
    from runbooks.models import IndexCounter

    for hook in hooks.on_facts_changed:
        hook([runbook.pk])
    IndexCounter.raise_by_one()
    assert 'href="/r/api-latency"' not in text_of(client.get("/?q=latency"))
    assert 'href="/r/api-latency"' in text_of(client.get("/?q=latency&state=retired"))


def test_what_is_reported_wrong_is_said_beside_the_result(client, library):
    TrustLine.objects.filter(runbook__slug="api-latency").update(
        reports=[{"label": "R1", "key": "k", "verdict": "wrong", "count": 2}]
    )
    assert "R1 reported wrong" in text_of(client.get("/?q=latency"))


def test_a_corrected_word_is_said(client, library):
    assert "as <em>latency</em>" in text_of(client.get("/?q=latemcy"))


def test_nothing_found_says_who_knows_and_offers_to_write(client, library, yash):
    Service.objects.update_or_create(slug="ledger", defaults={"name": "Ledger", "owner": yash})
    html = text_of(client.get("/?q=ledger+quorumlost+zzqqxx"))
    assert "No runbook answers" in html
    assert "Who knows Ledger" in html
    assert "yash@shop.example" in html
    assert 'name="title"' in html
    assert 'value="ledger quorumlost zzqqxx"' in html


def test_nothing_found_is_a_gap_once_for_each_search_and_without_who_asked(client, library):
    for address in ("192.0.2.7", "192.0.2.8", "192.0.2.8"):
        client.get("/?q=zzqqxx+someone@shop.example", REMOTE_ADDR=address)
    gap = Gap.objects.get()
    assert (gap.kind, gap.count) == ("search", 2)
    assert "someone" not in gap.words


def test_half_typed_words_are_no_gap_until_somebody_stays(client, library):
    html = text_of(client.get("/?q=zzqqxx", **HTMX))
    assert not Gap.objects.exists()
    assert 'hx-post="/gap"' in html
    assert client.post("/gap", {"q": "zzqqxx"}, **HTMX).status_code == 204
    assert Gap.objects.get().words == "zzqqxx"


def test_what_was_found_is_no_gap(client, library):
    client.get("/?q=latency")
    assert not Gap.objects.exists()


def test_nothing_fits_records_the_gap_and_leads_to_the_filled_page(client, library):
    response = client.post("/gap", {"q": "latency of the moon", "service": "api-server"})
    assert response.status_code == 302
    assert Gap.objects.get().service.slug == "api-server"
    html = text_of(client.get(response["Location"]))
    assert "title: latency of the moon" in html
    assert "services: [api-server]" in html


def test_the_written_file_can_be_brought_in_as_it_is(client, library, yash):
    from runbooks import document

    client.force_login(yash)
    text = text_of(client.get("/new.md", {"title": 'odd: "title" #1', "alert": "Gone{a='b'}"}))
    meta = document.parse(text).meta
    assert (meta.title, meta.owner) == ('odd: "title" #1', "yash")
    assert len(document.parse(text).steps) == 3


def test_an_empty_library_teaches(client):
    UserFactory()  # without anybody it is the first run that one is led to
    html = text_of(client.get("/"))
    assert "The library is empty" in html
    assert "import_runbooks" in html


def test_before_a_word_is_typed_there_is_something_to_do(client, library, yash):
    mine = ServiceFactory(slug="mine", name="My own service", team=TeamFactory())
    mine.team.people.add(yash)
    client.force_login(yash)
    html = text_of(client.get("/"))
    assert "Recently changed" in html
    assert "Disk above 90 %" in html
    assert "My own service" in html


def test_the_opening_page_is_cheap(client, library, yash, django_assert_max_num_queries):
    client.get("/")
    with django_assert_max_num_queries(2):
        client.get("/")
    client.force_login(yash)
    with django_assert_max_num_queries(4):
        client.get("/")


def test_a_reader_who_must_sign_in_does(client, library, settings):
    settings.READ_WITHOUT_LOGIN = False
    assert client.get("/?q=latency").status_code == 302
    assert client.post("/gap", {"q": "x"}).status_code == 302
    assert client.get("/?q=latency", **HTMX)["HX-Redirect"].startswith("/accounts/sign-in")


def test_whoever_asks_for_an_alert_by_its_name_is_told_that_the_runbook_answers_it(
    client, settings
):
    settings.READ_WITHOUT_LOGIN = True
    published(slug="latency-by-name", alert="ApiLatencyHigh")
    html = client.get("/?q=apilatencyhigh").content.decode()
    assert '<p class="line"><i>answers</i> <mark>ApiLatencyHigh</mark></p>' in html
    assert "<i>answers</i>" not in client.get("/?q=api+latency").content.decode()

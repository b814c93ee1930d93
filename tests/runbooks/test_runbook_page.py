"""The runbook page: what a tired reader sees of it, what it costs, and what hostile values cannot do."""

from __future__ import annotations

import datetime
import hashlib
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile

from runbooks.models import Alias, Attachment, Runbook, TrustLine
from tests.factories import UserFactory, published, runbook_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


@pytest.fixture(autouse=True)
def _open_portal(settings):
    settings.READ_WITHOUT_LOGIN = True


class Elements(HTMLParser):
    """Names and attributes of a page's elements, to see whether a value became one."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_leads_from_trust_to_steps_to_background(client, runbook):
    html = text_of(client.get("/r/api-latency"))
    order = ["<h1>API latency above 5 s", "owned by", "You are right here if", 'id="D1"', 'id="R1"']
    places = [html.index(words) for words in [*order, 'id="prevention"', 'id="history"']]
    assert places == sorted(places)


def test_a_signed_out_reader_costs_at_most_three_queries(
    client, runbook, django_assert_max_num_queries
):
    with django_assert_max_num_queries(3):
        client.get("/r/api-latency")


def test_a_second_look_costs_one_query(client, runbook, django_assert_num_queries):
    client.get("/r/api-latency")
    with django_assert_num_queries(1):
        client.get("/r/api-latency?namespace=shop")


def test_what_anyone_is_sent_names_nobody(client, runbook, yash):
    client.get("/r/api-latency")
    client.force_login(yash)
    assert "Sign out" in text_of(client.get("/r/api-latency"))
    client.logout()
    html = text_of(client.get("/r/api-latency"))
    assert "Sign out" not in html
    assert "Sign in" in html
    assert "Cookie" in client.get("/r/api-latency")["Vary"]


def test_a_message_is_shown_once_on_a_kept_page(client, runbook):
    client.get("/r/api-latency")
    client.post("/gap", {"q": "latency of the moon"})
    assert "Recorded as a gap" in text_of(client.get("/r/api-latency"))
    assert "Recorded as a gap" not in text_of(client.get("/r/api-latency"))


def test_each_reader_gets_a_sign_out_of_their_own(client, runbook, yash):
    for name in ("ada", "ben"):
        client.force_login(UserFactory(username=name, name=f"{name.title()} Other"))
        html = text_of(client.get("/r/api-latency"))
        assert f"{name.title()} Other</a>" in html
        assert html.count("csrfmiddlewaretoken") == 1
    assert "Ada Other" not in html


def test_a_signed_in_reader_costs_at_most_five_queries(
    client, runbook, yash, django_assert_max_num_queries
):
    client.force_login(yash)
    with django_assert_max_num_queries(5):
        client.get("/r/api-latency")


def test_related_runbooks_do_not_add_queries(client, yash, django_assert_max_num_queries):
    for n in range(4):
        published(slug=f"other-{n}", owner=yash, title=f"Other symptom {n}")
    names = ", ".join(f"other-{n}" for n in range(4))
    text = runbook_text().replace("severity: high", f"severity: high\nrelated: [{names}]")
    published(text=text, owner=yash)
    with django_assert_max_num_queries(3):
        html = text_of(client.get("/r/api-latency"))
    assert html.count("Other symptom 3") == 1
    assert "Not this?" in html


def test_what_is_reported_wrong_stands_first(client, runbook):
    TrustLine.objects.filter(runbook=runbook).update(
        reports=[
            {"label": "D1", "key": "a", "verdict": "unclear", "count": 1},
            {"label": "R1", "key": "b", "verdict": "wrong", "count": 2},
        ],
        version=7,
    )
    html = text_of(client.get("/r/api-latency"))
    assert html.index("R1 is reported wrong, 2 reports") < html.index("owned by")


def test_a_changed_trust_line_is_on_the_next_page(client, runbook):
    client.get("/r/api-latency")
    TrustLine.objects.filter(runbook=runbook).update(incidents=4, version=2)
    assert "followed in 4 incidents" in text_of(client.get("/r/api-latency"))


def test_a_new_revision_is_on_the_next_page(client, runbook, yash):
    client.get("/r/api-latency")
    published(owner=yash, text=runbook.live_revision.text.replace("Count the", "Look at the"))
    html = text_of(client.get("/r/api-latency"))
    assert "Look at the connections" in html
    assert "All 2 revisions" in html


def test_a_guessed_owner_is_said_to_be_one(client, runbook):
    Runbook.objects.filter(pk=runbook.pk).update(owner_confirmed=False)
    assert "owner to confirm" in text_of(client.get("/r/api-latency"))


def test_the_alerts_values_are_in_the_commands(client, runbook):
    html = text_of(client.get("/r/api-latency?alertname=ApiLatencyHigh&namespace=shop"))
    assert 'data-quote="bare">shop</var>' in html
    assert "<h2>" in html
    assert "ApiLatencyHigh" in html
    assert "To fill in:" in html  # instance is not among the labels


def test_a_value_that_a_shell_would_obey_is_quoted_and_said_so(client, runbook):
    html = text_of(client.get("/r/api-latency?" + urlencode({"namespace": "shop; rm -rf /"})))
    assert "&#x27;shop; rm -rf /&#x27;</var>" in html
    assert "needed quoting" in html


@pytest.mark.parametrize("name", ["namespace", "alertname", "anything", '"><script>x</script>'])
def test_a_hostile_label_stays_text(client, runbook, name):
    value = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\0\u202e"
    html = text_of(client.get("/r/api-latency?" + urlencode({name: value, "instance": value})))
    elements = Elements(html).found
    assert [attrs.get("src", "") for tag, attrs in elements if tag == "script"] != [""]
    assert all(attrs.get("src") for tag, attrs in elements if tag == "script")
    assert not [attrs for _, attrs in elements if "onerror" in attrs]
    assert "\u202e" not in html.split("<main")[1].split('<div class="doc">')[1]


def test_fifty_labels_and_eight_kilobytes_are_read(client, runbook):
    labels = {f"label_{n}": "ü" * 25 for n in range(50)} | {"namespace": "shop"}
    html = text_of(client.get("/r/api-latency?" + urlencode(labels)))
    assert 'data-quote="bare">shop</var>' in html


def test_the_raw_text_is_the_revisions_byte_for_byte(client, runbook):
    response = client.get("/r/api-latency.md")
    assert response["Content-Type"].startswith("text/markdown")
    assert response.content.decode() == runbook.live_revision.text


def test_an_old_name_leads_on_for_ever_and_keeps_the_labels(client, runbook):
    Alias.objects.create(kind="slug", folded="old-name", runbook=runbook)
    response = client.get("/r/Old-Name?namespace=shop")
    assert (response.status_code, response["Location"]) == (301, "/r/api-latency?namespace=shop")
    assert client.get("/r/old-name.md")["Location"] == "/r/api-latency.md"


def test_another_spelling_leads_to_the_runbook(client, runbook):
    assert client.get("/r/API-Latency")["Location"] == "/r/api-latency"


def test_an_unknown_name_is_a_page_that_offers_to_search(client):
    response = client.get("/r/nothing-here")
    assert response.status_code == 404
    assert 'name="q"' in response.content.decode()


def test_a_retired_runbook_leads_to_its_successor(client, runbook, yash):
    newer = published(slug="newer", owner=yash, title="Newer symptom")
    Runbook.objects.filter(pk=runbook.pk).update(state="retired", successor=newer)
    response = client.get("/r/api-latency?namespace=shop")
    assert (response.status_code, response["Location"]) == (302, "/r/newer?namespace=shop")
    assert "replaces API latency above 5 s" in text_of(client.get("/r/newer"))


def test_a_retired_runbook_without_successor_says_why(client, runbook):
    Runbook.objects.filter(pk=runbook.pk).update(
        state="retired", retired_reason="The gateway is gone since May."
    )
    html = text_of(client.get("/r/api-latency"))
    assert "Retired." in html
    assert "The gateway is gone since May." in html


def test_the_history_names_who_accepted_each_revision(client, runbook, yash):
    changed = runbook.live_revision.text.replace("Count the", "Look at the")
    published(owner=yash, text=changed, why="said more plainly")
    html = text_of(client.get("/r/api-latency/history"))
    assert "said more plainly" in html
    assert html.count("accepted by Yash Patel") == 2


def test_a_reader_who_must_sign_in_comes_back_to_the_runbook(client, runbook, settings):
    settings.READ_WITHOUT_LOGIN = False
    response = client.get("/r/api-latency?namespace=shop")
    assert response.status_code == 302
    assert "next=/r/api-latency%3Fnamespace%3Dshop" in response["Location"]


def test_a_theme_chosen_once_is_in_the_page_that_the_server_sends(client, runbook):
    client.cookies["theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in text_of(client.get("/r/api-latency"))
    client.cookies["theme"] = '"><script>'
    assert '<html lang="en">' in text_of(client.get("/r/api-latency"))


def attach(runbook, name, content_type, content):
    return Attachment.objects.create(
        runbook=runbook,
        proposal=runbook.live_revision.proposal,
        path=f"img/{name}",
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        file=ContentFile(content, name=name),
    )


def test_an_image_is_shown_and_can_do_nothing(client, runbook, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    image = attach(runbook, "graph.svg", "image/svg+xml", b"<svg><script>alert(1)</script></svg>")
    response = client.get(image.get_absolute_url())
    assert b"".join(response.streaming_content).startswith(b"<svg>")
    response.close()
    assert response["Content-Type"] == "image/svg+xml"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response["Cache-Control"]


def test_a_file_of_an_unknown_kind_is_only_ever_a_download(client, runbook, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = attach(runbook, "page.html", "text/html", b"<script>alert(1)</script>")
    response = client.get(page.get_absolute_url())
    response.close()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_review_that_is_late_is_said_in_words(client, runbook, time_machine):
    TrustLine.objects.filter(runbook=runbook).update(due_on=datetime.date(2026, 10, 1), version=2)
    time_machine.move_to("2026-11-11")
    assert "review 41 days overdue" in text_of(client.get("/r/api-latency"))


def test_an_alerts_values_are_shown_even_where_no_command_uses_them(client, yash):
    text = "---\ntitle: Disk full on db-1\nowner: yash\n---\n## Diagnosis\n1. Look at the disk.\n"
    published(slug="disk-full", text=text, kind="import", owner=yash)
    page = client.get("/r/disk-full?mountpoint=/var&device=<b>").content.decode()
    assert "<code>mountpoint=/var</code>, <code>device=&lt;b&gt;</code>" in page
    assert "In the alert:" not in client.get("/r/disk-full").content.decode()


def test_a_service_is_called_what_the_portal_calls_it(client, runbook):
    service = runbook.services.get()
    slug, service.name = service.slug, "Customer API"
    service.save()
    html = text_of(client.get("/r/api-latency"))
    assert f'<a href="/s/{slug}">Customer API</a>' in html

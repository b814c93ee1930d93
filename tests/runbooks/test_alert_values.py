"""Who mends a runbook in the middle of an incident comes back to it with the alert's values filled in."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.html import escape

from runbooks.models import Draft, Proposal, Runbook
from tests.factories import UserFactory, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]

ALERT = "cluster=eu-1&namespace=shop%26co"
EDIT = "/r/api-latency/edit"
READ_AT = {"Referer": f"http://testserver/r/api-latency?{ALERT}"}
HELD = f'<input type="hidden" name="values" value="{escape(ALERT)}">'


@pytest.fixture
def owner(client, yash):
    client.force_login(yash)
    return yash


def form(of, **more):
    text = Runbook.objects.get(pk=of.pk).live_revision.text.replace("below 160", "below 150")
    return {"text": text, "base": "1", "values": ALERT} | more


def test_publishing_leads_back_with_the_values(client, runbook, owner):
    page = client.get(EDIT, headers=READ_AT).text
    assert HELD in page
    assert f'<a href="/r/api-latency?{escape(ALERT)}">Revision 1</a>' in page
    answer = client.post(EDIT, form(runbook, do="publish"))
    assert answer["Location"] == f"/r/api-latency?{ALERT}"


def test_a_look_at_the_form_keeps_them(client, runbook, owner):
    assert HELD in client.post(EDIT, form(runbook, do="preview")).text
    assert client.post(EDIT, form(runbook, do="publish", text="no runbook")).status_code == 422


def test_a_proposal_says_the_way_back(client, runbook, reader):
    answer = client.post(EDIT, form(runbook, do="propose"))
    assert answer["Location"] == f"/proposals/{Proposal.objects.open().get().pk}"
    said = client.get(answer["Location"]).text
    assert f'<a href="/r/api-latency?{escape(ALERT)}">Back to the runbook</a>' in said


def test_so_does_a_text_that_has_to_be_settled_first(client, runbook, owner):
    client.post(EDIT, form(runbook, do="publish"))
    other = runbook.live_revision.text.replace("below 160", "below 170")
    answer = client.post(EDIT, form(runbook, do="publish", text=other))
    assert answer["Location"].endswith("/settle")
    said = client.get(answer["Location"]).text
    assert f'<a href="/r/api-latency?{escape(ALERT)}">Back to the runbook</a>' in said


def test_a_text_that_is_taken_up_or_thrown_away_keeps_them(client, runbook, owner):
    client.post("/editor/draft", form(runbook, runbook="api-latency", tab="one"))
    draft = Draft.objects.get()
    assert ALERT not in str(draft.also)
    page = client.get(EDIT, headers=READ_AT).text
    taken = unescape(page.split('">Take it up')[0].rpartition('href="')[2])
    assert HELD in client.get(taken).text
    sent = {"runbook": "api-latency", "tab": "one", "values": ALERT}
    answer = client.post("/editor/draft/discard", sent)
    assert parse_qs(urlsplit(answer["Location"]).query) == {"values": [ALERT]}
    again = unescape(client.get(answer["Location"]).text.split('">Take it back')[0])
    assert HELD in client.get(again.rpartition('href="')[2]).text


def test_they_outlive_the_detour_to_sign_in(client, runbook, yash, settings):
    settings.READ_WITHOUT_LOGIN = True
    answer = client.get(f"{EDIT}?why=so", headers=READ_AT)
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    client.force_login(yash)
    page = client.get(back).text
    assert HELD in page
    assert 'value="so"' in page


@pytest.mark.parametrize(
    "referer",
    [
        f"http://elsewhere.example/r/api-latency?{ALERT}",
        f"http://testserver/r/disk?{ALERT}",
        f"http://testserver/r/api-latency/history?{ALERT}",
        "http://[",
    ],
)
def test_of_any_other_page_nothing_is_carried(client, runbook, owner, referer):
    assert 'name="values"' not in client.get(EDIT, headers={"Referer": referer}).text


def test_values_are_the_query_of_that_page_and_nothing_else(client, runbook, owner):
    evil = "//evil.example/#&x=\r\nSet-Cookie: a&y=<b>"
    answer = client.post(EDIT, form(runbook, do="publish", values=evil))
    assert answer["Location"].startswith("/r/api-latency?x=%0D%0A")
    assert "<b>" not in answer["Location"]


def test_without_an_alert_all_is_as_before(client, runbook, owner):
    page = client.get(EDIT, headers={"Referer": "http://testserver/r/api-latency"}).text
    assert 'name="values"' not in page
    answer = client.post(EDIT, form(runbook, do="publish", values=""))
    assert answer["Location"] == "/r/api-latency"


def test_a_name_in_any_script_keeps_them(client, owner):
    published(slug="задержка", owner=owner, title="Задержка", alert="Slow")
    page = Runbook.objects.get(slug="задержка").get_absolute_url()
    there = {"Referer": f"http://testserver{page}?{ALERT}"}
    assert HELD in client.get(f"{page}/edit", headers=there).text


def test_a_runbook_of_others_says_nothing(client, runbook, settings):
    runbook.services.update(private=True)
    client.force_login(UserFactory())
    assert client.get(EDIT, headers=READ_AT).status_code == 404

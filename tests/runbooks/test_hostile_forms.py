"""Whatever a form or an address says, the answer is a page: endless numbers, and what no database keeps."""

from __future__ import annotations

import pytest

from portal.accounts.models import Role
from runbooks import changing, reporting, writing
from runbooks.models import KnownName, Proposal, Runbook, Waiver
from tests.factories import UserFactory, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]

ENDLESS = "9" * 5_000
NUL = "a\0b"


@pytest.fixture
def admin(client, yash):
    Role.objects.create(person=yash, name="admin")
    client.force_login(yash)
    return yash


@pytest.fixture
def second(admin):
    """The runbook with two revisions."""
    runbook = published(owner=admin)
    text = runbook.live_revision.text.replace("below 160", "below 150")
    proposal = Proposal.objects.get(pk=change(runbook, text, by=admin))
    return runbook, proposal


def change(runbook, text, *, by):
    base = Runbook.objects.get(pk=runbook.pk).live_revision
    return writing.publish(text=text, by=by, runbook=runbook, base=base).proposal.pk


@pytest.mark.parametrize("number", [ENDLESS, "9" * 18, "²", "-1", NUL])
@pytest.mark.parametrize(
    "address",
    [
        "/r/api-latency/compare?from={}",
        "/r/api-latency/edit?report={}",
        "/r/api-latency/edit?draft={}",
    ],
)
def test_a_number_in_an_address_is_one_or_none(client, second, address, number):
    assert client.get(address.format(number)).status_code in (200, 404)


@pytest.mark.parametrize("number", [ENDLESS, "9" * 18, "²", "-1", NUL])
def test_a_number_in_the_editors_form_is_one_or_none(client, second, number):
    text = Runbook.objects.get().live_revision.text
    sent = {"text": text, "base": number, "report": number, "answers": number, "at": number}
    assert client.post("/r/api-latency/edit", sent | {"do": "preview"}).status_code == 200
    assert client.post("/editor/preview", sent).status_code == 200
    assert client.post("/editor/preview", sent | {"proposal": number}).status_code == 404
    answer = client.post("/r/api-latency/restore", {"number": number})
    assert answer.status_code in (302, 404)


@pytest.mark.parametrize("number", [ENDLESS, "²"])
def test_accepting_answers_the_reports_that_are_there(client, second, leila, number):
    runbook, _ = second
    live = Runbook.objects.get(pk=runbook.pk).live_revision
    proposal = changing.restore(live.runbook.revisions.get(number=1), by=leila)
    step = live.steps.select_related("revision__runbook").first()
    report = reporting.report(step, verdict="wrong")
    sent = {"do": "accept", "answers": [number, str(report.pk)]}
    answer = client.post(f"/proposals/{proposal.pk}", sent)
    assert answer["Location"] == "/r/api-latency"
    report.refresh_from_db()
    assert report.answered_by is not None


@pytest.mark.parametrize("days", [ENDLESS, "1" + "0" * 4_999, "٣", "0", "3651", "12\0"])
def test_a_review_interval_is_said_to_be_none_or_becomes_a_few_days(client, second, days):
    text = Runbook.objects.get().live_revision.text
    sent = {"text": text, "runbook": "api-latency", "fact-review_every": days}
    answer = client.post("/editor/facts", sent)
    if days == "12\0":
        assert "review_every: 12d" in answer.text
    else:
        assert answer.status_code == 422
        assert "up to 3650" in answer.text


def test_a_reason_keeps_its_words_and_loses_what_no_database_keeps(client, second):
    client.post("/r/api-latency/restore", {"number": "1", "why": NUL})
    made = Proposal.objects.open().get()
    assert made.why == "ab"
    sent = {"do": "decline", "note": "\0"}
    assert client.post(f"/proposals/{made.pk}", sent).status_code == 422
    client.post(f"/proposals/{made.pk}", {"do": "decline", "note": f" {NUL} "})
    made.refresh_from_db()
    assert made.decision_note == "ab"
    client.post("/r/api-latency/retire", {"successor": "\0", "reason": NUL})
    assert Runbook.objects.get().retired_reason == "ab"


def test_a_successor_is_named_by_its_address_however_it_is_typed(client, second):
    published(slug="disk", owner=UserFactory(), title="Disk full", alert="Disk")
    client.post("/r/api-latency/retire", {"successor": " /r/disk\0 "})
    assert Runbook.objects.get(slug="api-latency").successor.slug == "disk"


def test_what_a_finding_is_about_comes_back_to_the_letter(client, second):
    sent = {"code": "vague-step", "about": " Check\0 it.\r\nSoon. ", "reason": NUL}
    client.post("/r/api-latency/findings/waive", sent)
    waiver = Waiver.objects.get()
    assert (waiver.about, waiver.reason) == (" Check it.\nSoon. ", "ab")
    text = Runbook.objects.get().live_revision.text
    named = {"do": "know-0", "know-0": "unknown-tool", "about-know-0": "flag\0ctl", "text": text}
    assert client.post("/r/api-latency/edit", named).status_code == 200
    assert KnownName.objects.get().name == "flagctl"


@pytest.mark.parametrize("query", ["title=a%00b", "alert=a%00b", "service=a%00b", "gap=a%00b"])
def test_a_new_runbook_begins_with_what_can_be_kept(client, admin, query):
    page = client.get(f"/new?{query}")
    assert page.status_code == 200
    assert "\0" not in page.text
    assert "\0" not in client.get(f"/new.md?{query}").text


def test_the_editor_opens_with_a_reason_that_can_be_kept(client, second):
    assert 'value="ab"' in client.get("/r/api-latency/edit?why=a%00b").text

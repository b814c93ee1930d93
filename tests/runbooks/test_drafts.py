"""A text that somebody began: taken up later with all that stood beside it, in one window or in two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import Role
from runbooks import drafts
from runbooks.gaps import record_gap
from runbooks.models import Draft, Gap, Revision, Runbook
from tests.factories import UserFactory, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def yash(client):
    made = UserFactory(username="yash")
    client.force_login(made)
    return made


def text_of(runbook, words="below 150"):
    live = Runbook.objects.get(pk=runbook.pk).live_revision
    return live.text.replace("below 160", words)


def keep(client, tab, text, **more):
    sent = {"tab": tab, "text": text, "runbook": "api-latency", "base": "1"} | more
    return client.post("/editor/draft", sent).json()["draft"]


def taken(client, address):
    """What a form sends that was opened on a draft."""
    sent = client.get(address).context["sent"]
    return {"took": sent.took, "kept_at": sent.kept_at}


def test_a_new_runbook_that_is_taken_up_later_still_closes_its_gap(client, yash):
    Role.objects.create(person=yash, name="editor")
    gap = record_gap(kind=Gap.Kind.SEARCH, words="ledger is late")
    text = runbook_text(title="Settlement file missing at 06:00")
    form = {"gap": "ledger is late", "why": "Paged twice.", "slug": "ledger-late"}
    pk = keep(client, "one", text, runbook="", base="", **form)
    again = client.get("/new?title=Ledger+is+late&gap=ledger+is+late").content.decode()
    assert f"/new?draft={pk}" in again
    assert "for this gap" in again
    page = client.get(f"/new?draft={pk}")
    sent = page.context["sent"]
    assert (sent.gap, sent.why, sent.slug) == tuple(form.values())
    for value in form.values():
        assert f'value="{value}"' in page.content.decode()
    form |= {"text": text, "do": "publish", "tab": "two", **taken(client, f"/new?draft={pk}")}
    assert client.post("/new", form)["Location"] == "/r/ledger-late"
    gap.refresh_from_db()
    assert gap.closed_by == Runbook.objects.get(slug="ledger-late")
    assert Revision.objects.get(runbook=gap.closed_by).why == "Paged twice."
    assert not Draft.objects.exists()


def test_what_was_begun_for_the_same_gap_is_offered_before_what_is_newer(client, yash):
    for tab, gap in (("one", "ledger is late"), ("two", "disk"), ("three", "")):
        keep(client, tab, runbook_text(title=f"Text {tab}"), runbook="", base="", gap=gap)
    begun = client.get("/new?gap=ledger+is+late").context["begun"]
    assert [title for _, title, _ in begun] == ["Text one", "Text three", "Text two"]


def test_the_report_and_the_review_that_an_edit_is_for_are_taken_up_with_it(client, runbook):
    pk = keep(client, "one", text_of(runbook), report="7", review="1")
    sent = client.get(f"/r/api-latency/edit?draft={pk}").context["sent"]
    assert (sent.report, sent.review) == (7, True)


def test_two_windows_that_take_up_one_draft_are_two_texts_from_then_on(client, runbook):
    pk = keep(client, "closed", text_of(runbook, "below 150"))
    address = f"/r/api-latency/edit?draft={pk}"
    one, two = taken(client, address), taken(client, address)
    keep(client, "one", text_of(runbook, "below 151"), **one)
    keep(client, "two", text_of(runbook, "below 152"), **two)
    kept = dict(Draft.objects.values_list("tab", "text"))
    assert set(kept) == {"one", "two"}
    assert "below 151" in kept["one"]
    assert "below 152" in kept["two"]


def test_a_window_that_still_writes_keeps_what_it_wrote_since_another_took_it_up(client, runbook):
    pk = keep(client, "open", text_of(runbook, "below 150"))
    other = taken(client, f"/r/api-latency/edit?draft={pk}")
    keep(client, "open", text_of(runbook, "below 155"))
    keep(client, "other", text_of(runbook, "below 151"), **other)
    assert set(Draft.objects.values_list("tab", flat=True)) == {"open", "other"}


@pytest.mark.parametrize("kept_at", ["", "yesterday", "2026-11-21T10:00:00", "\0"])
def test_a_hostile_time_takes_nothing_away(client, runbook, kept_at):
    keep(client, "one", text_of(runbook))
    keep(client, "two", text_of(runbook, "below 151"), took="one", kept_at=kept_at)
    assert Draft.objects.count() == 2


def test_what_is_thrown_away_is_offered_no_more_and_can_be_taken_back(client, runbook):
    pk = keep(client, "one", text_of(runbook, "below 150"))
    thrown = client.post(
        "/editor/draft/discard", {"tab": "one", "runbook": "api-latency"}, follow=True
    ).content.decode()
    assert f'<a href="/r/api-latency/edit?draft={pk}">Take it back</a>' in thrown
    assert "Take it up" not in thrown
    assert "below 150" in client.get(f"/r/api-latency/edit?draft={pk}").content.decode()
    back = taken(client, f"/r/api-latency/edit?draft={pk}")
    keep(client, "two", text_of(runbook, "below 150"), **back)
    assert "Take it up" in client.get("/r/api-latency/edit").content.decode()
    assert Draft.objects.get().tab == "two"


def test_a_text_that_is_here_no_more_is_said_and_the_live_one_is_shown(client, runbook):
    pk = keep(client, "one", text_of(runbook, "below 150"))
    drafts.discard(person=runbook.owner, tab="one")
    page = client.get(f"/r/api-latency/edit?draft={pk}").content.decode()
    assert "That text is here no more" in page
    assert "below 160" in page
    assert client.get("/new?draft=x").status_code == 200


def test_what_was_begun_stands_on_ones_own_list_only(client, runbook):
    pk = keep(client, "one", text_of(runbook))
    new = keep(client, "two", runbook_text(title="Ledger is late"), runbook="", base="")
    page = client.get("/proposals").content.decode()
    assert f"/r/api-latency/edit?draft={pk}" in page
    assert f'<a href="/new?draft={new}">Ledger is late</a>' in page
    sent = {"tab": "two", "back": "proposals"}
    assert client.post("/editor/draft/discard", sent)["Location"] == "/proposals"
    assert "Ledger is late" not in client.get("/proposals").content.decode()
    client.force_login(UserFactory())
    assert "?draft=" not in client.get("/proposals").content.decode()


def test_the_list_says_nothing_of_a_runbook_that_became_private(client, runbook):
    rita = UserFactory(username="rita")
    client.force_login(rita)
    keep(client, "hers", text_of(runbook))
    assert "?draft=" in client.get("/proposals").content.decode()
    runbook.services.update(private=True)
    assert "?draft=" not in client.get("/proposals").content.decode()


def test_what_was_thrown_away_makes_room_before_anything_else(yash, runbook):
    now = timezone.now()
    for n in range(drafts.MOST_DRAFTS):
        made = now - timedelta(hours=n)
        drafts.save_draft(person=yash, tab=f"t{n}", text="x", runbook=runbook, now=made)
    drafts.throw_away(person=yash, tab="t3")
    drafts.save_draft(person=yash, tab="last", text="x", runbook=runbook, now=now)
    kept = set(Draft.objects.values_list("tab", flat=True))
    assert len(kept) == drafts.MOST_DRAFTS
    assert "t3" not in kept

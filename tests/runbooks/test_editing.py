"""The editor as a plain form: who may publish does, others propose, and nothing that was sent is lost."""

from __future__ import annotations

import pytest

from portal.accounts.models import Role
from runbooks import drafts
from runbooks.models import Draft, EarlierText, Proposal, Revision, Runbook
from tests.factories import UserFactory, published, runbook_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


@pytest.fixture
def owner(client, yash):
    client.force_login(yash)
    return yash


def live(runbook):
    return Runbook.objects.get(pk=runbook.pk).live_revision


def changed(runbook, old="below 160", new="below 150"):
    text = live(runbook).text
    assert old in text
    return text.replace(old, new)


def test_the_owner_publishes_and_readers_see_it(client, runbook, owner):
    page = client.get("/r/api-latency/edit").content.decode()
    assert "Publish as revision 2" in page
    sent = {"do": "publish", "text": changed(runbook), "why": "Measured again.", "base": "1"}
    answer = client.post("/r/api-latency/edit", sent)
    assert answer["Location"] == "/r/api-latency"
    revision = live(runbook)
    assert (revision.number, revision.accepted_by, revision.why) == (2, owner, "Measured again.")
    assert "below 150" in client.get("/r/api-latency").content.decode()


def test_a_reader_has_no_publish_button_and_cannot_publish_by_hand(client, runbook, reader):
    page = client.get("/r/api-latency/edit").content.decode()
    assert "Publish as" not in page
    text = changed(runbook)
    answer = client.post("/r/api-latency/edit", {"do": "publish", "text": text, "base": "1"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "below 150" in said
    assert "propose it instead" in said
    assert live(runbook).number == 1


def test_a_reader_proposes(client, runbook, reader):
    text = changed(runbook)
    client.post("/r/api-latency/edit", {"do": "propose", "text": text, "base": "1", "why": "Seen."})
    proposal = Proposal.objects.open().get()
    assert (proposal.proposed_by, proposal.text, proposal.why) == (reader, text, "Seen.")
    assert live(runbook).number == 1


def test_an_editor_of_all_publishes_what_others_own(client, runbook, reader):
    Role.objects.create(person=reader, name="editor")
    client.post("/r/api-latency/edit", {"do": "publish", "text": changed(runbook), "base": "1"})
    assert live(runbook).accepted_by == reader


def test_what_blocks_is_said_by_line_and_the_text_stays(client, runbook, owner):
    text = (
        changed(runbook)
        .replace("psql -h", "dropdb -h")
        .replace("{.observe access=psql-prod}", "{.observe}")
    )
    answer = client.post("/r/api-latency/edit", {"do": "publish", "text": text, "base": "1"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "dropdb" in said
    assert "Blocks publishing." in said
    assert live(runbook).number == 1
    assert not Proposal.objects.open().exists()


def test_a_text_that_cannot_be_read_keeps_every_word(client, runbook, owner):
    answer = client.post(
        "/r/api-latency/edit", {"do": "publish", "text": "---\ntitle: x\nmy words"}
    )
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "my words" in said
    assert "never closed" in said


def test_a_browsers_line_ends_do_not_change_the_text(client, runbook, owner):
    text = live(runbook).text
    answer = client.post(
        "/r/api-latency/edit", {"do": "propose", "text": text.replace("\n", "\r\n"), "base": "1"}
    )
    assert "Nothing is changed yet" in answer.content.decode()


def test_two_people_who_change_different_places_are_joined(client, runbook, owner):
    first, second = changed(runbook), changed(runbook, "at 80 %", "at 70 %")
    client.post("/r/api-latency/edit", {"do": "publish", "text": first, "base": "1"})
    client.post("/r/api-latency/edit", {"do": "publish", "text": second, "base": "1"})
    revision = live(runbook)
    assert revision.number == 3
    assert "below 150. At" in revision.text
    assert "at 70 %" in revision.text
    assert EarlierText.objects.get().text == second


def test_two_people_who_change_the_same_place_are_asked(client, runbook, owner):
    client.post("/r/api-latency/edit", {"do": "publish", "text": changed(runbook), "base": "1"})
    mine = Revision.objects.get(runbook=runbook, number=1).text.replace("below 160", "below 170")
    answer = client.post("/r/api-latency/edit", {"do": "publish", "text": mine, "base": "1"})
    proposal = Proposal.objects.open().get()
    assert answer["Location"] == f"/proposals/{proposal.pk}/settle"
    assert proposal.text == mine
    page = client.get(answer["Location"]).content.decode()
    assert "below <ins>150" in page
    assert "below <ins>170" in page


def test_a_new_runbook_from_a_gap_is_published_by_an_editor(client, reader):
    Role.objects.create(person=reader, name="editor")
    page = client.get("/new?title=Ledger+is+late&alert=LedgerLate&service=ledger").content.decode()
    assert "LedgerLate" in page
    assert 'value="ledger-is-late"' in page
    text = runbook_text(title="Ledger is late", owner="rita")
    answer = client.post("/new", {"do": "publish", "text": text, "slug": "ledger-is-late"})
    assert answer["Location"] == "/r/ledger-is-late"
    assert Runbook.objects.get(slug="ledger-is-late").owner == reader


def test_an_address_that_is_taken_is_said_and_the_text_stays(client, runbook, reader):
    Role.objects.create(person=reader, name="editor")
    text = runbook_text(title="Another", owner="rita")
    answer = client.post("/new", {"do": "publish", "text": text, "slug": "api-latency"})
    assert answer.status_code == 422
    assert "choose another address" in answer.content.decode()
    assert not Proposal.objects.open().exists()


def test_a_reader_who_owns_their_new_runbook_proposes_it_first(client, reader):
    text = runbook_text(title="Another", owner="rita")
    answer = client.post("/new", {"do": "publish", "text": text, "slug": "another"})
    assert answer.status_code == 422
    assert not Runbook.objects.filter(slug="another").exists()


def test_the_preview_is_sanitised_and_says_findings_by_line(client, runbook, owner):
    text = changed(
        runbook, "Count the connections.", "Count <script>alert(1)</script><b onclick=x>."
    )
    text = text.replace("severity: high", "severity: high\npager_team: dba")
    said = client.post("/editor/preview", {"text": text, "runbook": "api-latency"}).content.decode()
    assert "<script" not in said
    assert "<b onclick" not in said
    assert 'data-line="6"' in said
    assert "pager_team" in said


def test_a_hostile_title_is_only_words(client, runbook, reader):
    text = changed(runbook, "API latency above 5 s", "'\"><img src=x onerror=alert(1)>'")
    client.post("/r/api-latency/edit", {"do": "propose", "text": text, "why": "<i>why</i>"})
    proposal = Proposal.objects.open().get()
    for address in ("/proposals", f"/proposals/{proposal.pk}", f"/proposals/{proposal.pk}/edit"):
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert "<i>why" not in page


def test_a_draft_is_kept_by_window_and_the_newer_is_offered(client, runbook, owner):
    for tab, text in (("one", "first text"), ("two", "second text")):
        sent = {"tab": tab, "text": text, "runbook": "api-latency", "base": "1"}
        assert client.post("/editor/draft", sent).json()["saved"]
    assert set(Draft.objects.values_list("tab", "text")) == {
        ("one", "first text"),
        ("two", "second text"),
    }
    page = client.get("/r/api-latency/edit").content.decode()
    newest = Draft.objects.get(tab="two")
    assert f"?draft={newest.pk}" in page
    taken = client.get(f"/r/api-latency/edit?draft={newest.pk}").content.decode()
    assert "second text" in taken
    assert 'name="took" value="two"' in taken


def test_a_draft_is_nobody_elses(client, runbook, owner):
    draft = drafts.save_draft(person=UserFactory(), tab="x", text="secret", runbook=runbook)
    for address in (f"/r/api-latency/edit?draft={draft.pk}", "/r/api-latency/edit", "/proposals"):
        assert "secret" not in client.get(address).content.decode()
    client.post("/editor/draft/discard", {"tab": "x", "runbook": "api-latency"})
    draft.refresh_from_db()
    assert draft.thrown_at is None


def test_what_arrived_is_no_draft_any_more(client, runbook, owner):
    sent = {"tab": "one", "text": changed(runbook), "runbook": "api-latency", "base": "1"}
    client.post("/editor/draft", sent)
    answer = client.post("/r/api-latency/edit", sent | {"do": "publish"})
    assert not Draft.objects.exists()
    assert answer.cookies["ended"].value == "one"


def test_a_draft_keeps_what_is_not_yet_a_runbook(client, runbook, owner):
    answer = client.post(
        "/editor/draft", {"tab": "t", "text": "---\nopen", "runbook": "api-latency"}
    )
    assert answer.status_code == 200
    assert Draft.objects.get().text == "---\nopen"


def test_a_nul_is_refused_with_a_sentence(client, runbook, owner):
    answer = client.post("/editor/draft", {"tab": "t", "text": "a\0b", "runbook": "api-latency"})
    assert answer.status_code == 422
    assert "NUL" in answer.json()["error"]


def test_the_form_of_the_front_matter_rewrites_only_its_lines(client, runbook, owner):
    text = live(runbook).text
    sent = {"text": text, "fact-services": ["api-server", "postgres", ""], "fact-severity": "low"}
    after = client.post("/editor/facts", sent).content.decode()
    assert "services: [api-server, postgres]" in after
    assert "severity: low" in after
    assert after.partition("---\n## ")[2] == text.partition("---\n## ")[2]


def test_a_private_runbook_cannot_be_edited_by_others(client, runbook, reader):
    runbook.services.update(private=True)
    for address in ("edit", "history", "compare"):
        assert client.get(f"/r/api-latency/{address}").status_code == 404
    said = client.post("/editor/preview", {"text": "x", "runbook": "api-latency"})
    assert said.status_code == 404


def test_opening_the_editor_costs_few_queries(
    client, runbook, owner, django_assert_max_num_queries
):
    client.get("/r/api-latency/edit")
    with django_assert_max_num_queries(20):
        client.get("/r/api-latency/edit")
    with django_assert_max_num_queries(16):
        client.post("/editor/preview", {"text": changed(runbook), "runbook": "api-latency"})


@pytest.mark.parametrize("tab", ["a;b=c\r\nX: y", "\u00e9\U0001f600", "\0", "x" * 500])
def test_a_hostile_window_key_is_only_a_key(client, runbook, owner, tab):
    sent = {"tab": tab, "text": changed(runbook), "runbook": "api-latency", "base": "1"}
    assert client.post("/editor/draft", sent).status_code == 200
    answer = client.post("/r/api-latency/edit", sent | {"do": "publish"})
    assert answer.status_code == 302
    assert not Draft.objects.exists()


def test_an_old_debt_of_an_imported_runbook_blocks_no_edit_of_it(client, owner):
    text = runbook_text().replace("psql -h {{ instance }} -c", "dropdb prod; psql -c")
    runbook = published(owner=owner, text=text, kind=Proposal.Kind.IMPORT)
    page = client.get("/r/api-latency/edit").content.decode()
    assert "dropdb" in page
    assert "Blocks publishing." not in page
    after = changed(runbook, "Scale the API down.", "Scale the API down by half.")
    client.post("/r/api-latency/edit", {"do": "publish", "text": after, "base": "1"})
    assert live(runbook).number == 2
    worse = changed(runbook, "kubectl -n {{ namespace }} scale", "kubectl delete namespace shop #")
    answer = client.post("/r/api-latency/edit", {"do": "publish", "text": worse, "base": "2"})
    assert answer.status_code == 422
    assert answer.content.decode().count("Blocks publishing.") == 1


def test_an_old_address_leads_to_the_editor_too(client, runbook, owner):
    client.post("/r/api-latency/rename", {"slug": "api-slow"})
    assert client.get("/r/api-latency/edit")["Location"] == "/r/api-slow/edit"


def test_a_field_that_the_form_did_not_touch_leaves_what_was_typed(client, runbook, owner):
    text = changed(runbook, "API latency above 5 s", "API latency above 7 s")
    sent = {
        "text": text,
        "fact-title": "API latency above 5 s",
        "was-title": "API latency above 5 s",
        "fact-severity": "low",
        "was-severity": "high",
    }
    after = client.post("/editor/facts", sent).content.decode()
    assert "title: API latency above 7 s" in after
    assert "severity: low" in after

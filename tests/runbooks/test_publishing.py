"""The one door: what a person's acceptance makes, and what it refuses."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from runbooks import hooks, publishing
from runbooks.document import DocumentError
from runbooks.models import Alias, IndexCounter, Proposal, Revision, Runbook, Service
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


def propose(text, **more):
    return publishing.propose(**{"text": text, "kind": "edit", "slug": "api-latency"} | more)


def edit(runbook, by, old, new):
    text = runbook.live_revision.text
    assert old in text
    return publishing.propose(text=text.replace(old, new), kind="edit", runbook=runbook, by=by)


def test_a_proposal_changes_nothing_that_is_live(yash):
    propose(runbook_text(), by=yash)
    assert not Runbook.objects.exists()
    assert Proposal.objects.open().count() == 1


def test_an_accepted_proposal_is_revision_one_with_the_name_of_who_accepted(yash):
    revision = publishing.accept(propose(runbook_text(), why="written after incident 261"), by=yash)
    runbook = Runbook.objects.get(slug="api-latency")
    assert (revision.number, revision.accepted_by, revision.why) == (
        1,
        yash,
        "written after incident 261",
    )
    assert runbook.live_revision == revision
    assert (runbook.title, runbook.severity, runbook.owner) == (
        "API latency above 5 s",
        "high",
        yash,
    )
    assert [s.slug for s in runbook.services.all()] == ["api-server"]
    assert [a.name for a in runbook.alert_names.all()] == ["ApiLatencyHigh"]
    assert "Count the connections" in revision.rendering.steps_html
    assert [s.label for s in revision.steps.all()] == ["D1", "R1"]


def test_the_text_of_a_revision_is_the_text_of_the_proposal_byte_for_byte(yash):
    text = runbook_text()
    assert publishing.accept(propose(text), by=yash).text == text


def test_the_owner_line_is_rewritten_when_it_does_not_tell_the_truth(yash):
    leila = UserFactory(username="leila")
    revision = publishing.accept(propose(runbook_text(owner="somebody"), owner=leila), by=yash)
    assert "owner: leila\n" in revision.text
    assert revision.text.replace("owner: leila", "owner: somebody") == runbook_text(
        owner="somebody"
    )


def test_an_edit_that_names_another_owner_keeps_todays(yash):
    UserFactory(username="leila")
    runbook = published(owner=yash)
    revision = publishing.accept(edit(runbook, yash, "owner: yash", "owner: leila"), by=yash)
    runbook.refresh_from_db()
    assert runbook.owner == yash
    assert "owner: yash" in revision.text


def test_a_runbook_without_anybody_to_own_it_is_refused_with_a_sentence(yash):
    with pytest.raises(publishing.PublishingRefused, match="Nobody here is called 'ghost'"):
        publishing.accept(propose(runbook_text(owner="ghost")), by=yash)
    assert not Runbook.objects.exists()


def test_an_inactive_owner_blocks(yash):
    gone = UserFactory(username="gone", is_active=False)
    with pytest.raises(publishing.PublishingRefused) as refused:
        publishing.accept(propose(runbook_text(owner="gone"), owner=gone), by=yash)
    assert [f.code for f in refused.value.findings]


def test_an_inactive_person_accepts_nothing(yash):
    gone = UserFactory(is_active=False)
    with pytest.raises(publishing.PublishingRefused, match="not active"):
        publishing.accept(propose(runbook_text()), by=gone)


def test_a_title_that_is_a_fix_blocks_what_is_written_here(yash):
    text = runbook_text(title="Restart the gateway pod")
    with pytest.raises(publishing.PublishingRefused):
        publishing.accept(propose(text), by=yash)


def test_an_imported_runbook_goes_live_with_its_debts(yash):
    text = "---\ntitle: Restart the gateway pod\n---\nAsk Bob.\n"
    revision = publishing.accept(propose(text, kind="import", owner=yash), by=yash)
    assert revision.runbook.imported


def test_an_edit_of_an_imported_runbook_is_blocked_only_by_what_it_adds(yash):
    text = "---\ntitle: Restart the gateway pod\nowner: yash\n---\n## Fix\n1. Wait.\n"
    runbook = published(text=text, owner=yash, kind="import")
    mended = publishing.accept(edit(runbook, yash, "Wait.", "Wait for a minute."), by=yash)
    assert mended.number == 2
    runbook.refresh_from_db()
    worse = edit(
        runbook, yash, "1. Wait for a minute.", "1. Wait.\n\n   ```sh\n   rm -rf /srv/data\n   ```"
    )
    with pytest.raises(publishing.PublishingRefused):
        publishing.accept(worse, by=yash)


def test_a_proposal_is_decided_once(yash):
    proposal = propose(runbook_text())
    publishing.accept(proposal, by=yash)
    with pytest.raises(publishing.PublishingRefused, match="already been decided"):
        publishing.accept(proposal, by=yash)
    with pytest.raises(publishing.PublishingRefused, match="already been decided"):
        publishing.decline(proposal, by=yash)


def test_two_proposals_from_the_same_base_conflict_and_nothing_is_overwritten(yash):
    runbook = published(owner=yash)
    first = edit(runbook, yash, "below 160", "below 150")
    second = edit(runbook, yash, "below 160", "below 140")
    publishing.accept(first, by=yash)
    with pytest.raises(publishing.Conflict):
        publishing.accept(second, by=yash)
    runbook.refresh_from_db()
    assert "below 150" in runbook.live_revision.text


def test_a_step_keeps_its_key_when_its_text_is_edited_or_moved(yash):
    runbook = published(owner=yash)
    before = {s.label: s.key for s in runbook.live_revision.steps.all()}
    text = runbook.live_revision.text.replace("below 160", "below 150").replace(
        "## Diagnosis\n", "## Diagnosis\n1. Look at the dashboard first.\n   Expect: a flat line.\n"
    )
    publishing.accept(publishing.propose(text=text, kind="edit", runbook=runbook, by=yash), by=yash)
    runbook.refresh_from_db()
    after = {s.label: s.key for s in runbook.live_revision.steps.all()}
    assert after["D2"] == before["D1"]
    assert after["R1"] == before["R1"]
    assert after["D1"] not in before.values()


def test_revisions_can_be_neither_changed_nor_deleted_in_the_database(yash):
    revision = published(owner=yash).live_revision
    with pytest.raises((DatabaseError, IntegrityError), match="append-only"), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(text="gone")
    with pytest.raises((DatabaseError, IntegrityError), match="append-only"), transaction.atomic():
        Revision.objects.filter(pk=revision.pk)._raw_delete("default")


def test_the_database_refuses_a_decision_without_a_person(yash):
    proposal = propose(runbook_text())
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="accepted")


def test_every_publishing_raises_the_index_counter(yash):
    before = IndexCounter.current()
    runbook = published(owner=yash)
    assert IndexCounter.current() == before + 1
    publishing.accept(edit(runbook, yash, "below 160", "below 150"), by=yash)
    assert IndexCounter.current() == before + 2


def test_a_room_that_refuses_in_the_transaction_undoes_everything(yash, monkeypatch):
    def refuse(published):
        raise ValueError("no")

    monkeypatch.setattr(hooks, "in_transaction", [*hooks.in_transaction, refuse])
    proposal = propose(runbook_text())
    with pytest.raises(ValueError, match="no"):
        publishing.accept(proposal, by=yash)
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN
    assert not Runbook.objects.exists()


def test_a_follower_that_fails_after_commit_undoes_nothing(
    yash, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def fail(runbook_ids):
        raise OSError("search is down")

    told = []
    monkeypatch.setattr(hooks, "after_commit", [fail, told.append])
    with django_capture_on_commit_callbacks(execute=True):
        runbook = published(owner=yash)
    assert told == [[runbook.pk]]
    assert "search is down" in caplog.text


def test_a_source_url_becomes_an_alias_and_services_are_made_when_new(yash):
    text = runbook_text().replace(
        "owner: yash\n", "owner: yash\nsource_url: https://wiki.example/Ops/API%20Latency.md\n"
    )
    runbook = published(text=text, owner=yash)
    assert runbook.aliases.get(kind=Alias.Kind.ADDRESS).folded == "wiki.example/ops/api latency"
    assert Service.objects.filter(slug="api-server").exists()


def test_a_text_that_cannot_be_a_runbook_is_not_even_proposed(yash):
    with pytest.raises(DocumentError):
        propose("---\ntitle: [unclosed\n---\nwords\n", by=yash)
    assert not Proposal.objects.exists()


def test_a_runbook_at_an_address_that_was_taken_meanwhile_conflicts(yash):
    late = propose(runbook_text())
    published(owner=yash)
    with pytest.raises(publishing.Conflict, match="/r/api-latency"):
        publishing.accept(late, by=yash)


def test_a_new_runbook_is_due_for_review_in_a_quarter_unless_it_says_otherwise(yash):
    revision = publishing.accept(propose(runbook_text()), by=yash)
    assert revision.runbook.trust.due_on == revision.accepted_at.date() + timedelta(days=90)
    monthly = runbook_text(title="Disk full on db-1").replace("owner:", "review_every: 30d\nowner:")
    revision = publishing.accept(propose(monthly, slug="disk-full"), by=yash)
    assert revision.runbook.trust.due_on == revision.accepted_at.date() + timedelta(days=30)

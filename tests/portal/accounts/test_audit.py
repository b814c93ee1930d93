"""The audit trail: everything that is done leaves one entry, which nobody can change."""

import json
from datetime import timedelta

import pytest
from celery import shared_task
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.accounts import audit
from portal.accounts.models import AuditEntry
from runbooks import changing, publishing
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def yash():
    person = UserFactory(username="yash", name="Yash Patel")
    person.set_password("correct horse")
    person.save()
    return person


def told(action):
    return AuditEntry.objects.filter(action=action).get()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_entry_is_never_changed(yash, change):
    entry = audit.record("signed.in", by=yash)
    rows = AuditEntry.objects.filter(pk=entry.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(action="signed.out") if change == "update" else rows.delete()
    assert rows.get().action == "signed.in"


def test_signing_in_and_out_is_recorded_with_address_and_session(client, yash):
    client.post("/accounts/sign-in", {"username": "yash", "password": "correct horse"})
    handle = yash.sessions.get().handle
    client.post("/accounts/sign-out")
    assert told("signed.in").by == yash
    assert told("signed.in").address == "127.0.0.1"
    assert told("signed.out").via == f"session {handle}"


def test_a_failed_sign_in_names_the_account_and_keeps_nothing_that_was_typed(client, yash):
    client.post("/accounts/sign-in", {"username": "Yash", "password": "hunter2hunter2"})
    assert told("signed.in.failed").object_name == "Yash Patel"
    AuditEntry.objects.all()
    client.post("/accounts/sign-in", {"username": "correct horse", "password": "x"})
    kept = json.dumps(list(AuditEntry.objects.values("object_name", "before", "after", "note")))
    assert "hunter2" not in kept
    assert "correct horse" not in kept


def test_what_comes_by_an_upload_a_worker_or_a_command_says_so(yash):
    with audit.by_way_of("upload 7"):
        assert audit.record("signed.in", by=yash).via == "upload 7"

    @shared_task(name="tests.record")
    def record():
        return audit.record("signed.in", by=yash).via

    assert record.apply().get() == "worker (tests.record)"
    assert audit.record("signed.in", by=yash).via == "command"


def test_a_session_key_stands_nowhere_in_the_trail(client, yash):
    client.post("/accounts/sign-in", {"username": "yash", "password": "correct horse"})
    key = client.cookies["sessionid"].value
    client.post("/accounts/sign-out")
    assert key not in "".join(audit.as_lines(AuditEntry.objects.all()))


def test_a_secret_is_refused(yash):
    with pytest.raises(audit.SecretInTrail, match="new_password"):
        audit.record("signed.in", by=yash, after={"new_password": "x"})


def test_an_unknown_action_is_refused(yash):
    with pytest.raises(ValueError, match=r"made\.coffee"):
        audit.record("made.coffee", by=yash)


def test_publishing_says_who_before_and_after(yash):
    published(owner=yash)
    published(owner=yash, title="API latency above 9 s", why="It was 9.")
    entry = AuditEntry.objects.filter(action="proposal.accepted").first()
    assert (entry.by, entry.object_kind, entry.object_name) == (yash, "runbook", "api-latency")
    assert (entry.before["revision"], entry.after["revision"]) == (1, 2)
    assert entry.note == "It was 9."
    assert AuditEntry.objects.filter(action="proposal.made").count() == 2


def test_what_is_refused_leaves_no_trace_of_having_happened(yash):
    runbook = published(owner=yash)
    stale = publishing.propose(
        text=runbook_text(owner="yash", title="Stale"), kind="edit", runbook=runbook, by=yash
    )
    published(owner=yash, title="Moved on")
    before = AuditEntry.objects.filter(action="proposal.accepted").count()
    with pytest.raises(publishing.Conflict):
        publishing.accept(stale, by=yash)
    assert AuditEntry.objects.filter(action="proposal.accepted").count() == before


def test_declining_renaming_and_retiring_are_recorded(yash):
    runbook = published(owner=yash)
    proposal = publishing.propose(
        text=runbook_text(owner="yash", title="Other"), kind="edit", runbook=runbook, by=yash
    )
    publishing.decline(proposal, by=yash, note="Not so.")
    assert told("proposal.declined").note == "Not so."
    changing.rename(runbook, slug="slow-api", by=yash)
    entry = told("runbook.renamed")
    assert (entry.before, entry.after) == ({"slug": "api-latency"}, {"slug": "slow-api"})
    runbook.refresh_from_db()
    changing.retire(runbook, by=yash, reason="The API is gone.")
    assert told("runbook.retired").note == "The API is gone."


def test_the_trail_is_searched_by_word_action_person_and_time(yash):
    leila = UserFactory(username="leila", name="Leila Haddad")
    day_ago = timezone.now() - timedelta(days=1)
    old = audit.record("token.made", by=yash, name="ci", at=day_ago)
    new = audit.record("token.revoked", by=leila, name="ci", note="It leaked.")
    find = AuditEntry.objects.matching
    assert list(find(words="leaked ci")) == [new]
    assert list(find(words="haddad")) == [new]
    assert list(find(action="token")) == [new, old]
    assert list(find(action="token.made")) == [old]
    assert list(find(who="@YASH")) == [old]
    assert list(find(since=day_ago + timedelta(hours=1))) == [new]
    assert list(find(until=day_ago + timedelta(hours=1))) == [old]


def test_what_is_exported_is_one_object_a_line(yash):
    audit.record("token.made", by=yash, name="ci\nsecond line", after={"scope": "read"})
    [line] = audit.as_lines(AuditEntry.objects.all())
    assert json.loads(line)["object"]["name"] == "ci\nsecond line"
    assert line.count("\n") == 1

"""A runbook changes hands when the other says yes, and not before."""

from datetime import UTC, date, datetime

import pytest

from portal.accounts.models import AuditEntry
from runbooks import changing, publishing
from runbooks.document import parse
from runbooks.models import Proposal, Runbook, TrustLine
from runbooks.reviews.deciding import Refused
from runbooks.reviews.handing import (
    answer_handover,
    confirm_owner,
    offer_handover,
    withdraw_handover,
)
from runbooks.reviews.models import Concern, Decision, Handover
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_until_the_other_says_yes_the_owner_keeps_it(runbook, yash, leila):
    offer = offer_handover(runbook, to=leila, by=yash, note="You run it now.", now=NOW)
    assert Runbook.objects.get().owner == yash
    assert not Decision.objects.exists()
    answer_handover(offer, by=leila, accept=False, note="Not I.", now=NOW)
    assert Runbook.objects.get().owner == yash
    assert Handover.objects.get().state == "declined"
    assert AuditEntry.objects.get(action="handover.declined").note == "Not I."


def test_a_yes_is_one_line_of_a_new_revision(runbook, yash, leila):
    offer = offer_handover(runbook, to=leila, by=yash, note="You run it now.", now=NOW)
    before = runbook.live_revision
    answer_handover(offer, by=leila, accept=True, now=NOW)
    changed = Runbook.objects.get()
    revision = changed.live_revision
    assert (changed.owner, revision.number, revision.accepted_by) == (leila, 2, leila)
    assert revision.proposal.kind == Proposal.Kind.HANDOVER
    differing = [
        (old, new)
        for old, new in zip(before.text.splitlines(), revision.text.splitlines(), strict=True)
        if old != new
    ]
    assert differing == [("owner: yash", "owner: leila")]
    made = Decision.objects.get()
    assert (made.kind, made.by, made.note) == ("handed_over", yash, "You run it now.")


def test_the_new_owner_reviews_it_at_once(runbook, yash, leila):
    answer_handover(
        offer_handover(runbook, to=leila, by=yash, now=NOW), by=leila, accept=True, now=NOW
    )
    line = TrustLine.objects.get()
    assert (line.due_on, line.reviewed_on) == (date(2026, 11, 20), None)
    concern = Concern.objects.get(settled_at=None)
    assert concern.kind == "owner"
    assert concern.words.startswith("Leila Haddad owns it since 20 November 2026")


def test_a_text_with_old_debts_changes_hands_all_the_same(yash, leila):
    """A finding that blocks today, because the checks learnt it since, is not the new owner's to mend."""
    runbook = published(owner=yash)
    bare = parse(runbook_text(owner="yash").split("## Prevention")[0])
    asked = {"runbook": runbook, "parsed": bare, "owner": leila}
    assert publishing.blocking_findings(kind=Proposal.Kind.EDIT, **asked)
    runbook.live_revision.text = bare.text
    assert publishing.blocking_findings(kind=Proposal.Kind.HANDOVER, **asked) == []
    leila.is_active = False
    assert publishing.blocking_findings(kind=Proposal.Kind.HANDOVER, **asked)


def test_only_one_offer_waits(runbook, yash, leila):
    offer = offer_handover(runbook, to=leila, by=yash)
    with pytest.raises(Refused, match="offered to Leila Haddad already"):
        offer_handover(runbook, to=UserFactory(), by=yash)
    withdraw_handover(offer, by=yash)
    offer_handover(runbook, to=UserFactory(), by=yash)


def test_an_offer_is_answered_once_and_by_who_was_asked(runbook, yash, leila):
    offer = offer_handover(runbook, to=leila, by=yash)
    with pytest.raises(Refused, match="answers for themself"):
        answer_handover(offer, by=yash, accept=True)
    answer_handover(offer, by=leila, accept=True)
    for again in (
        lambda: answer_handover(offer, by=leila, accept=False),
        lambda: withdraw_handover(offer, by=yash),
    ):
        with pytest.raises(Refused, match="accepted already"):
            again()
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("gone", [{"is_active": False}, {"unreachable_since": NOW}])
def test_nobody_is_asked_who_cannot_answer(runbook, yash, gone):
    with pytest.raises(Refused, match="nobody answers"):
        offer_handover(runbook, to=UserFactory(**gone), by=yash)


def test_an_owner_is_not_asked_for_what_is_theirs(runbook, yash):
    with pytest.raises(Refused, match="owns it already"):
        offer_handover(runbook, to=yash, by=yash)


def test_a_retired_runbook_is_not_taken_over(runbook, yash, leila):
    offer = offer_handover(runbook, to=leila, by=yash)
    changing.retire(runbook, by=yash, reason="Gone.")
    with pytest.raises(Refused):
        answer_handover(offer, by=leila, accept=True)


def test_a_guessed_owner_confirms_it(runbook, yash, leila):
    Runbook.objects.update(owner_confirmed=False)
    version = TrustLine.objects.get().version
    with pytest.raises(Refused, match="Yash Patel's to confirm"):
        confirm_owner(runbook, by=leila)
    confirm_owner(runbook, by=yash)
    assert Runbook.objects.get().owner_confirmed
    assert TrustLine.objects.get().version > version
    assert AuditEntry.objects.filter(action="owner.confirmed", by=yash).exists()


def test_who_takes_over_a_guess_confirms_it_with_that(runbook, yash, leila):
    Runbook.objects.update(owner_confirmed=False)
    answer_handover(offer_handover(runbook, to=leila, by=yash), by=leila, accept=True)
    assert Runbook.objects.get().owner_confirmed

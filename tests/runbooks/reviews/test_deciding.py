"""An owner's word on a runbook: what may be said, what it changes, and that it is said once and kept."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, connections, transaction

from portal.accounts.models import AuditEntry
from runbooks import changing, publishing, reporting
from runbooks.models import Proposal, Runbook, TrustLine
from runbooks.reviews import deciding, evidence
from runbooks.reviews.deciding import Refused, retired, snooze, still_true
from runbooks.reviews.evidence import Evidence
from runbooks.reviews.models import Concern, Decision, Handover
from runbooks.reviews.together import still_true_together
from runbooks.reviews.turning import raise_concern
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


@pytest.fixture
def yash():
    return UserFactory(username="yash", name="Yash Patel", time_zone="Asia/Tokyo")


def trust(runbook):
    return TrustLine.objects.get(runbook=runbook)


def report(runbook, verdict, by=None):
    step = runbook.live_revision.steps.get(label="R1")
    return reporting.report(step, verdict=verdict, words="It went back.", by=by)


class TestStillTrue:
    def test_it_sets_the_next_day_and_says_on_what_it_rests(self, runbook, yash):
        version = trust(runbook).version
        made = still_true(runbook, by=yash, rests_on=["read", "ran"], note="Ran it.", now=NOW)
        # It is the 21st already where the owner is.
        assert made.rests_on == ["ran", "read"]
        assert made.next_due_on == date(2026, 11, 21) + timedelta(days=90)
        line = trust(runbook)
        assert (line.reviewed_on, line.reviewed_by, line.due_on) == (
            date(2026, 11, 21),
            yash,
            made.next_due_on,
        )
        assert line.version > version
        entry = AuditEntry.objects.get(action="review.still_true")
        assert (entry.by, entry.object_name, entry.note) == (yash, runbook.slug, "Ran it.")
        assert entry.after["rests_on"] == ["ran", "read"]

    @pytest.mark.parametrize("rests_on", [[], ["guessed"]])
    def test_it_rests_on_something(self, runbook, yash, rests_on):
        with pytest.raises(Refused, match="what it rests on"):
            still_true(runbook, by=yash, rests_on=rests_on, now=NOW)
        assert not Decision.objects.exists()

    def test_not_while_a_wrong_report_is_unanswered(self, runbook, yash):
        made = report(runbook, "wrong")
        with pytest.raises(Refused, match="R1 is reported wrong"):
            still_true(runbook, by=yash, rests_on=["ran"])
        reporting.set_aside(made, by=yash, why="It is right again.")
        still_true(runbook, by=yash, rests_on=["ran"])

    def test_a_blocked_step_is_answered_by_the_decision(self, runbook, yash):
        report(runbook, "blocked")
        assert Concern.objects.filter(settled_at=None).count() == 1
        still_true(runbook, by=yash, rests_on=["ran"])
        assert not Concern.objects.filter(settled_at=None).exists()

    def test_what_stood_on_the_page_is_kept_with_it(self, runbook, yash):
        raise_concern(runbook, kind="alert", source="rule:1", words="for was 5m, is 1m", now=NOW)
        made = still_true(runbook, by=yash, rests_on=["checked"], now=NOW)
        kept = [(one["kind"], one["words"], one["against"]) for one in made.evidence]
        assert ("alert", "for was 5m, is 1m", True) in kept

    def test_who_is_inactive_decides_nothing(self, runbook):
        with pytest.raises(Refused, match="not active"):
            still_true(runbook, by=UserFactory(is_active=False), rests_on=["ran"])

    def test_a_retired_runbook_is_not_reviewed(self, runbook, yash):
        changing.retire(runbook, by=yash, reason="Gone.")
        with pytest.raises(Refused, match="not live"):
            still_true(runbook, by=yash, rests_on=["ran"])

    def test_a_page_that_is_out_of_date_decides_nothing(self, runbook, yash):
        first = still_true(runbook, by=yash, rests_on=["ran"], after=None)
        with pytest.raises(Refused, match="Yash Patel has decided meanwhile: still true"):
            still_true(runbook, by=yash, rests_on=["read"], after=None)
        still_true(runbook, by=yash, rests_on=["read"], after=first.pk)
        assert Decision.objects.count() == 2


class TestUpdated:
    def publish(self, runbook, by, text=None, kind=Proposal.Kind.EDIT):
        proposal = publishing.propose(
            text=text or runbook_text(title="API slower than 5 s", owner=runbook.owner.username),
            kind=kind,
            runbook=runbook,
            by=by,
            why="The title.",
        )
        return publishing.accept(proposal, by=by)

    def test_what_the_owner_publishes_answers_the_review(self, runbook, yash):
        TrustLine.objects.filter(runbook=runbook).update(due_on="2020-01-01")
        revision = self.publish(runbook, yash)
        made = Decision.objects.get()
        assert (made.kind, made.revision, made.by) == ("updated", revision, yash)
        assert trust(runbook).due_on == made.next_due_on > date(2026, 1, 1)

    def test_what_somebody_else_publishes_does_not(self, runbook):
        self.publish(runbook, UserFactory())
        assert not Decision.objects.exists()

    def test_a_new_runbook_is_no_decision(self, runbook):
        assert not Decision.objects.exists()

    def test_what_readers_report_stays_due_until_it_is_answered(self, runbook, yash):
        made = report(runbook, "wrong")
        raise_concern(runbook, kind="link", source="link:1", words="A dead link.", now=NOW)
        early = trust(runbook).due_on
        revision = self.publish(runbook, yash)
        assert trust(runbook).due_on == early
        assert list(Concern.objects.filter(settled_at=None).values_list("kind", flat=True)) == [
            "report"
        ]
        reporting.answer(revision, reports=[made.pk], by=yash)
        assert not Concern.objects.filter(settled_at=None).exists()
        assert trust(runbook).due_on == Decision.objects.get().next_due_on


class TestRetired:
    def test_it_takes_a_reason_or_a_successor(self, runbook, yash):
        with pytest.raises(Refused, match="say why"):
            retired(runbook, by=yash)
        successor = published(slug="new", owner=yash)
        made = retired(runbook, by=yash, successor=successor)
        assert made.kind == "retired"
        assert Runbook.objects.get(pk=runbook.pk).successor == successor
        assert trust(runbook).due_on is None

    def test_retiring_it_elsewhere_is_the_same_decision(self, runbook, yash):
        Handover.objects.create(
            runbook=runbook, offered_by=yash, to=UserFactory(), offered_at=NOW, state="open"
        )
        changing.retire(runbook, by=yash, reason="Sold.")
        made = Decision.objects.get()
        assert (made.kind, made.by, made.note) == ("retired", yash, "Sold.")
        assert Handover.objects.get().state == "withdrawn"


class TestSnoozed:
    def test_at_most_twice_in_a_row(self, runbook, yash):
        TrustLine.objects.filter(runbook=runbook).update(due_on="2026-11-01")
        snooze(runbook, by=yash, reason="On call.", days=7, now=NOW)
        assert trust(runbook).due_on == date(2026, 11, 28)
        snooze(runbook, by=yash, reason="Still.", days=30, now=NOW)
        with pytest.raises(Refused, match="twice in a row"):
            snooze(runbook, by=yash, reason="Again.", days=30, now=NOW + timedelta(days=5))
        still_true(runbook, by=yash, rests_on=["read"], now=NOW + timedelta(days=6))
        TrustLine.objects.filter(runbook=runbook).update(due_on="2026-11-01")
        snooze(runbook, by=yash, reason="On call.", days=7, now=NOW + timedelta(days=7))

    @pytest.mark.parametrize("days", [0, -1, 31])
    def test_at_most_thirty_days(self, runbook, yash, days):
        with pytest.raises(Refused, match="1 to 30 days"):
            snooze(runbook, by=yash, reason="On call.", days=days, now=NOW)

    def test_with_a_reason(self, runbook, yash):
        with pytest.raises(Refused, match="why it has to wait"):
            snooze(runbook, by=yash, reason=" ", days=7, now=NOW)

    def test_it_never_brings_a_review_forward(self, runbook, yash):
        TrustLine.objects.filter(runbook=runbook).update(due_on="2027-03-14")
        with pytest.raises(Refused, match="not due before 14 March 2027"):
            snooze(runbook, by=yash, reason="On call.", days=7, now=NOW)

    def test_a_date_before_the_due_one_is_refused_with_the_number_of_days_that_works(
        self, runbook, yash
    ):
        TrustLine.objects.filter(runbook=runbook).update(due_on="2026-12-02")
        with pytest.raises(Refused, match="takes 12 days or more"):
            snooze(runbook, by=yash, reason="On call.", days=11, now=NOW)
        snooze(runbook, by=yash, reason="On call.", days=12, now=NOW)
        assert trust(runbook).due_on == date(2026, 12, 3)

    def test_what_is_new_brings_it_back(self, runbook, yash):
        TrustLine.objects.filter(runbook=runbook).update(due_on="2026-11-01")
        snooze(runbook, by=yash, reason="On call.", days=7, now=NOW)
        raise_concern(runbook, kind="link", source="link:1", words="A dead link.", now=NOW)
        assert trust(runbook).due_on == date(2026, 11, 21)


class TestTogether:
    def test_only_what_evidence_decides(self, yash):
        drilled, plain = published(owner=yash), published(slug="disk", owner=yash)
        TrustLine.objects.filter(runbook=drilled).update(
            drilled_on=date(2026, 11, 3), steps_tried=7, steps_worked=7
        )
        done, refused = still_true_together(Runbook.objects.all(), by=yash)
        assert [d.runbook for d in done] == [drilled]
        assert done[0].rests_on == ["drilled"]
        assert [r for r, _ in refused] == [plain]

    def test_not_beside_anything_open(self, runbook, yash, monkeypatch):
        proof = Evidence("drilled", "Drill 14.", NOW, rests_on="drilled")
        against = Evidence("link", "A dead link.", NOW, open=True)
        monkeypatch.setattr(evidence, "sources", [lambda *_: [proof, against]])
        done, refused = still_true_together([runbook], by=yash)
        assert (done, len(refused)) == ([], 1)


def test_a_decision_is_never_changed(runbook, yash):
    still_true(runbook, by=yash, rests_on=["ran"])
    for change in (
        lambda: Decision.objects.update(note="Another."),
        lambda: Decision.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert Decision.objects.get().note == ""


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_make_one_decision(yash):
    runbook = published(owner=yash)
    ready, said = Barrier(2), []

    def decide(value):
        try:
            ready.wait(10)
            said.append(still_true(runbook, by=yash, rests_on=[value], after=None))
        except Refused as refused:
            said.append(str(refused))
        finally:
            connections["default"].close()

    windows = [Thread(target=decide, args=(value,)) for value in ("ran", "read")]
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        # One connection for all threads: one after the other is as near as it comes.
        ready = Barrier(1)
        for value in ("ran", "read"):
            try:
                said.append(still_true(runbook, by=yash, rests_on=[value], after=None))
            except Refused as refused:
                said.append(str(refused))
    else:
        for window in windows:
            window.start()
        for window in windows:
            window.join(30)
    assert Decision.objects.count() == 1
    assert sum(isinstance(one, Decision) for one in said) == 1
    assert deciding.last_decision(runbook).by == yash

"""Who proposed or reported hears what became of it, and the owner what waits for them."""

from __future__ import annotations

import pytest

from portal.notify.models import Delivery, Message
from runbooks import changing, publishing, reporting, writing
from runbooks.models import Proposal, Runbook
from tests.factories import ServiceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita():
    return UserFactory(username="rita", name="Rita Reader")


def propose(runbook, by, **more):
    text = runbook.live_revision.text.replace("below 160", "below 150")
    return writing.propose(
        text=text, by=by, runbook=runbook, base=runbook.live_revision, why="150 is safer.", **more
    )


def told(person):
    return list(
        Message.objects.filter(
            person=person, kind__in=["proposals", "proposal.decided", "report.closed"]
        ).order_by("pk")
    )


def report(runbook, by, label="R1"):
    step = runbook.live_revision.steps.select_related("revision__runbook").get(label=label)
    return reporting.report(step, verdict="unclear", by=by)


def test_the_owner_hears_of_a_proposal_and_the_proposer_of_its_acceptance(runbook, yash, rita):
    proposal = propose(runbook, rita)
    (message,) = told(yash)
    assert message.subject == "Rita Reader proposes a change: API latency above 5 s"
    assert message.url == f"/proposals/{proposal.pk}"
    assert "150 is safer." in str(message.body)
    writing.accept(proposal, by=yash)
    (message,) = told(rita)
    assert message.subject == "Published: your change to API latency above 5 s"
    assert "as revision 2" in str(message.body)


def test_nothing_of_it_is_urgent_so_that_it_stands_in_the_inbox_and_leaves_with_the_digest(
    runbook, yash, rita
):
    writing.accept(propose(runbook, rita), by=yash)
    reporting.set_aside(report(runbook, rita), by=yash, why="It is right at night.")
    assert [len(told(person)) for person in (yash, rita)] == [1, 2]
    assert not Delivery.objects.exists()


def test_the_proposer_reads_why_it_was_sent_back(runbook, yash, rita):
    publishing.decline(propose(runbook, rita), by=yash, note="Which pods?")
    (message,) = told(rita)
    assert message.subject.startswith("Sent back:")
    assert "Which pods?" in str(message.body)


def test_who_publishes_their_own_change_tells_nobody(runbook, yash):
    text = runbook.live_revision.text.replace("below 160", "below 150")
    writing.publish(text=text, by=yash, runbook=runbook, base=runbook.live_revision)
    assert not Message.objects.exists()


def test_an_editors_own_publishing_is_no_proposal_to_the_owner(runbook, yash, rita):
    text = runbook.live_revision.text.replace("below 160", "below 150")
    writing.publish(text=text, by=rita, runbook=runbook, base=runbook.live_revision)
    assert told(yash) == []


def test_an_old_revision_that_waits_is_told_and_one_that_is_published_is_not(runbook, yash, rita):
    changing.restore(runbook.live_revision, by=rita)
    assert told(yash) == []
    changing.restore(runbook.live_revision, by=rita, waits=True)
    assert len(told(yash)) == 1


def test_the_named_owner_of_a_new_runbook_hears_of_it(runbook, yash, rita):
    text = runbook.live_revision.text.replace("API latency", "Ledger latency")
    writing.propose(text=text, by=rita, slug="ledger")
    (message,) = told(yash)
    assert "a new runbook that you would own" in str(message.body)


def test_a_refused_publishing_tells_nothing(runbook, rita, yash):
    proposal = propose(runbook, rita)
    Message.objects.all().delete()
    Proposal.objects.filter(pk=proposal.pk).update(base=None)
    with pytest.raises(publishing.Conflict):
        publishing.accept(proposal, by=yash)
    assert told(rita) == []


def test_the_reporter_hears_which_revision_answered(runbook, yash, rita):
    made = report(runbook, rita)
    text = runbook.live_revision.text.replace("--replicas=20", "--replicas=24")
    outcome = writing.publish(
        text=text, by=yash, runbook=runbook, base=runbook.live_revision, why="24 it is."
    )
    reporting.answer(outcome.revision, reports=[made.pk], by=yash)
    (message,) = told(rita)
    assert message.subject == "Your report on R1 is answered: API latency above 5 s"
    assert "Answered by revision 2: “24 it is.”" in str(message.body)
    assert message.url == f"/r/api-latency#step-{made.key}"


def test_the_reporter_hears_why_nothing_had_to_change_and_that_a_step_is_gone(runbook, yash, rita):
    reporting.set_aside(report(runbook, rita), by=yash, why="It is right at night.")
    report(runbook, rita, "D1")
    text = runbook.live_revision.text
    start, end = text.index("## Diagnosis"), text.index("## Resolution")
    writing.publish(
        text=text[:start] + text[end:], by=yash, runbook=runbook, base=runbook.live_revision
    )
    night, gone = told(rita)
    assert "It is right at night." in str(night.body)
    assert "The step is gone." in str(gone.body)


def test_nobody_is_told_what_they_did_themselves_or_may_not_see_any_more(runbook, yash, rita):
    reporting.set_aside(report(runbook, yash), by=yash, why="No.")
    made = report(runbook, rita)
    runbook.services.set([ServiceFactory(private=True)])
    reporting.set_aside(made, by=yash, why="No.")
    reporting.set_aside(report(Runbook.objects.get(pk=runbook.pk), None), by=yash, why="No.")
    assert not Message.objects.filter(kind="report.closed").exists()

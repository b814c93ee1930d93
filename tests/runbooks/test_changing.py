"""Another address, retirement, an old text again: each by a named person, and old links lead on."""

import pytest

from runbooks import changing, publishing
from runbooks.blaming import blame
from runbooks.models import Alias, Proposal, Runbook
from runbooks.publishing import PublishingRefused
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def yash():
    return UserFactory(username="yash")


def edit(runbook, by, old, new, **more):
    runbook.refresh_from_db()
    text = runbook.live_revision.text
    assert old in text
    return publishing.propose(
        text=text.replace(old, new), kind="edit", runbook=runbook, by=by, **more
    )


def test_a_renamed_runbook_is_still_found_at_every_address_it_had(runbook, yash, client, settings):
    settings.READ_WITHOUT_LOGIN = True
    changing.rename(runbook, slug="API slow", by=yash)
    changing.rename(runbook, slug="api-very-slow", by=yash)
    for old in ("api-latency", "api-slow"):
        answer = client.get(f"/r/{old}?namespace=prod")
        assert (answer.status_code, answer["Location"]) == (301, "/r/api-very-slow?namespace=prod")
    assert client.get("/r/api-very-slow").status_code == 200


def test_a_runbook_may_go_back_to_an_address_it_had(runbook, yash):
    changing.rename(runbook, slug="api-slow", by=yash)
    changing.rename(runbook, slug="api-latency", by=yash)
    assert Runbook.objects.get().slug == "api-latency"
    assert [a.folded for a in Alias.objects.filter(kind="slug")] == ["api-slow"]


def test_an_address_that_is_or_was_anothers_is_refused(runbook, yash):
    other = published(slug="disk-full", title="Disk full on db-1", owner=yash)
    with pytest.raises(PublishingRefused, match="another runbook"):
        changing.rename(runbook, slug="disk-full", by=yash)
    changing.rename(other, slug="disk-nearly-full", by=yash)
    with pytest.raises(PublishingRefused, match="still leads there"):
        changing.rename(runbook, slug="disk-full", by=yash)
    with pytest.raises(PublishingRefused, match="letter or digit"):
        changing.rename(runbook, slug="***", by=yash)


def test_a_retired_runbook_leads_to_its_successor(runbook, yash, client, settings):
    settings.READ_WITHOUT_LOGIN = True
    other = published(slug="disk-full", title="Disk full on db-1", owner=yash)
    changing.retire(runbook, by=yash, successor=other)
    answer = client.get("/r/api-latency")
    assert (answer.status_code, answer["Location"]) == (302, "/r/disk-full")


def test_retiring_needs_a_live_successor_or_a_reason(runbook, yash):
    with pytest.raises(PublishingRefused, match="say why"):
        changing.retire(runbook, by=yash, reason="  ")
    other = published(slug="disk-full", title="Disk full on db-1", owner=yash)
    changing.retire(other, by=yash, reason="the service is gone")
    with pytest.raises(PublishingRefused, match="must be live"):
        changing.retire(runbook, by=yash, successor=other)
    with pytest.raises(PublishingRefused, match="already retired"):
        changing.retire(other, by=yash, reason="again")


def test_a_retired_runbook_is_no_longer_searched_and_comes_back_with_its_text(runbook, yash):
    from runbooks.search.finding import find

    assert [r.slug for r in find("api latency").results] == ["api-latency"]
    changing.retire(runbook, by=yash, reason="the service is gone")
    assert find("api latency").results == ()
    changing.bring_back(runbook, by=yash)
    assert [r.slug for r in find("api latency").results] == ["api-latency"]


def test_restoring_is_a_proposal_with_the_old_text_and_todays_owner(runbook, yash):
    publishing.accept(edit(runbook, yash, "below 160. At", "below 150. At"), by=yash)
    first = runbook.revisions.get(number=1)
    proposal = changing.restore(first, by=yash)
    assert proposal.state == Proposal.State.OPEN
    revision = publishing.accept(proposal, by=yash)
    assert (revision.number, revision.text) == (3, first.text)


def test_only_the_proposer_takes_a_proposal_back_and_only_while_it_is_open(runbook, yash):
    leila = UserFactory()
    proposal = edit(runbook, leila, "below 160. At", "below 150. At")
    with pytest.raises(PublishingRefused, match="Only who proposed"):
        changing.withdraw(proposal, by=yash)
    changing.withdraw(proposal, by=leila)
    with pytest.raises(PublishingRefused, match="already been decided"):
        changing.withdraw(proposal, by=leila)
    with pytest.raises(PublishingRefused, match="already been decided"):
        publishing.accept(proposal, by=yash)


def test_a_proposal_that_was_overtaken_elsewhere_in_the_text_merges_cleanly(runbook, yash):
    mine = edit(runbook, yash, "below 160. At", "below 150. At")
    publishing.accept(edit(runbook, yash, "too many clients", "far too many clients"), by=yash)
    runbook.refresh_from_db()
    merged = changing.merged_with_live(mine)
    changing.bring_up(mine, text=merged.text, onto=runbook.live_revision)
    revision = publishing.accept(mine, by=yash)
    assert "below 150" in revision.text
    assert "far too many clients" in revision.text


def test_a_proposal_that_was_overtaken_in_the_same_line_is_asked_about(runbook, yash):
    mine = edit(runbook, yash, "below 160. At", "below 150. At")
    publishing.accept(edit(runbook, yash, "below 160. At", "below 140. At"), by=yash)
    merged = changing.merged_with_live(mine)
    (conflict,) = merged.conflicts
    assert ("140" in conflict.live, "150" in conflict.proposed) == (True, True)


def test_settling_against_a_revision_that_is_no_longer_live_is_refused(runbook, yash):
    mine = edit(runbook, yash, "below 160. At", "below 150. At")
    second = publishing.accept(edit(runbook, yash, "below 160. At", "below 140. At"), by=yash)
    publishing.accept(edit(runbook, yash, "below 140. At", "below 130. At"), by=yash)
    with pytest.raises(publishing.Conflict):
        changing.bring_up(mine, text="whatever", onto=second)


def test_a_proposal_on_the_live_text_needs_no_merge(runbook, yash):
    assert changing.merged_with_live(edit(runbook, yash, "below 160. At", "below 150. At")) is None


def test_a_new_runbook_whose_address_was_taken_is_settled_against_it(runbook, yash):
    late = Proposal.objects.create(
        slug="api-latency",
        kind="edit",
        text=runbook_text(title="API is slow"),
        created_at="2026-01-01T00:00Z",
    )
    assert changing.merged_with_live(late) is not None


def test_blame_says_since_when_each_step_stands(runbook, yash, django_assert_num_queries):
    publishing.accept(
        edit(runbook, yash, "below 160. At", "below 150. At", why="from drill 14"), by=yash
    )
    publishing.accept(edit(runbook, yash, "too many clients", "far too many clients"), by=yash)
    runbook.refresh_from_db()
    with django_assert_num_queries(2):
        rows = blame(runbook)
    assert [(r.step.label, r.since.number, r.first.number) for r in rows] == [
        ("D1", 2, 1),
        ("R1", 1, 1),
    ]
    assert rows[0].since.why == "from drill 14"

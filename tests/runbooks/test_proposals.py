"""Proposals: who sees, decides and settles them, and what history says afterwards."""

from __future__ import annotations

import pytest

from portal.accounts.models import AuditEntry, Role
from runbooks import publishing, reporting, writing
from runbooks.models import EarlierText, Proposal, Revision, Runbook
from runbooks.publishing import Conflict, PublishingRefused
from tests.factories import TeamFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita():
    return UserFactory(username="rita", name="Rita Okafor")


def live(runbook):
    return Runbook.objects.get(pk=runbook.pk).live_revision


def propose(runbook, by, old="below 160. At", new="below 170. At", base=None):
    base = base or live(runbook)
    assert old in base.text
    return writing.propose(
        text=base.text.replace(old, new), by=by, runbook=runbook, base=base, why="Measured."
    )


def publish(runbook, by, old, new):
    base = live(runbook)
    text = base.text.replace(old, new)
    return writing.publish(text=text, by=by, runbook=runbook, base=base)


def test_a_proposal_stands_on_its_owners_list_and_on_its_proposers(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    client.force_login(yash)
    said = client.get("/proposals").content.decode()
    waiting = said[said.index("Waiting for you") : said.index("Yours")]
    assert f"/proposals/{proposal.pk}" in waiting
    client.force_login(rita)
    said = client.get("/proposals").content.decode()
    assert f"/proposals/{proposal.pk}" in said[said.index(">Yours<") :]


def test_an_imported_new_runbook_waits_for_who_would_own_it(client, yash, rita):
    text = runbook_text(owner="yash")
    made = publishing.propose(text=text, kind=Proposal.Kind.IMPORT, slug="disk", owner=yash)
    parts = {}
    for person in (yash, rita):
        client.force_login(person)
        mine, _, others = client.get("/proposals").text.partition("Waiting for others")
        parts[person] = [f'"/proposals/{made.pk}"' in part for part in (mine, others)]
    assert parts == {yash: [True, False], rita: [False, True]}


def test_the_owner_accepts_it_by_name(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    client.force_login(yash)
    page = client.get(f"/proposals/{proposal.pk}").content.decode()
    assert "<del>160" in page
    assert "<ins>170" in page
    assert "Publish as revision 2" in page
    client.post(f"/proposals/{proposal.pk}", {"do": "accept"})
    assert (live(runbook).accepted_by, live(runbook).proposal) == (yash, proposal)


def test_sent_back_it_comes_with_a_comment_and_can_be_proposed_again(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    client.force_login(yash)
    assert client.post(f"/proposals/{proposal.pk}", {"do": "decline"}).status_code == 422
    client.post(f"/proposals/{proposal.pk}", {"do": "decline", "note": "Why 170?"})
    client.force_login(rita)
    assert "Why 170?" in client.get("/proposals").content.decode()
    page = client.get(f"/proposals/{proposal.pk}/edit").content.decode()
    assert "below 170. At" in page
    sent = {"do": "propose", "text": proposal.text.replace("170", "165"), "why": "Measured twice."}
    client.post(f"/proposals/{proposal.pk}/edit", sent)
    again = Proposal.objects.open().get()
    assert again.pk != proposal.pk
    assert "below 165. At" in again.text


def test_the_owner_edits_and_publishes_and_the_first_text_is_kept(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    before = proposal.text
    client.force_login(yash)
    sent = {"do": "publish", "text": before.replace("170", "175")}
    client.post(f"/proposals/{proposal.pk}/edit", sent)
    assert "below 175. At" in live(runbook).text
    assert live(runbook).proposal == proposal
    assert EarlierText.objects.get().text == before


@pytest.mark.parametrize("do", ["accept", "decline"])
def test_a_reader_decides_nothing(client, runbook, rita, do):
    proposal = propose(runbook, UserFactory())
    client.force_login(rita)
    answer = client.post(f"/proposals/{proposal.pk}", {"do": do, "note": "x"})
    assert answer.status_code == 403
    assert Proposal.objects.open().exists()


def test_only_its_proposer_takes_it_back(client, runbook, rita):
    proposal = propose(runbook, rita)
    client.force_login(UserFactory())
    assert client.post(f"/proposals/{proposal.pk}", {"do": "withdraw"}).status_code == 422
    client.force_login(rita)
    client.post(f"/proposals/{proposal.pk}", {"do": "withdraw"})
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.WITHDRAWN


def test_nobody_accepts_their_own_new_runbook_by_naming_themselves_owner(client, rita):
    text = runbook_text(title="Ledger is late", owner="rita")
    proposal = writing.propose(text=text, by=rita, slug="ledger")
    client.force_login(rita)
    assert client.post(f"/proposals/{proposal.pk}", {"do": "accept"}).status_code == 403
    assert not Runbook.objects.exists()


def test_the_named_owner_accepts_a_new_runbook(client, rita, yash):
    proposal = writing.propose(
        text=runbook_text(title="Ledger is late", owner="yash"), by=rita, slug="ledger"
    )
    client.force_login(yash)
    client.post(f"/proposals/{proposal.pk}", {"do": "accept"})
    assert Runbook.objects.get(slug="ledger").owner == yash


def test_a_proposal_to_a_private_runbook_is_nobody_elses(client, runbook, rita):
    proposal = propose(runbook, UserFactory())
    runbook.services.update(private=True)
    client.force_login(rita)
    for address in ("", "/edit", "/settle"):
        assert client.get(f"/proposals/{proposal.pk}{address}").status_code == 404
    assert f"/proposals/{proposal.pk}" not in client.get("/proposals").content.decode()


def test_settling_asks_place_by_place_and_publishes_nothing(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    publish(runbook, yash, "below 160. At", "below 150. At")
    client.force_login(yash)
    address = f"/proposals/{proposal.pk}/settle"
    unanswered = client.post(address, {"onto": "2"})
    assert unanswered.status_code == 422
    assert "Choose for each place" in unanswered.content.decode()
    client.post(
        address, {"onto": "2", "place-0": "own", "own-0": "   Expect: below 165. At most.\r\n"}
    )
    assert live(runbook).number == 2
    proposal.refresh_from_db()
    assert "   Expect: below 165. At most.\n" in proposal.text
    assert proposal.base == live(runbook)
    assert "below 170. At" in EarlierText.objects.get().text


def test_settling_onto_a_revision_that_is_old_by_now_asks_again(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    publish(runbook, yash, "below 160. At", "below 150. At")
    publish(runbook, yash, "below 150. At", "below 140. At")
    client.force_login(yash)
    answer = client.post(f"/proposals/{proposal.pk}/settle", {"onto": "2", "place-0": "live"})
    assert answer.status_code == 409
    assert "below <ins>140.</ins> At" in answer.content.decode()
    proposal.refresh_from_db()
    assert "below 170. At" in proposal.text


def test_a_decided_proposal_is_not_changed(runbook, yash, rita):
    proposal = propose(runbook, rita)
    writing.accept(proposal, by=yash)
    with pytest.raises(PublishingRefused):
        writing.revise(proposal, text=proposal.text + "\nmore", by=rita)
    with pytest.raises((PublishingRefused, Conflict)):
        writing.accept(proposal, by=yash)


def test_history_names_who_proposed_and_accepted_and_blames_by_step(client, runbook, yash, rita):
    writing.accept(propose(runbook, rita), by=yash)
    client.force_login(rita)
    said = client.get("/r/api-latency/history").content.decode()
    assert "proposed by Rita Okafor, accepted by Yash Patel" in said
    steps = said[said.index("Step by step") :]
    assert "revision 2" in steps[: steps.index(">R1<")]
    assert "revision 2" not in steps[steps.index(">R1<") :]


def test_any_two_revisions_are_compared_to_the_word(client, runbook, yash):
    publish(runbook, yash, "below 160. At", "below 150. At")
    publish(runbook, yash, "at 80 %", "at 70 %")
    client.force_login(yash)
    said = client.get("/r/api-latency/compare?from=1&to=3").content.decode()
    assert "<del>160" in said
    assert "<ins>70" in said
    drawn = client.get("/r/api-latency/compare?from=1&to=3&as=drawn").content.decode()
    assert "Diagnosis D1" in drawn
    assert "<ins>150" in drawn
    assert client.get("/r/api-latency/compare?from=9&to=1").status_code == 404


def test_an_old_revision_again_is_a_proposal_and_overwrites_nothing(client, runbook, yash, rita):
    publish(runbook, yash, "below 160. At", "below 150. At")
    client.force_login(rita)
    client.post("/r/api-latency/restore", {"number": "1"})
    proposal = Proposal.objects.open().get()
    assert (proposal.kind, proposal.proposed_by) == (Proposal.Kind.RESTORE, rita)
    assert live(runbook).number == 2
    client.force_login(yash)
    client.post(f"/proposals/{proposal.pk}", {"do": "accept"})
    assert "below 160. At" in live(runbook).text
    assert Revision.objects.filter(runbook=runbook).count() == 3


def test_a_moved_runbook_is_reached_by_its_old_address(client, runbook, yash):
    client.force_login(yash)
    answer = client.post("/r/api-latency/rename", {"slug": "API: slow"})
    assert answer["Location"] == "/r/api-slow"
    assert client.get("/r/api-latency")["Location"] == "/r/api-slow"
    published(slug="disk", owner=yash, title="Disk above 90 %", alert="Disk")
    taken = client.post("/r/api-slow/rename", {"slug": "disk"})
    assert taken.status_code == 422
    assert "is another runbook" in taken.content.decode()


def test_a_retired_runbook_names_what_takes_its_place(client, runbook, yash):
    other = published(slug="disk", owner=yash, title="Disk above 90 %", alert="Disk")
    client.force_login(yash)
    assert client.post("/r/api-latency/retire", {}).status_code == 422
    assert client.post("/r/api-latency/retire", {"successor": "nope"}).status_code == 422
    client.post("/r/api-latency/retire", {"successor": "disk"})
    assert Runbook.objects.get(pk=runbook.pk).successor == other
    assert client.get("/r/api-latency")["Location"] == "/r/disk"
    client.post("/r/api-latency/retire", {"do": "bring_back"})
    assert Runbook.objects.get(pk=runbook.pk).state == Runbook.State.LIVE


def test_a_reader_neither_moves_nor_retires(client, runbook, rita):
    client.force_login(rita)
    for verb, sent in (("rename", {"slug": "x"}), ("retire", {"reason": "x"})):
        assert client.post(f"/r/api-latency/{verb}", sent).status_code == 403
    assert Runbook.objects.get(pk=runbook.pk).slug == "api-latency"


def test_a_team_editor_publishes_only_what_is_of_that_team(client, runbook, rita):
    here, elsewhere = TeamFactory(), TeamFactory()
    role = Role.objects.create(person=rita, name="editor", team=elsewhere)
    runbook.services.update(team=here)
    proposal = propose(runbook, UserFactory())
    client.force_login(rita)
    assert client.post(f"/proposals/{proposal.pk}", {"do": "accept"}).status_code == 403
    role.team = here
    role.save()
    client.post(f"/proposals/{proposal.pk}", {"do": "accept"})
    assert live(runbook).accepted_by == rita


def test_what_was_done_is_on_the_trail(client, runbook, yash, rita):
    proposal = propose(runbook, rita)
    writing.revise(proposal, text=proposal.text.replace("170", "171"), by=yash)
    writing.accept(proposal, by=yash)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    # The owner accepted it: that is their word on the runbook, too.
    assert actions[-4:] == [
        "proposal.made",
        "proposal.revised",
        "proposal.accepted",
        "review.updated",
    ]


def test_lists_cost_the_same_at_one_and_at_three(
    client, runbook, yash, rita, django_assert_max_num_queries
):
    client.force_login(yash)
    for count in (1, 2):
        for _ in range(count):
            propose(runbook, rita)
        with django_assert_max_num_queries(10):
            client.get("/proposals")
    with django_assert_max_num_queries(9):
        client.get("/r/api-latency/history")


def test_a_new_runbook_whose_address_was_taken_meanwhile_gets_another(client, rita, yash):
    proposal = writing.propose(
        text=runbook_text(title="Ledger is late", owner="yash"), by=rita, slug="ledger"
    )
    published(slug="ledger", owner=yash)
    client.force_login(yash)
    answer = client.post(f"/proposals/{proposal.pk}", {"do": "accept"})
    assert answer.status_code == 422
    assert "exists by now" in answer.content.decode()
    sent = {"do": "publish", "text": proposal.text, "slug": "ledger-late"}
    client.post(f"/proposals/{proposal.pk}/edit", sent)
    assert Runbook.objects.get(slug="ledger-late").title == "Ledger is late"


@pytest.mark.parametrize("owner", ["yash", "YASH", '"@yash"', "yash@example.com"])
def test_a_new_runbook_waits_for_who_its_text_names_as_owner(client, yash, rita, owner):
    yash.email = "Yash@example.com"
    yash.save(update_fields=["email"])
    made = writing.propose(text=runbook_text(owner=owner), by=rita, slug="disk")
    # His name in the words of somebody else's is not yet his.
    text = runbook_text(owner="rita", title="Ask yash")
    other = writing.propose(text=text, by=UserFactory(), slug="ask")
    client.force_login(yash)
    mine, _, others = client.get("/proposals").text.partition("Waiting for others")
    assert f'"/proposals/{made.pk}"' in mine
    assert f'"/proposals/{made.pk}"' not in others
    assert f'"/proposals/{other.pk}"' in others


def test_a_new_runbook_whose_text_names_another_owner_by_now_waits_for_them(client, yash, rita):
    made = writing.propose(text=runbook_text(owner="nobody-here"), by=rita, slug="disk")
    assert made.proposed_owner is None
    writing.revise(made, text=runbook_text(owner="yash"), by=rita)
    client.force_login(yash)
    assert (
        f'"/proposals/{made.pk}"'
        in client.get("/proposals").text.partition("Waiting for others")[0]
    )
    assert f'"/proposals/{made.pk}"' in client.get("/owned").text


def test_who_is_named_beside_a_proposal_goes_before_who_its_text_names(client, yash, rita):
    made = publishing.propose(
        text=runbook_text(owner="yash"), kind=Proposal.Kind.IMPORT, slug="disk", owner=rita
    )
    client.force_login(yash)
    mine, _, others = client.get("/proposals").text.partition("Waiting for others")
    assert f'"/proposals/{made.pk}"' in others
    assert f'"/proposals/{made.pk}"' not in mine


def test_new_runbooks_cost_the_list_the_same_at_one_and_at_three(
    client, yash, rita, django_assert_max_num_queries
):
    client.force_login(yash)
    for count in (1, 2):
        for number in range(count):
            slug = f"disk-{count}-{number}"
            writing.propose(text=runbook_text(owner="yash"), by=rita, slug=slug)
        with django_assert_max_num_queries(12):
            client.get("/proposals")


def test_only_reports_on_steps_that_change_come_ticked(client, runbook, yash, rita):
    first = live(runbook)
    steps = {s.label: s for s in first.steps.select_related("revision__runbook")}
    changed = next(s for s in steps.values() if "below 160. At" in s.text)
    same = next(s for s in steps.values() if s.key != changed.key)
    of_changed = reporting.report(changed, verdict="wrong")
    of_same = reporting.report(same, verdict="unclear")
    found = propose(runbook, rita)
    client.force_login(yash)
    page = client.get(f"/proposals/{found.pk}").text
    assert f'name="answers" value="{of_changed.pk}" checked>' in page
    assert f'name="answers" value="{of_same.pk}">' in page
    client.post(f"/proposals/{found.pk}", {"do": "accept", "answers": of_changed.pk})
    again = client.get(f"/proposals/{found.pk}").text
    assert 'name="answers"' not in again
    editor = client.get(f"/r/{runbook.slug}/edit").text
    assert f'name="answers" value="{of_same.pk}">' in editor

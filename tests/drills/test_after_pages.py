"""After a drill: the report and the update notes. Who may see what, and what each button does."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from drills import improving, reporting, seats, taking_part
from drills.models import ActionItem, UpdateNote
from drills.report import report_of
from portal.notify.models import Message
from runbooks import publishing
from runbooks.models import Proposal, TrustLine
from runbooks.reviews.models import Concern
from tests.drills.making import NOW, at, ended, guest_client, running_drill
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill(db):
    return ended()


@pytest.fixture
def reported(drill):
    return reporting.close_hot_wash(drill, by=drill.facilitator)


# Report


def test_the_report_is_for_who_was_there_and_for_the_owner(client, reported):
    url = at("report", reported)
    client.force_login(UserFactory(name="Stranger"))
    refused = client.get(url)
    assert refused.status_code == 403
    assert "for those who were in it" in refused.content.decode()
    for person in (reported.runbook.owner, reported.facilitator):
        client.force_login(person)
        assert "draft until a person signs it" in client.get(url).content.decode()
    client.logout()
    guest_client(client, reported.participants.get(name="Quiet Quinn"))
    page = client.get(url).content.decode()
    assert "Old address" in page
    assert "Sign the report" not in page


def test_players_read_nothing_of_it_before_the_hot_wash_is_closed(client, drill):
    guest_client(client, drill.participants.get(name="Quiet Quinn"))
    for url in (at("report", drill), at("report_file", drill, "md")):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "Old address" not in answer.content.decode()


def test_a_private_line_to_the_facilitator_is_not_in_the_report(drill):
    quinn = drill.participants.get(name="Quiet Quinn")
    taking_part.say(quinn, text="I am lost", client_id="p", private=True, now=NOW)
    told = report_of(reporting.close_hot_wash(drill, by=drill.facilitator))
    assert "I am lost" not in str(told)


@pytest.mark.parametrize(
    ("ending", "begins"), [("md", b"# DRAFT"), ("pdf", b"%PDF"), ("csv", b"number,")]
)
def test_it_is_taken_along_as_a_file(client, reported, ending, begins):
    client.force_login(reported.facilitator)
    answer = client.get(at("report_file", reported, ending))
    assert answer.content.startswith(begins)
    assert f".{ending}" in answer["Content-Disposition"]
    assert client.get(at("report_file", reported, "exe")).status_code == 404


def test_signing_keeps_what_is_typed_and_tells_the_runbook(client, reported):
    client.force_login(reported.facilitator)
    client.post(
        at("report", reported),
        {"do": "sign", "summary": "It went well.", "redrill_on": "2026-05-01"},
    )
    reported.refresh_from_db()
    assert (reported.state, reported.summary) == ("signed_off", "It went well.")
    line = TrustLine.objects.get(runbook=reported.runbook)
    assert (str(line.drilled_on), line.steps_tried, line.steps_worked) == ("2026-03-04", 3, 1)
    assert Concern.objects.get(source=f"drill:{reported.pk}").words == (
        "The drill of 4 March found a gap: D2."
    )
    page = client.get(reported.runbook.get_absolute_url()).content.decode()
    assert "2 gaps open" in page
    client.post(at("report", reported), {"do": "write", "summary": "Changed"})
    reported.refresh_from_db()
    assert reported.summary == "It went well."


def test_an_action_item_has_an_owner_who_is_told_once_and_says_when_it_is_done(client, reported):
    doer = UserFactory(name="Doer Dan", username="dan", email="dan@example.org")
    client.force_login(reported.facilitator)
    facts = {"text": "Order a second key", "owner": "dan", "due_on": "2026-04-01"}
    url = at("add_action", reported)
    assert client.post(url, {**facts, "owner": "nobody"}).status_code == 422
    client.post(url, {**facts, "priority": "high"})
    item = ActionItem.objects.get()
    client.post(at("action", reported, item.pk), {**facts, "priority": "low", "do": "give"})
    item.refresh_from_db()
    assert (item.owner, item.priority) == (doer, "low")
    assert Message.objects.filter(kind="drill.action", person=doer).count() == 1
    improving.finish(item, by=doer)
    item.refresh_from_db()
    assert item.done_at is not None


def test_an_action_item_that_is_refused_costs_no_other_word_of_the_page(client, reported):
    reporting.write(reported, summary="It took long.", facilitator_notes="", redrill_on=None)
    item = improving.give(
        reported,
        text="Order a second key",
        owner=reported.facilitator,
        due_on=NOW.date(),
        by=reported.facilitator,
    )
    client.force_login(reported.facilitator)
    typed = {"do": "give", "text": "Order two keys", "owner": "nobody-here", "priority": "low"}
    for where in (at("add_action", reported), at("action", reported, item.pk)):
        answer = client.post(where, typed)
        assert answer.status_code == 422
        page = BeautifulSoup(answer.content, "html.parser")
        assert page.find(id="r-summary").text.strip() == "It took long."
        # What was typed stands where it was typed, and nowhere else.
        (kept,) = page.select('input[name="text"][value="Order two keys"]')
        assert kept["id"] == (
            f"a-text-{item.pk}" if where.endswith(f"/{item.pk}") else "a-text-new"
        )
        assert kept.find_parent("details").has_attr("open")


def test_the_page_costs_as_many_queries_however_much_happened(
    client, reported, django_assert_max_num_queries
):
    client.force_login(reported.facilitator)
    for _ in range(2):
        with django_assert_max_num_queries(30):
            client.get(at("report", reported))
        for n in range(10):
            note = UpdateNote.objects.create(
                drill=reported,
                gap=f"More {n}",
                verdict="unclear",
                severity="low",
                writer="offline",
                made_at=NOW,
            )
            improving.give(
                reported,
                text=f"Do {n}",
                owner=reported.facilitator,
                due_on=NOW.date(),
                by=reported.facilitator,
                note=note,
            )


# Update notes


def test_each_is_decided_by_itself_and_published_in_one_go(client, reported):
    owner = reported.runbook.owner
    client.force_login(owner)
    wrong, unclear = reported.notes.order_by("pk")
    page = client.get(at("update_notes", reported)).content.decode()
    assert "Old address" in page
    assert "Publish as revision" not in page
    client.post(at("decide", reported, wrong.pk), {"do": "accept"})
    refused = client.post(at("decide", reported, unclear.pk), {"do": "reject", "why": ""})
    assert refused.status_code == 422
    client.post(at("decide", reported, unclear.pk), {"do": "reject", "why": "It is said above."})
    done = client.post(at("update_notes", reported), {"do": "publish"}, follow=True)
    assert "Published as revision 2" in done.content.decode()
    wrong.refresh_from_db()
    assert (wrong.closed, wrong.closed_revision.number) == ("published", 2)
    reported.runbook.refresh_from_db()
    assert "Old address" in reported.runbook.live_revision.text


def test_who_may_not_publish_reads_them_only(client, reported):
    scribe = reported.participants.get(role="scribe").person
    client.force_login(scribe)
    assert "Accept</button>" not in client.get(at("update_notes", reported)).content.decode()
    note = reported.notes.first()
    assert client.post(at("decide", reported, note.pk), {"do": "accept"}).status_code == 403
    assert client.post(at("update_notes", reported), {"do": "propose"}).status_code == 403
    assert not Proposal.objects.filter(kind="drill").exists()


def test_what_was_sent_back_is_decided_anew(client, reported):
    owner = reported.runbook.owner
    client.force_login(owner)
    note = reported.notes.first()
    client.post(at("decide", reported, note.pk), {"do": "accept"})
    client.post(at("update_notes", reported), {"do": "propose"})
    proposal = Proposal.objects.get(kind="drill")
    Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.WITHDRAWN)
    assert "Sent back: decide anew" in client.get(at("update_notes", reported)).content.decode()
    client.post(
        at("decide", reported, note.pk), {"do": "accept", "after": note.before + " And so on."}
    )
    client.post(at("update_notes", reported), {"do": "propose"})
    note.refresh_from_db()
    assert note.proposal != proposal
    assert "And so on." in note.proposal.text


def test_a_gap_that_is_lived_with_says_why(client, reported):
    client.force_login(reported.runbook.owner)
    note = reported.notes.first()
    client.post(at("decide", reported, note.pk), {"do": "waive", "why": "It goes away in May."})
    page = client.get(at("update_notes", reported)).content.decode()
    assert "Waived by Owner Olga: It goes away in May." in page


def test_a_gap_that_a_later_drill_closed_leads_to_that_drill(client, reported):
    later = running_drill(runbook=reported.runbook, facilitator=reported.facilitator)
    reported.notes.update(closed="retested", closed_at=NOW, closed_drill=later)
    client.force_login(reported.runbook.owner)
    page = BeautifulSoup(client.get(at("update_notes", reported)).content, "html.parser")
    ways = {link["href"] for link in page.find_all("a", string="a later drill")}
    assert ways == {at("report", later)}


def test_a_quick_drill_counts_when_its_hot_wash_is_closed_and_settles_when_published(client):
    drill = ended(quick=True)
    client.force_login(drill.facilitator)
    done = client.post(at("hot_wash", drill), {"do": "close", "did_not": "The address"})
    assert done["Location"] == at("update_notes", drill)
    assert drill.words.filter(text="The address").exists()
    assert TrustLine.objects.get(runbook=drill.runbook).steps_tried == 3
    concern = Concern.objects.get(source=f"drill:{drill.pk}")
    assert concern.settled_at is None
    client.force_login(drill.runbook.owner)
    note = drill.notes.get(verdict="wrong")
    client.post(at("decide", drill, note.pk), {"do": "accept"})
    client.post(at("update_notes", drill), {"do": "publish"})
    concern.refresh_from_db()
    assert concern.settled_at is not None


def test_open_gaps_and_actions_stand_by_team_for_who_may_see_them(client, reported):
    url = reverse("drills:gaps")
    client.force_login(UserFactory())
    assert "Old address" not in client.get(url).content.decode()
    client.force_login(reported.runbook.owner)
    assert "Old address" in client.get(url).content.decode()
    assert seats.find_drill(reported.pk).notes.filter(closed="").count() == 2


def test_the_owners_page_and_the_review_say_what_is_open(client, reported):
    client.force_login(reported.runbook.owner)
    page = client.get(reverse("reviews:owned")).content.decode()
    assert "What drills found" in page
    assert page.index("D2 is wrong") < page.index("M1 is unclear")
    review = client.get(reverse("reviews:review", args=[reported.runbook.slug])).content.decode()
    assert "D2 is wrong: Old address" in review
    assert "Not yet: D2 is wrong" in review
    for note in reported.notes.all():
        client.post(at("decide", reported, note.pk), {"do": "waive", "why": "It goes in May."})
    assert "What drills found" not in client.get(reverse("reviews:owned")).content.decode()


def test_where_the_runbook_moved_on_in_the_same_place_both_texts_are_settled(client, reported):
    owner = reported.runbook.owner
    client.force_login(owner)
    note = reported.notes.get(step_label="D2")
    client.post(at("decide", reported, note.pk), {"do": "accept"})
    first = note.before.partition("\n")[0]
    text = reported.revision.text.replace(first, f"{first}\n\n   Somebody else was here.")
    moved = publishing.propose(
        text=text, kind="edit", runbook=reported.runbook, by=owner, why="Meanwhile"
    )
    publishing.accept(moved, by=owner)
    done = client.post(at("update_notes", reported), {"do": "publish"})
    proposal = Proposal.objects.get(kind="drill")
    assert done["Location"] == reverse("runbooks:settle", args=[proposal.pk])
    assert proposal.state == "open"

"""The review page: what it shows, what it asks, who may answer, and that only a POST decides."""

from datetime import date

import pytest
from django.utils import timezone

from portal.accounts.models import Role
from runbooks import changing, publishing, reporting
from runbooks.models import Proposal, Runbook, Service, TrustLine
from runbooks.reviews import deciding
from runbooks.reviews.models import Decision, Handover
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/r/api-latency/review"


@pytest.fixture
def owner(client, runbook, yash):
    client.force_login(yash)
    return client


def text_of(answer):
    return answer.content.decode()


def still_true(client, after="", **more):
    sent = {"do": "still_true", "rests_on": ["ran"], "after": after} | more
    return client.post(PAGE, sent)


class TestShows:
    def test_what_changed_since_the_last_decision(self, owner, runbook, yash):
        deciding.still_true(runbook, by=yash, rests_on=["ran"])
        text = runbook.live_revision.text.replace("160", "170")
        proposal = publishing.propose(
            text=text, kind=Proposal.Kind.EDIT, runbook=runbook, why="A bigger pool.", by=yash
        )
        publishing.accept(proposal, by=UserFactory(name="Leila Haddad"))
        reporting.report(
            Runbook.objects.get().live_revision.steps.get(label="R1"),
            verdict="unclear",
            words="Is 20 right on a Friday?",
        )
        page = text_of(owner.get(PAGE))
        assert "Revision 2 by Leila Haddad: “A bigger pool”." in page
        assert "<ins>170</ins>" in page
        assert "Is 20 right on a Friday?" in page

    def test_nothing_that_changed_is_said_so(self, owner, runbook, yash):
        deciding.still_true(runbook, by=yash, rests_on=["read"])
        page = text_of(owner.get(PAGE))
        assert "What the text became" not in page
        assert "only read" in page

    def test_a_drill_that_worked_is_one_tap(self, owner):
        TrustLine.objects.update(drilled_on=timezone.now().date(), steps_tried=2, steps_worked=2)
        page = text_of(owner.get(PAGE))
        assert '<input type="hidden" name="rests_on" value="drilled">' in page
        assert 'type="checkbox"' not in page

    def test_a_wrong_report_asks_for_its_answer_first(self, owner, runbook):
        made = reporting.report(runbook.live_revision.steps.get(label="R1"), verdict="wrong")
        page = text_of(owner.get(PAGE))
        assert f"/r/api-latency/edit?report={made.pk}&amp;review=1" in page
        assert "Not yet: R1 is reported wrong" in page
        refused = still_true(owner)
        assert refused.status_code == 422
        assert "cannot be called still true yet" in text_of(refused)

    def test_it_costs_the_same_for_any_history(
        self, owner, runbook, yash, django_assert_max_num_queries
    ):
        for _ in range(4):
            deciding.still_true(runbook, by=yash, rests_on=["read"])
        for n in range(8):
            reporting.report(
                runbook.live_revision.steps.get(label="R1"), verdict="unclear", words=str(n)
            )
        with django_assert_max_num_queries(40):
            assert owner.get(PAGE).status_code == 200


class TestDecides:
    def test_looking_decides_nothing(self, owner):
        for query in ("", "?do=still_true&rests_on=ran", "?panel=1"):
            assert owner.get(PAGE + query).status_code == 200
        assert not Decision.objects.exists()

    def test_still_true_and_back_to_the_list(self, owner, yash):
        answer = still_true(owner, note="Ran it.", row="3")
        assert answer["Location"] == "/owned?row=3"
        made = Decision.objects.get()
        assert (made.by, made.rests_on, made.note) == (yash, ["ran"], "Ran it.")

    def test_two_windows_decide_once_and_the_second_keeps_what_was_typed(self, owner):
        still_true(owner)
        second = still_true(owner, note="From the other window.")
        assert second.status_code == 422
        assert "has decided meanwhile" in text_of(second)
        assert "From the other window." in text_of(second)
        assert Decision.objects.count() == 1

    def test_a_wrong_input_is_a_sentence_and_loses_nothing(self, owner):
        for sent, words in [
            ({"do": "still_true", "note": "Kept."}, "Say what it rests on"),
            ({"do": "snooze", "days": "99", "reason": "Kept."}, "1 to 30 days"),
            ({"do": "snooze", "days": "x", "reason": "Kept."}, "1 to 30 days"),
            ({"do": "hand_over", "to": "nobody", "note": "Kept."}, "Nobody here has that name"),
            ({"do": "retire", "successor": "gone", "reason": "Kept."}, "No runbook has"),
            ({"do": "fly", "note": ""}, "Nothing was chosen"),
            ({"do": "still_true", "rests_on": "ran", "after": "9" * 30}, "load it again"),
        ]:
            answer = owner.post(PAGE, sent)
            assert answer.status_code == 422, sent
            assert words in text_of(answer)
            if "Kept." in sent.values():
                assert "Kept." in text_of(answer)
        assert not Decision.objects.exists()

    def test_retire_snooze_and_offer(self, owner, yash):
        TrustLine.objects.update(due_on=date(2026, 1, 1))
        leila = UserFactory(username="leila", name="Leila Haddad")
        owner.post(PAGE, {"do": "snooze", "days": "7", "reason": "On call."})
        owner.post(PAGE, {"do": "hand_over", "to": "@leila", "note": "Yours?"})
        assert Handover.objects.get().to == leila
        assert "Offered to Leila Haddad" in text_of(owner.get(PAGE))
        owner.post(PAGE, {"do": "take_back"})
        assert Handover.objects.get().state == "withdrawn"
        owner.post(PAGE, {"do": "retire", "reason": "Sold."})
        assert list(Decision.objects.order_by("pk").values_list("kind", flat=True)) == [
            "snoozed",
            "retired",
        ]

    def test_the_update_answers_the_review_of_whoever_came_from_there(self, client, runbook):
        team = TeamFactory()
        Service.objects.update(team=team)
        lead = UserFactory()
        Role.objects.create(person=lead, name="lead", team=team)
        client.force_login(lead)
        opened = text_of(client.get("/r/api-latency/edit?review=1"))
        assert '<input type="hidden" name="review" value="1">' in opened
        edited = runbook.live_revision.text.replace("160", "170")
        sent = {"do": "publish", "text": edited, "base": 1}
        assert client.post("/r/api-latency/edit", sent).status_code == 302
        assert not Decision.objects.exists()
        sent |= {"text": edited.replace("170", "180"), "base": 2, "review": "1"}
        client.post("/r/api-latency/edit", sent)
        assert (Decision.objects.get().kind, Decision.objects.get().by) == ("updated", lead)


class TestWho:
    @pytest.fixture
    def team(self, runbook):
        team = TeamFactory()
        Service.objects.update(team=team)
        return team

    def decided(self, client, person):
        client.force_login(person)
        return still_true(client).status_code == 302

    def test_a_lead_of_the_team_and_the_deputy(self, client, team):
        lead, deputy, editor = UserFactory(), UserFactory(), UserFactory()
        Role.objects.create(person=lead, name="lead", team=team)
        Role.objects.create(person=editor, name="editor", team=team)
        assert not self.decided(client, editor)
        assert not self.decided(client, deputy)
        assert self.decided(client, lead)
        Service.objects.update(deputy=deputy)
        client.force_login(deputy)
        after = Decision.objects.get().pk
        assert still_true(client, after=after).status_code == 302

    def test_anybody_who_reads_it_sees_the_reasons_and_no_buttons(self, client, runbook):
        client.force_login(UserFactory())
        page = client.get(PAGE)
        assert page.status_code == 200
        assert 'data-decide="' not in text_of(page)
        assert still_true(client).status_code == 403
        assert not Decision.objects.exists()

    def test_private_ones_are_not_there_for_others(self, client, runbook):
        Service.objects.update(private=True)
        client.force_login(UserFactory())
        assert client.get(PAGE).status_code == 404
        assert still_true(client).status_code == 404

    def test_who_is_offered_a_private_one_may_look_and_answer_and_no_more(
        self, client, runbook, yash
    ):
        Service.objects.update(private=True)
        leila = UserFactory()
        Handover.objects.create(
            runbook=runbook, offered_by=yash, to=leila, offered_at=timezone.now()
        )
        client.force_login(leila)
        assert "Take it over" in text_of(client.get(PAGE))
        assert still_true(client).status_code == 403
        client.post(PAGE, {"do": "accept"})
        assert Runbook.objects.get().owner == leila

    def test_a_guess_is_confirmed(self, owner):
        Runbook.objects.update(owner_confirmed=False)
        assert "It is mine" in text_of(owner.get(PAGE))
        owner.post(PAGE, {"do": "confirm"})
        assert Runbook.objects.get().owner_confirmed


def test_an_old_address_leads_on(owner, runbook, yash):
    changing.rename(runbook, slug="slow-api", by=yash)
    answer = owner.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (301, "/r/slow-api/review")

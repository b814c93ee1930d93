"""Whatever people do one after the other, the rules of the library hold after every step."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from portal.accounts import managing
from portal.accounts.models import User
from runbooks import changing, drafts, merging, publishing, reading, writing
from runbooks.models import Draft, EarlierText, Proposal, Revision, Runbook
from runbooks.reviews import deciding, handing
from runbooks.reviews.models import Handover
from tests.factories import UserFactory, runbook_text

REFUSALS = (publishing.PublishingRefused, deciding.Refused, managing.Refused)
PEOPLE = ("yash", "rita", "omar")
SLUGS = st.sampled_from(["first", "disk", "queue"])
people = st.sampled_from(PEOPLE)
numbers = st.integers(100, 105)
#: Places of the text that are changed apart from each other; two changes of one place conflict.
PLACES = {
    "title": r"(?<=title: )[^\r\n]*",
    "step": r"below \d+\.",
    "undo": r"replicas=\d+\"",
    "end": r"alert at \d+ %",
}
WORDS = {"title": "Above {} s", "step": "below {}.", "undo": 'replicas={}"', "end": "alert at {} %"}
edits = st.tuples(st.sampled_from(sorted(PLACES)), numbers)


def edited(text, edit):
    place, number = edit
    return re.sub(PLACES[place], WORDS[place].format(number), text, count=1)


class Library(RuleBasedStateMachine):
    """What was seen so far is remembered beside the database, and compared with it after every step."""

    runbooks = Bundle("runbooks")
    proposals = Bundle("proposals")
    offers = Bundle("offers")

    def __init__(self):
        super().__init__()
        self.room = transaction.atomic()
        self.room.__enter__()
        self.saved: set[str] = set()
        self.windows: dict[tuple[str, str], str] = {}
        self.slugs: dict[str, int] = {}
        self.revisions: dict[int, tuple] = {}

    def teardown(self):
        try:
            self._the_database_refuses_to_change_a_revision()
            client = Client()
            for slug in self.slugs:
                assert client.get(f"/r/{slug}", follow=True).status_code == 200, slug
        finally:
            transaction.set_rollback(True)
            self.room.__exit__(None, None, None)

    def _the_database_refuses_to_change_a_revision(self):
        for one in Revision.objects.all()[:1]:
            with pytest.raises(DatabaseError), transaction.atomic():
                Revision.objects.filter(pk=one.pk).update(text="other")
            with pytest.raises(DatabaseError), transaction.atomic():
                Revision.objects.filter(pk=one.pk)._raw_delete("default")

    @contextmanager
    def may_be_refused(self):
        """A refusal is a sentence, and it leaves nothing behind."""
        before = self._counted()
        try:
            yield
        except REFUSALS as refused:
            note(str(refused))
            if self._counted() != before:
                raise AssertionError("a refusal left something behind") from refused

    def _counted(self):
        return (
            Runbook.objects.count(),
            Revision.objects.count(),
            list(Proposal.objects.order_by("pk").values_list("pk", "state", "text")),
        )

    def _person(self, name):
        return User.objects.get(username=name)

    @initialize(owner=people, crlf=st.booleans(), target=runbooks)
    def a_first_runbook(self, owner, crlf):
        for name in PEOPLE:
            UserFactory(username=name)
        UserFactory(username="root", is_superuser=True)
        text = runbook_text(owner=owner)
        text = text.replace("\n", "\r\n") if crlf else text
        outcome = writing.publish(text=text, by=self._person(owner), slug="first")
        self.saved.add(text)
        return outcome.revision.runbook_id

    @rule(target=proposals, by=people, owner=people, slug=SLUGS, number=numbers)
    def propose_new(self, by, owner, slug, number):
        text = runbook_text(owner=owner, title=f"Above {number} s")
        proposal = writing.propose(text=text, by=self._person(by), slug=slug)
        self.saved.add(text)
        return proposal.pk

    @rule(target=runbooks, owner=people, slug=SLUGS, number=numbers)
    def publish_new(self, owner, slug, number):
        text = runbook_text(owner=owner, title=f"Above {number} s")
        with self.may_be_refused():
            outcome = writing.publish(text=text, by=self._person(owner), slug=slug)
            self.saved.add(text)
            return outcome.revision.runbook_id
        return multiple()

    @rule(target=proposals, runbook=runbooks, by=people, edit=edits, old=st.booleans())
    def propose_an_edit(self, runbook, by, edit, old):
        """Of the live revision, or of the first: an editor that was open for long."""
        found = Runbook.objects.get(pk=runbook)
        base = found.revisions.get(number=1) if old else found.live_revision
        text = edited(base.text, edit)
        with self.may_be_refused():
            made = writing.propose(text=text, by=self._person(by), runbook=found, base=base)
            self.saved.add(text)
            return made.pk
        return multiple()

    @rule(target=runbooks, proposal=proposals, by=people)
    def accept(self, proposal, by):
        with self.may_be_refused():
            before = Proposal.objects.get(pk=proposal)
            new = before.runbook_id is None
            outcome = writing.accept(before, by=self._person(by))
            if new and outcome.revision is not None:
                return outcome.revision.runbook_id
        return multiple()

    @rule(runbook=runbooks, by=people, edit=edits, old=st.booleans(), target=proposals)
    def publish(self, runbook, by, edit, old):
        found = Runbook.objects.get(pk=runbook)
        base = found.revisions.get(number=1) if old else found.live_revision
        text = edited(base.text, edit)
        with self.may_be_refused():
            outcome = writing.publish(text=text, by=self._person(by), runbook=found, base=base)
            self.saved.add(text)
            return outcome.proposal.pk
        return multiple()

    @rule(proposal=proposals, by=people, edit=edits)
    def revise(self, proposal, by, edit):
        found = Proposal.objects.get(pk=proposal)
        text = edited(found.text, edit)
        with self.may_be_refused():
            writing.revise(found, text=text, by=self._person(by))
            self.saved.add(text)

    @rule(
        proposal=proposals,
        by=people,
        choice=st.sampled_from(["live", "proposed", "both", "words of one's own"]),
    )
    def settle(self, proposal, by, choice):
        found = Proposal.objects.get(pk=proposal)
        merged = changing.merged_with_live(found)
        if merged is None:
            return
        text = merging.settle(merged, [choice] * len(merged.conflicts))
        live = Runbook.objects.get(pk=found.runbook_id) if found.runbook_id else None
        live = live or Runbook.objects.get(slug=found.slug)
        with self.may_be_refused():
            try:
                writing.settle(found, text=text, onto=live.live_revision, by=self._person(by))
            except publishing.document.DocumentError:
                return  # both titles at once are no front matter
            self.saved.add(text)

    @rule(proposal=proposals, by=people)
    def decline(self, proposal, by):
        with self.may_be_refused():
            publishing.decline(Proposal.objects.get(pk=proposal), by=self._person(by), note="No.")

    @rule(proposal=proposals, by=people)
    def withdraw(self, proposal, by):
        with self.may_be_refused():
            changing.withdraw(Proposal.objects.get(pk=proposal), by=self._person(by))

    @rule(target=proposals, runbook=runbooks, by=people, number=st.integers(1, 4))
    def restore(self, runbook, by, number):
        revision = Revision.objects.filter(runbook=runbook, number=number).first()
        if revision is None:
            return multiple()
        return changing.restore(revision, by=self._person(by), waits=True).pk

    @rule(runbook=runbooks, by=people, slug=SLUGS)
    def rename(self, runbook, by, slug):
        with self.may_be_refused():
            changing.rename(Runbook.objects.get(pk=runbook), slug=slug, by=self._person(by))

    @rule(runbook=runbooks, other=runbooks, by=people, named=st.booleans())
    def retire(self, runbook, other, by, named):
        with self.may_be_refused():
            changing.retire(
                Runbook.objects.get(pk=runbook),
                by=self._person(by),
                successor=Runbook.objects.get(pk=other) if named else None,
                reason="" if named else "The service is gone.",
            )

    @rule(runbook=runbooks, by=people)
    def bring_back(self, runbook, by):
        with self.may_be_refused():
            changing.bring_back(Runbook.objects.get(pk=runbook), by=self._person(by))

    @rule(target=offers, runbook=runbooks, to=people)
    def offer(self, runbook, to):
        with self.may_be_refused():
            found = Runbook.objects.get(pk=runbook)
            return handing.offer_handover(found, to=self._person(to), by=found.owner).pk
        return multiple()

    @rule(offer=consumes(offers), yes=st.booleans())
    def answer(self, offer, yes):
        with self.may_be_refused():
            found = Handover.objects.get(pk=offer)
            handing.answer_handover(found, by=found.to, accept=yes)

    @rule(name=people)
    def an_account_is_closed_or_opened_again(self, name):
        person, root = self._person(name), self._person("root")
        with self.may_be_refused():
            (managing.deactivate if person.is_active else managing.activate)(person, by=root)

    @rule(runbook=runbooks, name=people, tab=st.sampled_from(["one", "two"]), edit=edits)
    def keep_a_draft(self, runbook, name, tab, edit):
        found = Runbook.objects.get(pk=runbook)
        text = edited(found.live_revision.text, edit)
        drafts.save_draft(person=self._person(name), tab=tab, text=text, runbook=found)
        self.windows[name, tab] = text

    @invariant()
    def each_live_runbook_has_an_active_owner(self):
        assert not Runbook.objects.live().exclude(owner__is_active=True).exists()

    @invariant()
    def revisions_stay_as_they_are_without_a_gap_and_with_a_person(self):
        now = {
            one.pk: (one.runbook_id, one.number, one.text, one.accepted_by_id, one.accepted_at)
            for one in Revision.objects.order_by("runbook", "number")
        }
        for pk, was in self.revisions.items():
            assert now[pk] == was
        self.revisions = now
        numbers: dict[int, list[int]] = {}
        for runbook, number, _, by, _ in now.values():
            assert by is not None
            numbers.setdefault(runbook, []).append(number)
        for runbook in Runbook.objects.select_related("live_revision"):
            found = numbers[runbook.pk]
            assert found == list(range(1, len(found) + 1))
            assert runbook.live_revision.number == found[-1]

    @invariant()
    def what_was_decided_was_decided_by_somebody(self):
        decided = Proposal.objects.exclude(state=Proposal.State.OPEN)
        assert not decided.filter(decided_by=None).exists()
        accepted = Proposal.objects.filter(state=Proposal.State.ACCEPTED)
        assert accepted.count() == Revision.objects.count()

    @invariant()
    def every_address_that_ever_was_leads_to_its_runbook(self):
        now = dict(Runbook.objects.values_list("slug", "pk"))
        for slug, pk in self.slugs.items():
            assert now[slug if slug in now else reading.moved_to(slug)] == pk, slug
        self.slugs |= now

    @invariant()
    def no_text_that_was_saved_is_gone(self):
        texts = set(Revision.objects.values_list("text", flat=True))
        texts.update(Proposal.objects.values_list("text", flat=True))
        texts.update(EarlierText.objects.values_list("text", flat=True))
        assert self.saved <= texts
        kept = {(d.person.username, d.tab): d.text for d in Draft.objects.select_related("person")}
        assert kept == self.windows


@pytest.mark.django_db
def test_the_rules_hold_after_every_step(settings_for_reading):
    run_state_machine_as_test(
        Library,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def settings_for_reading(request):
    request.getfixturevalue("settings").READ_WITHOUT_LOGIN = True

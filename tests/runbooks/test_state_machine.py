"""Whatever people do one after the other, the rules of the library hold after every step."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.test import Client
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
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

REFUSALS = (
    publishing.PublishingRefused,
    publishing.document.DocumentError,
    deciding.Refused,
    managing.Refused,
)
PEOPLE = ("yash", "rita", "omar", "ines")
SLUGS = ("first", "second", "third", "disk", "queue", "cache", "mail", "ledger")
#: Places of the text that are changed apart from each other; two changes of one place conflict.
PLACES = {
    "title": (r"(?<=title: )[^\r\n]*", "Above {} s"),
    "step": (r"below \d+\.", "below {}."),
}
#: What people do, and how often beside the rest; each is a method of the machine.
VERBS = {
    "publish": 3,
    "propose": 2,
    "accept": 4,
    "settle": 1,
    "rename": 3,
    "restore": 2,
    "offer": 2,
    "answer": 2,
    "revise": 1,
    "retire": 1,
    "bring_back": 1,
    "propose_new": 1,
    "publish_new": 1,
    "decline": 1,
    "withdraw": 1,
    "close_an_account": 2,
    "open_an_account": 2,
    "keep_a_draft": 1,
}
#: What may come of them, and is counted, too.
OUTCOMES = ("joined", "asked which", "restored", "renamed back", "handed over", "refused")


class Library(RuleBasedStateMachine):
    """What was seen so far is remembered beside the database, and compared with it after every step."""

    happened: Counter[str] = Counter()

    def __init__(self):
        super().__init__()
        self.room = transaction.atomic()
        self.room.__enter__()
        self.saved: set[str] = set()
        self.windows: dict[tuple[str, str], str] = {}
        self.slugs: dict[str, int] = {}
        self.revisions: dict[int, tuple] = {}
        self.tried: Counter[str] = Counter()

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

    @initialize(crlf=st.booleans())
    def four_people_and_three_runbooks(self, crlf):
        people = [UserFactory(username=name) for name in PEOPLE]
        UserFactory(username="root", is_superuser=True)
        for slug, owner in zip(SLUGS, people, strict=False):
            text = runbook_text(owner=owner.username, title=f"The {slug}")
            text = text.replace("\n", "\r\n") if crlf else text
            writing.publish(text=text, by=owner, slug=slug)
            self.saved.add(text)

    @rule(data=st.data())
    def act(self, data):
        """Something that can be done now: what was done least so far comes first, so that nothing starves."""
        self.data = data
        can = {}
        for verb in sorted(VERBS, key=lambda verb: self.tried[verb] / VERBS[verb]):
            if len(can) < 6 and (things := self._things(verb)):
                can[verb] = things
        verb = self.pick("verb", list(can))
        self.tried[verb] += 1
        thing, by = self.pick("to", can[verb]), self.person(self.pick("by", self._people()))
        before = self._counted()
        try:
            getattr(self, verb)(thing, by)
        except REFUSALS as refused:
            # A refusal is a sentence, and it leaves nothing behind.
            note(f"refused: {refused}")
            self.happened["refused"] += 1
            if not str(refused) or self._counted() != before:
                raise AssertionError("a refusal left something behind") from refused
        else:
            self.happened[verb] += 1

    def pick(self, label, options):
        return self.data.draw(st.sampled_from(options), label=label)

    def person(self, name):
        return User.objects.get(username=name)

    def edited(self, text):
        pattern, words = PLACES[self.pick("place", sorted(PLACES))]
        number = self.pick("number", range(100, 110))
        return re.sub(pattern, words.format(number), text, count=1)

    def _people(self):
        """Who is not active is refused nearly everything: once is enough of that."""
        active = User.objects.filter(username__in=PEOPLE, is_active=True).order_by("pk")
        return [*active.values_list("username", flat=True), *PEOPLE]

    def _things(self, verb):
        """What a verb can be done to as things are, in an order that does not change."""
        live = Runbook.objects.live().select_related("live_revision", "owner").order_by("pk")
        opened = Proposal.objects.open().select_related("proposed_by").order_by("pk")
        offers = Handover.objects.filter(state=Handover.State.OPEN).order_by("pk")
        people = User.objects.filter(username__in=PEOPLE).order_by("pk")
        match verb:
            case "propose_new" | "publish_new":
                return [*(one for one in SLUGS if one not in self.slugs), *SLUGS]
            case "revise" | "decline" | "withdraw":
                found = opened
            case "accept" | "settle":
                # Where the live runbook moved on there is something to see.
                slugs = Runbook.objects.values("slug")
                moved_on = Q(runbook__isnull=False) & ~Q(base=F("runbook__live_revision"))
                behind = list(opened.filter(moved_on | Q(runbook=None, slug__in=slugs)))
                return behind if verb == "settle" else [*behind, *opened]
            case "rename":
                found = Runbook.objects.order_by("pk")
            case "restore":
                old = Q(number__lt=F("runbook__live_revision__number"))
                found = Revision.objects.filter(old, runbook__in=live).order_by("pk")
            case "offer":
                found = live.exclude(pk__in=offers.values("runbook"))
            case "answer":
                found = offers
            case "bring_back":
                found = Runbook.objects.filter(state=Runbook.State.RETIRED).order_by("pk")
            case "close_an_account":
                owning = live.values("owner")
                found = people.filter(is_active=True)
                return list(found.exclude(pk__in=owning) or found)
            case "open_an_account":
                found = people.filter(is_active=False)
            case _:
                found = live
        # Half of what people do is about one thing: only then do they meet there.
        return [*found, *found[:1], *found[:1]]

    def _counted(self):
        return (
            Runbook.objects.count(),
            Revision.objects.count(),
            list(Proposal.objects.order_by("pk").values_list("pk", "state", "text")),
            list(Handover.objects.order_by("pk").values_list("pk", "state")),
        )

    def _from_where(self, runbook):
        """The live revision, or the first: an editor that was open for long."""
        old = self.pick("an old window", [True, False])
        return runbook.revisions.get(number=1) if old else runbook.live_revision

    def _is_live(self, outcome, text):
        """What was sent is what is read, unless it was joined with what others did or waits for a word."""
        if outcome.revision is None:
            self.happened["asked which"] += 1
            assert Proposal.objects.open().filter(pk=outcome.proposal.pk).exists()
            return
        runbook = Runbook.objects.select_related("live_revision", "owner").get(
            pk=outcome.revision.runbook_id
        )
        assert runbook.live_revision == outcome.revision
        if outcome.merged_with is not None:
            self.happened["joined"] += 1
        else:
            assert runbook.live_revision.text == publishing.with_owner(text, runbook.owner)

    def publish(self, runbook, by):
        base = self._from_where(runbook)
        text = self.edited(base.text)
        outcome = writing.publish(text=text, by=by, runbook=runbook, base=base)
        self.saved.add(text)
        self._is_live(outcome, text)

    def propose(self, runbook, by):
        base = self._from_where(runbook)
        text = self.edited(base.text)
        writing.propose(text=text, by=by, runbook=runbook, base=base)
        self.saved.add(text)

    def publish_new(self, slug, by):
        text = runbook_text(owner=by.username, title=f"A new {slug}")
        outcome = writing.publish(text=text, by=by, slug=slug)
        self.saved.add(text)
        self._is_live(outcome, text)

    def propose_new(self, slug, by):
        text = runbook_text(owner=by.username, title=f"A new {slug}")
        writing.propose(text=text, by=by, slug=slug)
        self.saved.add(text)

    def accept(self, proposal, by):
        self._is_live(writing.accept(proposal, by=by), proposal.text)

    def revise(self, proposal, by):
        text = self.edited(proposal.text)
        writing.revise(proposal, text=text, by=by)
        self.saved.add(text)

    def settle(self, proposal, by):
        merged = changing.merged_with_live(proposal)
        choice = self.pick("choice", ["live", "proposed", "both", "words of one's own"])
        text = merging.settle(merged, [choice] * len(merged.conflicts))
        named = Q(pk=proposal.runbook_id) if proposal.runbook_id else Q(slug=proposal.slug)
        onto = Runbook.objects.select_related("live_revision").get(named).live_revision
        writing.settle(proposal, text=text, onto=onto, by=by)
        self.saved.add(text)

    def decline(self, proposal, by):
        publishing.decline(proposal, by=by, note="No.")

    def withdraw(self, proposal, by):
        who = proposal.proposed_by if self.pick("their own", [True, True, False]) else by
        changing.withdraw(proposal, by=who)

    def restore(self, revision, by):
        proposal = changing.restore(revision, by=by, waits=True)
        self.saved.add(proposal.text)
        if by.is_active and self.pick("at once", [True, False]):
            self._is_live(writing.accept(proposal, by=by), revision.text)
            self.happened["restored"] += 1

    def rename(self, runbook, by):
        others = [one for one in SLUGS if one != runbook.slug]
        own = [one for one in others if self.slugs.get(one) == runbook.pk]
        free = [one for one in others if one not in self.slugs]
        slug = self.pick("slug", self.pick("of", [own or free or others, others]))
        had_it = slug in own
        changing.rename(runbook, slug=slug, by=by)
        assert Runbook.objects.get(slug=slug) == runbook
        self.happened["renamed back"] += had_it

    def retire(self, runbook, by):
        others = [one for one in self._things("retire") if one != runbook]
        successor = self.pick("successor", [*others, None])
        reason = "" if successor else "The service is gone."
        changing.retire(runbook, by=by, successor=successor, reason=reason)

    def bring_back(self, runbook, by):
        changing.bring_back(runbook, by=by)

    def offer(self, runbook, by):
        names = [name for name in PEOPLE if name != runbook.owner.username]
        handing.offer_handover(runbook, to=self.person(self.pick("new owner", names)), by=by)

    def answer(self, offer, by):
        """By the one who was asked, as a rule; by anybody, to be refused."""
        said = self.pick("answer", ["yes", "yes", "yes by another", "no", "taken back"])
        if said == "taken back":
            handing.withdraw_handover(offer, by=by)
            return
        before = offer.runbook.live_revision.text
        who = by if said == "yes by another" else offer.to
        handing.answer_handover(offer, by=who, accept=said != "no")
        runbook = Runbook.objects.select_related("live_revision").get(pk=offer.runbook_id)
        if said != "no":
            assert runbook.owner == offer.to
            assert runbook.live_revision.text == publishing.with_owner(before, offer.to)
            self.happened["handed over"] += 1

    def close_an_account(self, person, by):
        managing.deactivate(person, by=self.person("root"))

    def open_an_account(self, person, by):
        managing.activate(person, by=self.person("root"))

    def keep_a_draft(self, runbook, by):
        tab = self.pick("tab", ["one", "two"])
        text = self.edited(runbook.live_revision.text)
        drafts.save_draft(person=by, tab=tab, text=text, runbook=runbook)
        self.windows[by.username, tab] = text

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
    Library.happened = Counter()
    run_state_machine_as_test(
        Library,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A rule that nobody ever acted under was not tested.
    least = dict.fromkeys(VERBS, 3) | dict.fromkeys(OUTCOMES, 1)
    rare = {one for one, times in least.items() if Library.happened[one] < times}
    assert not rare, Library.happened


@pytest.fixture
def settings_for_reading(request):
    request.getfixturevalue("settings").READ_WITHOUT_LOGIN = True

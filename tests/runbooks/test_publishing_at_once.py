"""Many people at one runbook at once: nobody's words are lost, nobody waits for ever."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection, connections
from django.urls import reverse

from portal.accounts.models import Role
from runbooks import changing, checks, debts, merging, publishing, reporting, writing
from runbooks.models import Proposal, Report, Revision, Runbook
from runbooks.publishing import PublishingRefused
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 20


@pytest.fixture(autouse=True)
def on_postgresql(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite, which has one writer")
    reverse(
        "runbooks:runbook", args=["x"]
    )  # the addresses are read in by one thread, not by twenty


@pytest.fixture
def people():
    return [UserFactory() for _ in range(PEOPLE)]


@pytest.fixture
def runbook(people):
    """A line for each of them to change, far enough from each other to merge, and one for all."""
    lines = "\n".join(f"- line {n} is untouched\n\nSome words between {n}." for n in range(PEOPLE))
    text = f"{runbook_text(owner=people[0].username)}\n## Notes\n{lines}\n"
    return published(owner=people[0], text=text)


def at_once(*acts):
    """Each act in a thread with a connection of its own, begun together; what each returned."""
    ready = Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            ready.wait(60)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(120) for future in [pool.submit(run, act) for act in acts]]


def until_it_is_live(outcome, by):
    """As the settle page does: both texts where they conflict, until nobody was faster."""
    while outcome.revision is None:
        proposal = Proposal.objects.get(pk=outcome.proposal.pk)
        live = Runbook.objects.get(pk=proposal.runbook_id).live_revision
        merged = changing.merged_with_live(proposal)
        if merged is not None:
            text = merging.settle(merged, ["both"] * len(merged.conflicts))
            try:
                writing.settle(proposal, text=text, onto=live, by=by)
            except publishing.Conflict:
                continue
        outcome = writing.accept(proposal, by=by)
    return outcome.revision.number


def numbers(runbook):
    return sorted(Revision.objects.filter(runbook=runbook).values_list("number", flat=True))


def test_twenty_people_publish_at_once_and_every_word_is_there(runbook, people):
    base = Runbook.objects.get(pk=runbook.pk).live_revision

    def publish(n):
        text = base.text.replace(f"- line {n} is untouched", f"- line {n} is of person {n}")
        outcome = writing.publish(text=text, by=people[n], runbook=runbook, base=base)
        return until_it_is_live(outcome, people[n])

    made = at_once(*(lambda n=n: publish(n) for n in range(PEOPLE)))
    assert sorted(made) == list(range(2, PEOPLE + 2))
    assert numbers(runbook) == list(range(1, PEOPLE + 2))
    text = Runbook.objects.get(pk=runbook.pk).live_revision.text
    assert re.findall(r"- line (\d+) is of person \1\n", text) == [str(n) for n in range(PEOPLE)]
    assert not Proposal.objects.open().exists()


def test_twenty_people_change_one_line_at_once_and_each_is_asked(runbook, people):
    base = Runbook.objects.get(pk=runbook.pk).live_revision

    def publish(n):
        words = f"- line 7 is of person {n}"
        text = base.text.replace("- line 7 is untouched", words)
        outcome = writing.publish(text=text, by=people[n], runbook=runbook, base=base)
        return outcome.revision is not None, until_it_is_live(outcome, people[n])

    made = at_once(*(lambda n=n: publish(n) for n in range(PEOPLE)))
    assert sum(straight for straight, _ in made) == 1  # all others were told of a conflict
    assert numbers(runbook) == list(range(1, PEOPLE + 2))
    text = Runbook.objects.get(pk=runbook.pk).live_revision.text
    assert {int(n) for n in re.findall(r"line 7 is of person (\d+)", text)} == set(range(PEOPLE))


def test_one_address_is_taken_once(people):
    def write(n):
        text = runbook_text(owner=people[n].username, title=f"Above {n} s")
        try:
            return writing.publish(text=text, by=people[n], slug="ledger").revision
        except PublishingRefused as refused:
            return str(refused)

    made = at_once(*(lambda n=n: write(n) for n in range(6)))
    assert sum(isinstance(one, Revision) for one in made) == 1
    assert Runbook.objects.filter(slug="ledger").count() == 1
    assert all("/r/ledger" in one for one in made if isinstance(one, str))


def test_publishing_renaming_retiring_reporting_and_waiving_do_not_lock_each_other_out(
    runbook, people
):
    step = Runbook.objects.get(pk=runbook.pk).live_revision.steps.get(label="R1")
    Role.objects.create(person=people[6], name="lead")
    other = published(slug="other", owner=people[1], title="Queue above 90 %", alert="QueueFull")

    def tried(act):
        """A refusal is an answer; a deadlock (OperationalError) is not."""

        def run():
            said = []
            for turn in range(4):
                try:
                    act(turn)
                    said.append("")
                except (PublishingRefused, debts.WaiverRefused, reporting.ReportRefused) as refused:
                    said.append(str(refused))
            return said

        return run

    def publish(n):
        def act(turn):
            base = Runbook.objects.get(pk=runbook.pk).live_revision
            text = re.sub(rf"- line {n} .*", f"- line {n} turn {turn}", base.text)
            made = writing.propose(text=text, by=people[n], runbook=runbook, base=base)
            until_it_is_live(writing.accept(made, by=people[n]), people[n])

        return act

    acts = [
        *(publish(n) for n in range(4)),
        lambda turn: changing.rename(runbook, slug=f"place-{turn}", by=people[0]),
        lambda _: changing.retire(runbook, by=people[0], successor=other),
        lambda _: changing.retire(other, by=people[1], successor=runbook),
        lambda _: changing.bring_back(runbook, by=people[0]),
        lambda _: changing.bring_back(other, by=people[1]),
        lambda turn: reporting.report(step, verdict="wrong", words=f"Turn {turn}", by=people[5]),
        lambda turn: debts.waive(
            runbook, code=checks.VAGUE_STEP, reason=f"Turn {turn}", by=people[6]
        ),
    ]
    try:
        said = at_once(*map(tried, acts))
    except OperationalError as error:
        pytest.fail(f"locked each other out: {error}")
    assert len(said) == len(acts)
    assert numbers(runbook) == list(range(1, 18))
    assert Report.objects.filter(by=people[5]).exists()
    assert not Proposal.objects.open().exists()

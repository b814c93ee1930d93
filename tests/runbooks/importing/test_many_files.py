"""A library of thousands comes in: what is new is written a batch at a time; one bad file harms no other."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import AuditEntry
from runbooks import document, publishing
from runbooks.importing import importing
from runbooks.importing.importing import import_runbooks
from runbooks.importing.planning import Options
from runbooks.models import AlertName, Alias, Proposal, Revision, Runbook, Service, TrustLine
from tests.factories import published

pytestmark = pytest.mark.django_db

#: With all that a file of another tool's tree brings along.
TEXT = """---
title: Number {number} is slow
alert: Number{number}Slow
service: service-{service}
severity: warning
owner: yash@example.org
last_reviewed_on: 2024-05-{day:02d}
aliases: [/old/{number}]
---

## Symptoms

Requests to number {number} take seconds. [Dashboard](https://dash.example.org/{number})

## Diagnosis

1. Look at it: `kubectl get pods -l app=number-{number}`
2. Look again.

## Prevention

- [ ] More of them, https://tracker.example.org/{number}
"""


@pytest.fixture
def library(tree, yash):
    yash.email = "yash@example.org"
    yash.save()

    def library(name, count):
        numbers = range(count)
        return (
            tree(
                **{
                    f"{name}__{name}-{number}_md": TEXT.format(
                        number=f"{name}{number}", service=number % 5, day=number % 28 + 1
                    )
                    for number in numbers
                }
            )
            / name
        )

    return library


@pytest.fixture
def bring_live(yash):
    def bring_live(root, **more):
        options = Options(
            now=timezone.now(),
            owner=yash,
            publish_as=yash,
            source_base="https://wiki.example.org/runbooks",
        )
        return import_runbooks(root, options, **more)

    return bring_live


@pytest.mark.parametrize(
    ("few", "many", "each"),
    [
        pytest.param(20, 40, 0.5, id="within a batch"),
        pytest.param(20, 120, 2, id="over several batches"),
    ],
)
def test_a_new_runbook_more_costs_hardly_a_query(library, bring_live, few, many, each):
    counts = {}
    for name, count in (("first", 1), ("few", few), ("many", many)):
        root = library(name, count)
        with CaptureQueriesContext(connection) as asked:
            report = bring_live(root)
        assert report.count("created") == count
        counts[count] = len(asked)
    assert (counts[many] - counts[few]) / (many - few) < each


def test_each_file_of_a_batch_is_as_whole_as_one_that_comes_alone(library, bring_live, yash):
    bring_live(library("all", 3))
    service = Service.objects.get(slug="service-1")
    runbook = Runbook.objects.get(slug="all-1")
    revision = runbook.live_revision
    assert (runbook.owner, runbook.imported, runbook.owner_confirmed) == (yash, True, True)
    assert (revision.number, revision.accepted_by, revision.runbook) == (1, yash, runbook)
    assert list(revision.steps.values_list("label", flat=True)) == ["D1", "D2"]
    assert "number-all1" in revision.rendering.steps_html
    assert list(runbook.services.all()) == [service]
    assert AlertName.objects.get(folded="numberall1slow").runbook == runbook
    addresses = {"wiki.example.org/runbooks/all-1", "wiki.example.org/old/all1"}
    assert set(runbook.aliases.values_list("folded", flat=True)) == addresses
    trust = TrustLine.objects.get(runbook=runbook)
    assert (str(trust.reviewed_on), trust.due_on is not None) == ("2024-05-02", True)
    proposal = revision.proposal
    assert (proposal.runbook, proposal.state, proposal.decided_by) == (runbook, "accepted", yash)
    trail = AuditEntry.objects.filter(object_name="all-1").order_by("pk")
    assert list(trail.values_list("action", "by__username")) == [
        ("proposal.made", "yash"),
        ("proposal.accepted", "yash"),
    ]


def test_who_takes_an_address_meanwhile_keeps_it_and_the_other_files_come_in(
    library, bring_live, monkeypatch
):
    monkeypatch.setattr(importing, "BATCH", 2)

    def somebody_is_faster(done, of):
        if done == 2:  # the second batch was planned for addresses that were free
            published(slug="all-2")

    report = bring_live(library("all", 4), progress=somebody_is_faster)
    outcomes = {file.slug: file.outcome for file in report.files}
    assert outcomes == {
        "all-0": "created",
        "all-1": "created",
        "all-2": "proposed",
        "all-3": "created",
    }
    assert Proposal.objects.open().get().slug == "all-2"
    assert Alias.objects.filter(folded="wiki.example.org/old/all2").count() == 0


class TestAcceptedTogether:
    def proposals(self, *slugs, owner):
        made = []
        for slug in slugs:
            text = TEXT.format(number=slug, service=1, day=1)
            proposal = publishing.propose(text=text, kind="import", slug=slug, owner=owner)
            made.append((proposal, document.parse(text)))
        return made

    def test_all_or_none(self, yash):
        published(slug="b")
        several = self.proposals("a", "b", owner=yash)
        with pytest.raises(publishing.Conflict):
            publishing.accept_new(several, by=yash, now=timezone.now())
        assert Runbook.objects.count() == 1
        assert Proposal.objects.open().count() == 2

    def test_an_address_that_a_runbook_moved_from_is_its_own(self, yash):
        moved = published(slug="new")
        Alias.objects.create(kind="slug", folded="b", runbook=moved)
        with pytest.raises(publishing.PublishingRefused, match="/r/b was the address"):
            publishing.accept_new(self.proposals("a", "b", owner=yash), by=yash, now=timezone.now())

    def test_only_by_somebody_active(self, yash, leila):
        leila.is_active = False
        leila.save()
        several = self.proposals("a", owner=yash)
        with pytest.raises(publishing.PublishingRefused, match="not active"):
            publishing.accept_new(several, by=leila, now=timezone.now())

    def test_and_for_an_owner_who_is_active(self, yash, leila):
        leila.is_active = False
        leila.save()
        several = self.proposals("a", owner=leila)
        with pytest.raises(publishing.PublishingRefused):
            publishing.accept_new(several, by=yash, now=timezone.now())
        assert not Revision.objects.exists()

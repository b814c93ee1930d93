"""Finding through the database: what was published is found, at once, with two queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from runbooks.models import IndexCounter, Runbook, TrustLine
from runbooks.search import wording
from runbooks.search.engine import Filters
from runbooks.search.finding import find
from runbooks.search.indexing import index_again
from runbooks.search.models import SearchDocument
from tests.factories import UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db
Queries = Callable[[int], AbstractContextManager[object]]


class UndoneError(Exception):
    pass


def slugs(q: str, **narrowed: str) -> list[str]:
    return [result.slug for result in find(q, filters=Filters(**narrowed)).results]


def test_a_runbook_is_found_as_soon_as_it_is_published() -> None:
    assert slugs("too many clients") == []
    published(slug="api-latency", title="API latency above 5 s", alert="ApiLatencyHigh")
    assert slugs("too many clients") == ["api-latency"]
    assert slugs("ApiLatencyHigh") == ["api-latency"]


def test_a_new_revision_is_found_by_its_words_and_no_more_by_the_old_ones() -> None:
    owner = UserFactory(username="ada")
    published(slug="queue", owner=owner, title="Ledger queue grows", alert="LedgerQueueGrows")
    published(slug="queue", owner=owner, title="Billing backlog", alert="BillingBacklog")
    assert slugs("ledger") == []
    assert slugs("billing backlog") == ["queue"]


def test_a_rolled_back_publishing_leaves_nothing_behind() -> None:
    def publish_and_fail() -> None:
        with transaction.atomic():
            published(slug="gone", title="Gateway refuses logins", alert="GatewayRefuses")
            assert slugs("gateway refuses") == ["gone"]
            raise UndoneError

    with pytest.raises(UndoneError):
        publish_and_fail()
    assert slugs("gateway refuses") == []
    published(slug="other", title="Gateway refuses uploads", alert="GatewayRefusesUploads")
    assert slugs("gateway refuses") == ["other"]


def test_a_result_holds_all_that_a_list_shows() -> None:
    owner = UserFactory(username="ada", name="Ada Byron")
    runbook = published(slug="api-latency", owner=owner)
    TrustLine.objects.filter(runbook=runbook).update(reviewed_on="2024-05-01", due_on="2024-08-01")
    result = find("too many clients").results[0]
    assert result.url == "/r/api-latency"
    assert result.title == "API latency above 5 s"
    assert "<mark>" in result.line_html
    assert "sorry" in result.line_html
    assert result.line_label == "Symptoms"
    assert result.services == (("api-server", "api-server"),)
    assert (result.severity, result.state) == ("high", "live")
    assert (result.owner, result.owner_name) == ("ada", "Ada Byron")
    assert str(result.reviewed_on) == "2024-05-01"
    assert str(result.due_on) == "2024-08-01"
    assert result.alerts == ("ApiLatencyHigh",)


def test_a_search_costs_two_queries(django_assert_num_queries: Queries) -> None:
    for n in range(12):
        published(slug=f"disk-{n}", title=f"Disk full on host {n}", alert=f"DiskFull{n}")
    find("disk")
    with django_assert_num_queries(2):
        assert len(find("disk full").results) == 10
    with django_assert_num_queries(1):
        assert find("xyzzy").results == ()


def test_a_question_asked_again_is_answered_alike_and_follows_what_changes() -> None:
    owner = UserFactory(username="ada", name="Ada Byron")
    runbook = published(owner=owner)
    first, again = find("too many clients"), find("too many clients")
    assert again.results == first.results
    TrustLine.objects.filter(runbook=runbook).update(due_on="2030-01-01")
    assert str(find("too many clients").results[0].due_on) == "2030-01-01"
    published(slug="other", owner=owner, title="Too many clients of the cache", alert="CacheFull")
    assert find("too many clients").results[0].slug == "other"


def test_retired_runbooks_are_found_only_when_asked_for() -> None:
    runbook = published()
    Runbook.objects.filter(pk=runbook.pk).update(state=Runbook.State.RETIRED)
    index_again([runbook.pk])
    assert slugs("latency") == []
    assert slugs("latency", state="retired") == ["api-latency"]


def test_a_team_edits_its_synonyms_and_they_count_at_once() -> None:
    published(title="Ledger is slow", alert="LedgerSlow")
    assert slugs("kassenbuch") == []
    wording.set_groups([["Kassenbuch", "ledger"]])
    assert slugs("kassenbuch") == ["api-latency"]
    wording.set_groups([])
    assert slugs("kassenbuch") == []


def test_a_group_of_one_word_is_refused_and_the_old_ones_stay() -> None:
    wording.set_groups([["kassenbuch", "ledger"]])
    with pytest.raises(ValidationError):
        wording.set_groups([["alone"]])
    assert ["kassenbuch", "ledger"] in wording.groups_in_force()


def test_analysing_again_what_has_not_changed_changes_nothing() -> None:
    runbook = published()
    before = IndexCounter.current()
    assert index_again([runbook.pk]) == 0
    assert IndexCounter.current() == before


def test_log_lines_are_found_as_they_are_pasted() -> None:
    published()
    published(slug="disk", title="Disk above 90 %", alert="DiskFilling")
    pasted = (
        "2024-05-02T11:32:01.123Z ERROR api-server-7d9f8b6c5-x2x4l 10.0.14.23:5432 "
        'pq: "FATAL: sorry, too many clients already" trace=4f3a9c0d1e9b '
    ) * 15
    assert slugs(pasted[:2000])[0] == "api-latency"


@pytest.mark.parametrize(
    "q", ["", " ", "\x00", "'; drop table", "%", "=" * 50, "🔥" * 30, "a" * 5000]
)
def test_any_text_has_an_answer(q: str) -> None:
    published()
    assert find(q).query == q


def test_a_document_belongs_to_its_runbook_alone() -> None:
    runbook = published()
    document = SearchDocument.objects.get(pk=runbook.pk)
    assert len(document.terms.split(" ")) == len(bytes(document.codes))
    published(slug="other", text=runbook_text(owner=runbook.owner.username), owner=runbook.owner)
    assert SearchDocument.objects.count() == 2

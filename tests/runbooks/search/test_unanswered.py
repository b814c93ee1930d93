"""An alert that no runbook names leads to the runbook for what it is about."""

import pytest

from runbooks.alerts.importing import Source, import_rules
from runbooks.search import unanswered
from runbooks.search.finding import find
from runbooks.search.keeping import counter
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db
RULES = """
groups:
  - name: jobs
    rules:
      - alert: LedgerRunUnfinished
        expr: ledger_last_success < time() - 3600
        labels: {severity: warning}
        annotations:
          summary: The nightly settlement has not closed in time
          description: Settlement of {{ $labels.day }} is still open after an hour.
      - alert: ApiLatencyHigh
        expr: latency > 5
        annotations: {summary: API is slow}
"""


@pytest.fixture
def library() -> None:
    owner = UserFactory(username="yash")
    published(owner=owner)
    published(
        slug="settlement-open",
        title="Nightly settlement still open",
        alert="SettlementOpen",
        owner=owner,
    )
    published(slug="ledger-lag", title="Ledger consumer is behind", alert="LedgerLag", owner=owner)
    import_rules([Source("rules.yaml", RULES.encode())])


def first(q: str) -> str:
    return find(q).results[0].slug


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "q",
    [
        "LedgerRunUnfinished",
        "ledger run unfinished",
        "The nightly settlement has not closed in time.",
    ],
)
def test_its_rules_words_count_more_than_its_bare_name(q: str) -> None:
    assert first(q) == "settlement-open"


@pytest.mark.usefixtures("library")
def test_an_alert_with_a_runbook_needs_no_help() -> None:
    assert unanswered.told("ApiLatencyHigh", counter()) == ""
    assert first("ApiLatencyHigh") == "api-latency"


@pytest.mark.usefixtures("library")
def test_once_it_has_a_runbook_that_one_comes_first() -> None:
    published(
        slug="ledger-run",
        title="Ledger run does not finish",
        alert="LedgerRunUnfinished",
        owner=UserFactory(),
    )
    assert first("LedgerRunUnfinished") == "ledger-run"
    assert unanswered.told("LedgerRunUnfinished", counter()) == ""


@pytest.mark.usefixtures("library")
def test_a_rule_that_is_gone_is_forgotten() -> None:
    import_rules([Source("rules.yaml", b"groups: []")])
    assert unanswered.told("LedgerRunUnfinished", counter()) == ""

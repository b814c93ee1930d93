"""The whole way, as a team goes it: runbooks and rules imported by command, each judged query asked of
`find`. The figures are those that the README shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from runbooks.search import evaluating
from runbooks.search.finding import find
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_search_is_as_good_as_promised_on_the_real_library(corpus: Path) -> None:
    UserFactory(username="lead")
    call_command(
        "import_runbooks", str(corpus / "runbooks"), publish_as="lead", owner="lead", verbosity=0
    )
    call_command("import_rules", *map(str, sorted((corpus / "rules").glob("*.yaml"))), verbosity=0)
    queries = evaluating.read_queries(corpus / "queries.jsonl")
    outcomes = evaluating.evaluate(
        queries, lambda q, limit: [r.slug for r in find(q, limit=limit).results]
    )
    lines = {line.kind: line for line in evaluating.table(outcomes)}
    assert lines["alert"].first == lines["words"].first == 1.0
    assert lines["prefix"].first >= 0.99
    assert lines["typo"].first_3 >= 0.99
    assert lines["alias"].first >= 0.85
    assert lines["human"].first_3 >= 0.90
    assert lines["mean of kinds"].first >= 0.90
    assert lines["mean of kinds"].first_3 >= 0.98

"""The evaluation that the README quotes: its arithmetic, its command, and the real corpus."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from runbooks.search import evaluating
from tests.factories import published


def judged(kind: str, *expected: str) -> evaluating.Judged:
    return evaluating.Judged("q", kind, frozenset(expected))


def test_shares_are_of_the_queries_of_a_kind_and_the_mean_is_of_the_kinds() -> None:
    answers = iter([["a"], ["x", "a"], ["x", "y", "z", "a"], []])
    queries = [*(judged("typo", "a") for _ in range(3)), judged("human", "a", "b")]
    lines = {
        line.kind: line
        for line in evaluating.table(evaluating.evaluate(queries, lambda _q, _n: next(answers)))
    }
    assert lines["typo"].first == pytest.approx(1 / 3)
    assert lines["typo"].first_3 == pytest.approx(2 / 3)
    assert lines["typo"].first_10 == 1
    assert lines["typo"].reciprocal == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert lines["human"].first_3 == 0
    assert lines["all queries"].first_3 == pytest.approx(2 / 4)
    assert lines["mean of kinds"].first_3 == pytest.approx(1 / 3)


def test_slugs_are_compared_without_case_and_underscores() -> None:
    query = evaluating.Judged("q", "alert", frozenset({evaluating.same("Kube_Pod")}))
    assert evaluating.evaluate([query], lambda _q, _n: ["kube-pod"])[0].rank == 1


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"q": 1, "kind": "a", "expected": 5}'])
def test_a_file_without_judged_queries_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text(text)
    with pytest.raises(evaluating.BadQueries):
        evaluating.read_queries(file)


@pytest.mark.django_db
def test_the_command_prints_the_table_by_kind(tmp_path: Path) -> None:
    published()
    file, figures = tmp_path / "queries.jsonl", tmp_path / "figures.json"
    rows = [
        {"q": "ApiLatencyHigh", "kind": "alert", "expected": ["API_latency"]},
        {"q": "nothing of the kind", "kind": "human", "expected": ["elsewhere"]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    out = StringIO()
    call_command("evaluate_search", str(file), markdown=True, json=figures, failures=1, stdout=out)
    assert "| alert | 1 | 1.000 | 1.000 |" in out.getvalue()
    assert "engine: embedded" in out.getvalue()
    assert "'nothing of the kind' wants elsewhere" in out.getvalue()
    assert json.loads(figures.read_text())["human"]["r3"] == 0
    with pytest.raises(CommandError):
        call_command("evaluate_search", str(tmp_path / "missing.jsonl"))

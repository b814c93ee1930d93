"""Words for one another: what ships, what a team adds, what excludes what."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from runbooks.search.finding import find
from runbooks.search.synonyms import read_groups, rivals, shipped, stems_of_states, synonyms_of
from tests.factories import published


def stand_ins(phrase: str) -> dict[str, float]:
    typed = tuple(phrase.split())
    return {
        term: weight
        for length, found in shipped().at(typed, 0)
        if length == len(typed)
        for term, weight in found
    }


def test_groups_stand_in_both_ways() -> None:
    assert "memori" not in stand_ins("oom")
    assert "memory" in stand_ins("oom")
    assert "oom" in stand_ins("memori")  # typed words are looked up by their stems


def test_an_abbreviation_weighs_more_than_a_synonym() -> None:
    assert stand_ins("cert")["certificate"] > stand_ins("disk")["storage"]


def test_a_phrase_gives_its_telling_words_only() -> None:
    found = dict(synonyms_of([["enospc", "no space left on device"]]).phrases[("enospc",)])
    assert set(found) == {"space", "device"}


def test_lines_that_are_empty_or_remarks_are_no_groups() -> None:
    assert read_groups("# remark\n\n a , b ,, c \n") == [["a", "b", "c"]]


def test_rivals_exclude_one_another_and_never_themselves() -> None:
    found = rivals()
    assert "transmit" in found["receive"]
    assert "incoming" not in found["receive"]
    for word, others in found.items():
        assert word not in others
        assert all(word in found[other] for other in others)


def test_states_are_words_and_things_are_none() -> None:
    assert {"slow", "stuck", "high"} <= stems_of_states()
    assert not {"kubelet", "not", "disk"} & stems_of_states()


@pytest.mark.django_db
def test_a_team_sets_its_groups_from_a_file(tmp_path: Path) -> None:
    published(title="Ledger is slow", alert="LedgerSlow")
    file = tmp_path / "words.txt"
    file.write_text("# ours\nkassenbuch, ledger\n")
    out = StringIO()
    call_command("synonyms", file=str(file), stdout=out)
    assert out.getvalue() == "kassenbuch, ledger\n"
    assert find("kassenbuch").results[0].slug == "api-latency"
    file.write_text("alone\n")
    with pytest.raises(CommandError, match="at least two"):
        call_command("synonyms", file=str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("synonyms", file=str(tmp_path / "missing"))
    assert find("kassenbuch").results[0].slug == "api-latency"

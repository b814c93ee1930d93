"""What a question means before any engine is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.search.engine import Group
from runbooks.search.synonyms import synonyms_of
from tests.runbooks.search.library import LIBRARY, Library, record

LOG = (
    '2024-05-02T11:32:01Z level=error msg="FATAL: sorry, too many clients already" '
    "pod=checkout-7d9f8b6c5-x2x4l addr=10.0.14.23:5432 trace=4f3a9c0d1e "
) * 14


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def group(library: Library, q: str, word: str) -> Group:
    return next(found for found in library.understand(q).groups if found.word == word)


def test_a_known_word_stands_for_itself_best(library: Library) -> None:
    variants = group(library, "pods restart", "restart").variants
    assert variants["restart"] == 1.0 == max(variants.values())
    assert 0.5 < variants["restarting"] < 1.0


def test_synonyms_weigh_less_than_inflections(library: Library) -> None:
    variants = group(library, "disk is full", "disk").variants
    assert variants["storage"] < 0.7 < variants["disk"]


def test_abbreviations_weigh_nearly_as_much_as_the_word(library: Library) -> None:
    assert group(library, "cert renewal", "cert").variants["certificate"] > 0.8


def test_joined_neighbours_meet_the_word_written_as_one(library: Library) -> None:
    assert "tsdbwal" in group(library, "tsdb wal", "tsdb").variants
    assert "tsdbwal" in group(library, "tsdb wal", "wal").variants


def test_the_last_word_may_be_half_typed(library: Library) -> None:
    assert "multiple" in group(library, "cdi mul", "mul").variants
    assert "mul" not in [g.word for g in library.understand("mul cdi ").groups]


def test_only_unknown_words_are_corrected(library: Library) -> None:
    assert library.understand("restart pods").corrections == {}
    assert library.understand("postgrse pods").corrections == {"postgrse": "postgres"}


def test_plain_words_and_words_with_synonyms_are_never_corrected(library: Library) -> None:
    assert library.understand("again mirror ceiling").corrections == {}


def test_a_sentence_is_not_corrected(library: Library) -> None:
    sentence = "one two words that nobody knows here bluscren happen after lunch"
    assert library.understand(sentence).corrections == {}


def test_stop_words_weigh_little_beside_others(library: Library) -> None:
    assert (
        group(library, "the pods are down", "the").weight
        < group(library, "the pods are down", "pods").weight / 3
    )


def test_what_names_one_machine_or_moment_falls_away_in_a_long_text(library: Library) -> None:
    query = library.understand(LOG[:2000])
    assert "10.0.14.23:5432" in query.dropped
    assert any("x2x4l" in dropped for dropped in query.dropped)
    assert {"clients", "fatal", "sorry"} <= {g.word for g in query.groups}


def test_a_well_known_port_says_what_listens_there(library: Library) -> None:
    query = library.understand("dial tcp 10.0.14.23:5432 connect refused by peer")
    assert "postgres" in query.words


def test_a_rare_compound_is_also_its_parts() -> None:
    library = Library([record(1, "Crash"), record(2, "Loop"), record(3, "Crash of a loop")])
    assert set(group(library, "crashloop", "crashloop").variants) == {"crash", "loop"}


def test_a_word_of_a_runbook_answers_for_one_word_of_the_question() -> None:
    library = Library([record(1, "Deployment stuck"), record(2, "Rollout stuck")])
    assert "rollout" not in group(library, "deployment rollout", "deployment").variants
    assert "rollout" in group(library, "deployment stuck", "deployment").variants


def test_a_team_adds_its_own_words() -> None:
    library = Library(LIBRARY, synonyms_of([["kassenbuch", "postgresql"]]))
    assert library.search("kassenbuch langsam")[0] == 8


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_question(text: str) -> None:
    query = library_for_properties.understand(text)
    assert len(query.groups) <= 28
    assert all(g.variants and g.weight > 0 and g.idf > 0 for g in query.groups)
    library_for_properties.search(text)


@given(st.text(alphabet="=%_'\"\\*() \x00\nabc:;-", min_size=500, max_size=3000))
@settings(max_examples=30, deadline=None)
def test_hostile_and_long_text_is_a_question(text: str) -> None:
    library_for_properties.search(text)


library_for_properties = Library()

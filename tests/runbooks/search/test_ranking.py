"""The order of results."""

from __future__ import annotations

from collections import defaultdict

from runbooks.search import ranking
from runbooks.search.documents import ALERT, TEXT, TITLE
from runbooks.search.engine import Candidate, Group, Match, Query

IDF: defaultdict[str, float] = defaultdict(lambda: 1.0)


def query(*words: str) -> Query:
    groups = tuple(Group(word, {word: 1.0}, idf=1.0) for word in words)
    return Query(" ".join(words), "".join(words), words, groups)


def candidate(
    pk: int, *names: str, texts: tuple[str, ...] = (), matches: tuple[int, ...] = ()
) -> Candidate:
    return Candidate(
        pk=pk,
        names=names,
        squashed_names=[name.replace(" ", "") for name in names],
        texts=texts,
        matches=[Match(1.0, fields) if fields else None for fields in matches],
    )


def order(asked: Query, *candidates: Candidate) -> list[int]:
    return [found.pk for found in ranking.ranked(asked, candidates, IDF)]


def test_an_exact_name_wins_over_any_score() -> None:
    exact = candidate(1, "disk full", matches=(1, 1))
    rich = candidate(2, "disk full on many hosts", matches=(255, 255))
    assert order(query("disk", "full"), rich, exact) == [1, 2]
    assert ranking.ranked(query("disk", "full"), [exact], IDF)[0].exact


def test_a_name_that_begins_with_the_question_comes_before_one_that_holds_it() -> None:
    begins = candidate(1, "kube node unreachable", matches=(TITLE, TITLE))
    holds = candidate(2, "old kube node", matches=(TITLE, TITLE))
    assert order(query("kube", "node"), holds, begins) == [1, 2]


def test_the_start_of_a_name_counts_half_where_it_ends_within_a_word() -> None:
    begins = candidate(1, "kubelet plegduration", matches=(TITLE,))
    other = candidate(2, "node kubeletp", matches=(TITLE,))
    assert order(query("kubeletp"), other, begins) == [1, 2]


def test_covering_more_of_the_question_wins() -> None:
    both = candidate(1, "a b x y z", matches=(TEXT, TEXT))
    one = candidate(2, "a b x y z", matches=(TITLE, 0))
    assert order(query("client", "leader"), one, both) == [1, 2]


def test_one_alert_name_counts_by_itself_among_many() -> None:
    many = candidate(
        1, "everything", *(f"broker {n} lagging" for n in range(30)), matches=(ALERT, ALERT)
    )
    single = candidate(2, "broker lagging somewhere else", matches=(TITLE, TITLE))
    assert order(query("7", "lagging"), single, many) == [1, 2]


def test_a_runbook_without_alert_texts_is_not_behind_for_that() -> None:
    named = candidate(1, "job completion", matches=(TITLE, TITLE))
    texted = candidate(
        2, "job failed", texts=("job failed to complete on time today",), matches=(TITLE, TEXT)
    )
    assert order(query("job", "completion"), texted, named) == [1, 2]


def test_two_words_of_a_name_meet_the_word_written_as_one() -> None:
    apart = candidate(1, "kube virt down", matches=(TITLE,))
    neither = candidate(2, "node down", matches=(TITLE,))
    assert order(query("kubevirt"), neither, apart) == [1, 2]


def test_equal_scores_keep_one_order() -> None:
    twins = [candidate(pk, "disk full", matches=(TITLE,)) for pk in (3, 1, 2)]
    assert order(query("disk"), *twins) == [1, 2, 3]


def test_a_title_outweighs_an_alert_text_and_that_a_single_word_of_the_body() -> None:
    assert ranking.field_value(TITLE) > ranking.field_value(TEXT) > ranking.field_value(1)
    assert ranking.field_value(0) == 0.0


def test_nothing_asked_ranks_without_words() -> None:
    nothing = Query("", "", (), ())
    assert order(nothing, candidate(2, "b"), candidate(1, "a")) == [1, 2]

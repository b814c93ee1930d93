"""How a query is asked of Meilisearch: short queries, quoted filters, one merged ranking."""

from hypothesis import given
from hypothesis import strategies as st

from runbooks.search.engine import Filters, Group, Line, Query, SearchRecord
from runbooks.search.meilisearch import document_of, filter_of, merged, queries_of


def query(text, *groups):
    words = tuple(text.lower().split())
    return Query(text=text, squashed="".join(words), words=words, groups=groups)


def group(word, *others, **more):
    return Group(word, {word: 1.0, **dict.fromkeys(others, 0.4)}, **more)


def test_a_short_query_is_asked_whole_first_with_its_half_typed_word_last_where_it_is_a_prefix():
    asked = queries_of(query("kube pod cr", group("pod"), group("kube"), group("cr", "crash")))
    assert asked[0] == "kube pod cr"
    assert "pod kube cr" in asked


def test_a_sentence_is_asked_by_its_most_telling_words_and_never_whole():
    groups = [group(f"word{n}") for n in range(12)]
    asked = queries_of(query(" ".join(g.word for g in reversed(groups)) + ".", *groups))
    assert asked[0] == "word0 word1 word2 word3"
    assert all(len(q.split()) <= 4 for q in asked)


def test_a_corrected_word_is_asked_as_what_it_was_corrected_to():
    asked = queries_of(query("conections ", Group("conections", {"connections": 0.8})))
    assert asked[0] == "conections"
    assert "connections" in asked


def test_an_unknown_query_still_asks_something_and_an_empty_one_nothing():
    assert queries_of(query("zzz yyy")) == ["zzz yyy"]
    assert queries_of(query("")) == []


def test_a_filter_value_cannot_say_more_than_a_value():
    hostile = 'x" OR state = "retired'
    assert filter_of(Filters(service=hostile, seen_by=None)) == [
        'service = "x\\" or state = \\"retired"',
        'state = "live"',
    ]
    assert filter_of(Filters(service="a\\", state="", seen_by=None)) == ['service = "a\\\\"']


def test_a_runbook_high_in_several_lists_comes_before_one_high_in_a_single_one():
    assert merged([[1, 2, 3], [2, 4], [2, 1]], 10)[:2] == [2, 1]
    assert merged([], 10) == []
    assert len(merged([list(range(100))], 50)) == 50


def test_a_document_holds_analysed_words_and_plain_facets():
    record = SearchRecord(
        pk=7,
        slug="api-latency",
        title="NX_DOMAIN answers",
        alerts=("KubePodCrashLooping",),
        services=("api-server",),
        lines=(Line("psql -c 'select 1'", "D1"),),
        owner="Yash",
        severity="high",
    )
    document = document_of(record, stamp="abc")
    assert document["title"] == "nx domain nxdomain answers"
    assert document["alerts"] == ["kube pod crash looping kubepodcrashlooping"]
    assert (document["pk"], document["owner"], document["service"]) == (7, "yash", ["api-server"])
    assert "psql" in document["body"]


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=20), max_size=20))
def test_any_query_becomes_a_bounded_number_of_questions(text, words):
    asked = queries_of(query(text, *(group(word) for word in words)))
    assert len(asked) <= 8
    assert all(asked)


def test_what_a_reader_may_see_is_asked_of_the_server():
    assert filter_of(Filters(state="", seen_by=("all", "t3"))) == ['seen IN ["all", "t3"]']

"""What a result shows of its match."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.search.highlighting import Highlighter
from tests.runbooks.search.library import Library

LIBRARY = Library()
LINES = (
    "Symptoms\tThe API is slow.\n"
    "Diagnosis D1\tCount the connections: FATAL: sorry, too many clients already\n"
    "Resolution R1\tkubectl scale deployment <name> --replicas=3\n"
)


def highlighter(q: str) -> Highlighter:
    return Highlighter(LIBRARY.understand(q))


def test_matching_words_of_a_title_are_marked() -> None:
    assert (
        highlighter("pods restart").marked("Pods keep restarting")
        == "<mark>Pods</mark> keep <mark>restarting</mark>"
    )


def test_a_name_in_one_word_is_marked_whole() -> None:
    assert highlighter("crash").marked("KubePodCrashLooping") == "<mark>KubePodCrashLooping</mark>"


def test_neighbours_are_marked_together() -> None:
    assert (
        highlighter("too many clients").marked("too many clients")
        == ("<mark>too many clients</mark>")
        or highlighter("too many clients").marked("many clients") == "<mark>many clients</mark>"
    )


def test_the_best_line_is_shown_with_where_it_stands() -> None:
    where, html = highlighter("too many clients").best_line(LINES)
    assert where == "Diagnosis D1"
    assert "clients</mark>" in html


def test_html_in_a_line_is_text() -> None:
    where, html = highlighter("replicas kubectl").best_line(
        LINES + "X\t<script>kubectl</script> replicas"
    )
    assert "<script>" not in html
    assert "&lt;" in html
    assert where in {"Resolution R1", "X"}


def test_no_line_is_shown_where_none_matched() -> None:
    assert highlighter("bluescreen").best_line(LINES) == ("", "")


def test_a_long_line_is_cut_round_its_match() -> None:
    line = "Diagnosis\t" + "filler words " * 60 + "too many clients " + "more filler " * 60
    _, html = highlighter("too many clients").best_line(line)
    assert "<mark>" in html
    assert html.startswith("… ")
    assert html.endswith(" …")
    assert len(html) < 300


@given(st.text(max_size=200), st.text(max_size=40))
@settings(deadline=None, max_examples=150)
def test_taking_the_marks_away_gives_the_text_back(text: str, q: str) -> None:

    html = highlighter(q + " pods restart").marked(text)
    assert unescape(re.sub(r"</?mark>", "", html)) == text
    assert html.count("<mark>") == html.count("</mark>")

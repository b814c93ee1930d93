"""Three texts become one, and no line of either side is ever lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.merging import Conflict, merge, settle

BASE = "one\ntwo\nthree\nfour\nfive\n"
TEXTS = st.lists(st.sampled_from(["one", "two", "three", "four", ""]), max_size=8).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


def test_changes_in_different_places_are_joined():
    merged = merge(
        base=BASE, live=BASE.replace("one", "ONE"), proposed=BASE.replace("five", "FIVE")
    )
    assert merged.text == "ONE\ntwo\nthree\nfour\nFIVE\n"


def test_the_same_change_on_both_sides_is_no_conflict():
    both = BASE.replace("three", "3")
    assert merge(base=BASE, live=both, proposed=both).text == both


def test_two_changes_of_one_line_are_asked_with_all_three_texts():
    merged = merge(
        base=BASE, live=BASE.replace("three", "3"), proposed=BASE.replace("three", "III")
    )
    assert merged.text is None
    assert merged.conflicts == (Conflict(base="three\n", live="3\n", proposed="III\n", line=3),)


@pytest.mark.parametrize(
    ("choice", "line"),
    [("live", "3\n"), ("proposed", "III\n"), ("both", "3\nIII\n"), ("drei", "drei\n"), ("", "")],
)
def test_each_conflict_is_settled_by_a_choice_or_by_words_of_ones_own(choice, line):
    merged = merge(
        base=BASE, live=BASE.replace("three", "3"), proposed=BASE.replace("three", "III")
    )
    assert settle(merged, [choice]) == f"one\ntwo\n{line}four\nfive\n"


def test_an_answer_for_each_conflict_is_needed():
    merged = merge(base="a\n", live="b\n", proposed="c\n")
    with pytest.raises(ValueError, match="1 places to settle, 0 answers"):
        settle(merged, [])


def test_a_line_removed_here_and_changed_there_is_a_conflict():
    merged = merge(base=BASE, live=BASE.replace("three\n", ""), proposed=BASE.replace("three", "3"))
    assert merged.conflicts[0].live == ""
    assert "3" in merged.conflicts[0].proposed


@given(TEXTS, TEXTS)
def test_an_untouched_side_gives_way_to_the_other(base, changed):
    assert merge(base=base, live=base, proposed=changed).text == changed
    assert merge(base=base, live=changed, proposed=base).text == changed


@given(TEXTS, TEXTS, TEXTS)
def test_choosing_live_everywhere_keeps_every_line_that_only_live_added(base, live, proposed):
    merged = merge(base=base, live=live, proposed=proposed)
    kept = settle(merged, ["both"] * len(merged.conflicts))
    for line in set(live.splitlines()) - set(base.splitlines()):
        assert line in kept.splitlines()
    for line in set(proposed.splitlines()) - set(base.splitlines()):
        assert line in kept.splitlines()

"""A comparison shows what changed, to the word, and nothing that did not."""

from hypothesis import given
from hypothesis import strategies as st

from runbooks.comparing import compare, counts
from runbooks.drawn_changes import drawn_changes
from tests.factories import runbook_text

TEXTS = st.lists(st.text("ab c", max_size=8), max_size=10).map("\n".join)


def changed(line):
    return [span.text for span in line.spans if span.changed]


def test_one_word_of_a_line_is_marked_on_either_side():
    (hunk,) = compare("scale to 20 replicas\n", "scale to 24 replicas\n")
    removed, added = hunk.lines
    assert (removed.change, changed(removed), removed.before) == ("removed", ["20"], 1)
    assert (added.change, changed(added), added.after) == ("added", ["24"], 1)


def test_lines_with_little_in_common_are_two_lines():
    (hunk,) = compare("alpha beta gamma\n", "1 2 3 4 5 6 7\n")
    assert [changed(line) for line in hunk.lines] == [["alpha beta gamma"], ["1 2 3 4 5 6 7"]]


def test_far_changes_are_two_hunks_with_what_was_skipped_between_them():
    before = "\n".join(str(n) for n in range(40))
    after = before.replace("2\n", "two\n", 1).replace("38", "thirty-eight")
    first, second = compare(before, after)
    assert first.skipped == 0
    assert second.skipped > 20
    assert counts((first, second)) == (2, 2)


def test_the_same_text_has_no_changes():
    assert compare("a\nb\n", "a\nb\n") == ()
    assert compare("", "") == ()


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_back_from_the_whole_comparison(before, after):
    hunks = compare(before, after, context=1000)
    lines = [line for hunk in hunks for line in hunk.lines]
    if hunks:
        assert [line.text for line in lines if line.change != "added"] == before.splitlines()
        assert [line.text for line in lines if line.change != "removed"] == after.splitlines()
    else:
        assert before.splitlines() == after.splitlines()


FIRST = "1. Look at the load. {.observe}\n   ```sh\n   uptime\n   ```\n   Expect: below 8.\n"


def test_a_step_in_front_of_others_changes_none_of_them():
    before = runbook_text()
    after = before.replace("1. Count the connections.", f"{FIRST}1. Count the connections.")
    keys_before, keys_after = {"D1": "k", "R1": "r"}, {"D1": "new", "D2": "k", "R1": "r"}
    load, numbers = drawn_changes(before, after, keys_before=keys_before, keys_after=keys_after)
    assert (load.where, load.state) == ("Diagnosis D1", "added")
    assert (numbers.state, numbers.was, numbers.hunks) == ("numbered anew", "D1 is D2 now", ())


def test_a_step_that_moved_and_changed_says_which_it_was():
    before = runbook_text()
    after = before.replace("1. Count the connections.", f"{FIRST}1. Count the sessions.")
    changes = drawn_changes(
        before, after, keys_before={"D1": "k"}, keys_after={"D1": "new", "D2": "k"}
    )
    was = {change.where: (change.state, change.was) for change in changes}
    assert was["Diagnosis D2"] == ("changed", "D1")


def test_without_keys_a_step_is_the_one_with_its_number():
    before = runbook_text()
    after = before.replace("Count the connections.", "Count the sessions.")
    (only,) = drawn_changes(before, after)
    assert (only.where, only.state, only.was) == ("Diagnosis D1", "changed", "")

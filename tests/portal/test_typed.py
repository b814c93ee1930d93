"""What is typed is kept as it can be kept, and a number is one that can be looked for."""

from __future__ import annotations

import pytest

from portal.typed import clean, number, words_of


def test_a_text_loses_what_no_database_keeps_and_is_cut_at_its_end():
    assert clean(" a\0b c ", 3) == "ab "
    assert words_of({"q": " words \0"}, "q", 100) == "words"
    assert words_of({}, "q", 100) == ""


@pytest.mark.parametrize(("typed", "meant"), [("0", 0), ("17", 17), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(typed, meant):
    assert number(typed) == meant


@pytest.mark.parametrize("typed", ["", "-1", "1.5", " 1", "²", "٣", "9" * 19, "9" * 5_000])
def test_what_no_key_can_be_is_none(typed):
    assert number(typed) is None

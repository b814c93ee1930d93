"""Tables whose cells reach: what they say is kept, and none can ask for more places than a page has."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from runbooks.importing.confluence_tables import MOST_COLUMNS, as_lists, grid_of


def table(rows):
    found = BeautifulSoup(f"<table>{rows}</table>", "html.parser").table
    assert found is not None
    return found


def words(rows):
    return [[one if isinstance(one, str) else one.get_text() for one in row] for row in rows]


def test_a_merged_cell_says_its_words_again_where_it_reaches():
    grid = grid_of(
        table("<tr><td rowspan=2>EU</td><td>a</td></tr><tr><td colspan=2>b</td><td>c</td></tr>")
    )
    assert words(grid.rows) == [["EU", "a", "", ""], ["EU", "b", "b", "c"]]


@pytest.mark.parametrize("span", ["9" * 5_000, "1000000000", "-1", "²", "two", ""])
def test_a_span_that_is_no_number_of_columns_does_no_harm(span):
    rows = f"<tr><td colspan='{span}' rowspan='{span}'>a</td><td>b</td></tr><tr><td>c</td></tr>"
    grid = grid_of(table(rows))
    assert grid.width <= MOST_COLUMNS + 1
    assert words(grid.rows)[0][0] == "a"
    assert words(grid.rows)[0][-1] == "b"


def test_cells_that_all_reach_down_and_across_do_not_multiply():
    rows = "<tr><td rowspan=1000 colspan=60>a</td></tr>" * 300
    grid = grid_of(table(rows))
    assert grid.width <= MOST_COLUMNS + 1
    assert sum(cell == "a" for row in words(grid.rows) for cell in row) >= 300


def test_a_table_of_one_long_row_and_many_short_ones_is_not_filled_up():
    rows = f"<tr>{'<td>x</td>' * 1_000}</tr>" + "<tr><td>y</td></tr>" * 1_000
    grid = grid_of(table(rows))
    assert sum(map(len, grid.rows)) == 2_000
    said = as_lists(table(rows)).get_text()
    assert (said.count("x"), said.count("y")) == (1_000, 1_000)

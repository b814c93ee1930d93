"""The part of a long runbook that a live preview draws."""

from __future__ import annotations

import pytest

from runbooks import document, rendering
from runbooks.excerpt import LONG, excerpt, places
from tests.factories import runbook_text

STEP = """\
1. Count the connections {n}. {{.observe}}
   ```sh
   psql -h {{{{ instance }}}} -c "select {n}"
   ```
   Expect: below {n}.

"""


def with_steps(count: int) -> document.Document:
    steps = "".join(STEP.format(n=n) for n in range(2, count + 2))
    head, tail = runbook_text().split("## Resolution")
    return document.parse(f"{head}{steps}## Resolution{tail}")


def drawn(parsed, line):
    return rendering.render(excerpt(parsed, line)).steps_html


def test_a_text_that_is_not_long_is_drawn_whole():
    parsed = document.parse(runbook_text())
    assert excerpt(parsed, 1) is parsed


@pytest.mark.parametrize("at", [0, 300, 599])
def test_of_many_steps_those_round_the_line_are_drawn_under_their_own_labels(at):
    parsed = with_steps(600)
    step = parsed.sections[1].steps[at]
    html = drawn(parsed, step.line_end)
    assert f'id="{step.label}"' in html
    assert html.count('<li class="step"') < 40
    assert html.count(f"connections {at + 2}" if at else "Count the connections.") >= 1


def test_what_is_drawn_does_not_grow_with_the_text():
    some, many = with_steps(600), with_steps(2400)
    line = some.sections[1].steps[100].line
    assert drawn(some, line) == drawn(many, line)


def test_the_front_matter_shows_the_beginning():
    parsed = with_steps(600)
    shown = excerpt(parsed, 2)
    assert shown.sections[0] == parsed.sections[0]
    assert shown.meta == parsed.meta


def test_of_long_prose_the_lines_round_the_line_are_drawn_and_no_code_is_opened():
    prose = "A line of background.\n" * 2000 + "```text\n" + "an answer\n" * 2000 + "```\n"
    parsed = document.parse(f"{runbook_text()}\n## Notes\n{prose}")
    assert len(parsed.text) > LONG
    notes = parsed.sections[-1]
    shown = excerpt(parsed, notes.line + 3000).sections[-1].markdown
    assert shown.startswith("```text\n")
    assert len(excerpt(parsed, notes.line + 900).sections[-1].markdown) < len(notes.markdown) / 5


def test_each_place_that_is_drawn_is_found_on_the_page_by_its_id():
    parsed = document.parse(runbook_text())
    page = rendering.render(parsed)
    html = page.steps_html + page.background_html
    found = places(parsed)
    assert [line for line, _ in found] == sorted(line for line, _ in found)
    assert "step-d1" in dict(found).values()
    assert all(f'id="{anchor}"' in html for _, anchor in found)

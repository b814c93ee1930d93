"""What a step is shown to do: never safer than its commands are."""

from __future__ import annotations

import pytest

from runbooks.document import parse
from runbooks.rendering import render

DELETE = "1. Look again.\n   ```sh\n   kubectl delete pod {{ pod }}\n   ```\n"


def rendered(diagnosis):
    return render(parse(f"---\ntitle: T\n---\n## Diagnosis\n{diagnosis}"))


@pytest.mark.parametrize("marked", ["", " {.observe}", " {.change}"])
def test_a_step_that_destroys_is_shown_so_whatever_its_author_marked(marked):
    page = rendered(DELETE.replace("Look again.", f"Look again.{marked}"))
    assert 'data-tier="observe"' not in page.steps_html
    assert 'data-tier="destructive"' in page.steps_html
    assert "not marked by its author" in page.steps_html
    assert "changes nothing" not in page.steps_html
    assert page.index[0]["tier"] == "destructive"


def test_a_step_whose_author_marked_it_destructive_is_not_doubted():
    page = rendered(DELETE.replace("again.", "again. {.destructive}"))
    assert "not marked by its author" not in page.steps_html
    assert "No undo." in page.steps_html


def test_no_undo_is_not_claimed_where_the_author_said_nothing():
    page = rendered(DELETE)
    assert "No undo is written here." in page.steps_html


def test_a_command_within_a_sentence_destroys_like_one_in_a_block():
    page = rendered("1. Then run `kubectl delete pod $POD` on it.\n")
    assert page.index[0]["tier"] == "destructive"


@pytest.mark.parametrize(
    "text",
    [
        "Never run `rm -rf /data` here.",
        "The log says `delete from` now and then.",
        "Count with `kubectl get pods`, see `rmdir`.",
    ],
)
def test_a_command_that_is_only_spoken_of_marks_nothing(text):
    assert rendered(f"1. {text}\n").index[0]["tier"] == "observe"


def test_that_nothing_changes_is_said_only_where_the_author_says_it_of_every_step():
    said = "Looks only, changes nothing."
    assert said in rendered("1. A. {.observe}\n2. B. {.observe}\n").steps_html
    html = rendered("1. A. {.observe}\n2. B.\n").steps_html
    assert said not in html
    assert "D1 to D2. Its author did not say what changes." in html

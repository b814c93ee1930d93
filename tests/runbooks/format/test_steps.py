"""Steps of a runbook: where they stand, what they need, what they run, what to expect of them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from runbooks.document import parse
from tests.runbooks.format.model import MODEL


def test_a_section_with_steps_is_cut_into_runs_and_steps_in_their_order():
    diagnosis = parse(MODEL).sections[1]
    kinds = [part if isinstance(part, str) else part.label for part in diagnosis.parts]
    assert kinds == ["Look before you act.", "D1", "### Deeper", "D2", "Then choose."]


def test_a_step_has_a_label_a_title_and_the_heading_it_stands_under():
    first, second, third, fourth = parse(MODEL).steps
    assert [s.label for s in (first, second, third, fourth)] == ["D1", "D2", "R1", "R2"]
    assert [s.title for s in (first, third)] == ["Count the pods.", "Roll back."]
    assert (first.group, second.group, second.position) == ("", "Deeper", 2)
    assert first.access == ("kubectl-prod", "psql-prod")
    lines = MODEL.split("\n")
    assert lines[first.line - 1].startswith("1. Count")
    assert "ten pods" in lines[first.line_end - 1]


def test_a_step_without_a_tier_observes_in_diagnosis_and_changes_elsewhere():
    document = parse("## Diagnosis\n- look\n## Mitigation\n- do\n## Resolution\n- mend\n")
    assert [(s.tier, s.tier_stated) for s in document.steps] == [
        ("observe", False),
        ("change", False),
        ("change", False),
    ]
    assert [(s.tier, s.tier_stated) for s in parse(MODEL).steps[2:]] == [
        ("change", True),
        ("destructive", True),
    ]


def test_commands_are_the_fenced_and_the_indented_blocks_of_a_step():
    first, _, third, _ = parse(MODEL).steps
    (fenced,), (indented,) = first.commands, third.commands
    assert (fenced.text, fenced.language) == ("kubectl -n {{ namespace }} get pods", "sh")
    assert fenced.variables == ("namespace",)
    assert MODEL.split("\n")[fenced.line - 1].strip() == "```sh"
    assert (indented.text, indented.language) == (
        "kubectl rollout undo deploy/{{ deployment }}",
        "",
    )


def test_an_undo_keeps_its_quotes_and_variables():
    third = parse(MODEL).steps[2]
    assert third.undo == 'kubectl rollout undo deploy/{{ deployment }} --to-revision="2"'
    assert "undo=" not in third.markdown
    assert "undo=" not in third.text
    assert parse(MODEL).variables == ("namespace", "deployment")
    assert parse('## Fix\n- Do. {undo="x {{ only_here }}"}').variables == ("only_here",)


def test_what_to_expect_is_read_after_its_word():
    first, second, *_ = parse(MODEL).steps
    assert first.expect == "ten pods, all ready."
    assert second.expect == "```text\nupstream connect error\n```"
    assert second.commands == (), "what the reader should see is not a command"


@pytest.mark.parametrize(
    "written",
    [
        "Expect: x",
        "**Expect:** x",
        "**Expect**: x",
        "_Expected:_ x",
        "Expected output: x",
        "EXPECT: x",
    ],
)
def test_expect_may_be_written_in_several_ways(written: str):
    assert parse(f"## Diagnosis\n- Look.\n\n  {written}\n").steps[0].expect == "x"


def test_expect_on_the_line_after_the_title_is_not_part_of_the_title():
    step = parse("## Diagnosis\n- Look. {.change}\n  Expect: below\n  160\n").steps[0]
    assert (step.title, step.tier, step.expect) == ("Look.", "change", "below\n160")


def test_expect_inside_a_sentence_is_only_a_word():
    assert parse("## Diagnosis\n- Look: we expect: nothing\n").steps[0].expect is None


def test_a_step_of_markdown_is_dedented_and_loses_only_its_attributes():
    text = "## Diagnosis\n10) Look {.observe}\n    at it.\n\n      - inner\n\n    ```\n      kept\n    ```\n"
    step = parse(text).steps[0]
    assert step.markdown == "Look {.observe}\nat it.\n\n  - inner\n\n```\n  kept\n```"
    assert step.tier_stated is False, "braces in the middle of a paragraph are not its attributes"
    cut = parse("## Diagnosis\n-   Look\n    at it. {.observe}\n    - inner {.change}\n").steps[0]
    assert cut.markdown == "Look\nat it.\n- inner {.change}"


def test_a_tab_indents_as_far_as_markdown_says():
    step = parse("## Diagnosis\n-\tLook.\n\n\t```\n\t\tdeep\n\t```\n").steps[0]
    assert step.markdown == "Look.\n\n```\n    deep\n```"
    assert step.commands[0].text == "\tdeep"


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("{.dangerous}", "no tier"),
        ("{.observe onclick=alert(1)}", "no attribute “onclick”"),
        ('{.observe access="x}', "cannot be read"),
        ("{.observe .change}", "tier twice"),
        ("{.observe access=x", "cannot be read"),
        ("{undo=}", "cannot be read"),
    ],
)
def test_attributes_that_cannot_be_read_stay_in_the_text_and_are_named_by_line(end: str, says: str):
    document = parse(f"## Diagnosis\n\n- Look. {end}\n")
    (problem,) = document.problems
    assert says in problem.message
    assert problem.line == 3
    assert end in document.steps[0].title
    assert document.steps[0].tier_stated is False


@pytest.mark.parametrize(
    "end",
    [
        "{{ name }}",
        "`{.observe}`",
        '{job="x"}',
        "${HOME}",
        "{#anchor}",
        "{onclick=alert(1)}",
        "a{.observe}",
        "{ .observe } and more",
    ],
)
def test_other_braces_at_the_end_of_a_paragraph_are_words(end: str):
    step = parse(f"## Diagnosis\n- Look at {end}\n").steps[0]
    assert step.title == f"Look at {end}"
    assert (step.tier_stated, step.access, step.undo) == (False, (), None)


def test_an_undo_may_hold_braces_and_the_other_quote():
    step = parse(
        """## Fix\n- Do. {.change undo="patch -p 'spec: {min: 1, max: {{ n }}}'"}\n"""
    ).steps[0]
    assert step.undo == "patch -p 'spec: {min: 1, max: {{ n }}}'"
    assert step.title == "Do."


def test_a_section_without_a_list_has_a_step_for_each_code_block_with_the_paragraph_before_it():
    text = dedent(
        """\
        ## Mitigation
        Some words.

        Restart it. {.change access=ssh}

        ```sh
        systemctl restart x
        ```

        Expect: active.

        ```
        alone
        ```

        ### Or
        Other words.
        """
    )
    document = parse(text)
    first, second = document.steps
    assert (first.title, first.access, first.expect) == ("Restart it.", ("ssh",), "active.")
    assert first.markdown == "Restart it.\n\n```sh\nsystemctl restart x\n```\n\nExpect: active."
    assert (second.title, second.commands[0].text) == ("", "alone")
    runs = [part for part in document.sections[0].parts if isinstance(part, str)]
    assert runs == ["Some words.", "### Or\nOther words."]


def test_a_section_with_neither_lists_nor_code_has_no_steps():
    section = parse("## Resolution\nAsk somebody.\n\n> - a quoted list\n").sections[0]
    assert (section.steps, section.parts) == ((), ())


def test_nested_items_belong_to_their_step():
    document = parse("## Diagnosis\n- one\n  - inner\n    1. innermost\n- two\n")
    assert [s.title for s in document.steps] == ["one", "two"]
    assert document.steps[0].text == "one inner innermost"


def test_numbering_runs_on_over_lists_headings_and_a_second_section_of_the_same_name():
    document = parse(
        "## Diagnosis\n1. a\n\ntext\n\n* b\n\n### More\n1. c\n\n## Impact\n- x\n\n## Troubleshooting\n1. d\n"
    )
    assert [(s.label, s.title) for s in document.steps] == [
        ("D1", "a"),
        ("D2", "b"),
        ("D3", "c"),
        ("D4", "d"),
    ]


def test_only_diagnosis_mitigation_and_resolution_have_steps():
    assert parse("## Symptoms\n- a\n## Prevention\n- b\n## Own words\n- c\n").steps == ()


def test_a_line_that_only_looks_like_a_step_is_reported():
    """Ten steps with code indented for one digit: Markdown, and every viewer, loses the eleventh."""
    text = "## Diagnosis\n" + "".join(
        f"{n}. Do.\n   ```\n   x\n   ```\n   Expect: y\n" for n in range(9, 13)
    )
    document = parse(text)
    (problem, *_) = document.problems
    assert "looks like a step" in problem.message
    assert text.split("\n")[(problem.line or 0) - 1] == "11. Do."

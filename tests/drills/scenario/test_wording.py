"""A runbook's own words within sentences of a drill."""

from __future__ import annotations

import pytest

from drills.scenario import wording
from drills.scenario.source import source_of
from runbooks import document


def step(text):
    parsed = document.parse(f"---\ntitle: T\n---\n## Mitigation\n- {text}\n")
    return source_of(parsed, slug="t", revision=1).steps[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "**Check pods**: see [the guide][1] and `x` &lt; 5",
            "Check pods: see the guide and x < 5",
        ),
        ("a <b>bold</b> word<br>", "a bold word"),
        ("| a | b | c |", "a b c"),
        ("tail -1 | wc -l", "tail -1 | wc -l"),
        ("set env {{ cluster }}", "set env <cluster>"),
    ],
)
def test_no_markup_is_left_over(text, wanted):
    assert wording.tidy(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Restart the gateway so that it reads its configuration again", "Restart the gateway"),
        (
            "Scale the consumer up (see the page on capacity for the numbers)",
            "Scale the consumer up",
        ),
        ("Headroom is < 3 % sustained", "Headroom is < 3 % sustained"),
        (
            'Say "the provider does not answer at all today" to everybody',
            "Say the provider does not answer …",
        ),
    ],
)
def test_a_long_text_ends_where_a_clause_ends(text, wanted):
    assert wording.cut(text, 36) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Restart the app.", "restart the app"),
        ("Network: Restart the switch.", "restart the switch"),
        ("If the disk is full, delete old logs.", "delete old logs"),
        ("The second provider is slower. Switch payments over.", "switch payments over"),
        ("etcd defragmentation", "do M1"),
    ],
)
def test_a_step_is_said_as_something_that_one_does(text, wanted):
    assert wording.doing(step(text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Check storage provider for errors.", "What do we know about the storage provider?"),
        ("Check whether the provider answers.", "Do we know yet whether the provider answers?"),
        ("Is nginx up?", "Is nginx up?"),
        ("Major faults are elevated.", "Is it so: Major faults are elevated?"),
        ("Look at Kibana.", "What do we know about Kibana?"),
        ("Restart it.", ""),
    ],
)
def test_a_look_is_asked_for_in_a_whole_sentence(text, wanted):
    assert wording.asked(step(text)) == wanted


def test_a_quotation_within_one_takes_the_inner_marks():
    assert wording.nested("He says: “it says “no” here”.") == "He says: “it says ‘no’ here”."


def test_only_a_capital_that_began_a_sentence_is_lowered():
    assert wording.lowered("The disk is full") == "the disk is full"
    assert wording.lowered("Kafka is late") == "Kafka is late"

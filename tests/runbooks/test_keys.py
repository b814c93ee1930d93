"""Step keys outlive edits."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from runbooks.document import parse
from runbooks.keys import carry_keys


@dataclass
class Before:
    key: str
    section: str
    text: str


def steps(*lines, heading="Diagnosis"):
    items = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    return parse(f"---\ntitle: t\n---\n## {heading}\n{items}\n").steps


def before(parsed, keys):
    return [Before(keys[s.label], s.section, s.text) for s in parsed]


def test_the_same_text_keeps_its_key_wherever_it_moves():
    first = steps("Count the connections.", "Read the log.")
    keys = carry_keys(first, [])
    moved = carry_keys(steps("Read the log.", "Count the connections."), before(first, keys))
    assert moved == {"D1": keys["D2"], "D2": keys["D1"]}


def test_an_edited_step_keeps_its_key_and_a_new_one_gets_its_own():
    first = steps("Count the active connections of the database.")
    keys = carry_keys(first, [])
    after = carry_keys(
        steps("Ask the owner.", "Count the idle connections of the database."), before(first, keys)
    )
    assert after["D2"] == keys["D1"]
    assert after["D1"] != keys["D1"]


def test_a_step_of_another_section_is_another_step():
    first = steps("Count the connections.")
    keys = carry_keys(first, [])
    after = carry_keys(steps("Count the connections.", heading="Resolution"), before(first, keys))
    assert after["R1"] != keys["D1"]


def test_two_steps_with_one_text_keep_two_keys():
    first = steps("Wait.", "Wait.")
    keys = carry_keys(first, [])
    assert carry_keys(first, before(first, keys)) == keys
    assert len(set(keys.values())) == 2


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=8),
    st.lists(st.sampled_from("abcdefgh"), max_size=8),
)
def test_every_step_has_a_key_and_no_key_is_given_twice(old, new):
    first = steps(*(f"Look at system {x}, then wait." for x in old)) if old else ()
    keys = carry_keys(first, [])
    second = steps(*(f"Look at system {x}, then wait." for x in new)) if new else ()
    after = carry_keys(second, before(first, keys))
    assert set(after) == {s.label for s in second}
    assert len(set(after.values())) == len(after)

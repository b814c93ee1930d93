"""Near-copies: what two texts have in common, and finding the other one among ten thousand."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.checking.codes import NEAR_COPY
from runbooks.checking.copies import FEWEST, RUN, Library, resemblance, sketch_of
from runbooks.checks import Facts, check
from runbooks.document import parse

WORDS = [f"word{number}" for number in range(3_000)]


def text_of(seed: int, length: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def shared(one: str, other: str) -> float:
    """The share of runs of words in common, counted."""
    runs = [
        {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
        for words in (one.split(), other.split())
    ]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


def test_the_same_words_under_another_title_are_the_same_text():
    one = f"---\ntitle: A\nowner: yash\n---\n# A\n## Symptoms\n{text_of(1)}\n"
    other = f"---\ntitle: B\n---\n# B\n## Meaning\n{text_of(1)}\n"
    assert resemblance(sketch_of(one), sketch_of(other)) == 1.0


def test_a_copy_for_another_service_is_a_copy():
    frame = "---\nservices: [{0}]\nalerts:\n  - {0}ErrorsHigh\n---\n"
    words = text_of(1, 60).split()
    text = frame + " ".join(
        f"{word} {{0}}" if at % 3 == 0 else word for at, word in enumerate(words)
    )
    one, other = text.format("checkout"), text.format("basket")
    assert resemblance(sketch_of(one), sketch_of(other)) == 1.0
    assert resemblance(sketch_of(one), sketch_of(other.replace("services: [basket]", ""))) < 0.5


def test_texts_that_have_nothing_in_common_resemble_each_other_not_at_all():
    assert resemblance(sketch_of(text_of(1)), sketch_of(text_of(2))) == 0.0
    assert resemblance(sketch_of(""), sketch_of("")) == 0.0


@given(st.integers(0, 10_000), st.integers(0, 600))
@settings(max_examples=60, deadline=None)
def test_the_estimate_is_near_the_true_share(seed: int, kept: int):
    one = text_of(seed, 600)
    other = " ".join(one.split()[:kept]) + " " + text_of(seed + 1, 600 - kept)
    assert abs(resemblance(sketch_of(one), sketch_of(other)) - shared(one, other)) < 0.15


def test_the_copy_is_found_among_ten_thousand():
    library = Library.of((f"r{seed}", text_of(seed, 60)) for seed in range(10_000))
    words = text_of(4_711, 60).split()
    words[20:26] = ["six", "words", "of", "it", "are", "other"]
    copy = " ".join(words)
    name, share = library.closest(sketch_of(copy)) or ("", 0.0)
    assert (name, share > 0.6) == ("r4711", True)
    assert library.closest(sketch_of(text_of(20_000, 60))) is None


def test_a_text_is_no_copy_of_itself_and_both_of_two_are_copies():
    texts = {
        name: f"## Diagnosis\n1. {text_of(1)} {text_of(extra, 30)}\n"
        for name, extra in (("a", 2), ("b", 3))
    }
    texts["c"] = f"## Diagnosis\n1. {text_of(4)}\n"
    library = Library.of(texts.items())
    said = {
        name: [
            f.about
            for f in check(parse(text), imported=True, facts=Facts(library=library, name=name))
            if f.code == NEAR_COPY
        ]
        for name, text in texts.items()
    }
    assert said == {"a": ["b"], "b": ["a"], "c": []}


def test_what_every_text_of_a_template_says_makes_no_copies():
    frame = text_of(0, 40)
    texts = {f"r{seed}": f"{frame} {text_of(seed, 200)}" for seed in range(1, 600)}
    library = Library.of(texts.items())
    for name in ("r1", "r300", "r599"):
        closest = library.closest(library.sketches[name], but=name)
        assert closest is None or closest[1] < 0.3


def test_a_few_words_are_a_copy_of_nothing():
    text = "## Diagnosis\nTODO\n## Mitigation\nTODO\n"
    library = Library.of([("a", text), ("b", text)])
    assert len(library.sketches["a"]) < FEWEST
    assert library.closest(library.sketches["a"], but="a") is None


def test_a_sketch_is_the_same_in_every_process():
    assert list(sketch_of("one two three four five")) == [1108429114, 2529087459]

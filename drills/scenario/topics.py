"""What kind of trouble a runbook is about, and what happens around that kind. Pure, but for its own file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from drills.scenario.source import Source

_FILE = Path(__file__).with_name("topics.yaml")
#: What counts as a mention, and how much, by where it stands.
_IN_TITLE, _IN_SYMPTOMS, _IN_STEPS = 6, 2, 1
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 6_000


@dataclass(frozen=True, slots=True)
class Topic:
    key: str
    words: re.Pattern[str]
    evidence: tuple[str, ...]
    customer: tuple[str, ...]
    grows: tuple[tuple[str, str], ...]  # what happens, what a good answer is
    herring: tuple[tuple[str, str], ...]
    trap: tuple[tuple[str, str], ...]
    boss: tuple[str, ...]


#: For what speaks of nothing that is known.
PLAIN = Topic(
    key="",
    words=re.compile(r"(?!)"),
    evidence=("Something is not as it was before {start}; the rest is unchanged.",),
    customer=(
        "It worked this morning. What did you do?",
        "I cannot finish what I came for. Shall I wait or come back tomorrow?",
    ),
    grows=(
        (
            "A second team says that they have it, too, since a few minutes.",
            "Asks what the two have in common, and tells both when they hear more",
        ),
        (
            "It is getting worse, slowly: what was now and then is now every time.",
            "Says what will not work in half an hour, and what is decided before then",
        ),
    ),
    herring=(
        (
            "Somebody changed something else at {before} and is sorry already.",
            "Asks for what was changed, compares times, and thanks them either way",
        ),
    ),
    trap=(
        (
            "Switch it off and on again.",
            "Says what is lost by that and what one hopes for, and keeps the evidence first",
        ),
    ),
    boss=("When is it over, and what do you need from me?",),
)


@cache
def _topics() -> tuple[Topic, ...]:
    return tuple(_topic(each) for each in yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _topic(given: dict[str, Any]) -> Topic:
    def pairs(name: str) -> tuple[tuple[str, str], ...]:
        return tuple((happens, answer) for happens, answer in given[name])

    return Topic(
        key=given["key"],
        words=re.compile(rf"(?<![A-Za-z])(?:{given['words']})", re.IGNORECASE),
        evidence=tuple(given["evidence"]),
        customer=tuple(given["customer"]),
        grows=pairs("grows"),
        herring=pairs("herring"),
        trap=pairs("trap"),
        boss=tuple(given["boss"]),
    )


def topics_of(source: Source) -> tuple[Topic, ...]:
    """What it is about, the plainest first; at most two, and `PLAIN` where nothing is known."""
    titles = " ".join(_CAMEL.sub(" ", each) for each in (source.title, *source.alerts))
    symptoms = " ".join((*source.symptoms[:6], *source.log_lines, *source.impact[:2]))[:_LONGEST]
    steps = " ".join(step.title for step in source.steps[:30])[:_LONGEST]
    scored = []
    for n, topic in enumerate(_topics()):
        weight = (
            _IN_TITLE * _mentions(topic, titles, 3)
            + _IN_SYMPTOMS * _mentions(topic, symptoms, 3)
            + _IN_STEPS * _mentions(topic, steps, 4)
        )
        if weight >= _IN_TITLE:
            scored.append((-weight, n, topic))
    scored.sort(key=lambda each: each[:2])
    best = [topic for weight, _, topic in scored if weight * 3 <= scored[0][0]]
    return tuple(best[:2]) or (PLAIN,)


def _mentions(topic: Topic, text: str, most: int) -> int:
    """How many different words of the topic a text has."""
    return min(most, len({found[0].casefold() for found in topic.words.finditer(text)}))

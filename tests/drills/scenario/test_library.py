"""Drills of a whole library: in the documented shape, without litter, plainly different from each other."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from drills.scenario import guards, offline
from drills.scenario.source import source_of
from runbooks import document

LIBRARY = Path(__file__).parents[3] / "runbooks" / "demo" / "library"
#: Markup, a half quotation or bracket, two marks at a sentence's end.
LITTER = re.compile(
    r"\*\*|\]\(|</?(?:br|b|td|p|div|span)\b|&[lg]t;|\{\{|\?\.|(?<!\.)\.\.(?!\.)|“”| {2}"
)


def drills(minutes=45):
    for path in sorted(LIBRARY.glob("*.md")):
        source = source_of(document.parse(path.read_bytes()), slug=path.stem, revision=1)
        yield source, offline.write(source, minutes=minutes)


def said_by(draft):
    for inject in draft.injects:
        yield from (inject.text, inject.expected, *inject.hints, inject.evaluator_note)


@pytest.mark.parametrize(("minutes", "least", "most"), [(45, 4, 6), (120, 6, 12)])
def test_every_drill_has_the_documented_shape(minutes, least, most):
    for source, draft in drills(minutes):
        labels = [step.label for step in source.steps]
        times = [inject.at_minutes for inject in draft.injects]
        assert least <= len(times) <= most, source.slug
        assert times == sorted(set(times)), source.slug
        assert times[-1] < minutes, source.slug
        assert [reading.step for reading in draft.readings] == labels
        assert {inject.step for inject in draft.injects} <= {*labels, None}
        assert any(inject.twist for inject in draft.injects), source.slug
        assert {i.channel for i in draft.injects} & {"customer", "executive"}, source.slug
        assert draft.assumptions, source.slug
        assert guards.check(draft, source) == [], source.slug


def test_no_sentence_holds_markup_or_half_a_quotation():
    for source, draft in drills():
        for said in (
            draft.narrative,
            *draft.objectives,
            *said_by(draft),
            *(a.text for a in draft.assumptions),
        ):
            assert not LITTER.search(said), (source.slug, said)
            assert said.count("“") == said.count("”"), (source.slug, said)
            assert said.count("(") == said.count(")"), (source.slug, said)


def test_each_hint_says_more_than_the_one_before():
    for source, draft in drills():
        for inject in draft.injects:
            assert len(set(inject.hints)) == len(inject.hints) >= 2, source.slug


def test_the_decisive_step_of_each_runbook_is_put_to_the_test():
    for source, draft in drills():
        evidence = re.search(r"The evidence is at (\w+)", draft.narrative)
        if evidence:
            assert evidence[1] in {inject.step for inject in draft.injects}, source.slug


def test_different_runbooks_give_plainly_different_drills():
    def sentences(draft):
        whole = "\n".join(said_by(draft))
        return {s.strip() for s in re.split(r"(?<=[.!?”])\s+|\n", whole) if len(s.strip()) > 12}

    texts = [sentences(draft) for _, draft in drills()]
    shared = [len(a & b) / min(len(a), len(b)) for a, b in itertools.combinations(texts, 2)]
    assert sum(shared) / len(shared) < 0.15
    assert max(shared) < 0.5


def test_what_happens_is_told_and_no_step_of_the_players_presumed():
    for source, draft in drills(120):
        for inject in draft.injects:
            assert not re.search(r"\b(?:since|now that|after|because) you\b", inject.text), (
                source.slug
            )


@pytest.mark.parametrize(
    "text",
    [
        "## Diagnosis\n"
        + "".join(f"{n}. Check shard {n}, if it is slow restart it.\n" for n in range(3_000)),
        "## Diagnosis\n- Check " + "a b " * 200_000,
        "## Diagnosis\n- x\n  ```sh\n  " + "ssh -o " * 30_000 + "\n  ```\n",
        "## Diagnosis\n- x\n  ```sql\n  select " + "a(," * 30_000 + " from b\n  ```\n",
        "## Diagnosis\n- x\n\n  Expect: below " + "9" * 400 + "\n",
        "## Diagnosis\n- If " + "(" * 200_000 + "\n",
        "---\ntitle: 🔥\n---\n## Diagnosis\n- 🔥\n- .\n- `x`\n- []()\n",
        "---\ntitle: تعطل الخدمة\n---\n## Diagnosis\n- تحقق من السجلات\n## Mitigation\n- 重启服务\n",
    ],
    ids=[
        "3000 steps",
        "a long line",
        "ssh",
        "sql",
        "a huge number",
        "brackets",
        "emoji",
        "other scripts",
    ],
)
def test_a_hostile_runbook_gives_a_drill_too(text):
    source = source_of(document.parse(text, fallback_title="Something"), slug="x", revision=1)
    draft = offline.write(source, minutes=90)
    assert 6 <= len(draft.injects) <= 12
    assert len(draft.readings) == min(len(source.steps), 400)

"""The offline writer: a scenario that one would run, for any runbook that has a step."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drills.scenario import guards, offline
from drills.scenario.source import Known, RuleFacts, source_of
from runbooks import document

RUNBOOK = """\
---
title: Customer API answers 500 at checkout
services: [checkout]
alerts: [CheckoutErrors, CheckoutLatency]
severity: high
access:
  kubectl-prod: { how: "group k8s-prod" }
escalation:
  - { after: 15m, to: "@payments-oncall", how: "page payments" }
  - { after: 30m, to: "@incident-lead", how: "page lead" }
---
## Symptoms
Customers write "my card is refused". The log says `upstream connect error: 111`.

## Impact
Nobody can pay. Baskets are kept.

## Diagnosis
1. Count the errors. {.observe access=kubectl-prod}
   ```sh
   kubectl -n shop logs deployment/checkout --since=5m | grep -c 500
   ```
   Expect: below 5. If it is above 5, go to D2. Otherwise page @payments-oncall.
2. See whether the provider answers.
   ```sh
   curl -sS -o /dev/null -w '%{http_code}' https://api.paylane.example/health
   ```
   Expect: 200. If it is not, do M1. Otherwise go to M2.

## Mitigation
1. Switch payments to the second provider. {.change undo="flagctl set payments.provider first"}
   ```sh
   flagctl set payments.provider second
   ```
   Expect: D1 below 5 within 3 minutes.
2. Delete the stuck queue. {.destructive}
   ```sh
   kubectl -n shop delete job settle
   ```

## Prevention
- [ENG-12](https://track.example/ENG-12) alert earlier
"""
ONE_STEP = "---\ntitle: Disk is full\n---\n## Diagnosis\n- Check the disk.\n"


def source(text=RUNBOOK, slug="checkout-500", **more):
    return source_of(document.parse(text), slug=slug, revision=3, **more)


def injects(text=RUNBOOK, minutes=45, **more):
    return offline.write(source(text, **more), minutes=minutes).injects


@pytest.mark.parametrize(
    ("minutes", "least", "most"), [(20, 4, 6), (45, 4, 6), (60, 6, 12), (240, 6, 12)]
)
@pytest.mark.parametrize("text", [RUNBOOK, ONE_STEP])
def test_a_drill_has_as_many_injects_as_its_time_allows(text, minutes, least, most):
    made = injects(text, minutes=minutes)
    assert least <= len(made) <= most
    times = [inject.at_minutes for inject in made]
    assert times[0] == 0
    assert times == sorted(set(times))
    assert times[-1] < minutes


def test_the_first_thing_is_the_alert_as_monitoring_says_it():
    rule = RuleFacts(
        "CheckoutErrors", expr="rate(x[5m]) > 5", summary="{{ $value }} errors of {{ $labels.job }}"
    )
    first = injects(rules=[rule])[0]
    assert first.channel == "alert"
    assert first.text.startswith("[FIRING] CheckoutErrors\nseverity: high\n")
    assert "{{" not in first.text
    assert first.milestone == "runbook_found"


def test_every_inject_tests_a_step_that_is_there_or_none():
    labels = {"D1", "D2", "M1", "M2", None}
    for inject in injects(minutes=240):
        assert inject.step in labels
        assert len(inject.hints) >= 2
        assert inject.expected.endswith(".")
        assert inject.player


def test_a_drill_has_a_twist_and_somebody_outside_who_asks():
    made = injects()
    assert any(inject.twist for inject in made)
    assert {inject.channel for inject in made} & {"customer", "executive"}


def test_it_uses_the_runbooks_own_words():
    said = "\n".join(inject.text + inject.expected for inject in injects(minutes=240))
    for word in (
        "my card is refused",
        "Nobody can pay",
        "@payments-oncall",
        "CheckoutLatency",
        "kubectl-prod",
    ):
        assert word in said


def test_a_step_that_is_known_to_be_wrong_comes_up():
    known = [Known("D2", "wrong", "the health page answers 200 while payments fail")]
    made = [
        inject
        for inject in injects(known=known)
        if inject.step == "D2" and "left a note" in inject.text
    ]
    assert len(made) == 1
    assert "the health page answers 200" in made[0].text


def test_every_step_has_a_reading_and_its_numbers_are_on_the_wrong_side():
    draft = offline.write(source())
    readings = {reading.step: reading.output for reading in draft.readings}
    assert list(readings) == ["D1", "D2", "M1", "M2"]
    shown = int(re.search(r"\n(\d+)$", readings["D1"])[1])
    assert shown > 5
    assert "expect" not in readings["D1"]
    assert "A few minutes later: D1 below 5 within 3 minutes." in readings["M1"]
    assert "job/settle deleted" in readings["M2"] or "deleted" in readings["M2"]


def test_what_the_runbook_takes_for_granted_is_named_with_its_step():
    said = {(one.step, one.text) for one in offline.write(source()).assumptions}
    assert ("M2", "It does not say how to take this back if it makes things worse.") in said
    assert ("M2", "It destroys something and does not say who may decide on it.") in said
    bare = {one.text for one in offline.write(source(ONE_STEP)).assumptions}
    assert any("names nobody to call" in text for text in bare)
    assert any("does not say how one looks" in text or "what to run" in text for text in bare)


def test_the_same_runbook_gives_the_same_drill_and_another_one_another():
    other = ONE_STEP.replace("Disk is full", "Certificate expires").replace(
        "the disk", "the certificate"
    )
    assert offline.write(source()) == offline.write(source())
    one, two = injects(ONE_STEP), injects(other)
    same = {a.text for a in one} & {b.text for b in two}
    assert len(same) <= 1


def test_without_a_step_it_says_what_is_missing():
    with pytest.raises(offline.NothingToDrill, match="has no step: a drill needs at least one"):
        offline.write(source("---\ntitle: Something\n---\n## Diagnosis\nLook around.\n"))


def test_it_names_nothing_that_stands_in_no_source():
    for text in (RUNBOOK, ONE_STEP):
        assert guards.check(offline.write(source(text), minutes=240), source(text)) == []


def test_every_real_runbook_with_a_step_gets_a_clean_scenario(corpus):
    seen: dict[str, str] = {}
    for path in sorted((corpus / "runbooks").glob("*.md")):
        parsed = document.parse(path.read_bytes(), fallback_title=path.stem)
        if not parsed.steps:
            continue
        made_from = source_of(parsed, slug=path.stem.casefold(), revision=1)
        draft = offline.write(made_from)
        assert 4 <= len(draft.injects) <= 6, path.name
        assert guards.check(draft, made_from) == [], path.name
        whole = "\n".join(inject.text for inject in draft.injects)
        assert whole not in seen, f"{path.name} has the drill of {seen.get(whole)}"
        seen[whole] = path.name
    assert len(seen) > 50


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(min_size=1, max_size=60).filter(str.strip),
    step=st.text(min_size=1, max_size=200).filter(str.strip),
    code=st.text(max_size=120),
)
def test_no_text_makes_it_stumble(title, step, code):
    fence = "`" * 9
    text = f"## Diagnosis\n- {' '.join(step.split())}\n\n  {fence}sh\n  {' '.join(code.split())}\n  {fence}\n"
    try:
        parsed = document.parse(text, fallback_title=" ".join(title.split()))
    except document.DocumentError:
        return
    if parsed.steps:
        draft = offline.write(source_of(parsed, slug="any", revision=1), minutes=90)
        assert len(draft.injects) >= 6


@pytest.mark.parametrize("number", range(12))
def test_in_a_drill_of_a_release_nobody_says_that_nothing_was_released(number):
    stuck = "---\ntitle: The rollout of the shop is stuck\n---\n## Diagnosis\n- See which pods are new.\n"
    draft = offline.write(source(stuck, slug=f"stuck-{number}"))
    assert "othing was released" not in draft.start_state


def test_what_is_going_on_and_the_objectives_begin_as_sentences_do():
    text = RUNBOOK.replace('to: "@payments-oncall"', 'to: "the author of the deploy"')
    draft = offline.write(source(text))
    assert draft.narrative.startswith("Customer API answers 500 at checkout.")
    told = "In time, the author of the deploy is told what is known and what is needed."
    assert told in draft.objectives
    assert not [one for one in draft.objectives if one[0].islower()]


def test_without_a_step_it_says_where_one_may_stand():
    text = (
        "---\ntitle: Web is down\n---\n## Symptoms\n- It is slow.\n## Bringing it back\n1. Restart web.\n"
        "## Reading\nSome words.\n"
    )
    with pytest.raises(offline.NothingToDrill) as caught:
        offline.write(source(text))
    assert "What stands under “Bringing it back” could be such steps" in str(caught.value)

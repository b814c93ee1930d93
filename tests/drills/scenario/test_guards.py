"""What a scenario may not say, whoever wrote it."""

from __future__ import annotations

import pytest

from drills.scenario import guards, offline
from drills.scenario.source import source_of
from runbooks import document
from tests.drills.scenario.test_offline import RUNBOOK


@pytest.fixture
def source():
    return source_of(document.parse(RUNBOOK), slug="checkout-500", revision=1)


def flagged(source, **changes):
    draft = offline.write(source)
    first = draft.injects[0].model_copy(update=changes)
    draft = draft.model_copy(update={"injects": [first, *draft.injects[1:]]})
    return [(flag.where, flag.name) for flag in guards.check(draft, source)]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("See https://grafana.invented.example/d/1 now.", "https://grafana.invented.example/d/1"),
        ("db-17.invented.internal is down.", "db-17.invented.internal"),
        ("10.11.12.13 does not answer.", "10.11.12.13"),
        ("Ask @somebody-else about it.", "@somebody-else"),
        ("Write to #made-up-channel.", "#made-up-channel"),
        ("Mail ops@invented.example.", "ops@invented.example"),
        ("[FIRING] InventedAlertHigh", "InventedAlertHigh"),
        ("Try\n$ helm rollback checkout 3", "helm rollback checkout 3"),
        ("<script>alert(1)</script>", "<script"),
        ("Now that you restarted it, the error is another one.", "Now that you"),
    ],
)
def test_what_is_made_up_is_shown_in_place(source, said, name):
    assert ("inject 1", name) in flagged(source, text=said)


@pytest.mark.parametrize(
    "said",
    [
        "https://api.paylane.example/health answers 500.",
        "@payments-oncall asks.",
        "CheckoutErrors fires.",
        "Somebody says: e.g. the disk, i.e. storage. Version 2.3.4 is out.",
        "kubectl is not there.",
    ],
)
def test_what_the_sources_name_is_not(source, said):
    assert flagged(source, text=said) == []


def test_a_step_that_is_not_there_is_flagged(source):
    assert ("inject 1", "D9") in flagged(source, step="D9")
    assert flagged(source, step=None) == []

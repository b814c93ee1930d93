"""What a list and the trust line say of the steps that readers reported."""

import pytest

from runbooks.trust import worst


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ([("D1", "wrong", 1)], "D1 is reported wrong, 1 report"),
        ([("D1", "wrong", 2), ("D1", "unclear", 1)], "D1 is reported wrong, 2 reports"),
        ([("D1", "wrong", 1), ("D2", "wrong", 1)], "D1 is reported wrong, 1 report; D2 wrong"),
        ([("D1", "unclear", 3), ("R2", "wrong", 1)], "R2 is reported wrong, 1 report; D1 unclear"),
        (
            [("D1", "wrong", 1), ("D2", "wrong", 1), ("M1", "unclear", 1)],
            "D1 is reported wrong, 1 report; 2 more steps reported",
        ),
    ],
)
def test_the_worst_leads_and_no_other_step_is_kept_quiet(reports, words):
    found = worst({"label": step, "verdict": verdict, "count": n} for step, verdict, n in reports)
    assert found is not None
    assert found.words == words

"""A telephone number in Escalation is dialled with a tap; other numbers stay what they are."""

from __future__ import annotations

import pytest

from runbooks.document import parse
from runbooks.rendering import render


def escalation(how):
    text = f'---\ntitle: T\nescalation:\n  - {{ after: 15m, to: "@dba", how: "{how}" }}\n---\n'
    return render(parse(f"{text}## Escalation\nOr {how} then.\n")).escalation_html


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+44 20 7946 0958", "+442079460958"),
        ("+49 (0)30 901820", "+4930901820"),
        ("020 7946 0958", "02079460958"),
    ],
)
def test_a_number_is_dialled_from_the_list_and_from_the_text(written, dialled):
    html = escalation(f"call {written}")
    assert html.count(f'<a href="tel:{dialled}">{written}</a>') == 2


@pytest.mark.parametrize(
    "words",
    ["port 5432", "since 2024-01-01", "ticket #0123456789", "10.0.12.134 is it", "`+4420794609`"],
)
def test_other_numbers_are_not_dialled(words):
    assert "tel:" not in escalation(words)


@pytest.mark.parametrize("after", [".", ": say P1", " - then wait", ", contract 17", "; or mail"])
def test_a_number_is_dialled_whole_whatever_follows_it(after):
    text = f"---\ntitle: T\n---\n## Escalation\nCall the duty phone, +44 20 7946\n0142{after}\n"
    html = render(parse(text)).escalation_html
    assert f'<a href="tel:+442079460142">+44 20 7946\n0142</a>{after}' in html

"""Symptoms in the words of who sees them, sections that say something, and prevention."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import (
    EMPTY_SECTION,
    NO_PREVENTION,
    PLACEHOLDER,
    SYMPTOMS_QUOTE_NOTHING,
)
from tests.checked import found, lines


@pytest.mark.parametrize(
    "symptoms",
    [
        "`FATAL: sorry, too many clients already` in the logs",
        'Customers write "the site is slow".',
        "Customers write 'my basket is empty'.",
        "The log says ERROR: deadlock detected.",
        "A java.lang.OutOfMemoryError in the log.",
        "ORA-12514 in the listener's log",
        "<pre>too many connections</pre>",
        "```\nconnection refused\n```",
        "> upstream connect error",
        "`pg_stat_activity` shows 200 rows",
        "ApiLatencyHigh fires.",
    ],
)
def test_symptoms_that_quote_an_alert_a_log_line_or_a_message_are_left_alone(symptoms: str):
    text = f"---\nalerts: [ApiLatencyHigh]\n---\n## Symptoms\n{symptoms}\n"
    assert lines(SYMPTOMS_QUOTE_NOTHING, text) == []


@pytest.mark.parametrize(
    "symptoms",
    [
        *("The API is slow.", "It is `critical`.", "Like ApiLatencyHighest.", 'The "API" is slow.'),
        *("It's the customers' view that's slow.", "Errors in production, RFC-7231 or not."),
    ],
)
def test_symptoms_in_the_authors_own_words_are_found(symptoms: str):
    text = f"---\nalerts: [ApiLatencyHigh]\n---\n## Symptoms\n{symptoms}\n"
    assert lines(SYMPTOMS_QUOTE_NOTHING, text) == [4]
    also = text.replace("alerts:", 'also: ["504 Gateway Time-out"]\nalerts:')
    assert lines(SYMPTOMS_QUOTE_NOTHING, also) == []


def test_a_heading_above_headings_alone_is_empty_and_one_above_text_is_not():
    text = "## Impact\n### Customers\n\n## Diagnosis\n### Logs\nLook.\n"
    assert lines(EMPTY_SECTION, text) == [1]


def test_an_empty_prevention_and_escalation_have_their_own_findings():
    assert lines(EMPTY_SECTION, "## Prevention\n\n## Escalation\n") == []


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "Nothing says how"),
        ("## Prevention\n", "Nothing says how"),
        ("## Prevention\nTBD\n", "still to be written"),
        ("## Prevention\nWe will alert earlier.\n", "links to no work"),
        ("## Prevention\nUse TLS-1.2 and UTF-8, see step #1.\n", "links to no work"),
        ("## Prevention\nRisk accepted.\n", "does not say why"),
    ],
)
def test_prevention_says_what_it_lacks_and_an_imported_runbook_wears_it(written: str, says: str):
    for imported in (False, True):
        (finding,) = [f for f in found(written, imported=imported) if f.code == NO_PREVENTION]
        assert says in finding.message
        assert finding.blocking is not imported


def test_a_prevention_that_is_to_be_written_is_told_once():
    assert lines(PLACEHOLDER, "## Prevention\nTBD\n") == []
    assert lines(PLACEHOLDER, "## Prevention\nPR-12 merged.\nTODO: the other half\n") == [3]

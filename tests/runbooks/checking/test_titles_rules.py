"""Titles that say what to do, and titles that say what is seen."""

from __future__ import annotations

import pytest

from runbooks.checks import title_is_a_fix


@pytest.mark.parametrize(
    "title",
    [
        "DP-002: Roll back to the last release",
        "OP-12 - Run the database migrations",
        "How to upload a file",
        "Steps to sign in as an operator",
        "Investigate orders",
        "Generate an access token",
        "Creating a cluster",
        "Troubleshooting Ceph",
        "Certificate rotation runbook",
        "Queue replay playbook",
    ],
)
def test_a_title_that_says_what_to_do_is_a_fix(title: str):
    assert title_is_a_fix(title)


@pytest.mark.parametrize(
    "title",
    [
        "IR-010: DNS resolution failure",
        "TS-001: API latency above 5 s",
        "502: bad gateway",
        "Change management",
        "Install framework",
        "Creating snapshots fails",
        "Connecting to Postgres times out",
        "How to tell that replication is stuck",
        "Rotation runbook fails to open",
    ],
)
def test_a_title_that_says_what_is_seen_is_no_fix(title: str):
    assert not title_is_a_fix(title)

"""Who answers for a runbook, and whom a reader calls."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import NO_ESCALATION, NO_OWNER, OWNER_IS_A_TEAM, OWNER_UNKNOWN
from runbooks.checks import Facts
from tests.checked import found, lines


@pytest.mark.parametrize(
    "owner",
    [
        *("payments-team", "@shop/sre", "team-data", "SRE", "dba on-call", "everyone", "TBD"),
        *("SRE Team (EMEA)", "on-call engineer", "#payments", "Site Reliability Engineering"),
        *("Customer Support", "platform-engineering", "Data Platform"),
    ],
)
def test_an_owner_line_that_names_a_team_or_nobody_is_found(owner: str):
    assert lines(OWNER_IS_A_TEAM, f'---\nowner: "{owner}"\n---\n') == [2]


@pytest.mark.parametrize(
    "owner",
    [
        "yash-platform",
        "maren",
        "grace.whitlock",
        "m.vogt@shop.example",
        "sreejith",
        "Li Wei (nights)",
    ],
)
def test_an_owner_line_that_names_a_person_is_left_alone(owner: str):
    assert lines(OWNER_IS_A_TEAM, f"---\nowner: {owner}\n---\n") == []


def test_a_team_of_the_portal_is_a_team_whatever_it_is_called():
    facts = Facts(teams=frozenset({"wren"}), people=frozenset({"lucia"}))
    assert lines(OWNER_IS_A_TEAM, "---\nowner: wren\n---\n", facts=facts) == [2]
    assert lines(OWNER_UNKNOWN, "---\nowner: lucya\n---\n", facts=facts) == [2]
    assert lines(OWNER_UNKNOWN, "---\nowner: Lucia\n---\n", facts=facts) == []


def test_an_owner_by_address_is_not_doubted_where_nobody_has_told_the_addresses():
    facts = Facts(people=frozenset({"lucia"}))
    assert lines(OWNER_UNKNOWN, "---\nowner: lucia@shop.example\n---\n", facts=facts) == []
    facts = Facts(people=frozenset({"lucia", "ravi@shop.example"}))
    assert lines(OWNER_UNKNOWN, "---\nowner: lucia@shop.example\n---\n", facts=facts) == [2]


def test_where_the_portal_knows_the_owner_the_owner_line_is_not_asked():
    facts = Facts(owner_active=True, people=frozenset({"maren"}))
    codes = {f.code for f in found("---\nowner: sre\n---\n", facts=facts)}
    assert not codes & {NO_OWNER, OWNER_IS_A_TEAM, OWNER_UNKNOWN}


@pytest.mark.parametrize(
    "section",
    [
        *("", "## Escalation\n", "## Escalation\nTBD\n", "## Contacts\nN/A\n"),
        "## Escalation\nContact the team.\n",
        "## Escalation\nEscalate if needed.\n",
        "## Escalation\nCall the on-call engineer\n",
        "---\nescalation:\n  - { after: 15m, to: TBD }\n---\n",
    ],
)
def test_an_escalation_that_says_nothing_is_none(section: str):
    assert len(lines(NO_ESCALATION, section)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "## Escalation\nPage dba-primary after 15 minutes.\n",
        "## Contacts\n#payments\n",
        "## Escalation\nPage the DBA on call via PagerDuty.\n",
        "## Escalation\n[The rota](https://rota.example/dba)\n",
        '---\nescalation:\n  - { after: 15m, to: "@dba-oncall" }\n---\n',
    ],
)
def test_whom_to_call_may_stand_in_the_front_matter_or_in_its_section(text: str):
    assert lines(NO_ESCALATION, text) == []

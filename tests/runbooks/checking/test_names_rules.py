"""Names that the portal does not know, and texts that name nothing of one's own."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import (
    GENERIC_TEXT,
    RELATED_IS_DEAD,
    UNKNOWN_CHANNEL,
    UNKNOWN_SERVICE,
    UNKNOWN_TEAM,
    UNKNOWN_TOOL,
)
from runbooks.checks import Facts
from tests.checked import diagnosis, found, lines

NAMES = Facts(
    people=frozenset({"maren"}),
    teams=frozenset({"shop", "dba-oncall"}),
    channels=frozenset({"deploys"}),
    tools=frozenset({"flagctl"}),
    services=frozenset({"checkout", "delivery quotes", "delivery-quotes"}),
    slugs=frozenset({"replica-lag"}),
)


def test_nothing_is_said_of_names_where_nobody_has_told_any():
    text = """\
        ---
        services: [nowhere]
        related: [nothing]
        ---
        ## Diagnosis
        1. Ask @nobody in #nowhere.
           ```sh
           check_stripe x
           ```
        """
    codes = {f.code for f in found(text)}
    assert not codes & {
        UNKNOWN_TOOL,
        UNKNOWN_TEAM,
        UNKNOWN_CHANNEL,
        UNKNOWN_SERVICE,
        RELATED_IS_DEAD,
    }


def tools(code: str, language: str = "sh") -> list[str]:
    text = (
        f"## Diagnosis\n1. Look.\n   ```{language}\n   "
        + code.replace("\n", "\n   ")
        + "\n   ```\n"
    )
    return [f.about for f in found(text, facts=NAMES) if f.code == UNKNOWN_TOOL]


def test_a_program_is_read_as_the_shell_reads_it():
    assert tools("sudo -u x check_stripe --id 1 | jq . && flagctl list") == ["check_stripe"]
    assert tools("for c in a b; do refundctl $c; done; refundctl x") == ["refundctl"]
    assert tools("kubectl get pods -o json | jq '.items[] | select(.x)' # stripectl") == []
    assert tools("$ wrenctl x\nrevoked thing\n$ ls", "console") == ["wrenctl"]
    assert tools("select * from x", "sql") == []
    assert tools("# stripectl is gone\nls") == [], "a comment is no prompt"
    assert tools("# kubectl get x\nrevoked thing", "console") == [], "there it is one"
    assert tools("$ wrenctl x\nrevoked thing", "") == ["wrenctl"]
    assert tools("foo() {\n  ls\n}\nfoo") == [], "its own function"
    assert tools("gradle build; ansible-playbook x.yml; pt-query-digest y; rg z") == []
    assert tools("psql -d shop <<'SQL' | tail -1\nselect pid\n  from x;\nSQL\nrefundctl x") == [
        "refundctl"
    ]
    assert tools("kafka-console-consumer.sh --topic x && kafka-acls --list") == []
    assert tools("./restart.sh; X=1 Y=2; echo stripectl; $TOOL x") == []


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Run `wrenctl refund 1`.", ["wrenctl"]),
        ("Look it up with `wrenctl show 1`.", ["wrenctl"]),
        ("Run `flagctl list` and `kubectl get pods`.", []),
        ("Set it with `max_connections`, not `work_mem = 4`.", []),
    ],
)
def test_a_tool_may_be_named_within_a_sentence(words: str, names: list[str]):
    said = [f.about for f in found(diagnosis(words), facts=NAMES) if f.code == UNKNOWN_TOOL]
    assert said == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Page @dba-oncall, @Maren and @shop.", []),
        ("Page @dba-oncal.", ["dba-oncal"]),
        ("Write to grace@shop.example or user@host.", []),
        ("`@nobody` and https://x.example/@nobody", []),
        ("([@nobody](https://chat.example/nobody))", ["nobody"]),
    ],
)
def test_handles_are_people_and_teams_of_the_portal(line: str, names: list[str]):
    said = [
        f.about for f in found(f"## Escalation\n{line}\n", facts=NAMES) if f.code == UNKNOWN_TEAM
    ]
    assert said == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Say it in #deploys.", []),
        ("Say it in #deplyos, and in #deplyos again.", ["deplyos"]),
        ("See #123, R#x and [D1](#step-x) and https://x.example/#top.", []),
        ("`#nowhere`", []),
        ("(#nowhere)", ["nowhere"]),
        ("The bar turns #ffaa00 or #fff.", []),
    ],
)
def test_channels_are_those_that_the_portal_knows(line: str, names: list[str]):
    said = [
        f.about for f in found(f"## Impact\n{line}\n", facts=NAMES) if f.code == UNKNOWN_CHANNEL
    ]
    assert said == names


def test_services_are_known_by_name_or_slug():
    text = "---\nservices: [Checkout, Delivery quotes, chekout]\n---\n"
    assert [f.about for f in found(text, facts=NAMES) if f.code == UNKNOWN_SERVICE] == ["chekout"]


def test_related_slugs_and_links_to_files_lead_somewhere():
    text = """\
        ---
        related: [Replica-Lag, replica-lagg]
        ---
        See [this](replica-lag.md#d1), [that](../db/Gone.md), [r](/r/gone-too) and [web](https://x.example/a.md).
        """
    dead = [f.about for f in found(text, facts=NAMES) if f.code == RELATED_IS_DEAD]
    assert dead == ["replica-lagg", "gone", "gone-too"]
    code = "`[a](gone.md)`\n\n```\n[a](gone.md)\n```\n[b](replica%2Dlag.md)\n"
    assert lines(RELATED_IS_DEAD, code, facts=NAMES) == []


def test_a_folder_alone_knows_its_files_and_no_more():
    facts = Facts(files=frozenset({"replica-lag"}))
    text = "---\nrelated: [elsewhere]\n---\n[a](replica-lag.md) [b](gone.md) [c](/r/elsewhere)\n"
    assert [f.about for f in found(text, facts=facts) if f.code == RELATED_IS_DEAD] == ["gone"]


@pytest.mark.parametrize(
    "line",
    [
        "Look at checkout.",
        "Ask @shop-oncall.",
        "Say it in #deploys.",
        "Phone +44 20 7946 0142.",
        "Host pg-main-1.db.shop.example",
        "https://acme.pagerduty.com/services/1",
        "1. Look.\n   ```sh\n   ssh pg-main-1\n   ```",
        "1. Look.\n   ```sh\n   systemctl status checkout-api\n   ```",
        "See https://grafana.shop.example/d/x.",
        "1. Look.\n   ```sh\n   kubectl -n shop get pods\n   ```",
        "1. Look.\n   ```sh\n   psql -h pg-main.db.shop.example\n   ```",
    ],
)
def test_a_text_that_names_something_of_ones_own_is_not_generic(line: str):
    text = f"---\nservices: [checkout]\n---\n## Diagnosis\n{line}\n"
    assert lines(GENERIC_TEXT, text) == []


@pytest.mark.parametrize(
    "line",
    [
        "Look at the pods.",
        "https://support.pagerduty.com/docs and https://www.atlassian.com/x",
        "1. Look.\n   ```sh\n   ssh node-1 systemctl restart node-exporter\n   ```",
        "1. Look.\n   ```sh\n   kubectl -n kube-system get pods\n   ```",
        "1. Look.\n   ```sh\n   kubectl -n {{ namespace }} describe deployment/{{ name }}\n   ```",
        "See https://kubernetes.io/docs/concepts/.",
    ],
)
def test_a_text_that_anybody_could_have_written_is_generic(line: str):
    assert (
        len(lines(GENERIC_TEXT, f"---\nservices: [kubernetes]\n---\n## Diagnosis\n{line}\n")) == 1
    )

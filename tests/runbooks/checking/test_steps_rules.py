"""Steps that one can run, and the ways in that they need."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import ACCESS_NOT_DESCRIBED, STEP_WITHOUT_COMMAND, STEP_WITHOUT_EXPECT
from tests.checked import diagnosis, found, lines


def test_a_command_within_a_sentence_is_a_command_and_a_name_is_none():
    assert lines(STEP_WITHOUT_EXPECT, diagnosis("Run `kubectl get nodes`.")) == [2]
    assert lines(STEP_WITHOUT_COMMAND, diagnosis("Look at `NotReady` nodes.")) == [2]


@pytest.mark.parametrize(
    "words", ["Run `dmesg`.", "Use `top`.", "Query `pg_up` in Prometheus.", "Run `# ceph status`."]
)
def test_a_program_alone_is_a_command_behind_a_word_that_says_so(words: str):
    assert lines(STEP_WITHOUT_EXPECT, diagnosis(words)) == [2]


@pytest.mark.parametrize(
    "words",
    [
        "`OOMKilled` -- the container went over its limit.",
        "`idle` at `max_connections` indicates that the pool is exhausted",
        "**CONSUMER-ID**: empty where nobody reads the partition",
        "`iat` (issued at): when the token was made",
    ],
)
def test_what_a_word_of_the_answer_means_is_no_step_that_needs_a_command(words: str):
    assert lines(STEP_WITHOUT_COMMAND, diagnosis(words)) == []


def test_a_block_that_shows_the_answer_needs_no_expectation_of_its_own():
    shown = "**Expected output** (healthy):\n   ```\n   api-0 1/1 Running\n   ```"
    assert lines(STEP_WITHOUT_EXPECT, diagnosis(shown)) == []
    assert lines(STEP_WITHOUT_EXPECT, diagnosis(shown.replace("Expected output", "Pods"))) == [2]


def test_a_file_is_something_to_open():
    assert lines(STEP_WITHOUT_COMMAND, diagnosis("Read `/var/log/checkout.log`.")) == []


def test_a_block_that_is_not_indented_stands_outside_and_its_finding_says_so():
    text = "## Diagnosis\n1. List them:\n\n```sh\nkubectl get pods\n```\n"
    (finding,) = [f for f in found(text) if f.code == STEP_WITHOUT_EXPECT]
    assert "Indent the block" in finding.mend
    assert lines(STEP_WITHOUT_COMMAND, text) == []


def test_what_only_sets_the_stage_has_no_answer_to_expect():
    export = "Name it.\n   ```sh\n   export POD=api-0  # of the alert\n   cd /srv\n   ```"
    assert lines(STEP_WITHOUT_EXPECT, diagnosis(export)) == []
    assert lines(STEP_WITHOUT_EXPECT, diagnosis(export.replace("cd /srv", "ls /srv"))) == [2]


def test_an_expectation_in_prose_is_seen_and_asked_for_in_its_place():
    (finding,) = [
        f
        for f in found(diagnosis("Run `df -h`. You should see less than 80 %."))
        if f.code == STEP_WITHOUT_EXPECT
    ]
    assert "only among its other words" in finding.message


def test_a_link_is_something_to_open():
    assert (
        lines(STEP_WITHOUT_COMMAND, diagnosis("Open [the board](https://grafana.example/d/x)."))
        == []
    )
    assert lines(STEP_WITHOUT_COMMAND, diagnosis("Open https://grafana.example/d/x now.")) == []


def test_only_diagnosis_has_to_be_tested():
    text = "## Resolution\n1. Scale down to 20 pods.\n"
    assert lines(STEP_WITHOUT_COMMAND, text) == []


def test_an_access_is_told_once_and_needs_a_how_or_a_check():
    text = """\
        ---
        access:
          vpn: { how: "ask it" }
          psql: {}
        ---
        ## Diagnosis
        1. Look. {access=vpn,psql}
        2. Look again. {access=psql,kubectl}
        """
    assert [f.about for f in found(text) if f.code == ACCESS_NOT_DESCRIBED] == ["psql", "kubectl"]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("Log in to the bastion and look.", True),
        ("Open a shell on the node.", True),
        ("Connect over the VPN.", True),
        ("Log in to the [console](https://console.example).", False),
        ("Connect to the primary database and look.", True),
        ("Sign in to Grafana Cloud.", True),
        ("You need admin rights for this.", True),
        ("Use the break-glass account.", True),
        ("Customers are unable to log in to the shop.", False),
        ("See whether people can log in to the shop.", False),
        ("Connections to the database are refused.", False),
        ("The VPN gateway is up.", False),
        ("Customers cannot sign in.", False),
        ("Look at the login page.", False),
        ("Log in to the bastion and look. {access=ssh}", False),
    ],
)
def test_a_way_in_that_not_everybody_has_needs_an_access(words: str, is_found: bool):
    text = "---\naccess: { ssh: { how: ask } }\n---\n" + diagnosis(words)
    assert bool(lines(ACCESS_NOT_DESCRIBED, text)) is is_found


def test_an_access_that_is_told_behind_or_by_the_command_below_is_described():
    told = "Log into the console. See [access to the console](https://wiki.example/access)."
    assert lines(ACCESS_NOT_DESCRIBED, diagnosis(told)) == []
    assert lines(ACCESS_NOT_DESCRIBED, diagnosis("Log into the console. See the page.")) == [2]
    assert lines(ACCESS_NOT_DESCRIBED, diagnosis("Log into Nexus. The role needed is `nx`.")) == []
    connect = "Connect to the orders database:"
    assert lines(ACCESS_NOT_DESCRIBED, diagnosis(connect)) == [2]
    typed = f"{connect}\n   ```sh\n   kubectl exec pg-0 -- psql -U reader\n   ```"
    assert lines(ACCESS_NOT_DESCRIBED, diagnosis(typed)) == []

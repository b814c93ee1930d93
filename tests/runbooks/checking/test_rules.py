"""Rule by rule: what is a finding, what only looks like one, and what it says."""

from __future__ import annotations

from textwrap import dedent

import pytest

from runbooks.checking.codes import (
    ACCESS_NOT_DESCRIBED,
    CONDITION_WITHOUT_ELSE,
    DESTRUCTIVE_BEFORE_OBSERVE,
    DESTRUCTIVE_OUTSIDE_STEP,
    DESTRUCTIVE_WITHOUT_UNDO,
    EMPTY_SECTION,
    GENERIC_TEXT,
    NO_ESCALATION,
    NO_OWNER,
    NO_PREVENTION,
    OWNER_IS_A_TEAM,
    OWNER_UNKNOWN,
    PLACEHOLDER,
    RELATED_IS_DEAD,
    STEP_WITHOUT_COMMAND,
    STEP_WITHOUT_EXPECT,
    SYMPTOMS_QUOTE_NOTHING,
    TIER_TOO_LOW,
    UNKNOWN_CHANNEL,
    UNKNOWN_SERVICE,
    UNKNOWN_TEAM,
    UNKNOWN_TOOL,
    VAGUE_STEP,
)
from runbooks.checks import MOST_OF_A_KIND, Facts, Finding, check
from runbooks.document import parse

NOTHING_KNOWN = Facts()


def found(text: str, *, facts: Facts = NOTHING_KNOWN, imported: bool = False) -> list[Finding]:
    return check(parse(dedent(text)), imported=imported, facts=facts)


def lines(code: str, text: str, *, facts: Facts = NOTHING_KNOWN) -> list[int | None]:
    return [f.line for f in found(text, facts=facts) if f.code == code]


def diagnosis(step: str) -> str:
    return f"## Diagnosis\n1. {step}\n"


# --- who answers for it


@pytest.mark.parametrize(
    "owner", ["payments-team", "@shop/sre", "team-data", "SRE", "dba on-call", "everyone", "TBD"]
)
def test_an_owner_line_that_names_a_team_or_nobody_is_found(owner: str):
    assert lines(OWNER_IS_A_TEAM, f'---\nowner: "{owner}"\n---\n') == [2]


@pytest.mark.parametrize(
    "owner", ["yash-platform", "maren", "grace.whitlock", "m.vogt@shop.example"]
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
    "section", ["", "## Escalation\n", "## Escalation\nTBD\n", "## Contacts\nN/A\n"]
)
def test_an_escalation_that_says_nothing_is_none(section: str):
    assert len(lines(NO_ESCALATION, section)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "## Escalation\nPage dba-primary after 15 minutes.\n",
        '---\nescalation:\n  - { after: 15m, to: "@dba-oncall" }\n---\n',
    ],
)
def test_whom_to_call_may_stand_in_the_front_matter_or_in_its_section(text: str):
    assert lines(NO_ESCALATION, text) == []


# --- prevention


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "Nothing says how"),
        ("## Prevention\n", "Nothing says how"),
        ("## Prevention\nTBD\n", "still to be written"),
        ("## Prevention\nWe will alert earlier.\n", "links to no work"),
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


# --- symptoms and sections


@pytest.mark.parametrize(
    "symptoms",
    [
        "`FATAL: sorry, too many clients already` in the logs",
        'Customers write "the site is slow".',
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
    ["The API is slow.", "It is `critical`.", "Like ApiLatencyHighest.", 'The "API" is slow.'],
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


# --- steps


def test_a_command_within_a_sentence_is_a_command_and_a_name_is_none():
    assert lines(STEP_WITHOUT_EXPECT, diagnosis("Run `kubectl get nodes`.")) == [2]
    assert lines(STEP_WITHOUT_COMMAND, diagnosis("Look at `NotReady` nodes.")) == [2]


def test_a_link_is_something_to_open():
    assert (
        lines(STEP_WITHOUT_COMMAND, diagnosis("Open [the board](https://grafana.example/d/x)."))
        == []
    )
    assert lines(STEP_WITHOUT_COMMAND, diagnosis("Open https://grafana.example/d/x now.")) == []


def test_only_diagnosis_has_to_be_tested():
    text = "## Resolution\n1. Scale down to 20 pods.\n"
    assert lines(STEP_WITHOUT_COMMAND, text) == []


def test_a_vague_step_is_told_once_not_as_a_step_without_a_command_too():
    codes = [f.code for f in found(diagnosis("Check the logs.")) if f.line == 2]
    assert codes == [VAGUE_STEP]


@pytest.mark.parametrize(
    "words",
    [
        "Check the logs.",
        "Look at the dashboards",
        "First, review the configuration of the service.",
        "Make sure it is healthy.",
        "Ensure that the pods are working properly.",
        "Verify everything is OK.",
        "If it is enterprise, ping the AE. Otherwise close it.",
        "Escalate to the on-call engineer.",
        "Talk to the developers.",
        "Take appropriate action.",
        "Restart it if needed.",
        "Fix the issue.",
        "Resolve the underlying problem.",
        "Remove the faulty entry.",
        "Just wait.",
        "Follow the standard procedure.",
        "Set proper limits.",
        "**Check** the _logs_ for errors.",
    ],
)
def test_a_step_that_leaves_something_open_is_vague(words: str):
    assert lines(VAGUE_STEP, diagnosis(words)) == [2]


@pytest.mark.parametrize(
    "words",
    [
        "Count the connections of the primary.",
        "Check how many replicas are declared.",
        "Check the logs for the line “too many clients already” of the last hour.",
        "Check the logs: [Loki](https://grafana.example/explore).",
        "Ask @dba-oncall.",
        "Page the shop team at +44 20 7946 0142.",
        "Wait for 15 minutes.",
        "Set the proper priority class to system-node-critical.",
        "Read `kubectl -n shop logs deployment/api` of the last hour.",
        "Scale down to 20 pods.",
        "The logs are kept for a day.",
        "Logs can be found in Loki.",
    ],
)
def test_a_step_that_says_what_it_means_is_not_vague(words: str):
    assert lines(VAGUE_STEP, diagnosis(words)) == []


def test_a_step_with_a_command_or_an_expectation_has_said_what_it_means():
    assert lines(VAGUE_STEP, diagnosis("Check the logs.\n   ```sh\n   stern api\n   ```")) == []
    assert lines(VAGUE_STEP, diagnosis("Check the status.\n   Expect: green.")) == []


def test_prose_between_steps_is_read_too_and_other_sections_are_not():
    text = """\
        ## Impact
        Check the logs.
        ## Diagnosis
        Check the logs
        before you begin.

        1. Run `kubectl get nodes`.

        Make sure it is healthy.

        Check the logs:
        ```sh
        stern api
        ```
        """
    assert lines(VAGUE_STEP, text) == [4, 9]


# --- conditions


@pytest.mark.parametrize(
    "words",
    [
        "If it is enterprise, page @account-desk.",
        "In case of a full disk, run `df -h /data`.",
        "Unless it is Friday, deploy. Then look.",
        "Look first. If there are more than 30 pods, scale down.",
        "If you are on AWS, reboot it somewhere else.",
    ],
)
def test_a_condition_without_an_else_is_found(words: str):
    assert lines(CONDITION_WITHOUT_ELSE, diagnosis(words)) == [2]


@pytest.mark.parametrize(
    "words",
    [
        "If it is enterprise, page @account-desk. Otherwise go to D2.",
        "If it is full, go to R1. If it is not, go to R2.",
        "If it is full, go to R1; else go to R2.",
        "If using metrics of memory, do this. If using metrics of our own, do that.",
        "Check if the disk is full.",
        "Cordon the node if that is allowed.",
        "Restart it. If the problem persists, go to R2.",
        "If you cannot resolve it, page @dba-oncall.",
        "If it is full, go to R1.\n   Expect: below 80 %.",
        "If in doubt, page @dba-oncall. Otherwise go on.",
    ],
)
def test_a_condition_with_an_else_or_none_to_have_is_left_alone(words: str):
    assert lines(CONDITION_WITHOUT_ELSE, diagnosis(words)) == []


def test_the_next_step_may_be_the_else():
    text = "## Mitigation\n1. If there are more than 30 pods, scale down.\n2. Otherwise do M3.\n"
    assert lines(CONDITION_WITHOUT_ELSE, text) == []


# --- danger

DELETES = "## Resolution\n1. Delete it. {}\n   ```sh\n   kubectl -n shop delete pod x\n   ```\n"


def test_a_command_that_destroys_is_marked_undone_and_looked_at_first():
    codes = {f.code for f in found(DELETES.format(""))}
    wanted = {TIER_TOO_LOW, DESTRUCTIVE_WITHOUT_UNDO, DESTRUCTIVE_BEFORE_OBSERVE}
    assert wanted <= codes
    marked = "## Diagnosis\n1. Look.\n" + DELETES.format('{.destructive undo="none"}')
    assert not wanted & {f.code for f in found(marked)}


def test_a_step_marked_destructive_needs_a_way_back_whatever_its_command():
    text = "## Resolution\n1. Revoke the key. {.destructive}\n   ```sh\n   wrenctl keys revoke x\n   ```\n"
    assert lines(DESTRUCTIVE_WITHOUT_UNDO, text) == [2]
    assert lines(DESTRUCTIVE_WITHOUT_UNDO, text + "   There is no undo.\n") == []


def test_a_block_outside_every_step_is_found_and_one_within_is_not():
    text = """\
        ## Mitigation
        Before you begin:
        ```sh
        rm -rf /var/cache/x
        ```

        1. Look.
           ```sh
           rm -rf /var/cache/y
           ```

        ~~~
        DROP TABLE x;
        ~~~
        """
    assert lines(DESTRUCTIVE_OUTSIDE_STEP, text) == [3, 12]


# --- access


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
        ("Customers cannot sign in.", False),
        ("Look at the login page.", False),
        ("Log in to the bastion and look. {access=ssh}", False),
    ],
)
def test_a_way_in_that_not_everybody_has_needs_an_access(words: str, is_found: bool):
    text = "---\naccess: { ssh: { how: ask } }\n---\n" + diagnosis(words)
    assert bool(lines(ACCESS_NOT_DESCRIBED, text)) is is_found


# --- placeholders


@pytest.mark.parametrize(
    "line",
    [
        "TODO",
        "- TBD",
        "FIXME: which host?",
        "To be added.",
        "errors in the last XX minutes",
        "Call xxx at night.",
        "Lorem ipsum dolor sit amet",
        "Coming soon",
        "Run `kubectl -n <my-namespace> get pods`.",
        "Page <your-team>.",
        "[insert the dashboard]",
        "Who cannot do what while it lasts, and what is safe.",
    ],
)
def test_what_was_never_filled_in_is_found(line: str):
    assert lines(PLACEHOLDER, f"## Impact\n{line}\n") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "java -XX:+UseG1GC gives 5XX and HTTP/2.",
        "`kubectl -n $NAMESPACE get pods` and `{{ namespace }}`",
        "drwxrwxrwx is wrong.",
        "<details><summary>More</summary>",
        "A <b>bold</b> word, an <https://example.org/x> and <me@example.org>.",
        "The label is `<namespace>/<name>`.",
        "x < y and y > z",
        "`a <none> b` is what kubectl prints.",
        "[a link](https://example.org) and [ref][your-ref]",
        "It has to be done by noon tomorrow.",
        "cat <<EOF > file",
        "The todo list of the team is in Jira.",
    ],
)
def test_what_only_looks_like_a_placeholder_is_left_alone(line: str):
    assert lines(PLACEHOLDER, f"## Impact\n{line}\n") == []


def test_a_name_in_angle_brackets_is_told_once_and_a_line_to_write_each_time():
    text = """\
        ```sh
        ssh <node>
        ssh <node> && ssh <other node>
        ```
        TODO
        TODO
        ```xml
        <service-name>
        ```
        """
    assert lines(PLACEHOLDER, text) == [2, 3, 5, 6]


# --- names

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
    assert tools("psql -d shop <<'SQL' | tail -1\nselect pid\n  from x;\nSQL\nrefundctl x") == [
        "refundctl"
    ]
    assert tools("kafka-console-consumer.sh --topic x && kafka-acls --list") == []
    assert tools("./restart.sh; X=1 Y=2; echo stripectl; $TOOL x") == []


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


def test_a_folder_alone_knows_its_files_and_no_more():
    facts = Facts(files=frozenset({"replica-lag"}))
    text = "---\nrelated: [elsewhere]\n---\n[a](replica-lag.md) [b](gone.md) [c](/r/elsewhere)\n"
    assert [f.about for f in found(text, facts=facts) if f.code == RELATED_IS_DEAD] == ["gone"]


# --- generic texts


@pytest.mark.parametrize(
    "line",
    [
        "Look at checkout.",
        "Ask @shop-oncall.",
        "Say it in #deploys.",
        "Phone +44 20 7946 0142.",
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
        "1. Look.\n   ```sh\n   kubectl -n kube-system get pods\n   ```",
        "1. Look.\n   ```sh\n   kubectl -n {{ namespace }} describe deployment/{{ name }}\n   ```",
        "See https://kubernetes.io/docs/concepts/.",
    ],
)
def test_a_text_that_anybody_could_have_written_is_generic(line: str):
    assert (
        len(lines(GENERIC_TEXT, f"---\nservices: [kubernetes]\n---\n## Diagnosis\n{line}\n")) == 1
    )


# --- all of them


def test_each_finding_says_how_to_mend_it_and_the_lines_are_those_of_the_file():
    text = "---\nowner: sre\n---\n" + diagnosis("Check the logs. TODO") + DELETES.format("")
    total = len(text.split("\n"))
    findings = found(text)
    assert len(findings) > 8
    for finding in findings:
        assert finding.message.endswith((".", "…", "?"))
        assert finding.mend
        assert finding.line is None or 1 <= finding.line <= total


def test_line_ends_of_windows_change_no_line():
    text = diagnosis("Check the logs.") + "\nTODO\n"
    windows = [(f.code, f.line) for f in found(text.replace("\n", "\r\n"))]
    assert windows == [(f.code, f.line) for f in found(text)]


def test_of_one_kind_so_many_are_told_and_the_rest_is_counted():
    text = "## Diagnosis\n" + "1. Check the logs.\n" * (MOST_OF_A_KIND + 12)
    vague = [f for f in found(text) if f.code == VAGUE_STEP]
    assert len(vague) == MOST_OF_A_KIND + 1
    assert vague[0].message == "… and 12 more like these."


def test_what_blocks_is_never_left_out_of_the_count():
    block = "2. x\n   ```sh\n   rm -rf /x\n   ```\n"
    text = "## Fix\n" + block * (MOST_OF_A_KIND + 5)
    assert sum(f.code == TIER_TOO_LOW for f in found(text)) == MOST_OF_A_KIND + 5

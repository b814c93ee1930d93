"""Steps that leave to the reader what they were written to say."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import VAGUE_STEP
from tests.checked import diagnosis, found, lines


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
        "Just do it.",
        "Restart the thing",
        "As needed",
        "Investigate",
        "Contact the team",
        "Use your judgement",
        "Run the script",
        "Roll it back.",
        "Call the vendor",
        "Talk to platform.",
        "Find the root cause and fix it.",
        "Increase the limit",
        "Check Grafana for anomalies",
        "Check recent deployments",
        "Wait a while, then try again later.",
        "Check whether any of the configured stores of the querier have connectivity issues.",
        "Ensure control-plane nodes are not oversubscribed.",
        "...",
        "Follow the standard procedure.",
        "Set proper limits.",
        "**Check** the _logs_ for errors.",
        "You should check the logs.",
        "Please monitor the performance.",
        "Check DNS resolution",
        "Check the firewall rules",
        "Verify that the identity provider is available.",
        "Ensure the provider answers at the expected address.",
        "If it does not clear within 90 seconds, investigate further. Otherwise close it.",
        "Find out why the pods are not ready.",
        "Act on the above information to address the issue.",
        "Check with the team that owns the account.",
        "Signal the issue to the app-sre team.",
        "Raise it with the security team.",
        "Wait a few minutes.",
        "Update the deployment with the correct image tag.",
        "Raise the limits or optimize the code.",
        "Check the security groups/firewall rules",
        "Verify load balancer health checks",
        "Check the provider's status page of today",
        "Monitor the temperature to ensure it is within safe limits.",
        "Keep the pool from being shared. The specific steps vary with the node.",
        "Implement the solution with a plan.",
        "Ensure the configuration is correct. For example, what is missing should be made.",
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
        "Restart checkout-api in namespace shop.",
        "See which pods are not ready.",
        "Restart Prometheus.",
        "Repeat M2 for each shard.",
        "Restart kubelet on the affected node.",
        "Fail over to the Frankfurt region.",
        "Check the logs of checkout for `OOMKilled`.",
        "Check the usage of `mem_rss` and ensure that it is under 95% of the limit.",
        "Then check the monitor's logs in /var/log/ceph.",
        "Click on the Metrics tab to review CPU and memory usage.",
        "Ensure the subjects correctly list the `metrics-operator` account.",
        "You should see scrapes without errors.",
        "Often we also see `fsync_duration` slower as well.",
        "Search for the label under Observe > Metrics and check the status.",
        "There will be appropriate labels that name the server.",
        "**Network:** Verify if it is a network problem. Follow [the page](https://wiki.example/net).",
        "Logs can be found in Loki.",
        "Read tenants.yaml if you see an error like the above.",
        "Test whether you can log in to it, as your normal account.",
        "Check whether you can log in to it yourself.",
        "Wait three minutes.",
        "It runs every 30 minutes, so you can just wait.",
        "Wait, when all pods of checkout are there the line is no longer printed.",
        "The on-call engineer deletes the failed group of checkout.",
        "The database monitor usually relies on the `kubernetes` service.",
        "Merge it into the correct branch (e.g., main).",
        "Check that it correctly points to checkout-db.",
        "Ask somebody of the team in `#delivery`.",
        "Set the data source to Global, see if this fixes the problem.",
        "See the Wren Operations Handbook for the rack.",
        "Make sure archiving works. Watch the metric `archive_status`.",
        "Ensure the shares are mounted correctly, e.g. `jira` at `/var/jira`.",
        "Adjust the file accordingly. See below for an example.",
        "Check that state handlers match the provider states.",
        "All pods are in Running state",
        "Lowering LOG_LEVEL to be debug may show a problem.",
        "Below are commands to read the queue if necessary.",
        "Wait at least one lifetime of the token.",
        "Test that the pod is there and running properly (see Diagnosis step 1).",
        "Open `${GRAFANA_URL}/d/health` and verify all services show a healthy status.",
        "Check the `queue_depth` metric",
        "Check the secret of the status page matches that of the gateway.",
        "**Check the dashboard** - Look at the “Error rate” panel for spikes",
        "The operator will start one of them and check that it is healthy.",
        "Mark the secret as required at the level of the repository shop.",
    ],
)
def test_a_step_that_says_what_it_means_is_not_vague(words: str):
    assert lines(VAGUE_STEP, diagnosis(words)) == []


def test_a_step_with_a_command_or_an_expectation_has_said_what_it_means():
    assert lines(VAGUE_STEP, diagnosis("Check the logs.\n   ```sh\n   stern api\n   ```")) == []
    assert lines(VAGUE_STEP, diagnosis("Check the status.\n   Expect: green.")) == []


@pytest.mark.parametrize("step", ["Just do it.", "Restart it", "{.change}", "**"])
def test_a_step_of_words_that_any_runbook_could_have_tells_nothing_to_do(step: str):
    assert lines(VAGUE_STEP, f"## Mitigation\n1. {step}\n") == [2]
    assert lines(VAGUE_STEP, f"## Resolution\n1. {step}\n   - with `kubectl get pods`\n") == []


def test_a_step_that_says_how_things_are_asks_for_nothing():
    assert lines(VAGUE_STEP, "## Mitigation\n1. This is a performance issue\n") == []
    assert lines(VAGUE_STEP, "## Mitigation\n1. The nodes are down.\n") == []


def test_what_announces_what_follows_is_not_vague():
    text = "## Diagnosis\n1. Check the usual causes:\n\n- Images: the registry answers 200.\n"
    assert lines(VAGUE_STEP, text) == []
    text = "## Mitigation\nIt depends on the cause.\n### Disk\n1. Extend data-1 by 100 GB.\n"
    assert lines(VAGUE_STEP, text) == []


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

"""Every “if” says what to do otherwise."""

from __future__ import annotations

import pytest

from runbooks.checking.codes import CONDITION_WITHOUT_ELSE
from tests.checked import diagnosis, lines


@pytest.mark.parametrize(
    "words",
    [
        "If it is enterprise, page @account-desk.",
        "When the queue is above 1000, add two workers.",
        "Scale to 20 replicas if there are more than 30.",
        "Restart the worker if its heap is above 2 GB.",
        "Should replication be broken, rebuild pg-replica-2.",
        "In the event of a full disk, remove the exports of last week.",
        "In case of a full disk, run `df -h /data`.",
        "Unless it is Friday, deploy. Then look.",
        "Look first. If there are more than 30 pods, scale down.",
        "If you are on AWS, reboot it somewhere else.",
        "**Decision point:** If the deployment is confirmed as the cause, roll back.",
        "In the event the site is up, read #announcements.",
        "If a node must remain as it is, install the old operator.",
        "Scale down batch if resource constraints exist.",
        "Force delete the pod if it is safe.",
        "Change the class if provisioning of it fails.",
        "If there are many jobs in the queue, you may want to add a worker.",
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
        "If above 90 %, go to R1; below that, go to D3.",
        "If > 80 %: R1. If < 80 %: R2.",
        "If it works, you are done; if it fails, page @dba-oncall.",
        "If the result is empty, go to D3. Any rows mean R1.",
        "If the alert has not cleared in 15 minutes, escalate to @dba-oncall.",
        "If it is empty, skip this step.",
        "If it shows runc, the node is using runc.",
        "If latency is transient, wait; if persistent, page @network.",
        "Restart it if it still hangs.",
        "Set the limit to 2 GB if the node has room, else 1 GB.",
        "When the lag is gone, move traffic back.",
        "If the certificate is missing, the alert will fire.",
        "If you need to restart it, stop the VM first.",
        "Cordon the node if that is allowed.",
        "Restart it. If the problem persists, go to R2.",
        "If you cannot resolve it, page @dba-oncall.",
        "If it is full, go to R1.\n   Expect: below 80 %.",
        "If in doubt, page @dba-oncall. Otherwise go on.",
        "If unsure, page @dba-oncall.",
        "If a fix is not possible, revert the change.",
        "If that fails for some reason, do it by hand.",
        "If the source of it cannot be determined, read the code.",
        "If you haven't already, clone the repository.",
        "If the user doesn't already have a file, copy one.",
        "If extending the volume is necessary, find its claim.",
        "If you decide to go this route, tell @shop.",
        "If you see this error, read the working directory.",
        "If the snapshot failed, the script won't reach the gateway.",
        "If the stamp is old, then that's a hint that it is stuck.",
        "When a rebuild fails, expect to see `ERROR` in its log.",
        "In case of `wal-push` it lives only a few seconds.",
        "If the hook failed, the script can be found in the media directory.",
        "Raise the limit of the tenant. If it has no limit, add one.",
        "If it is a 403, read the secret. For any other code, read the log.",
        "Pin the zones, e.g. if `eu-west-2a` is full:",
        "If it reads Failed: InvalidBatch, this indicates that the cleanup failed.",
        "Nothing should be left. If anything is, delete it.",
        "Role errors should not occur. If they do, grant the role.",
        "All jobs must show Completed. If one shows Failed, stop.",
        "Expected output: no resources. If any pod is listed, stop.",
        "Should only be temporary",
        "If we need to roll back, use the clone.",
        "If the upgrade is failing, you will see an error in its events.",
        "If the webhook's own certificate is old, cert-manager cannot renew any.",
        "If hosts enable jumbo frames, Ceph will use large packets.",
        "Assuming the path is `/srv`, and the cluster is called shop.",
        "If the log didn't give you enough clues, read the settings of it.",
        "If you receive `No such file`, PSI is disabled.",
        "If the drain of a pod fails, the controller logs this message:",
        "If you can reach the server, a network issue might exist beside it.",
        "If the health of pods, their affinity and the nodes have been verified, run `ceph -s`.",
        "If more memory for the system is not an option, look for what eats it.",
        "If it does not answer within 30 seconds, then it's considered a failure.",
        "If the first monitor fails to start, a second one may attempt to.",
        "If the address is public, write it down\nIf the address is private, leave it",
    ],
)
def test_a_condition_with_an_else_or_none_to_have_is_left_alone(words: str):
    assert lines(CONDITION_WITHOUT_ELSE, diagnosis(words)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("If the bundle is URL-encoded, decode it.", "If the bundle is gzipped, unpack it."),
        ("If OOMKilled: raise the limit to 2Gi.", "If CrashLoopBackOff: read the last log."),
        ("If you can reach the server, ask it.", "If the server is not reachable, restore it."),
    ],
)
def test_two_steps_side_by_side_are_the_cases_of_one(one: str, other: str):
    assert lines(CONDITION_WITHOUT_ELSE, f"## Mitigation\n1. {one}\n2. {other}\n") == []
    apart = f"## Mitigation\n1. {one}\n## Resolution\n1. {other}\n"
    assert len(lines(CONDITION_WITHOUT_ELSE, apart)) >= 1


def test_cases_told_one_by_one_under_headings_are_no_open_condition():
    text = (
        "## Mitigation\n### Full\nIf the disk cannot be written:\n\n- Extend it by 100 GB.\n"
        "### Slow\nIf the reason is `Throttled`:\n\n- Raise its rate to 500.\n"
    )
    assert lines(CONDITION_WITHOUT_ELSE, text) == []


def test_the_next_step_may_be_the_else():
    text = "## Mitigation\n1. If there are more than 30 pods, scale down.\n2. Otherwise do M3.\n"
    assert lines(CONDITION_WITHOUT_ELSE, text) == []


def test_three_steps_or_more_that_begin_with_a_condition_are_cases():
    cases = [
        "If one server alerts, drain it.",
        "If errors come from Pages, block the address.",
        "If all do, fail over.",
    ]
    steps = [f"{number}. {words}\n" for number, words in enumerate(cases, start=1)]
    assert lines(CONDITION_WITHOUT_ELSE, "## Mitigation\n" + "".join(steps)) == []
    assert lines(CONDITION_WITHOUT_ELSE, "## Mitigation\n" + "".join(steps[:2])) == [2, 3]


def test_a_condition_that_only_says_its_heading_again_has_no_other_case():
    text = "## Resolution\n### {}\nIf a runner manager is shown offline, start it again.\n"
    assert lines(CONDITION_WITHOUT_ELSE, text.format("Runner manager offline")) == []
    assert lines(CONDITION_WITHOUT_ELSE, text.format("Starting")) == [3]


def test_what_heads_a_lettered_option_is_its_case_and_what_stands_within_is_not():
    text = "## Resolution\n### {}\nIf the pool is too small, set it to 50.\n"
    assert lines(CONDITION_WITHOUT_ELSE, text.format("Resolution B: a larger pool")) == []
    assert lines(CONDITION_WITHOUT_ELSE, text.format("Step 4b: a larger pool")) == []
    assert lines(CONDITION_WITHOUT_ELSE, text.format("A larger pool")) == [3]
    within = "## Resolution\n### Option B\nLook at the pool.\n\nIf it is too small, set it to 50.\n"
    assert lines(CONDITION_WITHOUT_ELSE, within) == [5]


def test_conditions_in_bold_are_a_list_of_cases():
    one, other = "**If the producer is old**, update it.", "**If the consumer is old**, stop it."
    between = "2. Then wait for 5 minutes.\n"
    assert lines(CONDITION_WITHOUT_ELSE, f"## Mitigation\n1. {one}\n{between}3. {other}\n") == []
    plain = f"## Mitigation\n1. {one}\n{between}3. {other}\n".replace("**", "")
    assert lines(CONDITION_WITHOUT_ELSE, plain) == [2, 4]


def test_a_condition_with_something_to_do_is_a_step_and_not_a_heading():
    text = "## Mitigation\n1. If the pod is stuck, delete it:\n2. Look.\n3. If the disk is full, extend it:\n"
    assert lines(CONDITION_WITHOUT_ELSE, text) == [2, 4]


def test_a_heading_that_says_what_is_wrong_in_other_words_is_said_again():
    text = "## Resolution\n### High memory usage\nIf memory usage is excessive, halve the cache.\n"
    assert lines(CONDITION_WITHOUT_ELSE, text) == []


def test_a_condition_that_says_more_than_its_heading_is_one():
    more = "If the edge proxy runs in Frankfurt and each pod of it is old, drain it."
    text = f"## Resolution\n### Edge proxy\n{more}\n"
    assert lines(CONDITION_WITHOUT_ELSE, text) == [3]

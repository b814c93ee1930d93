"""A title that is only an alert's name becomes readable; what a person wrote is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.importing.titles import alert_like, readable, readable_title


@pytest.mark.parametrize(
    ("alert", "title"),
    [
        ("KubePodCrashLooping", "Kube pod crash looping"),
        ("KubeAPIErrorBudgetBurn", "Kube API error budget burn"),
        ("CPUThrottlingHigh", "CPU throttling high"),
        ("NodeRAIDDegraded", "Node RAID degraded"),
        ("KubeHpaMaxedOut", "Kube HPA maxed out"),
        ("PrometheusTSDBWALCorruptions", "Prometheus TSDB WAL corruptions"),
        ("KubeDaemonSetRolloutStuck", "Kube DaemonSet rollout stuck"),
        ("etcdGRPCRequestsSlow", "etcd gRPC requests slow"),
        ("etcdNoLeader", "etcd no leader"),
        ("High5xxRate", "High 5xx rate"),
        ("RabbitMQQueueGrowing", "RabbitMQ queue growing"),
        ("postgres_replica_lag", "Postgres replica lag"),
        ("K8sNodeDown", "K8s node down"),
    ],
)
def test_an_alert_name_is_read_as_a_sentence(alert, title):
    assert readable(alert) == title


@pytest.mark.parametrize(
    ("written", "alert", "title"),
    [
        ("KubePodCrashLooping", "KubePodCrashLooping", "Kube pod crash looping"),
        ("Kube Pod Crash Looping", "KubePodCrashLooping", "Kube pod crash looping"),
        ("KubeProxy Down", "KubeProxyDown", "Kube proxy down"),
        (
            "Kube State Metric sWatch Errors",
            "KubeStateMetricsWatchErrors",
            "Kube state metrics watch errors",
        ),
        ("Node Network Receive Errors", "NodeNetworkReceiveErrs", "Node network receive errors"),
        (
            "Kubelet Pod Lifecycle Event Generator Duration High",
            "KubeletPlegDurationHigh",
            "Kubelet pod lifecycle event generator duration high",
        ),
    ],
)
def test_a_title_that_is_only_its_alert_becomes_readable(written, alert, title):
    assert readable_title(written, [alert]) == title


@pytest.mark.parametrize(
    "written",
    [
        "Customer API 500s rising",
        "Pods keep restarting",
        "Kube pod crash looping",
        "Kubernetes API Server Is Down And Nobody Knows",
        "Watchdog",
        "API latency above 5 s",
        "",
    ],
)
def test_a_title_that_a_person_wrote_stays_as_it_is(written):
    assert readable_title(written, ["KubePodCrashLooping"]) == written


@pytest.mark.parametrize(
    "name", ["KubePodNotReady", "etcdNoLeader", "TargetDown", "CPUThrottlingHigh"]
)
def test_camel_case_of_two_words_is_an_alert(name):
    assert alert_like(name)


@pytest.mark.parametrize(
    "name",
    ["README", "Watchdog", "disk-full", "GitHub", "PostgreSQL", "disk full", "Disk", "a", ""],
)
def test_one_word_or_a_product_is_no_alert(name):
    assert not alert_like(name)


@given(
    st.lists(
        st.sampled_from(["Kube", "Pod", "API", "down", "Errs", "5xx", "DaemonSet", "etcd", "9"]),
        min_size=1,
    )
)
def test_making_a_title_readable_twice_changes_nothing_more_and_loses_no_letter(parts):
    name = "".join(parts)
    once = readable_title(name, [name])
    assert readable_title(once, [name]) == once
    assert [c for c in once.casefold() if c.isalnum()] == [
        c for c in name.casefold() if c.isalnum()
    ]

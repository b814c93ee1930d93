"""The lists of kubectl: which columns a kind has, and what stands in them on a good and a bad day. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from drills.scenario.printing.look import Look

DONE = {
    "delete": "deleted",
    "apply": "configured",
    "create": "created",
    "scale": "scaled",
    "patch": "patched",
    "edit": "edited",
    "annotate": "annotated",
    "label": "labeled",
    "taint": "tainted",
    "replace": "replaced",
    "expose": "exposed",
    "wait": "condition met",
}

KINDS = {
    "po": "pod", "pods": "pod", "deploy": "deployment.apps", "deployment": "deployment.apps",
    "deployments": "deployment.apps", "sts": "statefulset.apps", "statefulset": "statefulset.apps",
    "ds": "daemonset.apps", "daemonset": "daemonset.apps", "nodes": "node", "no": "node", "job": "job.batch",
    "jobs": "job.batch", "svc": "service", "cm": "configmap", "pvc": "persistentvolumeclaim",
}  # fmt: skip

STATUS = (
    ("imagepull", "ImagePullBackOff"),
    ("image pull", "ImagePullBackOff"),
    ("image", "ImagePullBackOff"),
    ("crash", "CrashLoopBackOff"),
    ("oom", "OOMKilled"),
    ("pending", "Pending"),
    ("unschedul", "Pending"),
    ("insufficient", "Pending"),
    ("evict", "Evicted"),
    ("config", "CreateContainerConfigError"),
    ("terminat", "Terminating"),
    ("down", "CrashLoopBackOff"),
    ("absent", "CrashLoopBackOff"),
    ("fail", "Error"),
)

Rows = tuple[tuple[str, ...], Sequence[tuple[str, ...]]]


def rows_of(kind: str, look: Look, name: str) -> Rows | None:
    """Head and rows of a list of this kind; None for a kind that has no columns of its own."""
    world, bad = look.world, look.troubled
    age = f"{4 + world.start % 50}d"
    whole = "3/3"
    short = "2/3"  # one pod of three fails
    if found := re.search(r"\b(\d{1,2})/(\d{1,2})\b", look.step.expect):
        whole, short = found[0], f"{int(found[1]) // 3}/{found[2]}"
    ready = short if bad else whole
    count = whole.partition("/")[2]
    node = "NotReady" if bad and world.topic.key in ("node", "etcd", "pending") else "Ready"
    sick = "Ready,SchedulingDisabled" if bad and node == "Ready" else node
    listed: list[tuple[tuple[str, ...], tuple[str, ...], Sequence[tuple[str, ...]]]] = [
        (
            ("nodeclaim", "nodepool"),
            ("NAME", "TYPE", "READY", "AGE"),
            [("<name>", "<type>", "False" if bad else "True", "7m" if bad else age)],
        ),
        (
            ("node", "no"),
            ("NAME", "STATUS", "ROLES", "AGE", "VERSION"),
            [
                (f"<node-{n}>", sick if n == 1 else "Ready", "worker", age, "<version>")
                for n in (1, 2, 3)
            ],
        ),
        (
            ("deploy",),
            ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"),
            [(name, ready, count, ready.partition("/")[0], age)],
        ),
        (("sts", "statefulset"), ("NAME", "READY", "AGE"), [(name, ready, age)]),
        (
            ("rs", "replicaset", "replicationcontroller"),
            ("NAME", "DESIRED", "CURRENT", "READY", "AGE"),
            [
                (
                    f"{name}-{world.suffixes[0].partition('-')[0]}",
                    count,
                    count,
                    ready.partition("/")[0],
                    age,
                )
            ],
        ),
        (
            ("ds", "daemonset"),
            ("NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"),
            [(name, count, count, ready.partition("/")[0], count, ready.partition("/")[0], age)],
        ),
        (
            ("hpa", "horizontalpodautoscaler"),
            ("NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"),
            [
                (
                    name,
                    f"Deployment/{name}",
                    "93%/70%" if bad else "48%/70%",
                    "3",
                    "10",
                    "10" if bad else "4",
                    age,
                )
            ],
        ),
        (
            ("pdb", "poddisruptionbudget"),
            ("NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"),
            [(name, "2", "N/A", "0" if bad else "1", age)],
        ),
        (
            ("pvc", "persistentvolumeclaim"),
            ("NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "AGE"),
            [
                (
                    f"data-{name}-0",
                    "Pending" if bad else "Bound",
                    "" if bad else "<volume>",
                    "" if bad else "50Gi",
                    "" if bad else "RWO",
                    "9m" if bad else age,
                )
            ],
        ),
        (
            ("pv", "persistentvolume"),
            ("NAME", "CAPACITY", "ACCESS MODES", "STATUS", "CLAIM"),
            [("<volume>", "50Gi", "RWO", "Released" if bad else "Bound", f"data-{name}-0")],
        ),
        (
            ("job", "cronjob"),
            ("NAME", "COMPLETIONS", "DURATION", "AGE"),
            [(name, "0/1" if bad else "1/1", "47m" if bad else "3m12s", "47m")],
        ),
        (
            ("endpoint", "ep"),
            ("NAME", "ENDPOINTS", "AGE"),
            [(name, "<none>" if bad else "<address>:8080,<address>:8080", age)],
        ),
        (
            ("svc", "service"),
            ("NAME", "TYPE", "CLUSTER-IP", "PORT(S)", "AGE"),
            [(name, "ClusterIP", "<address>", "8080/TCP", age)],
        ),
        (
            ("co", "clusteroperator"),
            ("NAME", "VERSION", "AVAILABLE", "PROGRESSING", "DEGRADED", "SINCE"),
            [
                (
                    name,
                    "<version>",
                    "False" if bad else "True",
                    "False",
                    "True" if bad else "False",
                    "14m" if bad else age,
                )
            ],
        ),
        (
            ("quota", "resourcequota"),
            ("NAME", "AGE", "REQUEST"),
            [
                (
                    "<quota>",
                    age,
                    "pods: 50/50, requests.memory: 64Gi/64Gi"
                    if bad
                    else "pods: 21/50, requests.memory: 30Gi/64Gi",
                )
            ],
        ),
        (
            ("ns", "namespace", "project"),
            ("NAME", "STATUS", "AGE"),
            [(world.namespace or "default", "Active", age)],
        ),
        (
            ("certificate", "cert"),
            ("NAME", "READY", "SECRET", "AGE"),
            [(name, "False" if bad else "True", f"{name}-tls", age)],
        ),
        (("secret",), ("NAME", "TYPE", "DATA", "AGE"), [(name, "Opaque", "3", age)]),
        (("cm", "configmap"), ("NAME", "DATA", "AGE"), [(name, "2", age)]),
    ]
    return next(((head, rows) for kinds, head, rows in listed if kind.startswith(kinds)), None)

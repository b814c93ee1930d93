"""What kubectl and oc print. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from drills.scenario.printing.kube_lists import DONE, KINDS, STATUS, rows_of
from drills.scenario.printing.look import Look, table
from drills.scenario.printing.paths import found_at, last_key

_VERBS = frozenset(
    [
        "get",
        "debug",
        "describe",
        "logs",
        "log",
        "top",
        "delete",
        "scale",
        "patch",
        "apply",
        "edit",
        "rollout",
        "drain",
        "cordon",
        "uncordon",
        "set",
        "adm",
        "create",
        "annotate",
        "label",
        "taint",
        "cp",
        "run",
        "replace",
        "expose",
        "auth",
        "version",
        "config",
        "api-resources",
        "api-versions",
        "explain",
        "wait",
        "port-forward",
    ]
)
_WITH_VALUE = frozenset(
    {"-n", "--namespace", "-l", "--selector", "-o", "--output", "-c", "--container", "--context", "--since",
     "--tail", "--type", "-p", "--patch", "--sort-by", "--field-selector", "--as", "--replicas", "-f",
     "--filename", "--kubeconfig"}
)  # fmt: skip
_WORKLOADS = (
    "deploy",
    "sts",
    "statefulset",
    "ds",
    "daemonset",
    "svc",
    "service",
    "rs",
    "replicaset",
    "job",
    "cronjob",
)
_CLUSTER_WIDE = (
    "pv",
    "persistentvolume",
    "clusterversion",
    "clusteroperator",
    "co",
    "storageclass",
    "crd",
    "network",
    "ingressclass",
)
_SELECTED = re.compile(r"(?:\s-l|--selector)[ =]?['\"]?[\w./-]+=([a-z][a-z0-9-]{2,40})\b")
#: Pods in such a state end, and say why in their log.
_CRASHED = ("CrashLoopBackOff", "Error")
_PICKED = re.compile(
    r"(?:-o|--output)[ =]?(?:'|\")?(jsonpath|go-template|template|custom-columns|yaml|json|name)"
)


def print_kube(command: str, look: Look) -> str:  # noqa: PLR0911 -- one for each verb
    words = command.replace("\n", " ").split()
    if selected := _SELECTED.search(command):
        look = replace(look, whose=selected[1])
    verb = next((word for word in words[1:] if word in _VERBS), "get")
    after = _plain_words(words[words.index(verb) + 1 :]) if verb in words else []
    target = after[0] if after else "pods"
    if verb in ("logs", "log"):
        status = _status(look)
        if status == "Pending":
            return "(no output: the container has not started)"
        return (replace(look, troubled=True) if status in _CRASHED else look).log()
    if verb == "debug":
        return "Starting a debug pod on the node ...\nTo use host binaries, run `chroot /host`"
    if verb == "auth":
        return "no" if look.troubled else "yes"
    if verb == "describe":
        return _described(target, _which(target, after, look), look)
    if verb == "top" or (verb == "adm" and "top" in words):
        return _top(look, nodes="node" in " ".join(words))
    if verb in DONE:
        name = _object(target, after, look)
        if verb == "delete":
            kind, _, which = name.partition("/")
            name = f'{kind} "{which}"'
        return f"{name} {DONE[verb]}"
    if verb in ("rollout", "drain", "cordon", "uncordon", "set", "adm"):
        return _changed(verb, words, after, look)
    picked = _PICKED.search(command)
    if picked:
        return _picked(picked[1], target, _which(target, after, look), look)
    return _listed(
        target, look, wide="wide" in words, every=bool({"-A", "--all-namespaces"} & set(words))
    )


def _plain_words(words: Sequence[str]) -> list[str]:
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _WITH_VALUE
        else:
            found.append(word.strip("'\""))
    return found


def _changed(verb: str, words: Sequence[str], after: Sequence[str], look: Look) -> str:
    world = look.world
    if verb == "rollout":
        rest = list(after[1:])
        name = _object(rest[0], rest, look) if rest else f"deployment.apps/{world.workload}"
        return {
            "undo": f"{name} rolled back",
            "restart": f"{name} restarted",
            "pause": f"{name} paused",
            "resume": f"{name} resumed",
            "history": f"{name}\nREVISION   CHANGE-CAUSE\n41         <none>\n42         <none>",
        }.get(
            after[0] if after else "",
            (
                f'Waiting for deployment "{world.workload}" rollout to finish: 1 of 3'
                " updated replicas are available..."
            )
            if look.troubled
            else f'deployment "{world.workload}" successfully rolled out',
        )
    if verb in ("cordon", "uncordon", "drain"):
        node = after[0] if after and not after[0].startswith("$") else "<node-1>"
        done = {"cordon": "cordoned", "uncordon": "uncordoned", "drain": "drained"}[verb]
        first = f"node/{node} cordoned\nevicting pod {world.namespace or 'default'}/{look.pod(1)}\n"
        return f"{first if verb == 'drain' else ''}node/{node} {done}"
    if verb == "set":
        what = words[words.index("set") + 1] if words.index("set") + 1 < len(words) else "env"
        return (
            f"{_object(after[1] if len(after) > 1 else world.workload, after, look)} {what} updated"
        )
    return look.value() or look.log(2)


def _status(look: Look) -> str:
    if not _pods_fail(look):
        return "Running"
    title = " ".join((look.source.title, *look.source.alerts, look.step.title)).casefold()
    return next((status for word, status in STATUS if word in title), "Running")


def _pods_fail(look: Look) -> bool:
    """Pods that fail at one step do so at every other that shows them."""
    return look.troubled or look.world.pods_fail


def _name(target: str, look: Look) -> str:
    return target if "/" not in target else target.rpartition("/")[2]


def _top(look: Look, *, nodes: bool) -> str:
    if nodes:
        used = look.world.percent if look.troubled else 54
        rows = [
            ("<node-1>", "3710m", f"{used - 4}%", "14820Mi", f"{used}%"),
            ("<node-2>", "1240m", "31%", "8410Mi", "52%"),
        ]
        return table(("NAME", "CPU(cores)", "CPU%", "MEMORY(bytes)", "MEMORY%"), rows)
    high = ("1940m", "1890Mi") if look.troubled else ("320m", "741Mi")
    used3 = (high, ("310m", "720Mi"), ("280m", "690Mi"))
    return table(
        ("NAME", "CPU(cores)", "MEMORY(bytes)"),
        [(look.pod(n), *each) for n, each in enumerate(used3)],
    )


def _listed(target: str, look: Look, *, wide: bool, every: bool) -> str:
    kind = target.split("/", maxsplit=1)[0].split(",", maxsplit=1)[0].casefold()
    world = look.world
    if look.nothing():
        return f"No resources found in {world.namespace or 'default'} namespace."
    age = f"{4 + world.start % 50}d"
    if kind.startswith(("ev",)):
        return table(("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"), _events(look))
    if kind.startswith("po") or kind == "all":
        return _pods(look, wide=wide, every=every)
    name = _name(target, look) if "/" in target else world.workload
    rows = rows_of(kind, look, name)
    if rows is not None:
        return table(*rows)
    asked = target.partition("/")[2] or name
    return table(("NAME", "READY", "AGE"), [(asked, "False" if look.troubled else "True", age)])


def _pods(look: Look, *, wide: bool, every: bool) -> str:
    world, status = look.world, _status(look)
    restarts = "14 (90s ago)" if status in ("CrashLoopBackOff", "OOMKilled", "Error") else "0"
    ready = "0/1" if _pods_fail(look) else "1/1"
    age = f"{2 + world.start % 17}d"
    rows = [
        (look.pod(0), ready, status, restarts, age, "<address>", "<node-1>"),
        (look.pod(1), "1/1", "Running", "0", age, "<address>", "<node-2>"),
        (look.pod(2), "1/1", "Running", "0", age, "<address>", "<node-3>"),
    ]
    head = ("NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE")
    most = 7 if wide else 5
    if every:
        where = world.namespace or "<namespace>"
        return table(("NAMESPACE", *head[:most]), [(where, *row[:most]) for row in rows])
    return table(head[:most], [row[:most] for row in rows])


def _events(look: Look) -> list[tuple[str, ...]]:
    pod = f"pod/{look.pod(0)}"
    if not _pods_fail(look):
        return [("12m", "Normal", "Scheduled", pod, "Successfully assigned")]
    reason = {
        "Pending": ("FailedScheduling", "0/6 nodes are available: 6 Insufficient memory."),
        "ImagePullBackOff": ("Failed", "Failed to pull image: not found"),
        "CrashLoopBackOff": ("BackOff", "Back-off restarting failed container"),
        "OOMKilled": ("OOMKilling", "Memory cgroup out of memory: killed process"),
        "Evicted": ("Evicted", "The node was low on resource: ephemeral-storage."),
    }.get(_status(look), ("Unhealthy", f"Readiness probe failed: {look.errors(1)[0]}"))
    return [
        ("2m14s", "Warning", reason[0], pod, reason[1]),
        ("14m", "Normal", "Scheduled", pod, "Successfully assigned"),
    ]


def _which(target: str, after: Sequence[str], look: Look) -> str:
    """The object that is asked for: as it is called in the command, else a name that fits its kind."""
    kind, slash, name = target.partition("/")
    if not slash:
        name = after[1] if len(after) > 1 else ""
    if name and not name.startswith(("$", "<", "{")):
        return name
    if kind.casefold().startswith("po"):
        return look.pod(0)
    if name.casefold() == "<name>":
        return look.world.workload
    return (
        look.world.workload if kind.casefold().startswith(_WORKLOADS) else f"<{kind.rstrip('s')}>"
    )


def _described(target: str, named: str, look: Look) -> str:
    kind = target.split("/", maxsplit=1)[0].casefold()
    world = look.world
    if kind in ("node", "nodes", "no"):
        pressure = world.topic.key if look.troubled else ""
        rows = [
            (
                "MemoryPressure",
                str(pressure == "memory"),
                "KubeletHasInsufficientMemory"
                if pressure == "memory"
                else "KubeletHasSufficientMemory",
            ),
            (
                "DiskPressure",
                str(pressure == "disk"),
                "KubeletHasDiskPressure" if pressure == "disk" else "KubeletHasNoDiskPressure",
            ),
            ("PIDPressure", "False", "KubeletHasSufficientPID"),
            (
                "Ready",
                "Unknown" if pressure == "node" else "True",
                "NodeStatusUnknown" if pressure == "node" else "KubeletReady",
            ),
        ]
        shown = table(("  Type", "Status", "Reason"), [(f"  {a}", b, c) for a, b, c in rows])
        return f"Name:   {named}\nConditions:\n{shown}"
    if not kind.startswith("po"):
        state = "False" if look.troubled else "True"
        said = look.errors(1)[0] if look.troubled else "All is as requested"
        space = (
            ""
            if kind.startswith(_CLUSTER_WIDE)
            else f"Namespace:    {world.namespace or '<namespace>'}\n"
        )
        events = (
            table(("  Type", "Age", "Message"), [("  Warning", "2m14s", said)])
            if look.troubled
            else "  <none>"
        )
        return (
            f"Name:         {named}\n{space}Status:\n  Conditions:\n    Type:     Available\n"
            f"    Status:   {state}\n    Message:  {said}\nEvents:\n{events}"
        )
    status = _status(look)
    waits = status in ("CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError")
    lines = [
        f"Name:             {named}",
        f"Namespace:        {world.namespace or '<namespace>'}",
        f"Status:           {'Pending' if status == 'Pending' else 'Running'}",
    ]
    if status != "Pending":
        lines += ["Containers:", "    State:          " + ("Waiting" if waits else "Running")]
        if waits:
            lines.append(f"      Reason:       {status}")
        if status in ("CrashLoopBackOff", "OOMKilled", "Error"):
            killed = world.topic.key == "memory" or status == "OOMKilled"
            lines += [
                "    Last State:     Terminated",
                f"      Reason:       {'OOMKilled' if killed else 'Error'}",
                f"      Exit Code:    {137 if killed else 1}",
            ]
        lines += [
            f"    Ready:          {not _pods_fail(look)}",
            f"    Restart Count:  {14 if status in ('CrashLoopBackOff', 'OOMKilled', 'Error') else 0}",
        ]
    return "\n".join([*lines, "Events:", _event_table(look)])


def _event_table(look: Look) -> str:
    rows = [(f"  {kind}", reason, seen, said) for seen, kind, reason, _, said in _events(look)]
    return table(("  Type", "Reason", "Age", "Message"), rows)


def _picked(  # noqa: PLR0911 -- one for each kind of path
    how: str, target: str, name: str, look: Look
) -> str:
    value = look.value()
    if how == "name":
        which = look.pod(0) if target.startswith("po") else name
        return f"{KINDS.get(target, target.rstrip('s'))}/{which}"
    if how in ("yaml", "json"):
        said = look.errors(1)[0] if look.troubled else "as requested"
        state = "False" if look.troubled else "True"
        if how == "json":
            return (
                f'{{"metadata": {{"name": "{name}"}}, "status": {{"conditions":'
                f' [{{"type": "Available", "status": "{state}", "message":'
                f' "{said}"}}]}}}}'
            ).replace("\\", "")
        return (
            f"metadata:\n  name: {name}\n  generation: 7\nstatus:\n  conditions:\n  - type: Available\n"
            f'    status: "{state}"\n    message: "{said}"\n  observedGeneration: {6 if look.troubled else 7}'
        )
    if value:
        return value
    if "namespace" in look.step.text.casefold() and how == "custom-columns":
        return look.world.namespace or "<namespace>"
    path = re.search(r"(?:jsonpath|template|columns)\S*", look.step.text)
    asked = path[0].casefold() if path else ""
    if re.fullmatch(r"[^.]*\.status\W*", asked):
        return f'{{"conditions": {found_at("conditions", name, look)}}}'
    if found := found_at(last_key(asked), name, look):
        return found
    if (
        re.search(r"(?:name|version|image|class)\W*(?:\\n|\{|\}|'|\"|$)", asked)
        and not look.troubled
    ):
        return name
    if "status" in asked or "condition" in asked:
        return "False" if look.troubled else "True"
    if look.troubled:
        return "(an empty line)"
    return name if "name" in asked or not asked else "(as requested)"


def _object(target: str, after: Sequence[str], look: Look) -> str:
    kind, slash, name = target.partition("/")
    if not slash:
        following = next((b for a, b in pairwise(after) if a == target), "")
        name = following if following and "=" not in following else ""
    whole = KINDS.get(kind, kind)
    if not name or name.startswith(("$", "<")):
        own = look.pod(0) if whole == "pod" else look.world.workload
        name = name if name.startswith("<") else own
    return f"{whole}/{name}"

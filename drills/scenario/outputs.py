"""What a tool prints: as its own tables and words, with the numbers of the pretended world. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from drills.scenario.source import Source, StepFacts
from drills.scenario.world import World, bounds, trouble_bound

_VERBS = (
    "get",
    "describe",
    "logs",
    "log",
    "top",
    "exec",
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
    "debug",
    "create",
    "annotate",
    "label",
    "taint",
    "cp",
    "run",
)
#: The last of a pipe counts lines.
_COUNTED = re.compile(r"\b(?:grep\s+(?:-\w+\s+)*-\w*c|wc\s+-l)\b")
_DONE = {
    "delete": "deleted",
    "apply": "configured",
    "create": "created",
    "set": "env updated",
    "scale": "scaled",
    "patch": "patched",
    "edit": "edited",
    "annotate": "annotated",
    "label": "labeled",
    "taint": "tainted",
}
_PICKED = ("jsonpath", "template", "-o yaml", "-o json", "-oyaml", "jq ")
_COLUMNS = re.compile(r"\bselect\s+(?:distinct\s+)?(.+?)\s+from\b", re.IGNORECASE | re.DOTALL)
_NOTHING = re.compile(
    r"\b(?:no (?:rows|output|lines|results?|errors?|entries|pods|events)|nothing|empty|none)\b",
    re.IGNORECASE,
)
_LABELS = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Look:
    """Whoever looks: at which step, in which world, and whether the trouble shows there."""

    step: StepFacts
    source: Source
    world: World
    troubled: bool


def _kube(command: str, look: Look) -> str:
    words = command.replace("\n", " ").split()
    verb = next((word for word in words[1:] if word in _VERBS), "get")
    after = words[words.index(verb) + 1 :] if verb in words else []
    target = next((word for word in after if not word.startswith("-")), "pods")
    if verb in ("logs", "log"):
        said = _logs(command, look)
    elif verb == "describe":
        said = "\n".join(_events(look))
    elif verb == "top":
        said = _top(look)
    elif verb == "set" and "--list" in words:
        said = plain(look)
    elif verb in _DONE:
        said = f"{_object(target, after, look.world)} {_DONE[verb]}"
    elif verb in ("rollout", "drain", "cordon", "uncordon"):
        seconds = look.world.rng.randrange(20, 95)
        said = f"{_object(target, after, look.world)}: {verb} done after {seconds} s"
    elif any(option in command for option in _PICKED):
        said = plain(look)
    else:
        said = _listed(target.split("/")[0].split(",")[0], look)
    return said


def _top(look: Look) -> str:
    used = (("940m", "1890Mi"), ("310m", "720Mi"), ("280m", "690Mi"))
    rows = [(look.world.pod(n), *each) for n, each in enumerate(used)]
    return _table(("NAME", "CPU(cores)", "MEMORY(bytes)"), rows)


def _listed(kind: str, look: Look) -> str:
    kind, world, bad = kind.casefold(), look.world, look.troubled
    age = f"{world.rng.randrange(4, 60)}d"
    if kind.startswith("ev"):
        return "\n".join(_events(look)[1:])
    if kind.startswith(("po", "all")):
        return _pods(look)
    ready = "1/3" if bad else "3/3"
    node = "NotReady" if bad and "node" in look.source.title.casefold() else "Ready"
    listed: list[tuple[tuple[str, ...], tuple[str, ...], Sequence[tuple[str, ...]]]] = [
        (
            ("node", "no"),
            ("NAME", "STATUS", "ROLES", "AGE"),
            [(f"<node {n}>", node if n == 1 else "Ready", "<none>", age) for n in (1, 2, 3)],
        ),
        (
            ("deploy", "rs", "replicaset", "sts", "statefulset", "ds", "daemonset"),
            ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"),
            [(world.workload, ready, "3", ready[0], age)],
        ),
        (
            ("hpa", "horizontalpodautoscaler"),
            ("NAME", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS"),
            [(world.workload, "93%/70%" if bad else "48%/70%", "3", "10", "10")],
        ),
        (
            ("pvc", "persistentvolume", "pv"),
            ("NAME", "STATUS", "CAPACITY", "ACCESS MODES", "AGE"),
            [(f"data-{world.workload}-0", "Bound", "50Gi", "RWO", age)],
        ),
        (
            ("job", "cronjob"),
            ("NAME", "COMPLETIONS", "DURATION", "AGE"),
            [(world.workload, "0/1" if bad else "1/1", "11m", "11m")],
        ),
    ]
    for kinds, head, rows in listed:
        if kind.startswith(kinds):
            return _table(head, rows)
    return _table(("NAME", "AGE"), [(world.workload, age)])


def _pods(look: Look) -> str:
    title = look.source.title.casefold()
    status = "Running"
    for word, shown in (
        ("crash", "CrashLoopBackOff"),
        ("oom", "OOMKilled"),
        ("pending", "Pending"),
        ("waiting", "ImagePullBackOff"),
        ("not ready", "Running"),
        ("evict", "Evicted"),
        ("image", "ImagePullBackOff"),
    ):
        if look.troubled and word in title:
            status = shown
            break
    restarts = "14 (90s ago)" if status in ("CrashLoopBackOff", "OOMKilled") else "0"
    ready = "0/1" if look.troubled else "1/1"
    age = f"{look.world.rng.randrange(2, 20)}d"
    return _table(
        ("NAME", "READY", "STATUS", "RESTARTS", "AGE"),
        [
            (look.world.pod(0), ready, status, restarts, age),
            (look.world.pod(1), "1/1", "Running", "0", age),
        ],
    )


def _events(look: Look) -> list[str]:
    said = (look.source.log_lines or ("Readiness probe failed",))[0]
    rows = [("Type", "Reason", "Age", "Message")]
    if look.troubled:
        rows += [
            ("Warning", "Unhealthy", "6m (x12)", said[:120]),
            ("Warning", "BackOff", "2m (x9)", "Back-off, see the log"),
        ]
    rows += [("Normal", "Scheduled", "1h", f"Assigned {look.world.pod(0)}")]
    return ["Events:", *_table(rows[0], rows[1:]).split("\n")]


def _logs(command: str, look: Look) -> str:
    if _COUNTED.search(command) and bounds(look.step.expect):
        return plain(look)
    if not look.troubled:
        return plain(look)
    said = look.source.log_lines
    if not said:
        return (
            f"One error, about once a minute since {look.world.time()}."
            " (The runbook quotes none: say one of your own system's.)"
        )
    return "\n".join(
        f"{look.world.clock(n + 1, 11 * n + 7)} ERROR {said[n % len(said)]}" for n in range(4)
    )


def _sql(command: str, look: Look) -> str:
    found = _COLUMNS.search(command)
    if not found:
        return "OK" if not look.step.observes else plain(look)
    columns = [_column(each) for each in _split(found[1])][:8]
    limits = bounds(look.step.expect)
    if not look.troubled and _NOTHING.search(look.step.expect):
        return _table(tuple(columns), [], between=" | ") + "\n(0 rows)"
    rows = []
    for n in range(
        1 if "count(" in command.casefold() and "group by" not in command.casefold() else 3
    ):
        row = []
        for at, column in enumerate(columns):
            if at == 0 and limits and n == 0 and column.casefold() not in ("pid", "id"):
                row.append(
                    look.world.bad(limits[0]) if look.troubled else look.world.good(limits[0])
                )
            elif column.casefold() == "total" and row:
                row.append(str(round(float(re.sub(r"[^\d.]", "", row[0]) or 0) * 1.03) + 1))
            else:
                row.append(_cell(column, n, look.world))
        rows.append(tuple(row))
    return _table(tuple(columns), rows, between=" | ")


def _split(columns: str) -> list[str]:
    depth, parts, part = 0, [], ""
    for letter in columns:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def _column(text: str) -> str:
    text = " ".join(text.split())
    named = re.search(r"\bas\s+\"?(\w+)\"?\s*$", text, re.IGNORECASE)
    if named:
        return named[1]
    call = re.match(r"(\w+)\s*\(", text)
    return call[1] if call else text.rpartition(".")[2].strip('"*') or "value"


def _cell(column: str, row: int, world: World) -> str:
    name = column.casefold()
    if name in ("pid", "id") or name.endswith("_id"):
        return str(21_407 + 613 * row)
    if "state" in name or "status" in name:
        return ("active", "idle in transaction", "idle")[row % 3]
    if any(
        part in name for part in ("running", "age", "duration", "longest", "time", "lag", "since")
    ):
        return ("00:07:42", "00:03:10", "00:00:21")[row % 3]
    if any(part in name for part in ("name", "app", "user", "host")):
        return (world.workload, f"{world.workload} (2)", "(another)")[row % 3]
    if "query" in name or "sql" in name:
        return "(a long statement)"
    return str((148, 37, 9)[row % 3])


def metric(command: str, look: Look) -> str:
    limit = next(iter(bounds(look.step.expect)), None) or trouble_bound(look.source)
    value = "1"
    if limit:
        value = look.world.bad(limit) if look.troubled else look.world.good(limit)
    labels = _LABELS.search(command)
    shown = "{" + labels[1] + "}" if labels and labels[1].strip() else "{}"
    return (
        f"{shown}  {value}\n(rising since {look.world.time()})"
        if look.troubled
        else f"{shown}  {value}"
    )


def _disk(command: str, look: Look) -> str:
    inodes = "-i" in command.split()
    used = 97 if look.troubled else 61
    head = (
        "Filesystem",
        "Inodes" if inodes else "Size",
        "IUsed" if inodes else "Used",
        "IUse%" if inodes else "Use%",
        "Mounted on",
    )
    size = "6553600" if inodes else "50G"
    full = (
        ("6356992" if look.troubled else "3997696")
        if inodes
        else ("48G" if look.troubled else "31G")
    )
    return _table(head, [("/dev/sda1", size, full, f"{used}%", "/")])


def _memory(command: str, look: Look) -> str:
    free = "412Mi" if look.troubled else "9.1Gi"
    return _table(
        ("", "total", "used", "available"),
        [("Mem:", "16Gi", "15Gi" if look.troubled else "6.2Gi", free)],
    )


def _http(command: str, look: Look) -> str:
    if look.troubled:
        return "HTTP/1.1 503 Service Unavailable\n(after 10.0 s)"
    return "HTTP/1.1 200 OK\n(after 0.1 s)"


def _unit(command: str, look: Look) -> str:
    if " restart" in command or " start" in command or " reload" in command:
        return "(no output: it took 3 s, exit code 0)"
    state = "failed (Result: exit-code)" if look.troubled else "active (running)"
    return f"Active: {state} since {look.world.clock()}\n" + _logs(command, look)


def _etcd(command: str, look: Look) -> str:
    rows = [
        (
            "<member 1>",
            "true" if not look.troubled else "false",
            "2.3 GB" if look.troubled else "310 MB",
        ),
        ("<member 2>", "true", "310 MB"),
    ]
    if "defrag" in command:
        return "Finished defragmenting etcd member"
    return _table(("MEMBER", "HEALTH", "DB SIZE"), rows)


def _network(command: str, look: Look) -> str:
    return (
        "4 packets sent, 1 received, 75% packet loss"
        if look.troubled
        else "4 packets sent, 4 received, 0% packet loss"
    )


def _names(command: str, look: Look) -> str:
    return (
        ";; status: SERVFAIL, after 5000 ms" if look.troubled else ";; status: NOERROR, after 4 ms"
    )


def _certificate(command: str, look: Look) -> str:
    return f"notAfter: today, {look.world.time(38)}" if look.troubled else "notAfter: in 90 days"


def plain(look: Look) -> str:
    if not look.step.observes:
        return "(no output, exit code 0)"
    limit = next(iter(bounds(look.step.expect)), None)
    if limit:
        return look.world.bad(limit) if look.troubled else look.world.good(limit)
    if look.troubled and look.step is look.world.cause:
        said = look.source.log_lines or look.source.symptoms or (look.source.title,)
        return f"(much that is as always, and in it:) {said[0]}"
    expected = re.split(r"(?<=[.;])\s", look.step.expect)[0].rstrip(".;")
    return f"({expected})" if expected else "(nothing unusual in it)"


def _object(target: str, after: list[str], world: World) -> str:
    if "/" in target:
        return target
    names = [word for word in after if not word.startswith("-")]
    following = next((b for a, b in pairwise(names) if a == target), world.workload)
    return f"{target}/{following}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, between: str = "   ") -> str:
    widths = [max(len(str(row[n])) for row in [head, *rows]) for n in range(len(head))]
    return "\n".join(
        between.join(
            str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in [head, *rows]
    )


Draw = Callable[[str, Look], str]
DRAW: tuple[tuple[frozenset[str], Draw], ...] = (
    (frozenset({"kubectl", "oc"}), _kube),
    (frozenset({"psql", "mysql", "sqlite3"}), _sql),
    (
        frozenset({"journalctl", "tail", "docker", "dmesg", "grep", "less", "crictl", "podman"}),
        _logs,
    ),
    (frozenset({"df", "du"}), _disk),
    (frozenset({"free", "vmstat"}), _memory),
    (frozenset({"curl", "wget", "http"}), _http),
    (frozenset({"systemctl", "service"}), _unit),
    (frozenset({"etcdctl"}), _etcd),
    (frozenset({"ping", "traceroute", "nc", "telnet"}), _network),
    (frozenset({"dig", "nslookup", "host"}), _names),
    (frozenset({"openssl"}), _certificate),
)

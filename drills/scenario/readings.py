"""What players see when they run a step's command or look where it says. Pure.

Diagnosis shows the trouble until something is done, what is done answers as its tool does; numbers come from the
step's own `Expect:` and the alert's threshold, names from the runbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from drills.scenario.shapes import Reading
from drills.scenario.source import METRIC, Source, StepFacts, program_of, runs
from drills.scenario.world import World, bounds, trouble_bound

_KUBE = re.compile(r"^(?:kubectl|oc)\b")
_VERBS = (
    "get", "describe", "logs", "log", "top", "exec", "delete", "scale", "patch", "apply", "edit", "rollout",
    "drain", "cordon", "uncordon", "set", "adm", "debug", "create", "annotate", "label", "taint", "cp", "run",
)  # fmt: skip
_COLUMNS = re.compile(r"\bselect\s+(?:distinct\s+)?(.+?)\s+from\b", re.IGNORECASE | re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*\$?\.?([\w.-]+)[^{}]*\}\}")
_NOTHING = re.compile(
    r"\b(?:no (?:rows|output|lines|results?|errors?|entries|pods|events)|nothing|empty|none)\b",
    re.IGNORECASE,
)
_LABELS = re.compile(r"\{([^{}]*)\}")
_ASK = re.compile(
    r"^(?:please\s+)?(?:(?:check|verify|see|find out|determine|investigate|confirm|look)(?:\s+(?:if|whether|that|for))"
    r"|check|verify|investigate|look (?:at|into|for)|inspect|examine|review|make sure|ensure|confirm)(?:\s+that)?\s+",
    re.IGNORECASE,
)
_IF = re.compile(r"^(?:please\s+)?\w+(?:\s+\w+)?\s+(?:if|whether|that)\s+", re.IGNORECASE)


def readings_of(source: Source, world: World) -> list[Reading]:
    """One for each step: every step can be played."""
    return [Reading(step=step.label, output=_of_step(step, source, world)) for step in source.steps]


def _of_step(step: StepFacts, source: Source, world: World) -> str:
    troubled = step.section == "diagnosis" and _shows_trouble(step, world)
    parts: list[str] = []
    for language, written in step.commands[:4]:
        command = _VARIABLE.sub(r"<\1>", written)
        parts.append(
            f"{_echo(command)}\n{_output(language, command, step, source, world, troubled=troubled)}"
        )
    if not parts:
        parts.append(_without_command(step, source, world, troubled=troubled))
    elif step.expect:
        parts.append(_verdict(step, world, troubled=troubled))
    return "\n\n".join(parts)[:5_900]


def _shows_trouble(step: StepFacts, world: World) -> bool:
    """Where the trouble is to be seen: at its cause, and wherever a number says how bad it is."""
    return (
        world.cause is None or step is world.cause or not step.expect or bool(bounds(step.expect))
    )


def _echo(command: str) -> str:
    lines = command.split("\n")
    return "\n".join([f"$ {lines[0]}", *(f"> {line}" for line in lines[1:6])])


def _output(
    language: str, command: str, step: StepFacts, source: Source, world: World, *, troubled: bool
) -> str:
    line = next((line.strip() for line in command.split("\n") if line.strip()), "").removeprefix(
        "sudo "
    )
    program = program_of(command)
    if language in ("promql", "logql") or (not program and METRIC.search(command)):
        return _metric(command, step, source, world, troubled=troubled)
    if language in ("yaml", "yml", "json", "toml", "ini") and not runs(line):
        return "(a configuration to compare with: read out what stands there today)"
    for programs, draw in _DRAW:
        if program in programs:
            return draw(command, step, source, world, troubled)
    return _plain(step, source, world, troubled)


def _kube(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    words = command.replace("\n", " ").split()
    verb = next((word for word in words[1:] if word in _VERBS), "get")
    after = words[words.index(verb) + 1 :] if verb in words else []
    target = next((word for word in after if not word.startswith("-")), "pods")
    if verb in ("logs", "log"):
        return _logs(command, step, source, world, troubled)
    if verb == "describe":
        return "\n".join(_events(source, world, troubled))
    if verb == "top":
        rows = [
            (world.pod(n), f"{(940, 310, 280)[n]}m", f"{(1890, 720, 690)[n]}Mi") for n in range(3)
        ]
        return _table(("NAME", "CPU(cores)", "MEMORY(bytes)"), rows)
    if verb in (
        "delete",
        "scale",
        "patch",
        "apply",
        "edit",
        "annotate",
        "label",
        "create",
        "set",
        "taint",
    ):
        done = {
            "delete": "deleted",
            "apply": "configured",
            "create": "created",
            "set": "env updated",
        }
        if verb == "set" and "--list" in words:
            return _plain(step, source, world, troubled)
        return f"{_object(target, after, world)} {done.get(verb, verb.rstrip('e') + 'ed')}"
    if verb in ("rollout", "drain", "cordon", "uncordon"):
        return f"{_object(target, after, world)}: {verb} done after {world.rng.randrange(20, 95)} s"
    if any(
        option in command
        for option in ("jsonpath", "template", "-o yaml", "-o json", "-oyaml", "jq ")
    ):
        return _plain(step, source, world, troubled)
    return _listed(target.split("/")[0].split(",")[0], source, world, troubled)


def _listed(kind: str, source: Source, world: World, troubled: bool) -> str:
    kind = kind.casefold()
    age = f"{world.rng.randrange(4, 60)}d"
    if kind.startswith(("node", "no")) and kind not in ("none",):
        state = "NotReady" if troubled and "node" in source.title.casefold() else "Ready"
        rows = [
            ("<node 1>", state, "<none>", age),
            ("<node 2>", "Ready", "<none>", age),
            ("<node 3>", "Ready", "<none>", age),
        ]
        return _table(("NAME", "STATUS", "ROLES", "AGE"), rows)
    if kind.startswith("ev"):
        return "\n".join(_events(source, world, troubled)[1:])
    if kind.startswith(("deploy", "rs", "replicaset", "sts", "statefulset", "ds", "daemonset")):
        ready = "1/3" if troubled else "3/3"
        return _table(
            ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"),
            [(world.workload, ready, "3", ready[0], age)],
        )
    if kind.startswith("hpa"):
        rows = [
            (
                world.workload,
                f"Deployment/{world.workload}",
                "93%/70%" if troubled else "48%/70%",
                "3",
                "10",
                "10",
            )
        ]
        return _table(("NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS"), rows)
    if kind.startswith(("pvc", "persistentvolumeclaim", "pv")):
        rows = [(f"data-{world.workload}-0", "Bound", "50Gi", "RWO", age)]
        return _table(("NAME", "STATUS", "CAPACITY", "ACCESS MODES", "AGE"), rows)
    if kind.startswith(("job", "cronjob")):
        return _table(
            ("NAME", "COMPLETIONS", "DURATION", "AGE"),
            [(world.workload, "0/1" if troubled else "1/1", "11m", "11m")],
        )
    if kind.startswith(("po", "pod", "all")):
        return _pods(source, world, troubled)
    return _table(("NAME", "AGE"), [(world.workload, age)])


def _pods(source: Source, world: World, troubled: bool) -> str:
    title = source.title.casefold()
    status = "Running"
    for word, shown in (
        ("crash", "CrashLoopBackOff"), ("oom", "OOMKilled"), ("pending", "Pending"), ("waiting", "ImagePullBackOff"),
        ("not ready", "Running"), ("evict", "Evicted"), ("image", "ImagePullBackOff"),
    ):  # fmt: skip
        if troubled and word in title:
            status = shown
            break
    restarts = "14 (90s ago)" if status in ("CrashLoopBackOff", "OOMKilled") else "0"
    ready = "0/1" if troubled else "1/1"
    age = f"{world.rng.randrange(2, 20)}d"
    return _table(
        ("NAME", "READY", "STATUS", "RESTARTS", "AGE"),
        [(world.pod(0), ready, status, restarts, age), (world.pod(1), "1/1", "Running", "0", age)],
    )


def _events(source: Source, world: World, troubled: bool) -> list[str]:
    said = (source.log_lines or ("Readiness probe failed",))[0]
    rows = [("Type", "Reason", "Age", "Message")]
    if troubled:
        rows += [
            ("Warning", "Unhealthy", "6m (x12)", said[:120]),
            ("Warning", "BackOff", "2m (x9)", "Back-off, see the log"),
        ]
    rows += [("Normal", "Scheduled", "1h", f"Assigned {world.pod(0)}")]
    return ["Events:", *_table(rows[0], rows[1:]).split("\n")]


def _logs(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    if not troubled:
        return _plain(step, source, world, troubled)
    said = source.log_lines
    if not said:
        return f"One error, about once a minute since {world.time()}. (The runbook quotes none: say one of your own system's.)"
    lines: list[str] = []
    for n in range(4):
        lines.append(f"{world.clock(n + 1, 11 * n + 7)} ERROR {said[n % len(said)]}")
    return "\n".join(lines)


def _sql(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    found = _COLUMNS.search(command)
    if not found:
        return "OK" if not step.observes else _plain(step, source, world, troubled)
    columns = [_column(each) for each in _split(found[1])][:8]
    limits = bounds(step.expect)
    if not troubled and _NOTHING.search(step.expect):
        return _table(tuple(columns), [], between=" | ") + "\n(0 rows)"
    rows = []
    for n in range(
        1 if "count(" in command.casefold() and "group by" not in command.casefold() else 3
    ):
        row = []
        for at, column in enumerate(columns):
            if at == 0 and limits and n == 0 and column.casefold() not in ("pid", "id"):
                row.append(world.bad(limits[0]) if troubled else world.good(limits[0]))
            elif column.casefold() == "total" and row:
                row.append(str(round(float(re.sub(r"[^\d.]", "", row[0]) or 0) * 1.03) + 1))
            else:
                row.append(_cell(column, n, world))
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


def _metric(command: str, step: StepFacts, source: Source, world: World, *, troubled: bool) -> str:
    limit = next(iter(bounds(step.expect)), None) or trouble_bound(source)
    value = "1"
    if limit:
        value = world.bad(limit) if troubled else world.good(limit)
    labels = _LABELS.search(command)
    shown = "{" + labels[1] + "}" if labels and labels[1].strip() else "{}"
    return f"{shown}  {value}\n(rising since {world.time()})" if troubled else f"{shown}  {value}"


def _disk(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    inodes = "-i" in command.split()
    used = 97 if troubled else 61
    head = (
        "Filesystem",
        "Inodes" if inodes else "Size",
        "IUsed" if inodes else "Used",
        "IUse%" if inodes else "Use%",
        "Mounted on",
    )
    size = "6553600" if inodes else "50G"
    full = ("6356992" if troubled else "3997696") if inodes else ("48G" if troubled else "31G")
    return _table(head, [("/dev/sda1", size, full, f"{used}%", "/")])


def _memory(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    free = "412Mi" if troubled else "9.1Gi"
    return _table(
        ("", "total", "used", "available"),
        [("Mem:", "16Gi", "15Gi" if troubled else "6.2Gi", free)],
    )


def _http(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    if troubled:
        return "HTTP/1.1 503 Service Unavailable\n(after 10.0 s)"
    return "HTTP/1.1 200 OK\n(after 0.1 s)"


def _unit(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    if " restart" in command or " start" in command or " reload" in command:
        return "(no output: it took 3 s, exit code 0)"
    state = "failed (Result: exit-code)" if troubled else "active (running)"
    return f"Active: {state} since {world.clock()}\n" + _logs(
        command, step, source, world, troubled
    )


def _etcd(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    rows = [
        ("<member 1>", "true" if not troubled else "false", "2.3 GB" if troubled else "310 MB"),
        ("<member 2>", "true", "310 MB"),
    ]
    if "defrag" in command:
        return "Finished defragmenting etcd member"
    return _table(("MEMBER", "HEALTH", "DB SIZE"), rows)


def _network(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    return (
        "4 packets sent, 1 received, 75% packet loss"
        if troubled
        else "4 packets sent, 4 received, 0% packet loss"
    )


def _names(command: str, step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    return ";; status: SERVFAIL, after 5000 ms" if troubled else ";; status: NOERROR, after 4 ms"


def _certificate(
    command: str, step: StepFacts, source: Source, world: World, troubled: bool
) -> str:
    return f"notAfter: today, {world.time(38)}" if troubled else "notAfter: in 90 days"


def _plain(step: StepFacts, source: Source, world: World, troubled: bool) -> str:
    if not step.observes:
        return "(no output, exit code 0)"
    limit = next(iter(bounds(step.expect)), None)
    if limit:
        return world.bad(limit) if troubled else world.good(limit)
    if troubled and step is world.cause:
        said = source.log_lines or source.symptoms or (source.title,)
        return f"(much that is as always, and in it:) {said[0]}"
    return "(what the runbook expects, see below)" if step.expect else "(nothing unusual in it)"


def _verdict(step: StepFacts, world: World, *, troubled: bool) -> str:
    wanted = re.split(r"(?<=[.;])\s", step.expect)[0].rstrip(".;")
    if not step.observes:
        return f"A few minutes later: {wanted}."
    if not troubled:
        return f"As expected: {wanted}."
    return f"Not as expected. The runbook expects: {wanted}."


def _without_command(step: StepFacts, source: Source, world: World, *, troubled: bool) -> str:
    """A step in words: what one finds when one looks, or what comes of doing it."""
    title = step.title.rstrip(".: ")
    if not step.observes:
        came = (
            _verdict(step, world, troubled=False)
            if step.expect
            else "It can be done, and takes some minutes."
        )
        return f"{title}: {came}"
    asked = _ASK.sub("", title).strip() or title
    named = f"{asked[:1].upper()}{asked[1:]}"
    board = f"{step.links[0][0]}: " if step.links else ""
    guilty = step is world.cause
    if step.expect and not guilty:
        return board + _verdict(step, world, troubled=troubled)
    if _IF.match(title):
        found = f"{'Yes' if guilty else 'No sign of it'}: {asked}."
    elif _ASK.match(title):
        found = f"{named}: {'here something is wrong' if guilty else 'as on any other day'}."
    else:
        found = f"{named}: {'this is it' if guilty else 'not so here'}."
    return (
        f"{board}{found} It began at {world.time()}, as the alert did." if guilty else board + found
    )


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


Draw = Callable[[str, StepFacts, Source, World, bool], str]
_DRAW: tuple[tuple[frozenset[str], Draw], ...] = (
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

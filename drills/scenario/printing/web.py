"""What is answered over HTTP, and what metrics say. Pure."""

from __future__ import annotations

import re

from drills.scenario.printing.look import Look, table
from drills.scenario.world import trouble_bound

_LABELS = re.compile(r"\{([^{}]*)\}")
_BY = re.compile(r"\bby\s*\(([^()]*)\)")
_EQUALS = re.compile(r"([A-Za-z_]\w*)\s*=\s*\"([^\"]*)\"")
_HIGH = ("0.47", "312", "18.4", "7", "0.93")
_LOW = ("0.02", "14", "0.6", "0", "0.21")
_CHANGES = re.compile(r"(?:-X|--request)[ =]?(?:'|\")?(PUT|POST|DELETE|PATCH)", re.IGNORECASE)


def print_http(command: str, look: Look) -> str:  # noqa: PLR0911 -- one for each kind of page
    if "http_code" in command:
        wanted = re.match(r"^\D{0,20}([1-5]\d\d)\b", look.step.expect)
        fine = wanted[1] if wanted else "200"
        return "503" if look.troubled else fine
    if re.search(r"_c(?:luster|at)/|:9200|_search|_nodes|_settings", command):
        return _search_cluster(command, look)
    if "/api/v1/" in command or "/prometheus" in command:
        return _prometheus(command, look)
    if "/metrics" in command:
        value = look.value() or ("412" if look.troubled else "3")
        name = re.search(r"\b([a-z]+(?:_[a-z0-9]+)+)\b", command.partition("/metrics")[2])
        return f"{name[1] if name else 'errors_total'} {value}"
    if _CHANGES.search(command) or re.search(r"\s(?:-d|--data\S*)\s", command):
        return 'HTTP/1.1 200 OK\n{"status":"accepted"}'
    if re.search(r"\s-\w*[Ii]\b", command):
        return f"HTTP/1.1 {'503 Service Unavailable' if look.troubled else '200 OK'}\ncontent-type: text/html"
    if look.value() and not look.troubled:
        return look.value()
    if look.troubled:
        said = look.errors(1)[0].replace('"', "'")
        if look.world.topic.key in ("network", "dns", "latency", "provider", "node"):
            return "curl: (28) Operation timed out after 10001 milliseconds with 0 bytes received"
        return f'{{"status":"unavailable","error":"{said}"}}'
    return '{"status":"ok"}'


def _search_cluster(command: str, look: Look) -> str:  # noqa: PLR0911 -- one for each page
    bad, value = look.troubled, look.value()
    if _CHANGES.search(command):
        return '{"acknowledged":true}'
    if "health" in command:
        state = (
            "red" if bad and "red" in look.source.title.casefold() else "yellow" if bad else "green"
        )
        return (
            f'{{\n  "status" : "{state}",\n  "timed_out" : false,\n  "number_of_nodes" : {5 if bad else 6},\n'
            f'  "active_shards" : {388 if bad else 412},\n  "unassigned_shards" : {24 if bad else 0}\n}}'
        )
    if "shards" in command:
        if not bad:
            return table(
                ("index", "shard", "prirep", "state"),
                [("<index>", "0", "p", "STARTED"), ("<index>", "0", "r", "STARTED")],
            )
        return table(
            ("index", "shard", "prirep", "state", "unassigned.reason"),
            [
                ("<newest index>", "2", "p", "UNASSIGNED", "ALLOCATION_FAILED"),
                ("<newest index>", "2", "r", "UNASSIGNED", "NODE_LEFT"),
            ],
        )
    if "allocation" in command:
        used = re.sub(r"\D", "", value) or (str(look.world.percent) if bad else "61")
        return table(
            ("shards", "disk.used", "disk.avail", "disk.percent", "node"),
            [
                ("141", "930gb", "41gb", used, "<node 1>"),
                ("138", "590gb", "381gb", "60", "<node 2>"),
            ],
        )
    if "nodes" in command:
        heap = re.sub(r"\D", "", value) or ("94" if bad else "58")
        return table(
            ("name", "heap.percent", "ram.percent", "load_1m"),
            [("<node 1>", heap, "97", "9.12" if bad else "1.80"), ("<node 2>", "57", "92", "1.61")],
        )
    if "indices" in command:
        return table(
            ("health", "status", "index", "docs.count", "store.size"),
            [
                (
                    "red" if bad else "green",
                    "open",
                    "<newest index>",
                    "0" if bad else "48213377",
                    "1.1gb",
                )
            ],
        )
    return value or (
        '{"error":"all shards failed","status":503}'
        if bad
        else '{"took":12,"timed_out":false,"hits":{"total":{"value":1284}}}'
    )


def _prometheus(command: str, look: Look) -> str:
    if "targets" in command:
        health = "down" if look.troubled else "up"
        said = look.errors(1)[0].replace('"', "'") if look.troubled else ""
        target = f'{{"health":"{health}","lastError":"{said}"}}'
        return f'{{"status":"success","data":{{"activeTargets":[{target}]}}}}'
    if "alerts" in command:
        name = look.source.alerts[0] if look.source.alerts else "<alert>"
        return f'{{"status":"success","data":[{{"labels":{{"alertname":"{name}"}},"state":"active"}}]}}'
    number = look.number() or ("1" if look.troubled else "0")
    value = f'{{"value":["{look.world.clock(6)}","{number}"]}}'
    return f'{{"status":"success","data":{{"result":[{value}]}}}}'


def metric_value(name: str, look: Look) -> str:
    """A number for a metric of which nobody says what is healthy."""
    at = sum(map(ord, name)) % len(_HIGH)
    return look.number() or (_HIGH[at] if look.troubled else _LOW[at])


def print_metric(command: str, look: Look) -> str:
    said = look.value()
    limit = None
    if not said and look.step is look.world.cause:
        limit = trouble_bound(look.source)
    if limit:
        said = look.world.bad(limit) if look.troubled else look.world.good(limit)
    elif re.search(r"_info\b", command):
        said = "1"
    elif re.search(r"\bup\b", command):
        said = "0" if look.troubled else "1"
    elif not said:
        said = metric_value(command, look)
    by = _BY.search(command)
    chosen = _LABELS.search(command)
    shown = [
        f'{name}="{value}"'
        for name, value in _EQUALS.findall(chosen[1] if chosen else "")
        if value and "$" not in value
    ]
    shown += [
        f'{name.strip()}="<{name.strip()}>"'
        for name in (by[1].split(",") if by else [])
        if name.strip()
        not in ("le", "", *(named for named, _ in _EQUALS.findall(chosen[1] if chosen else "")))
    ]
    line = f"{{{', '.join(shown)}}}  {said}"
    if look.troubled:
        return (
            f"{line}\n(the graph: level until {look.world.time(-1)}, then away from it in one bend)"
        )
    return f"{line}\n(the graph: as on any other day)"

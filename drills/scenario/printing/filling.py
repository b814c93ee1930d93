"""Names for what a command or an output leaves open: the world's own, else plain ones. Pure.

A node is node-1 and a pod is the world's pod wherever it is named; addresses stay open, since any that is
written here could be somebody's.
"""

from __future__ import annotations

import re

from drills.scenario.world import World

_OPEN = re.compile(r"(?<![<\w])<([A-Za-z](?:[\w .-]{0,38}\w)?)>( {2,})?")
_NUMBERED = re.compile(r"^(.*?)[ _-]?(\d{1,2})$")
#: Words of tools, and what nobody may fill in.
_STAY = re.compile(
    r"^(?:none|unknown|pending|invalid|nil|html|body|head|eof)$"
    r"|\b(?:ip|addr(?:ess)?|url|uri|host ?name|host|fqdn|domain|endpoint|e-?mail|user(?: ?name)?"
    r"|password|token|secret|key|id|date|time|account|region)$"
)
_ENDS = re.compile(r"[ _-]?(?:name|s)$")
_WORKLOADS = frozenset(
    [
        "deployment",
        "deploy",
        "daemonset",
        "statefulset",
        "sts",
        "ds",
        "replicaset",
        "service",
        "svc",
        "app",
        "application",
        "container",
        "process",
        "job",
        "cronjob",
        "release",
        "workload",
        "component",
        "alert",
    ]
)
_CLAIMS = frozenset({"pvc", "persistentvolumeclaim", "claim"})
_WITH_UNDERSCORE = frozenset({"table", "database", "schema", "column"})
_MOST_WORDS = 3


def filled(text: str, world: World) -> str:
    """With a name in the place of `<pod>`, `<node-1>`, `<namespace>`; what asks for more stays as it is."""

    def name(match: re.Match[str]) -> str:
        before = re.split(r"\s", text[max(0, match.start() - 200) : match.start()])[-1]
        if (
            "://" in before
            or "@" in before
            or re.match(r"\.\w", text[match.end() : match.end() + 2])
        ):
            return match[0]  # a name within an address is an address that nobody gave
        found = _name(match[1], world)
        if not found:
            return match[0]
        room = len(match[0]) - len(found)
        return found + " " * max(room, 2) if match[2] else found  # columns stay columns

    return _OPEN.sub(name, text)


def _name(asked: str, world: World) -> str:
    words = asked.casefold().replace("_", " ").replace("-", " ").strip()
    numbered = _NUMBERED.match(words)
    number = int(numbered[2]) if numbered else 1
    bare = numbered[1].strip() if numbered else words
    if _STAY.search(bare):
        return ""
    bare = _ENDS.sub("", bare).strip() or bare
    last = bare.rpartition(" ")[2]
    own = _of_the_world(last, number, world)
    if own or len(bare.split()) > _MOST_WORDS:
        return own
    mark = "_" if last in _WITH_UNDERSCORE else "-"
    return f"{bare.replace(' ', mark)}{mark}{number}"


def _of_the_world(kind: str, number: int, world: World) -> str:
    if kind == "name" or kind in _WORKLOADS:
        return world.workload if number == 1 else f"{world.workload}-{number}"
    if kind in _CLAIMS:
        return f"data-{world.workload}-0"
    return {
        "pod": world.pod(number - 1),
        "po": world.pod(number - 1),
        "namespace": world.namespace or "default",
        "ns": world.namespace or "default",
        "project": world.namespace or "default",
        "version": "v1.29.4",
        "volume": f"pvc-{world.suffixes[0].partition('-')[0]}",
        "pv": f"pvc-{world.suffixes[0].partition('-')[0]}",
    }.get(kind, "")

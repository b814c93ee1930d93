"""What a path into an object finds: `.status.conditions`, `.items[].metadata.name`. Pure."""

from __future__ import annotations

import re

from drills.scenario.printing.look import Look

_STEP = re.compile(r"\.(?:\\\.|[A-Za-z])[\w-]*")
_CONDITION = '{{"type": "{}", "status": "{}"{}}}'


def last_key(path: str) -> str:
    """The last name in a path, in small letters: of `{.items[*].status.phase}{"\n"}` it is `phase`."""
    found = _STEP.findall(path)
    return found[-1].lstrip(".").casefold() if found else ""


def found_at(key: str, name: str, look: Look) -> str:  # noqa: PLR0911 -- one for each kind of value
    """What stands under `key` in the object called `name`; "" where nobody can say."""
    bad = look.troubled
    if key == "conditions":
        kind = "Ready" if "node" in look.step.text.casefold() else "Available"
        said = f', "message": "{look.errors(1)[0]}"'.replace("\\", "") if bad else ""
        return f"[{_CONDITION.format(kind, str(not bad), said)}]"
    if key in ("allocatable", "capacity", "requests", "limits"):
        return f'{{"cpu": "7910m", "memory": "{"1204Mi" if bad else "30210Mi"}", "pods": "110"}}'
    if key in ("nodename", "node"):
        return "<node-1>"
    if key == "namespace":
        return look.world.namespace or "default"
    if key == "name" or key.endswith("name"):
        return name
    if key in ("message", "reason", "error"):
        return look.errors(1)[0] if bad else ""
    if key == "phase":
        return "Pending" if bad else "Running"
    if re.search(r"^(?:ready|available|updated)", key):
        return "2" if bad else "3"
    if key == "replicas":
        return "3"
    if re.search(r"count|total|size$|length|number|generation|restarts", key):
        return look.number() or ("7" if bad else "0")
    return ""

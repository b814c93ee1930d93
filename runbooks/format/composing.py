"""Writing a runbook's file anew: fields in the documented order, each written the one way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runbooks.format.alert_entry import write_alert
from runbooks.format.meta import KEYS, field_of
from runbooks.format.shapes import Access, AlertEntry, EscalationStep, Meta
from runbooks.format.yaml_writing import one_line


def compose(meta: Meta | Mapping[str, Any], body: str) -> str:
    """The file with these facts and this body. `parse` reads the same facts from it, and the same body.

    A mapping has the fields of `Meta` by their documented names, and any others; those that are empty
    are not written. The same facts always give the same bytes.
    """
    fields = _fields(meta) if isinstance(meta, Meta) else dict(meta)
    ordered = {name: fields[name] for name in KEYS if _is_stated(fields.get(name))}
    ordered |= {name: value for name, value in fields.items() if name not in KEYS}
    lines = [line for name, value in ordered.items() for line in _lines(name, value)]
    if not lines and not body.startswith(("---", "+++", "\ufeff")):
        return body
    return "".join(f"{line}\n" for line in ("---", *lines, "---")) + body


def _fields(meta: Meta) -> dict[str, Any]:
    fields = {name: getattr(meta, name) for name in KEYS}
    return fields | {k: v for k, v in meta.unknown.items() if field_of(k) is None}


def _is_stated(value: Any) -> bool:
    return value is not None and value not in ("", [], (), {})


def _lines(name: str, value: Any) -> Iterator[str]:
    if name == "review_every" and isinstance(value, int):
        value = f"{value}d"
    elif name == "alerts":
        entries = value if isinstance(value, list | tuple) else [value]
        value = [write_alert(a) if isinstance(a, AlertEntry) else a for a in entries]
    if name == "access" and isinstance(value, Mapping):
        yield "access:"
        for who, entry in value.items():
            yield f"  {one_line(str(who))}: {one_line(_access(entry))}"
    elif name == "escalation" and isinstance(value, list | tuple):
        yield "escalation:"
        for step in value:
            yield f"  - {one_line(_escalation(step))}"
    else:
        yield f"{one_line(name)}: {one_line(value)}"


def _access(entry: Any) -> Any:
    if not isinstance(entry, Access):
        return entry
    return {"how": entry.how, "check": entry.check} if entry.check else entry.how


def _escalation(step: Any) -> Any:
    if not isinstance(step, EscalationStep):
        return step
    return {k: v for k in ("after", "to", "how") if (v := getattr(step, k))}

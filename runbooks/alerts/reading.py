"""Rule files, read: Prometheus rule files and PrometheusRule resources, in YAML or JSON. Pure.

Shape: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ and the `spec` of
`monitoring.coreos.com/v1 PrometheusRule`, alone, in several documents or as items of a List.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from runbooks.alerts.yaml_tree import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    line_of,
    read_documents,
    resolved,
)
from runbooks.document import DocumentError, Problem

MAX_BYTES = 16 * 1024 * 1024
MAX_RULES = 50_000
#: Characters of an alert's name, as the library stores them.
MAX_NAME = 200
MAX_TEXT = 100_000
_LISTS = ("List", "PrometheusRuleList")


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alerting rule as written. `resource` is `namespace/name` of a PrometheusRule, else empty."""

    alert: str
    expr: str
    pending_for: str
    labels: dict[str, str]
    annotations: dict[str, str]
    group: str
    resource: str
    line: int
    node: Mapping = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What a file holds. `recognised` is False where nothing in it looks like rules."""

    text: str
    rules: tuple[AlertRule, ...]
    recording: int
    problems: tuple[Problem, ...]
    recognised: bool


def read_rules(data: bytes) -> RuleFile:
    """Alerting rules of a file; recording rules are counted. Problems are sentences with a line, and cost
    only the rule that they are about. Raises DocumentError when the file cannot be read at all."""
    if len(data) > MAX_BYTES:
        raise DocumentError(
            Problem(f"It is {len(data):,} bytes long; {MAX_BYTES:,} are read. Split it.")
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"It is not UTF-8: byte {data[error.start]:#04x} cannot be read."
        raise DocumentError(Problem(what, line)) from None
    return read_text(text.removeprefix("\ufeff"))


def read_text(text: str) -> RuleFile:
    """As `read_rules`, of a text without byte order mark."""
    reader = _Reader(text)
    for document in read_documents(text):
        reader.document(document)
    return RuleFile(
        text, tuple(reader.rules), reader.recording, tuple(reader.problems), reader.recognised
    )


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.rules: list[AlertRule] = []
        self.problems: list[Problem] = []
        self.recording = 0
        self.recognised = False
        self.seen = 0

    def document(self, node: Node) -> None:
        for root in _resources(node):
            spec = root.get("spec")
            holder = spec if isinstance(spec, Mapping) and spec.get("groups") else root
            groups = holder.get("groups")
            if groups is None:
                continue
            self.recognised = True
            if isinstance(groups, Sequence):
                for group in groups.items:
                    self.group(resolved(group), _resource_name(root))
            elif not (isinstance(groups, Scalar) and groups.is_null):
                self.problem(groups, "`groups` is no list.")

    def group(self, node: Node, resource: str) -> None:
        if not isinstance(node, Mapping):
            self.problem(node, "A group is no mapping: it needs `name` and `rules`.")
            return
        name, rules = _text(node.get("name")), node.get("rules")
        if rules is None or (isinstance(rules, Scalar) and rules.is_null):
            return
        if not isinstance(rules, Sequence):
            self.problem(rules, f"The rules of group “{name}” are no list.")
            return
        for rule in rules.items:
            self.seen += 1
            if self.seen > MAX_RULES:
                raise DocumentError(Problem(f"It holds more than {MAX_RULES:,} rules. Split it."))
            self.rule(resolved(rule), name, resource)

    def rule(self, node: Node, group: str, resource: str) -> None:
        where = f"in group “{group[:80]}”"
        if not isinstance(node, Mapping):
            self.problem(node, f"A rule {where} is no mapping.")
            return
        alert, record = _text(node.get("alert")), _text(node.get("record"))
        if record and not alert:
            self.recording += 1
            return
        sentence = _wrong_with(alert, record, node)
        if sentence:
            self.problem(node, sentence.format(where=where))
            return
        self.rules.append(
            AlertRule(
                alert=alert,
                expr=_clean(_text(node.get("expr"))),
                pending_for=_clean(_text(node.get("for")))[:40],
                labels=_texts(node.get("labels")),
                annotations=_texts(node.get("annotations")),
                group=_clean(group)[:300],
                resource=resource,
                line=line_of(self.text, node.start),
                node=node,
            )
        )

    def problem(self, node: Node, message: str) -> None:
        self.problems.append(Problem(message, line_of(self.text, node.start)))


def _resources(node: Node) -> Iterator[Mapping]:
    node = resolved(node)
    if not isinstance(node, Mapping):
        return
    items = node.get("items")
    if _text(node.get("kind")) in _LISTS and isinstance(items, Sequence):
        yield from (item for each in items.items if isinstance(item := resolved(each), Mapping))
    else:
        yield node


def _resource_name(root: Mapping) -> str:
    metadata = root.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    parts = (_text(metadata.get("namespace")), _text(metadata.get("name")))
    return _clean("/".join(part for part in parts if part))[:300]


def _wrong_with(alert: str, record: str, node: Mapping) -> str:
    if alert and record:
        return "A rule {where} is both an alert and a recording rule."
    if not alert:
        return "A rule {where} has no `alert`: it needs a name."
    if len(alert) > MAX_NAME:
        return f"An alert {{where}} has a name of {len(alert)} characters; {MAX_NAME} are read."
    if not alert.isprintable():
        return "An alert {where} has a name with characters that cannot be shown."
    if not _text(node.get("expr")):
        return f"The alert “{_braced(alert)}” {{where}} has no `expr`."
    return ""


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _text(node: Node | None) -> str:
    if isinstance(node, Scalar) and not node.is_null:
        return node.value.strip()
    return ""


def _texts(node: Node | None) -> dict[str, str]:
    if not isinstance(node, Mapping):
        return {}
    return {
        _clean(key)[:MAX_NAME]: _clean(_text(value))
        for key, value in node.pairs().items()
        if isinstance(value, Scalar)
    }


def _clean(text: str) -> str:
    """What every database takes: no NUL, no half surrogates, bounded."""
    return text[:MAX_TEXT].replace("\0", "").encode(errors="replace").decode()

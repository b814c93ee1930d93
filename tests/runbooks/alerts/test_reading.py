"""Rule files as teams have them, and as nobody should."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.alerts.reading import MAX_BYTES, read_rules, read_text
from runbooks.document import DocumentError

RULES = """groups:
- name: api
  rules:
  - alert: ApiDown
    expr: up == 0
    for: 5m
    labels: {severity: page}
    annotations: {summary: down}
  - record: api:up
    expr: sum(up)
"""
RESOURCE = """apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: api, namespace: shop}
spec:
  groups:
  - name: api
    rules:
    - alert: ApiDown
      expr: up == 0
"""


def names(text: str) -> list[str]:
    return [rule.alert for rule in read_text(text).rules]


def test_a_prometheus_rule_file_gives_its_alerts_and_counts_its_recordings():
    file = read_rules(RULES.encode())
    (rule,) = file.rules
    assert (rule.alert, rule.expr, rule.pending_for, rule.group, rule.resource, rule.line) == (
        "ApiDown",
        "up == 0",
        "5m",
        "api",
        "",
        4,
    )
    assert rule.labels == {"severity": "page"}
    assert rule.annotations == {"summary": "down"}
    assert (file.recording, file.problems, file.recognised) == (1, (), True)


def test_a_prometheus_rule_resource_says_its_namespace_and_name():
    (rule,) = read_text(RESOURCE).rules
    assert (rule.alert, rule.resource) == ("ApiDown", "shop/api")


def test_every_document_of_a_file_is_read_and_other_kinds_are_passed_over():
    other = "kind: Service\nmetadata: {name: x}\nspec: {ports: []}\n"
    text = f"---\n{other}---\n{RESOURCE}---\n{RULES}...\n"
    assert names(text) == ["ApiDown", "ApiDown"]


def test_the_items_of_a_list_are_read():
    item = {
        "kind": "PrometheusRule",
        "metadata": {"name": "a"},
        "spec": {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up"}]}]},
    }
    text = json.dumps({"kind": "List", "items": [item, {"kind": "ConfigMap"}, item]})
    assert names(text) == ["A", "A"]


def test_anchors_aliases_and_merges_mean_what_prometheus_makes_of_them():
    text = """
groups:
- name: g
  rules:
  - &first
    alert: A
    expr: up
    labels: &labels {severity: page, team: a}
  - <<: *first
    alert: B
  - alert: C
    expr: up
    labels: {<<: *labels, team: c}
"""
    rules = read_text(text).rules
    assert [(r.alert, r.expr, r.labels) for r in rules] == [
        ("A", "up", {"severity": "page", "team": "a"}),
        ("B", "up", {"severity": "page", "team": "a"}),
        ("C", "up", {"severity": "page", "team": "c"}),
    ]


@pytest.mark.parametrize(
    ("rule", "sentence", "line"),
    [
        ("  - alert: A", "The alert “A” in group “g” has no `expr`.", 4),
        ("  - expr: up", "A rule in group “g” has no `alert`: it needs a name.", 4),
        ("  - just a text", "A rule in group “g” is no mapping.", 4),
        (
            "  - {alert: A, record: a, expr: up}",
            "A rule in group “g” is both an alert and a recording rule.",
            4,
        ),
        (
            f"  - {{alert: {'A' * 201}, expr: up}}",
            "An alert in group “g” has a name of 201 characters; 200 are read.",
            4,
        ),
        (
            '  - {alert: "A\\0B", expr: up}',
            "An alert in group “g” has a name with characters that cannot be shown.",
            4,
        ),
        ("  - {alert: 'A {x}'}", "The alert “A {x}” in group “g” has no `expr`.", 4),
    ],
)
def test_a_broken_rule_costs_itself_and_is_named_with_its_line(rule, sentence, line):
    file = read_text(f"groups:\n- name: g\n  rules:\n{rule}\n  - {{alert: Good, expr: up}}\n")
    assert [r.alert for r in file.rules] == ["Good"]
    assert [(p.message, p.line) for p in file.problems] == [(sentence, line)]


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("groups:\n- name: [\n", "cannot be read as YAML", 3),
        ("a: b: c\n", "cannot be read as YAML", 1),
        ("a: *nobody\n", "The alias *nobody stands for nothing", 1),
        ("? [a, b]\n: c\n", "A key must be a text", 1),
        ("a: \x07\n", "a character that YAML does not allow", 1),
        ("[" * 100, "nested deeper than 60 levels", 1),
        ("{{- if .Values.rules }}\ngroups: []\n{{- end }}\n", "render it first (helm template)", 1),
    ],
)
def test_an_unreadable_file_says_why_and_where(text, words, line):
    with pytest.raises(DocumentError) as caught:
        read_text(text)
    assert words in str(caught.value)
    assert caught.value.problems[0].line == line


def test_what_is_not_utf_8_and_what_is_too_long_says_so():
    with pytest.raises(DocumentError, match="not UTF-8: byte 0xff"):
        read_rules(b"groups: []\n# \xff\n")
    with pytest.raises(DocumentError, match="Split it"):
        read_rules(b" " * (MAX_BYTES + 1))


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter():
    file = read_rules(b"\xef\xbb\xbf" + RULES.replace("\n", "\r\n").encode())
    assert [(r.alert, r.line) for r in file.rules] == [("ApiDown", 4)]


def test_a_bomb_of_aliases_is_read_in_its_own_size():
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert read_text("\n".join([*layers, RULES])).rules[0].alert == "ApiDown"


def test_a_bomb_of_merges_is_read_in_its_own_size():
    layers = ["a0: &a0 {x: y}"]
    layers += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 20)}]}}" for n in range(1, 30)]
    text = "\n".join([*layers, RULES.replace("labels: {", "labels: {<<: *a29, ")])
    assert read_text(text).rules[0].labels == {"x": "y", "severity": "page"}


def test_groups_that_are_shared_beyond_all_measure_are_refused():
    rules = ", ".join(["*r"] * 300)
    groups = ", ".join([f"{{name: g, rules: [{rules}]}}"] * 1)
    text = f"r: &r {{alert: A, expr: up}}\ng: &g {groups}\ngroups: [{', '.join(['*g'] * 300)}]\n"
    with pytest.raises(DocumentError, match="more than 50,000 rules"):
        read_text(text)


def test_a_file_without_rules_is_not_recognised():
    assert not read_text("kind: Service\n").recognised
    assert not read_text("").recognised
    assert read_text("groups: []\n").recognised


def test_every_real_rule_is_read(corpus):
    files = [read_rules(path.read_bytes()) for path in sorted((corpus / "rules").iterdir())]
    assert sum(len(file.rules) for file in files) == 154
    assert sum(file.recording for file in files) == 95
    assert not any(file.problems for file in files)


yaml_like = st.text(
    alphabet=st.sampled_from("abgroups: -{}[]&*<>|\"'\n\t#\x00é{{}}alertexpr,?!%@`~\\"),
    max_size=300,
)


@settings(max_examples=300, deadline=None)
@given(yaml_like)
def test_any_text_is_read_or_refused_with_a_sentence(text):
    with suppress(DocumentError):
        file = read_text(f"groups:\n- name: g\n  rules:\n  - {text}")
        assert all(rule.alert and rule.expr for rule in file.rules)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(data):
    with suppress(DocumentError):
        assert read_rules(data).text is not None

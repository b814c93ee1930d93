"""A link is set, and not another character of the file changes."""

from __future__ import annotations

import difflib
import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.alerts.links import alert_link
from runbooks.alerts.reading import RuleFile, read_rules, read_text
from runbooks.alerts.rewriting import with_links
from tests.parts import require_part

SITE = "https://runbooks.example"


def links_for(file: RuleFile) -> dict[int, str]:
    return {
        position: alert_link(SITE, rule.alert, ["pod", "namespace"])
        for position, rule in enumerate(file.rules)
    }


def rewritten(text: str) -> str:
    file = read_text(text)
    new, refused = with_links(file, links_for(file))
    assert refused == []
    return new


def changed_lines(before: str, after: str) -> list[str]:
    diff = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), n=0
    )
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]


def in_a_rule(*lines: str) -> str:
    return "groups:\n- name: g\n  rules:\n" + "".join(f"{line}\n" for line in lines)


LINK = SITE + "/a/A?namespace={{ $labels.namespace | urlquery }}&pod={{ $labels.pod | urlquery }}"


def test_a_plain_value_is_replaced_and_its_comment_stays():
    before = in_a_rule(
        "  - alert: A  # why",
        "    expr: up",
        "    annotations:",
        "      runbook_url: https://old.example/a  # keep me",
        "      summary: x",
    )
    assert changed_lines(before, rewritten(before)) == [
        "-      runbook_url: https://old.example/a  # keep me\n",
        f"+      runbook_url: {LINK}  # keep me\n",
    ]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_are_kept(quote):
    before = in_a_rule(
        "  - {alert: A, expr: up, annotations: {runbook_url: " + f"{quote}https://old{quote}" + "}}"
    )
    assert f"runbook_url: {quote}{LINK}{quote}" in rewritten(before)


@pytest.mark.parametrize("style", ["|", "|-", ">-", ">+"])
def test_a_block_value_becomes_one_line_and_what_follows_stays(style):
    before = in_a_rule(
        "  - alert: A",
        "    expr: up",
        "    annotations:",
        f"      runbook_url: {style}",
        "        https://old.example/",
        "",
        "      # about the summary",
        "      summary: x",
    )
    after = rewritten(before)
    assert changed_lines(before, after) == [
        f"-      runbook_url: {style}\n",
        "-        https://old.example/\n",
        f"+      runbook_url: {LINK}\n",
    ]


def test_a_missing_link_is_one_new_line_in_front_of_the_other_annotations():
    before = in_a_rule(
        "  - alert: A",
        "    annotations:",
        "      # what people read",
        "      summary: x",
        "    expr: up",
    )
    assert changed_lines(before, rewritten(before)) == [f"+      runbook_url: {LINK}\n"]


def test_missing_annotations_are_two_new_lines_behind_the_rule():
    before = in_a_rule(
        "  - alert: A",
        "    expr: |",
        "      up",
        "        == 0",
        "",
        "  # the next rule",
        "  - alert: B",
        "    expr: up # all",
    )
    after = rewritten(before)
    assert "        == 0\n    annotations:\n      runbook_url: https" in after
    assert "    expr: up # all\n    annotations:\n      runbook_url: https" in after
    assert len(changed_lines(before, after)) == 4


@pytest.mark.parametrize("nothing", ["", " ~", " null", " {}", " ~ # soon"])
def test_empty_annotations_are_filled(nothing):
    before = in_a_rule("  - alert: A", f"    annotations:{nothing}", "    expr: up")
    after = read_text(rewritten(before)).rules[0]
    assert after.annotations == {"runbook_url": LINK}
    assert nothing.endswith("# soon") is ("# soon" in rewritten(before))


def test_an_empty_link_is_filled():
    before = in_a_rule("  - alert: A", "    annotations:", "      runbook_url:", "    expr: up")
    assert changed_lines(before, rewritten(before))[1] == f"+      runbook_url: {LINK}\n"


def test_a_file_without_a_last_line_end_keeps_its_last_value():
    for tail in (
        "    expr: up",
        "    expr: |\n      up\n      # in the expression",
        "    expr: >\n      up",
    ):
        before = in_a_rule("  - alert: A", "    for: 1m", tail).rstrip("\n")
        after = rewritten(before)
        assert read_text(after).rules[0].expr == read_text(before).rules[0].expr
        assert read_text(after).rules[0].annotations == {"runbook_url": LINK}


@pytest.mark.parametrize("indent", [None, 1, 2, "\t"])
def test_json_stays_json(indent):
    rules = [
        {"alert": "A", "expr": "up", "annotations": {"summary": "x"}},
        {"alert": "A", "expr": "up"},
        {"alert": "A", "expr": "up", "annotations": {}},
        {"alert": "A", "expr": "up", "annotations": None},
        {"alert": "A", "expr": "up", "annotations": {"runbook_url": None}},
        {"alert": "A", "expr": "up", "annotations": {"runbook_url": "https://old", "z": "y"}},
    ]
    document = {"groups": [{"name": "g", "rules": rules}]}
    before = json.dumps(document, indent=indent if indent != "\t" else 4)
    told = json.loads(rewritten(before))["groups"][0]["rules"]
    assert [rule["annotations"]["runbook_url"] for rule in told] == [LINK] * 6
    assert told[0]["annotations"]["summary"] == "x"
    assert told[5]["annotations"]["z"] == "y"


def test_windows_line_ends_are_kept():
    before = in_a_rule("  - alert: A", "    expr: up", "  - alert: B", "    expr: |", "      up")
    after = rewritten(before.replace("\n", "\r\n"))
    assert "\n" not in after.replace("\r\n", "")


def test_letters_beyond_ascii_do_not_shift_the_place():
    before = in_a_rule(
        "  - alert: A",
        "    expr: 'größer als 日本語 🦉 \u2028 und weiter'  # ¼",
        "    annotations:",
        "      summary: “Überlauf” 🦉",
        "      runbook_url: https://old.example/größe",
    )
    assert changed_lines(before, rewritten(before))[-1] == f"+      runbook_url: {LINK}\n"


def test_annotations_that_rules_share_are_refused_with_a_sentence():
    text = in_a_rule(
        "  - alert: A",
        "    expr: up",
        "    annotations: &shared {summary: x}",
        "  - alert: B",
        "    expr: up",
        "    annotations: *shared",
        "  - alert: C",
        "    expr: up",
    )
    file = read_text(text)
    new, refused = with_links(file, links_for(file))
    assert [(str(r)[:24], r.line) for r in refused] == [
        ("The annotations of A are", 6),
        ("The annotations of B are", 9),
    ]
    assert [bool(rule.annotations.get("runbook_url")) for rule in read_text(new).rules] == [
        False,
        False,
        True,
    ]


def test_writing_twice_is_writing_once():
    before = in_a_rule("  - alert: A", "    expr: up", "  - {alert: B, expr: up}")
    once = rewritten(before)
    assert rewritten(once) == once


def test_the_real_files_change_only_in_their_links(corpus):
    for path in sorted((corpus / "rules").iterdir()):
        file = read_rules(path.read_bytes())
        new, refused = with_links(file, links_for(file))
        assert refused == []
        lines = changed_lines(file.text, new)
        assert all("      runbook_url: " in line for line in lines), path.name
        assert sum(line.startswith("+") for line in lines) == len(file.rules)
        again = read_text(new)
        assert with_links(again, links_for(again)) == (new, [])
        kept = [line for line in file.text.splitlines() if "runbook_url" not in line]
        assert [line for line in new.splitlines() if "runbook_url" not in line] == kept


def test_prometheus_reads_what_was_written(corpus, tmp_path):
    promtool = require_part("promtool")
    for path in sorted((corpus / "rules").iterdir()):
        file = read_rules(path.read_bytes())
        new, _ = with_links(file, links_for(file))
        (tmp_path / path.name).write_text(new)
        done = subprocess.run(
            [promtool, "check", "rules", "--lint=none", str(tmp_path / path.name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# Rules as hands and programs write them: any order of keys, any style, comments between.
values = st.sampled_from(
    ["up", "'up == 0'", '"a: b # c"', "|\n      up\n      == 0", ">-\n      x", "up # why"]
)
annotations = st.sampled_from(
    [
        "",
        "    annotations:\n",
        "    annotations: {}\n",
        "    annotations: {summary: 'x'}\n",
        "    annotations:\n      summary: x\n",
        "    annotations:\n      # why\n      summary: |\n        x\n\n        y\n",
        "    annotations:\n      runbook_url: https://old # c\n      z: y\n",
        "    annotations:\n      z: y\n      runbook_url: >-\n        https://old\n",
        '    annotations: {"runbook_url": "https://old", z: y}\n',
        "    annotations:\n      runbook_url:\n      z: y\n",
    ]
)
gaps = st.sampled_from(["", "\n", "  # a comment\n", "\n\n# at the margin\n"])


@st.composite
def rule(draw):
    parts = [f"    expr: {draw(values)}\n", draw(annotations)]
    if draw(st.booleans()):
        parts.append("    labels:\n      severity: page # loud\n")
    parts = draw(st.permutations(parts))
    return f"  - alert: A\n{''.join(parts)}{draw(gaps)}"


@settings(max_examples=300, deadline=None)
@given(st.lists(rule(), min_size=1, max_size=4), st.booleans(), st.booleans())
def test_whatever_the_layout_every_link_is_set_and_nothing_else_changes(rules, unfinished, windows):
    text = "groups:\n- name: g\n  rules:\n" + "".join(rules)
    text = text.rstrip("\n") if unfinished else text
    text = text.replace("\n", "\r\n") if windows else text
    file = read_text(text)
    new, refused = with_links(file, links_for(file))
    assert refused == []
    again = read_text(new)
    assert [r.annotations.pop("runbook_url") for r in again.rules] == [LINK] * len(rules)
    for one in file.rules:
        one.annotations.pop("runbook_url", None)
    assert [(r.alert, r.expr, r.labels, r.annotations) for r in again.rules] == [
        (r.alert, r.expr, r.labels, r.annotations) for r in file.rules
    ]
    assert [c for c in text if c == "#"] == [c for c in new if c == "#"]

"""Front matter: read within bounds, one field rewritten alone, a file written anew."""

from __future__ import annotations

import pytest

from runbooks.document import (
    Access,
    AlertEntry,
    DocumentError,
    EscalationStep,
    Meta,
    Problem,
    parse,
)
from runbooks.format.meta import parse_days, parse_minutes
from runbooks.frontmatter import MAX_FRONT_MATTER, compose, read_front_matter, set_field


def meta_of(yaml: str) -> Meta:
    return parse(f"---\n{yaml}\n---\n").meta


def problem_of(text: str) -> Problem:
    with pytest.raises(DocumentError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    return problem


def test_a_text_is_cut_at_its_fences():
    text = "---\ntitle: x\nowner: y\n---\nBody\n---\nmore"
    front = read_front_matter(text)
    assert text[front.start : front.end] == "title: x\nowner: y\n"
    assert text[front.body :] == "Body\n---\nmore"
    assert (front.body_line, front.lines) == (5, {"title": 2, "owner": 3})


@pytest.mark.parametrize(
    "text", ["", "Body", "----\na\n---\n", "---\n\nBody\n", "---\n# Title\n---\nx"[:10]]
)
def test_a_text_without_front_matter_is_all_body(text: str):
    assert read_front_matter(text).kind == ""
    assert parse(text).body == text


@pytest.mark.parametrize(
    "text",
    ["---\n---\nBody", "---\n\n# nothing yet\n---\nBody", "---\n...\nBody", "---\n{}\n---\nBody"],
)
def test_empty_front_matter_states_nothing(text: str):
    document = parse(text)
    assert (document.body, document.meta.unknown, document.problems) == ("Body", {}, ())


@pytest.mark.parametrize(
    ("yaml", "line", "field", "says"),
    [
        (
            "title: a\nowner: b\ntitle: c",
            4,
            "title",
            "stands twice in the front matter (first on line 2)",
        ),
        ("access:\n  x: a\n  x: b", 4, "x", "stands twice"),
        ("- a\n- b", 2, None, "no mapping"),
        ("just words", 2, None, "no mapping"),
        ("title: API: high", 2, "title", "must stand in quotes"),
        ("title: a\n\towner: b", 3, "owner", "a tab"),
        ("owner: @yash", 2, "owner", "cannot begin a value"),
        ('title: "a', 2, "title", "not closed"),
        ("title: [a, b", 2, "title", "cannot be read"),
        ("a: &x [1]\nb: *x", 2, "a", "Anchors and aliases"),
        ("a: *x", 2, "a", "Anchors and aliases"),
        ("? [a]\n: b", 2, None, "name must be a text"),
        ("a: b\n--- \nc: d", None, None, ""),
        ("a: " + "[" * 5000, 2, "a", "nested deeper than 8"),
        ("a: [" + "x," * 6000 + "]", 2, "a", "more than 5,000 values"),
        ("a: \x01", 2, None, "character that YAML does not allow"),
        ("title: " + "x" * MAX_FRONT_MATTER, 1, None, "65,536 are read"),
    ],
)
def test_bad_yaml_is_refused_with_line_and_field(
    yaml: str, line: int | None, field: str | None, says: str
):
    if line is None:  # a fence inside ends the front matter there: what follows is body
        assert parse(f"---\n{yaml}\n---\n").body.startswith("c: d")
        return
    problem = problem_of(f"---\n{yaml}\n---\nBody\n")
    assert says in problem.message
    assert (problem.line, problem.field) == (line, field)


def test_front_matter_that_is_never_closed_is_not_taken_for_body():
    problem = problem_of("---\ntitle: x\n\n# Body\n")
    assert (problem.line, "never closed" in problem.message) == (1, True)


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "Anchors" in problem_of(f"---\n{bomb}---\n").message


def test_tags_neither_construct_nor_run_anything():
    meta = meta_of("x: !!python/object/apply:os.system ['exit 1']\ny: !!int '3'\nz: !foo bar")
    assert meta.unknown == {"x": ["exit 1"], "y": "3", "z": "bar"}


def test_dates_and_odd_numbers_stay_the_text_they_are():
    meta = meta_of(
        "a: 2024-13-45\nb: 007\nc: 1:30\nd: yes\ne: 1.50\nf: 12\ng: 1.5\nh: true\ni:\nj: 1_0\nk: .inf"
    )
    assert meta.unknown == {
        **{"a": "2024-13-45", "b": "007", "c": "1:30", "d": "yes", "e": "1.50", "f": 12, "g": 1.5},
        **{"h": True, "i": None, "j": "1_0", "k": ".inf"},
    }


def test_a_title_of_digits_or_no_is_the_title_as_written():
    assert meta_of("title: 502").title == "502"
    assert meta_of("title: true").title == "true"
    assert meta_of("owner: no").owner == "no"


@pytest.mark.parametrize(
    ("yaml", "services"),
    [
        ("service: a", ("a",)),
        ("service: [a, b]", ("a", "b")),
        ("services: a, b", ("a", "b")),
        ("Services: [a, 5, a]", ("a", "5")),
        ("service: a\nservices: [b, a]", ("a", "b")),
        ("services:", ()),
    ],
)
def test_services_are_one_word_or_a_list_under_either_name(yaml: str, services: tuple[str, ...]):
    assert meta_of(yaml).services == services


def test_alerts_of_one_line_are_parted_outside_their_braces():
    alerts = meta_of('alert: \'A{x="1", y="2"}, B\'').alerts
    assert alerts == (AlertEntry("A", (("x", "=", "1"), ("y", "=", "2"))), AlertEntry("B"))


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("high", "high"),
        ("Warning", "medium"),
        ("info", "low"),
        ("none", "low"),
        ("page", "critical"),
        ("[info, warning]", "medium"),
        ("warning, critical", "critical"),
        ("P1", "critical"),
        ("sev3", "medium"),
        ("", ""),
    ],
)
def test_severity_is_the_highest_that_is_stated(written: str, severity: str):
    document = parse(f"---\nseverity: {written}\n---\n")
    assert (document.meta.severity, document.problems) == (severity, ())


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        ("severity: terrible", "no severity"),
        ("severity: {a: b}", "no severity"),
        ("title: [a]", "one line of text"),
        ("owner: [ann, bob]", "one owner"),
        ("owner: {a: b}", "one line of text"),
        ("review_every: sometimes", "number of days"),
        ("review_every: [1]", "number of days"),
        ("services: [[a]]", "list of texts"),
        ("alerts: [{a: b}]", "list of alert names"),
        ("access: {x: [a]}", "must be a text, or how"),
        ("access: {x: {when: now}}", "“when” in “access”"),
        ("escalation: [[a]]", "must have after"),
        ("escalation: [{after: soon, to: x}]", "no time to escalate"),
        ("escalation: [{after: 5m}]", "to whom"),
        ("wieght: 5", "kept as it is"),
        ("owner: ann\nOwner: bob", "say the same"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_problem_and_not_the_end(yaml: str, says: str):
    document = parse(f"---\n# first\n{yaml}\n---\nBody")
    assert says in document.problems[0].message
    assert document.problems[0].line in (3, 4)
    assert document.problems[0].field is not None
    assert document.body == "Body"


def test_access_and_escalation_may_be_written_short():
    meta = meta_of("access: {a: group a, b: }\nescalation: ['@x', {to: y, after: 1h}]")
    assert meta.access == {"a": Access("group a"), "b": Access()}
    assert meta.escalation == (EscalationStep("", None, "@x"), EscalationStep("1h", 60, "y"))
    assert meta_of("access: [a, b]").access == {"a": Access(), "b": Access()}


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("90d", 90),
        ("90", 90),
        ("3 months", 90),
        ("6 weeks", 42),
        ("Quarterly", 90),
        ("every 2 weeks", 14),
        ("1y", 365),
        ("0", None),
        ("11 years", None),
        ("-3d", None),
        ("999999999999d", None),
        ("²", None),
        ("", None),
    ],
)
def test_a_review_interval_is_days_within_bounds(written: str, days: int | None):
    assert parse_days(written) == days


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("15m", 15),
        ("1h", 60),
        ("1h30m", 90),
        ("0", 0),
        ("2 hours", 120),
        ("31d", None),
        ("soon", None),
    ],
)
def test_an_escalation_time_is_minutes_within_bounds(written: str, minutes: int | None):
    assert parse_minutes(written) == minutes


def test_hugo_front_matter_in_toml_is_read():
    document = parse(
        '+++\ntitle = "Disk full"\ndate = 2024-01-02T03:04:05Z\nweight = 5\n'
        'alerts = ["A"]\n[params]\nx = 1979-05-27\n+++\nBody\n'
    )
    assert (document.meta.title, document.meta.alerts) == ("Disk full", (AlertEntry("A"),))
    assert document.meta.unknown == {
        "date": "2024-01-02 03:04:05+00:00",
        "weight": 5,
        "params": {"x": "1979-05-27"},
    }
    assert document.meta.lines == {"title": 2, "date": 3, "weight": 4, "alerts": 5, "params": 6}
    assert document.body == "Body\n"


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("title = 'a'\ntitle = 'b'", 3),
        ("title = 'a'\nb = ", 3),
        ("a = " + "[" * 5000, 1),
        ("x = 1979-99-99", 2),
    ],
)
def test_bad_toml_is_refused_with_its_line(toml: str, line: int):
    problem = problem_of(f"+++\n{toml}\n+++\n")
    assert "front matter" in problem.message
    assert problem.line == line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\ntitle: a\nowner: ann   # who\n---\nx", "---\ntitle: a\nowner: yash   # who\n---\nx"),
        ("---\nowner: 'ann: x'\n---\n", "---\nowner: yash\n---\n"),
        ('---\nowner: "a\n  b"\ntitle: c\n---\n', "---\nowner: yash\ntitle: c\n---\n"),
        (
            "---\nowner:\n  - a\n  - b\n# next\ntitle: x\n---\n",
            "---\nowner: yash\n# next\ntitle: x\n---\n",
        ),
        ("---\nowner: [a,\n  b] # c\n---\n", "---\nowner: yash # c\n---\n"),
        ("---\nowner: |\n  a\n  b\n\ntitle: x\n---\n", "---\nowner: yash\ntitle: x\n---\n"),
        ("---\nowner:\ntitle: x\n---\n", "---\nowner: yash\ntitle: x\n---\n"),
        ("---\nowner:  # nobody\n---\n", "---\nowner: yash  # nobody\n---\n"),
        ("---\nOwner: ann\n---\n", "---\nOwner: yash\n---\n"),
        (
            "---\n  title: x\n  a:\n    owner: z\n---\n",
            "---\n  title: x\n  a:\n    owner: z\n  owner: yash\n---\n",
        ),
        ("---\r\ntitle: x\r\n---\r\ny", "---\r\ntitle: x\r\nowner: yash\r\n---\r\ny"),
        ("---\n---\nowner: z", "---\nowner: yash\n---\nowner: z"),
        ("# Title\nowner: z", "---\nowner: yash\n---\n# Title\nowner: z"),
        ("\ufeff---\nowner: a\n---\n", "\ufeff---\nowner: yash\n---\n"),
        ("{ owner: a }", "---\nowner: yash\n---\n{ owner: a }"),
        ("---\n{ owner: a, title: b }\n---\n", "---\n{ owner: yash, title: b }\n---\n"),
        (
            "+++\nowner = 'a#' # who\n[p]\nowner = 1\n+++\n",
            '+++\nowner = "yash" # who\n[p]\nowner = 1\n+++\n',
        ),
        ("+++\nowner = [\n 'a'\n]\nb = 1\n+++\n", '+++\nowner = "yash"\nb = 1\n+++\n'),
        ("+++\nb = 1\n[p]\nx = 1\n+++\n", '+++\nb = 1\nowner = "yash"\n[p]\nx = 1\n+++\n'),
    ],
)
def test_one_field_is_rewritten_and_every_other_byte_is_left(before: str, after: str):
    assert set_field(before, "owner", "yash") == after
    assert parse(after).meta.owner == "yash"
    assert set_field(after, "owner", "yash") == after


@pytest.mark.parametrize(
    "value", ["a: b", "@ann", "no", "12", "", "x # y", "'", 'say "hi"', "null", "é", "a\u2028b\x07"]
)
def test_any_text_can_be_set(value: str):
    text = set_field("---\ntitle: x\n---\ny", "note", value)
    assert parse(text).meta.unknown == {"note": value}
    assert parse(text).meta.title == "x"


def test_a_list_can_be_set():
    assert (
        set_field("---\nservice: a\n---\n", "services", ["a", "b c"])
        == '---\nservice: [a, "b c"]\n---\n'
    )


def test_a_field_that_cannot_be_set_alone_is_refused():
    with pytest.raises(DocumentError, match="cannot be rewritten"):
        set_field("---\n{ title: b }\n---\n", "owner", "yash")


def test_a_broken_front_matter_is_not_edited():
    with pytest.raises(DocumentError, match="stands twice"):
        set_field("---\na: 1\na: 2\n---\n", "owner", "yash")


def test_a_file_is_written_in_the_documented_order_and_the_same_each_time():
    meta = {
        "weight": 5,
        "escalation": [{"after": "15m", "to": "@dba", "how": "page dba"}],
        "access": {"psql": {"how": "group db", "check": "psql -c '\\conninfo'"}, "ssh": "ask"},
        "owner": "yash",
        "alerts": [AlertEntry("A", (("c", "=~", "eu-.*"),)), "B"],
        "title": 'API: "slow"',
        "services": ["api-server", "postgres"],
        "review_every": 90,
        "dashboards": ["https://grafana.example/d/pg"],
        "also": ["too many clients", "no"],
        "tags": [],
        "severity": "high",
    }
    written = compose(meta, "\n## Symptoms\n")
    assert written == (
        "---\n"
        'title: "API: \\"slow\\""\n'
        "services: [api-server, postgres]\n"
        'alerts: ["A{c=~\\"eu-.*\\"}", B]\n'
        "severity: high\n"
        "owner: yash\n"
        "dashboards: [https://grafana.example/d/pg]\n"
        'also: ["too many clients", "no"]\n'
        "review_every: 90d\n"
        "access:\n"
        '  psql: { how: "group db", check: "psql -c \'\\\\conninfo\'" }\n'
        "  ssh: ask\n"
        "escalation:\n"
        '  - { after: 15m, to: "@dba", how: "page dba" }\n'
        "weight: 5\n"
        "---\n"
        "\n## Symptoms\n"
    )
    document = parse(written)
    assert compose(document.meta, document.body) == written


def test_a_body_that_opens_like_front_matter_stays_body():
    assert parse(compose({}, "---\na: b\n---\n")).body == "---\na: b\n---\n"
    assert compose({}, "Body") == "Body"

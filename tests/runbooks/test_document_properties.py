"""What holds for every text: a result or a clear error, nothing lost, and round trips that come home."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.checks import Facts, blocking_added, check
from runbooks.document import (
    MAX_CHARS,
    MAX_LINES,
    Access,
    AlertEntry,
    Document,
    DocumentError,
    EscalationStep,
    Meta,
    parse,
    parse_alert,
    serialise,
    write_alert,
)
from runbooks.format.attributes import read_attributes
from runbooks.frontmatter import compose, set_field

EXAMPLES = settings(max_examples=150, deadline=None)

#: Pieces of which runbooks, and texts that only look like them, are made.
PIECES = st.sampled_from(
    [
        *(
            "## Diagnosis\n",
            "## Fix\n",
            "### Part\n",
            "# Title\n",
            "Resolution\n---\n",
            "## Other\n",
        ),
        *(
            "- item\n",
            "1. do\n",
            "10) do\n",
            "  - inner\n",
            "* \n",
            "-\tx\n",
            "    - four\n",
            "+ plus\n",
        ),
        *(
            "```sh\n",
            "   ```\n",
            "~~~\n",
            "    code\n",
            "kubectl delete pod {{ pod }}\n",
            "rm -rf x\n",
        ),
        *(
            "Expect: fine\n",
            "  Expect:\n",
            "   **Expect:** y\n",
            "> quote\n",
            "> ",
            ">\n",
            "words\n",
            "\n",
            "\n\n",
        ),
        *(
            " {.observe}\n",
            ' {.change undo="x {{ y }}"}',
            " {.destructive access=a,b undo='\"",
            "{{ name }}",
            "\\",
        ),
        *(
            "---\n",
            "+++\n",
            "...\n",
            "title: x\n",
            "owner: y\n",
            "a: &a [*a]\n",
            "service: [",
            "- {a: ",
            "'",
            '"',
        ),
        *(
            "|a|b|\n|-|-|\n",
            "<script>\n",
            "<!--",
            "-->\n",
            "[x](javascript:alert(1))",
            "![",
            "](",
            "\t",
            "\r",
            "\r\n",
        ),
        *(
            "\ufeff",
            "\u2028",
            "\x0b",
            "\x85",
            "é",
            "👩‍🚒",
            "\u202e",
            'Alert{a=~"',
            "{",
            "}",
            "|\n  ",
        ),
    ]
)
RUNBOOKS = st.lists(PIECES, max_size=60).map("".join)
TEXTS = st.one_of(RUNBOOKS, st.text(max_size=300))


def parsed(text: str | bytes) -> Document | None:
    try:
        return parse(text)
    except DocumentError as error:
        for problem in error.problems:
            assert problem.message.endswith((".", ")."))
            assert problem.line is not None
            assert problem.line >= 1
        return None


@EXAMPLES
@given(TEXTS)
def test_any_text_gives_a_document_that_keeps_it_or_an_error_with_a_line(text: str):
    document = parsed(text)
    if document is not None:
        assert serialise(document) == text.removeprefix("\ufeff")
        assert document.text.endswith(document.body)


@EXAMPLES
@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_an_error_with_a_line(data: bytes):
    parsed(data)


@EXAMPLES
@given(RUNBOOKS)
def test_no_word_of_the_body_is_lost_between_the_sections(text: str):
    document = parsed(text)
    if document is None:
        return
    kept = [document.meta.title, document.preamble]
    kept += [part for s in document.sections for part in (s.heading, s.markdown)]
    found = " ".join(kept).split()
    for word in document.body.split():
        assert word in found or not word.strip("#=-"), word


@EXAMPLES
@given(RUNBOOKS)
def test_a_section_with_steps_is_its_runs_and_steps_and_nothing_else(text: str):
    document = parsed(text)
    for section in document.sections if document else ():
        assert section.steps == tuple(p for p in section.parts if not isinstance(p, str))
        if not section.parts:
            continue
        kept = "\n".join(
            part
            if isinstance(part, str)
            else f"{part.markdown}\n{part.access} {part.undo} {part.tier}"
            for part in section.parts
        )
        for word in section.markdown.split():
            bare = word.strip("-+*0123456789.){}'\"")
            if bare and not bare.startswith((".", "access=", "undo=")):
                assert bare in kept, word


@EXAMPLES
@given(RUNBOOKS)
def test_steps_are_numbered_without_gaps_and_stand_on_their_lines(text: str):
    document = parsed(text)
    if document is None:
        return
    for letter in "DMR":
        own = [s for s in document.steps if s.label.startswith(letter)]
        assert [s.label for s in own] == [f"{letter}{n}" for n in range(1, len(own) + 1)]
    last = document.body.replace("\r\n", "\n").replace("\r", "\n").count("\n") + document.body_line
    previous = 0
    for step in document.steps:
        assert previous < step.line <= step.line_end <= last
        previous = step.line_end
        assert all(step.line <= command.line <= step.line_end for command in step.commands)


@EXAMPLES
@given(RUNBOOKS, st.booleans())
def test_any_document_can_be_checked_and_an_unchanged_one_adds_nothing(text: str, imported: bool):
    document = parsed(text)
    if document is None:
        return
    findings = check(document, imported=imported, facts=Facts(owner_active=False))
    assert findings[0].blocking
    assert blocking_added(findings, findings) == []
    assert len(blocking_added([], findings)) == sum(f.blocking for f in findings)


LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
).filter(str.strip)
ONE_LINE = LINES.map(lambda text: " ".join(text.split())).filter(bool)
NAMES = st.one_of(
    st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
    ONE_LINE,
    st.sampled_from(
        [
            "no",
            "12",
            "1.50",
            "@x",
            "a: b",
            "# x",
            "- x",
            "2024-01-01",
            "~",
            "{a}",
            "'",
            "x,y",
            "0x1",
        ]
    ),
)
UNIQUE = st.lists(NAMES, max_size=4, unique=True).map(tuple)
LABELS = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
MATCHERS = st.tuples(LABELS, st.sampled_from(["=", "!="]), st.text(max_size=12)).filter(
    lambda m: m[2].isprintable()
)
ALERTS = st.builds(
    AlertEntry,
    st.from_regex(r"[A-Za-z][A-Za-z0-9_:]{0,20}", fullmatch=True),
    st.lists(MATCHERS, max_size=3).map(tuple),
)
OTHER = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), LINES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)
METAS = st.builds(
    Meta,
    title=st.one_of(st.just(""), ONE_LINE),
    services=UNIQUE,
    alerts=st.lists(ALERTS, max_size=3, unique=True).map(tuple),
    severity=st.sampled_from(["", "low", "medium", "high", "critical"]),
    owner=st.one_of(st.just(""), NAMES),
    dashboards=UNIQUE,
    related=UNIQUE,
    also=st.lists(LINES.map(str.strip), max_size=3, unique=True).map(tuple),
    tags=UNIQUE,
    review_every=st.one_of(st.none(), st.integers(1, 3650)),
    access=st.dictionaries(
        NAMES, st.builds(Access, how=ONE_LINE, check=st.one_of(st.just(""), ONE_LINE)), max_size=3
    ),
    escalation=st.lists(
        st.builds(
            EscalationStep,
            st.just("15m"),
            st.just(15),
            to=ONE_LINE,
            how=st.one_of(st.just(""), ONE_LINE),
        ),
        max_size=2,
    ).map(tuple),
    source_url=st.one_of(st.just(""), ONE_LINE),
    unknown=st.dictionaries(LABELS.map(lambda name: f"x_{name}"), OTHER, max_size=3),
)


@EXAMPLES
@given(METAS, RUNBOOKS.filter(lambda text: "\0" not in text))
def test_a_written_file_reads_as_the_same_facts_and_body_and_is_written_the_same_again(
    meta: Meta, body: str
):
    text = compose(meta, body)
    if text == body:  # no facts: the file is its body, which may have front matter of its own
        assert meta == Meta()
        return
    document = parse(text)
    assert document.body == body
    title = meta.title or document.meta.title  # without one, the body's heading is the title
    assert replace(document.meta, lines={}) == replace(meta, title=title)
    assert compose(replace(document.meta, title=meta.title), document.body) == text


@EXAMPLES
@given(METAS, RUNBOOKS, NAMES)
def test_setting_the_owner_changes_the_owner_and_nothing_else(meta: Meta, body: str, owner: str):
    text = compose(replace(meta, title="A title"), body)
    edited = set_field(text, "owner", owner)
    before, after = parse(text), parse(edited)
    assert replace(after.meta, lines={}) == replace(before.meta, owner=owner, lines={})
    assert after.body == before.body
    changed = set(edited.split("\n")) ^ set(text.split("\n"))
    assert len(changed) <= 2
    assert set_field(edited, "owner", owner) == edited


@EXAMPLES
@given(TEXTS, NAMES)
def test_a_field_is_set_in_any_text_or_refused(text: str, owner: str):
    if parsed(text) is None:
        return
    try:
        edited = set_field(text, "owner", owner)
    except DocumentError:
        return
    assert parse(edited).meta.owner == " ".join(owner.split())
    assert parse(edited).body == parse(text).body


@EXAMPLES
@given(ALERTS)
def test_an_alert_that_is_written_is_read_as_itself(alert: AlertEntry):
    assert parse_alert(write_alert(alert)) == alert


@EXAMPLES
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    st.sampled_from(["observe", "change", "destructive"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip),
    st.sampled_from("\"'"),
)
def test_attributes_that_are_written_are_read_whatever_the_undo_holds(
    title: str, tier: str, undo: str, quote: str
):
    escaped = undo.replace("\\", "\\\\").replace(quote, "\\" + quote)
    kept, attributes, wrong = read_attributes(
        f"Do {title} {{.{tier} undo={quote}{escaped}{quote}}}"
    )
    if "{" in title:
        return  # the title may hold attributes of its own
    assert wrong == ""
    assert (attributes.tier, attributes.undo) == (tier, undo.strip())
    assert kept == f"Do {title}".rstrip()


FILL = {
    "one long line": "word " * (MAX_CHARS // 5),
    "paragraphs": "## Diagnosis\n" + "some words on a line of the text\n" * 30_000,
    "10,000 steps": "## Diagnosis\n"
    + "- Do. {.observe access=x}\n\n      kubectl get pod {{ pod }}\n\n" * 10_000,
    "a step for each line": "## Fix\n" + "- a\n" * (MAX_LINES - 2),
    "a section for each line": "## Fix\n" * (MAX_LINES - 2),
    "quotes in quotes": "## Fix\n" + ">" * 1_000_000,
    "lists in lists": "## Fix\n" + "- " * 500_000,
    "lists indented by lists": "## Fix\n" + "".join(" " * (2 * n) + "- a\n" for n in range(900)),
    "brackets": "## Fix\n- " + "[" * 500_000 + "](" * 200_000,
    "stars and ticks": "## Fix\n- " + "*a `" * 250_000,
    "unclosed braces": "## Fix\n- " + ' {.a access="' * 80_000,
    "braces in every item": "## Fix\n" + ("- " + ' {tier="' * 400 + "}\n") * 300,
    "unclosed comments": "## Fix\n" + "<!-- \n" * 50_000,
    "link definitions": "## Fix\n" + '[a]: b "\n' * 50_000,
    "a wide table": "## Fix\n" + "|a" * 30_000 + "\n" + "|-" * 30_000 + "\n" + "|b\n" * 30_000,
    "lazy lines in quotes": "## Fix\n" + ">" * 19 + " a\n" + "b\n" * 50_000,
    "shell in shell": "## Fix\n- a\n\n      " + "kubectl -- " * 90_000,
    "open quotes in a command": "## Fix\n- a\n\n      " + "\"\\'" * 300_000,
    "half a statement": "## Fix\n- a\n\n      " + "select " * 140_000,
    "accepted and accepted": "## Prevention\n" + "accept " * 140_000,
    "a long title": "# " + "restart " * 120_000,
    "a deep list in front matter": "---\na: " + "[" * 60_000 + "\n---\n",
    "an endless front matter": "---\n" + "a: b\n" * 50_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", FILL.values(), ids=FILL.keys())
def test_a_hostile_megabyte_is_read_and_checked_or_refused_with_a_line(text: str):
    document = parsed(text[:MAX_CHARS])
    if document is not None:
        assert document.text == text[:MAX_CHARS]
        assert check(document, imported=False, facts=Facts())


def test_ten_thousand_steps_are_ten_thousand_steps():
    document = parse(FILL["10,000 steps"])
    assert len(document.steps) == 10_000
    assert document.steps[-1].label == "D10000"
    assert all(step.commands and step.access == ("x",) for step in document.steps)

"""Reading a runbook: sections by their many names, steps with their attributes, problems by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbooks.document import (
    MAX_CHARS,
    MAX_LINES,
    Access,
    AlertEntry,
    DocumentError,
    EscalationStep,
    meta_of,
    parse,
    parse_alert,
    section_name,
    serialise,
    variable_names,
    write_alert,
)
from runbooks.format.alert_entry import MAX_ALERT
from runbooks.format.attributes import MAX_ATTRIBUTES
from runbooks.format.headings import SYNONYMS
from runbooks.format.meta import KEYS
from runbooks.format.yaml_reading import MAX_NODES
from runbooks.frontmatter import MAX_FRONT_MATTER
from tests.runbooks.format.model import MODEL


def test_the_fields_of_the_front_matter_are_read():
    meta = parse(MODEL).meta
    assert meta.title == "Checkout answers 502 after a deploy"
    assert meta.services == ("shop", "edge")
    assert meta.alerts == (
        AlertEntry("CheckoutErrors"),
        AlertEntry("EdgeErrors", (("cluster", "=~", "eu-.*"), ("tier", "!=", "test"))),
    )
    assert (meta.severity, meta.owner, meta.review_every) == ("high", "yash", 90)
    assert meta.also == ("upstream  reset", "basket is gone"), "a log line keeps its spaces"
    assert meta.access == {"kubectl-prod": Access("group k8s-prod", "kubectl auth can-i get pods")}
    assert meta.escalation == (EscalationStep("15m", 15, "@edge-oncall", "page edge"),)
    assert meta.lines["severity"] == 5


def test_the_facts_alone_are_the_same_facts():
    assert meta_of(MODEL) == parse(MODEL).meta
    with pytest.raises(DocumentError, match="stands twice"):
        meta_of(MODEL.replace("owner: yash", "owner: yash\nowner: ann"))


def test_the_text_is_kept_byte_for_byte():
    crlf = MODEL.replace("\n", "\r\n")
    assert serialise(parse(crlf)) == crlf
    assert [s.title for s in parse(crlf).steps] == [s.title for s in parse(MODEL).steps]
    assert [s.line for s in parse(crlf).steps] == [s.line for s in parse(MODEL).steps]


def test_a_heading_that_repeats_the_title_is_not_shown_twice():
    assert parse(MODEL).preamble == "Read this first."
    named = parse("---\ntitle: Kube pod down\n---\n# KubePodDown\n\nText.\n\n## Impact\nx")
    assert named.preamble == "Text."
    other = parse("---\ntitle: Kube pod down\n---\n# About pods\n\nText.\n\n## Impact\nx")
    assert other.preamble == "# About pods\n\nText."


def test_the_title_is_the_first_heading_and_else_what_the_caller_says():
    assert parse("# Disk *full* {#x}\n\ntext", fallback_title="f").meta.title == "Disk full"
    assert parse("text", fallback_title="disk-full").meta.title == "disk-full"


def test_sections_keep_their_source_and_line():
    sections = parse(MODEL).sections
    assert [s.name for s in sections] == ["symptoms", "diagnosis", "resolution"]
    assert sections[0].markdown == "Customers see 502."
    lines = MODEL.split("\n")
    assert [lines[s.line - 1] for s in sections] == ["## Symptoms", "## Diagnosis", "## Resolution"]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Symptoms", "symptoms"),
        ("SYMPTOM", "symptoms"),
        ("What you see", "symptoms"),
        ("Meaning", "symptoms"),
        ("Detection", "trigger"),
        ("Impact and severity", "impact"),
        ("2. Troubleshooting:", "diagnosis"),
        ("**Investigation**", "diagnosis"),
        ("2.1 Debug", "diagnosis"),
        ("Diagnosis Steps", "diagnosis"),
        ("Recovery procedures", "resolution"),
        ("Stop the bleeding!", "mitigation"),
        ("🔥 Mitigation", "mitigation"),
        ("How to fix it?", "resolution"),
        ("[Remediation](#x)", "resolution"),
        ("Resolution {#resolve}", "resolution"),
        ("Follow-up", "prevention"),
        ("Contacts / on call", "escalation"),
        ("Step 3: Recovery", "resolution"),
        ("Fixtures", None),
        ("Known causes", None),
        ("", None),
    ],
)
def test_section_names_are_matched_by_their_words(heading: str, name: str | None):
    assert section_name(heading) == name


def test_headings_of_both_styles_count_and_headings_in_code_do_not():
    document = parse("Diagnosis\n---------\n- a\n\n```\n## Resolution\n```\n\n## Fix ##\n- b\n")
    assert [s.name for s in document.sections] == ["diagnosis", "resolution"]
    assert parse("> ## Diagnosis\n> - a\n").sections == ()


def test_an_unknown_heading_keeps_its_place():
    document = parse("## Symptoms\na\n## Known causes\nb\n## Impact\nc\n")
    assert [(s.name, s.heading, s.markdown) for s in document.sections] == [
        ("symptoms", "Symptoms", "a"),
        (None, "Known causes", "b"),
        ("impact", "Impact", "c"),
    ]


def test_sections_may_stand_one_level_lower_or_higher():
    lower = parse("# Pod down\n## Runbook\nx\n### Diagnosis\n- a\n#### Deeper\n- b\n### Fix\n- c\n")
    assert [s.name for s in lower.sections] == [None, "diagnosis", "resolution"]
    assert [(s.label, s.group) for s in lower.steps] == [("D1", ""), ("D2", "Deeper"), ("R1", "")]
    higher = parse("# Pod down\nx\n# Diagnosis\n- a\n## Deeper\n- b\n# Fix\n- c\n")
    assert higher.meta.title == "Pod down"
    assert [s.name for s in higher.sections] == ["diagnosis", "resolution"]
    assert [s.group for s in higher.steps] == ["", "Deeper", ""]


def test_a_title_that_is_a_section_name_does_not_swallow_the_sections():
    document = parse("# Troubleshooting\n## Known causes\nx\n## Commands\n- y\n")
    assert [s.name for s in document.sections] == [None, None]


def test_variables_are_names_in_double_braces_and_nothing_else():
    assert variable_names("a {{ pod }} {{pod}} {{ns_2}}") == ("pod", "ns_2")
    for other in (
        "{{ $labels.pod }}",
        "{{ .Values.x }}",
        "{{< note >}}",
        "{{% note %}}",
        "${{ secrets }}",
        "{{{ raw }}}",
        "{{ range .items }}{{end}}",
        "{{ a b }}",
        "{ pod }",
        "{{ 2x }}",
    ):
        assert variable_names(other) == (), other


@pytest.mark.parametrize(
    ("entry", "alert"),
    [
        ("ApiLatencyHigh", AlertEntry("ApiLatencyHigh")),
        ("Api{}", AlertEntry("Api")),
        ("Api{a='b',}", AlertEntry("Api", (("a", "=", "b"),))),
        (
            'Api{ a = "b\\"c" , d !~ `x"y` }',
            AlertEntry("Api", (("a", "=", 'b"c'), ("d", "!~", 'x"y'))),
        ),
    ],
)
def test_an_alert_is_a_name_or_a_selector(entry: str, alert: AlertEntry):
    assert parse_alert(entry) == alert
    assert parse_alert(write_alert(alert)) == alert


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("", "no name"),
        ("{a='b'}", "name first"),
        ("Api{a=b}", "cannot be read at “a=b”"),
        ("Api{a='b' c='d'}", "needs a comma"),
        ("Api{a=~'('}", "pattern"),
        ("Api}", "closes a brace"),
        ("Api{a='b'", "name first"),
        ("A" * 3000, "3000 characters"),
    ],
)
def test_a_bad_alert_entry_is_explained(entry: str, says: str):
    with pytest.raises(ValueError, match=says):
        parse_alert(entry)


def test_a_bad_alert_in_a_file_costs_only_itself():
    document = parse("---\nalerts: [Good, 'Bad{x}', Other]\n---\n")
    assert [a.name for a in document.meta.alerts] == ["Good", "Other"]
    assert (document.problems[0].line, document.problems[0].field) == (2, "alerts")


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"a\nb\n\xff\xfe", 3, "not UTF-8"),
        (b"\xff\xfe# \x00", 1, "not UTF-8"),
        (b"a\n\x00", 2, "NUL"),
        ("a\n\ud800", 2, "half of a character"),
        ("x" * (MAX_CHARS + 1), 1, "at most 1,048,576"),
        ("\n" * MAX_LINES, 1, "at most 60,000"),
        ("\r" * MAX_LINES, 1, "at most 60,000"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(data: str | bytes, line: int, says: str):
    with pytest.raises(DocumentError, match=says) as caught:
        parse(data)
    assert caught.value.problems[0].line == line


def test_a_byte_order_mark_does_not_hide_the_front_matter():
    assert parse(b"\xef\xbb\xbf---\ntitle: x\n---\n").meta.title == "x"


def test_an_empty_file_is_a_document_with_nothing_in_it():
    document = parse("")
    assert (document.sections, document.steps, document.problems) == ((), (), ())


def test_hostile_html_and_links_are_text_here():
    text = (
        "## Fix\n- Do <script>alert(1)</script> [x](javascript:alert(1)) {.change}\n"
        "- <img src=x onerror=alert(1)>\n"
    )
    document = parse(text)
    assert document.text == text
    assert document.steps[1].markdown == "<img src=x onerror=alert(1)>"
    assert document.steps[0].title == "Do <script>alert(1)</script> [x](javascript:alert(1))"


def test_every_real_file_is_read_and_no_word_of_it_is_lost(corpus):
    files = sorted((corpus / "runbooks").glob("*.md"))
    documents = [parse(file.read_bytes(), fallback_title=file.stem) for file in files]
    assert len(documents) == 108
    for file, document in zip(files, documents, strict=True):
        assert document.text == file.read_text(encoding="utf-8")
        kept = " ".join(
            [
                document.meta.title,
                document.preamble,
                *(f"{section.heading} {section.markdown}" for section in document.sections),
            ]
        )
        first = next((line for line in document.body.split("\n") if line.startswith("# ")), "")
        words = document.body.replace(first, "", 1).split()
        lost = [word for word in words if word not in kept.split() and word.strip("#=-")]
        assert lost == [], file.name
        for section in document.sections:
            parts = " ".join(p if isinstance(p, str) else p.markdown for p in section.parts)
            missing = (
                [w for w in section.markdown.split() if w.strip("-*0123456789.") and w not in parts]
                if section.parts
                else []
            )
            assert missing == [], file.name
    assert sum(1 for document in documents if document.steps) == 60
    assert all(document.meta.title and document.meta.alerts for document in documents)
    assert {s.name for d in documents for s in d.sections} >= {
        "symptoms",
        "impact",
        "diagnosis",
        "mitigation",
    }


def test_the_page_about_the_format_names_every_synonym_field_and_limit():
    page = (Path(__file__).parents[2] / "docs" / "runbook-format.md").read_text(encoding="utf-8")
    for name, words in SYNONYMS.items():
        row = next(line for line in page.split("\n") if line.startswith(f"| {name.capitalize()} |"))
        assert row == f"| {name.capitalize()} | {', '.join(w for w in words if w != name)} |"
    for field, keys in KEYS.items():
        assert f"| `{field}` |" in page
        assert all(f"`{key}`" in page for key in keys)
    for limit in (MAX_CHARS, MAX_LINES, MAX_FRONT_MATTER, MAX_NODES, MAX_ATTRIBUTES, MAX_ALERT):
        assert f"{limit:,}" in page
    example = page.split("````markdown\n")[1].split("````")[0]
    document = parse(example)
    assert document.problems == ()
    assert [(s.label, s.tier) for s in document.steps] == [("D1", "observe"), ("R1", "change")]

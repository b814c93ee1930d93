"""Nothing that an author wrote is lost on its page, however odd, large or deep it is."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runbooks.document import MAX_CHARS, parse
from runbooks.rendering import render
from tests.runbooks.test_rendering import rendered, text_of, whole

WORD = re.compile(r"\w+")
_REFERENCE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def words_a_viewer_shows(body: str) -> Counter[str]:
    shown = _REFERENCE.render(body)
    shown = re.sub(r"<!--.*?-->", " ", shown, flags=re.DOTALL)
    shown = re.sub(r"<img[^>]*alt=\"([^\"]*)\"[^>]*>", r" \1 ", shown)
    shown = re.sub(r"</?[A-Za-z][^<>]*>", "", shown)
    return Counter(WORD.findall(html.unescape(shown)))


def lost_words(text: str) -> Counter[str]:
    document = parse(text)
    page = render(document)
    shown = Counter(WORD.findall(text_of(whole(page))))
    # The page has its title, and the word "Escalate", above all this.
    heading = re.search(r"^# (.*)", document.body, re.MULTILINE)
    said = [*WORD.findall(document.meta.title), *WORD.findall(heading[1] if heading else "")]
    return words_a_viewer_shows(document.body) - shown - Counter([*said, "Escalation"])


def test_every_real_runbook_is_drawn_and_loses_no_word(corpus: Path):
    files = sorted((corpus / "runbooks").glob("*.md"))
    assert files
    lost = {f.name: words for f in files if (words := lost_words(f.read_text(encoding="utf-8")))}
    assert lost == {}


def test_the_demo_library_is_drawn_and_loses_no_word():
    folder = Path(__file__).parents[2] / "runbooks" / "demo" / "library"
    files = sorted(folder.glob("**/*.md"))
    assert files
    for file in files:
        document = parse(file.read_text(encoding="utf-8"))
        written = [part for s in document.sections for part in (s.parts or (s.markdown,))]
        wanted: Counter[str] = Counter()
        for part in written:
            wanted += words_a_viewer_shows(part if isinstance(part, str) else part.markdown)
        shown = Counter(WORD.findall(text_of(whole(render(document)))))
        assert wanted - shown == Counter(), file.name


_words = st.text(st.sampled_from("abc de.,*_`[]()<>&\"'!|~#-+1\\{}"), min_size=1, max_size=30)
_headings = st.sampled_from(
    ["## Symptoms", "## Diagnosis", "## Fix", "## Other", "### Sub", "## Impact"]
)
_lines = st.one_of(
    _words,
    _words.map("- {}".format),
    _words.map("1. {}".format),
    _words.map("  {}".format),
    _words.map("   Expect: {}".format),
    _words.map("> {}".format),
    _headings,
    st.sampled_from(
        [
            "```sh",
            "```",
            "",
            "",
            "<details>",
            "</details>",
            "<b>",
            "<div>",
            "| a | b |",
            "|---|---|",
            "<!-- no",
            "-->",
            "<p",
            "<table>",
            "    indented",
            "Expect:",
            "- [ ] box",
        ]
    ),
)


@given(st.lists(_lines, max_size=14).map("\n".join))
@settings(max_examples=300, deadline=None)
def test_no_word_of_any_text_is_lost(body):
    text = "---\ntitle: T\n---\n" + body
    letters = Counter(
        re.findall(r"[a-z]", "".join(words_a_viewer_shows(parse(text).body).elements()))
    )
    shown = Counter(re.findall(r"[a-z]", text_of(whole(rendered(text)))))
    assert not letters - shown


@pytest.mark.parametrize(
    "body",
    [
        "## Fix\n" + "".join(f"{n}. See {n}.\n   ```\n   ls {{{{ a }}}}\n   ```\n" for n in range(10_001)),
        "## Symptoms\n" + "> " * 60_000 + "end",
        "## Symptoms\n" + "- a\n" + "".join("  " * i + "- a\n" for i in range(1, 900)) + "  " * 900 + "- end",
        "## Symptoms\n" + "[" * 300_000 + "end",
        "## Symptoms\n" + "![" * 6_000 + "end" + "](x)" * 3_000,
        "## Symptoms\n" + "<div>" * 100_000 + "end",
        "## Symptoms\n" + "<b title=1>" * 40_000 + "\n\nend",
        "## Symptoms\n" + "<!--" * 200_000 + "end",
        "## Symptoms\n|" + "a|" * 1_000 + "\n|" + "-|" * 1_000 + "\n" + "|x\n" * 5_000 + "end",
        "## Symptoms\n" + "".join(f"[a{i}]: http://x.example\n" for i in range(5_000)) + "\nend",
        "## Symptoms\n```sh\n" + "-a {{ x }} 'b' \"$(c)\" " * 40_000 + "end\n```\n",
        "## Diagnosis\n1. " + "a. " * 300_000 + "end",
    ],
    ids=str.split("steps quotes lists brackets images divs bold comments table definitions code sentence"),
)  # fmt: skip
@pytest.mark.timeout(60)
def test_a_runbook_at_the_limits_is_drawn_whole(body):
    assert len(body) <= MAX_CHARS
    page = rendered(body)
    assert re.search(r"\bend|See 10000", html.unescape(re.sub(r"<[^>]*>", "", whole(page)))), (
        "cut off"
    )

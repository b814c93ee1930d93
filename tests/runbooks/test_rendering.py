"""A runbook's page as it is made at publishing: its order and its markup."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest

from runbooks.document import parse
from runbooks.drawing.plain_lines import plain_lines, shortened
from runbooks.rendering import Rendered, render

RUNBOOK = """---
title: Checkout answers 500
related: [stock-slow]
access:
  psql-prod: { how: "group db-read", check: "psql -c '\\\\conninfo'" }
escalation:
  - { after: 15m, to: "@dba-oncall", how: "page dba-primary" }
---
Ask in #shop first.

## Escalation
Page dba-primary.

## Prevention
- [PR-1](https://git.example/pr/1) alert earlier.

## Useful links
See [the metrics](../db/PostgresDown.md#symptoms).

## Resolution
1. Drop the table of baskets. {.destructive access=psql-prod,vault}
   ```sql
   drop table baskets;
   ```

## Diagnosis
Look before you act.

### On the database
1. Count the connections. {.observe access=psql-prod}
   ```sh
   psql -h {{ host }} --user=app \\
     -c "select count(*) from pg_stat_activity"
   ```
   Expect: below 160. At 200 go to M1, e.g. at once.

### On the gateway
2. Look at **its** log on `{{ host }}`.

## Mitigation
- Scale down. {undo="kubectl scale {{ deployment }} --replicas=4"}

## Impact
Nobody can pay.

## Symptoms
One of these:

- `FATAL: sorry, too many clients already`
- "payment spins"
- a third
"""


def rendered(body: str, **arguments: object) -> Rendered:
    return render(parse(body), **arguments)


def whole(page: Rendered) -> str:
    return page.steps_html + page.background_html + page.escalation_html


def text_of(markup: str) -> str:
    return " ".join(plain_lines(markup))


@pytest.fixture(scope="module")
def page() -> Rendered:
    keys = {"D1": "kd1", "D2": "kd2", "M1": "km1", "R1": "kr1"}
    return render(parse(RUNBOOK), keys=keys)


def test_what_to_do_comes_first_then_background_in_the_order_of_need(page):
    headings = re.findall(r'<h[23] id="([^"]+)"', page.steps_html + page.background_html)
    assert headings == [
        "diagnosis",
        "mitigation",
        "resolution",
        "symptoms",
        "impact",
        "section-useful-links",
        "prevention",
        "access",
    ]
    assert "Ask in #shop first." in page.background_html
    assert [s["anchor"] for s in page.sections] == headings[:-1]


def test_a_step_has_its_number_tier_access_command_and_expectation_in_this_order(page):
    step = page.steps_html.partition('<li class="step" id="step-kd1"')[2].partition("</li>")[0]
    parts = re.findall(r'class="(num|tier|access|command|expect|undo)"', step)
    assert parts == ["num", "tier", "access", "command", "expect"]
    assert '<a class="num" id="D1" href="#step-kd1">D1</a>' in step
    assert '<use href="#i-eye"/></svg>observe' in step
    assert '<a class="access" href="#access-psql-prod">' in step
    assert '<footer data-step="kd1"></footer>' in step


def test_each_line_and_each_flag_of_a_command_is_a_span_and_a_variable_is_marked(page):
    assert (
        "<pre><code><span>psql <span>-h</span> "
        '<var data-name="host" data-quote="bare">host</var> <span>--user=app</span> \\\n'
        '</span><span>  <span>-c</span> "select count(*) from pg_stat_activity"</span></code></pre>'
    ) in page.steps_html


def test_the_first_sentence_of_an_expectation_is_strong_and_leads_to_the_step_it_names(page):
    assert (
        '<p class="expect"><b>Expect:</b> <strong>below 160.</strong> At 200 go to '
        '<a href="#M1" rel="noopener noreferrer">M1</a>, e.g. at once.</p>'
    ) in page.steps_html


def test_an_expected_output_is_shown_as_such_and_not_as_a_command():
    page = rendered(
        "## Diagnosis\n1. Ask.\n   ```\n   ask\n   ```\n   Expect:\n   ```\n   yes -y\n   ```\n"
    )
    assert (
        '<div class="expect"><p><b>Expect:</b></p><pre><code>yes -y</code></pre></div>'
        in page.steps_html
    )
    assert page.steps_html.count("data-copy") == 1


def test_an_expectation_that_follows_the_title_directly_is_no_part_of_it():
    page = rendered("## Diagnosis\n- Look at the lamp.\n  **Expected result:** green\n")
    assert "<span>Look at the lamp.</span></h3>" in page.steps_html
    assert '<p class="expect"><b>Expected result:</b> <strong>green</strong></p>' in page.steps_html


def test_a_destructive_step_without_undo_says_so_and_another_shows_how(page):
    mitigation, _, resolution = page.steps_html.partition('id="resolution"')
    assert '<p class="undo"><b>No undo.</b></p>' in resolution
    assert (
        '<p class="undo"><b>Undo:</b> <span class="run"><code>kubectl scale '
        '<var data-name="deployment" data-quote="bare">deployment</var> '
        '<span>--replicas=4</span></code><button type="button" class="plain" data-copy'
    ) in mitigation


def test_group_headings_stand_between_lists_of_steps_and_numbers_run_on(page):
    outline = re.findall(
        r"<h3>On the \w+</h3>|<ol class=\"steps\">|</ol>|>D\d</a>", page.steps_html
    )
    assert outline[:8] == [
        "<h3>On the database</h3>",
        '<ol class="steps">',
        ">D1</a>",
        "</ol>",
        "<h3>On the gateway</h3>",
        '<ol class="steps">',
        ">D2</a>",
        "</ol>",
    ]


def test_a_section_says_which_steps_it_holds_and_whether_they_change_anything(page):
    assert "<p>D1 to D2. Its author did not say what changes.</p>" in page.steps_html
    assert "<p>M1. Stops the bleeding, does not repair.</p>" in page.steps_html


def test_a_section_without_steps_is_prose_and_keeps_its_place():
    page = rendered("## Mitigation\nNothing stops it.\n\n## Diagnosis\n1. Look.\n")
    assert page.steps_html.index("Look.") < page.steps_html.index("Nothing stops it.")
    assert '<section class="prose" aria-labelledby="mitigation">' in page.steps_html


def test_the_index_has_a_line_for_each_step_with_its_lasting_anchor(page):
    assert [(i["label"], i["anchor"], i["tier"]) for i in page.index] == [
        ("D1", "step-kd1", "observe"),
        ("D2", "step-kd2", "observe"),
        ("M1", "step-km1", "change"),
        ("R1", "step-kr1", "destructive"),
    ]
    assert page.index[1]["title"] == "Look at its log on host."


def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere(page):
    ids = re.findall(r'\bid="([^"]+)"', whole(page))
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]+)"', whole(page)))
    icons = {link for link in links if link.startswith("i-")}
    assert links - icons <= set(ids)


def test_two_symptoms_say_whether_this_is_the_right_page(page):
    assert page.here_if == ("FATAL: sorry, too many clients already", '"payment spins"')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("## Meaning\nPod is restarting. It does so often.\n", ("Pod is restarting.",)),
        ("## Trigger\nOver 5 % for 2 min. Then more.\n", ("Over 5 % for 2 min.",)),
        ("## Symptoms\nPay fails. Carts stay. Third.\n", ("Pay fails.", "Carts stay.")),
        ("## Symptoms\n- " + "long words " * 40, ("long words " * 12 + "long…",)),
        ("## Impact\nNone.\n", ()),
    ],
)
def test_the_first_sentences_serve_where_there_is_no_list(body, expected):
    assert rendered(body).here_if == expected


def test_variables_are_listed_with_the_steps_that_use_them_undo_included(page):
    assert page.variables == (
        {"name": "host", "steps": ["D1", "D2"]},
        {"name": "deployment", "steps": ["M1"]},
    )


def test_plain_lines_say_where_they_stand(page):
    assert ("Diagnosis D1", "Count the connections.") in page.plain
    assert ("Diagnosis D1", "psql -h host --user=app \\") in page.plain
    assert ("Symptoms", "FATAL: sorry, too many clients already") in page.plain
    assert ("Escalation", "Page dba-primary.") in page.plain
    assert not any("Copy" in line for _, line in page.plain)


def test_whom_to_call_stands_before_what_to_say(page):
    assert page.escalation_html == (
        "<ol><li><b>15m</b><div><strong>@dba-oncall</strong><span>page dba-primary</span></div></li></ol>"
        '<div class="prose"><p>Page dba-primary.</p>\n</div>'
    )


def test_all_of_it_goes_into_json_and_back(page):
    assert json.loads(json.dumps(asdict(page)))["index"][0]["label"] == "D1"


def test_the_same_text_is_drawn_the_same_each_time():
    assert render(parse(RUNBOOK)) == render(parse(RUNBOOK))


# Markdown as teams have it ---------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[a](../node/NodeDown.md)", '<a href="/r/nodedown"'),
        ("[a](KubePodCrashLooping.md#impact)", '<a href="/r/kubepodcrashlooping#impact"'),
        ("[a](./db%20full.md)", '<a href="/r/db-full"'),
        ("[a](node/index.md)", '<a href="/r/node"'),
        ('<a href="/docs/Foo.markdown">a</a>', '<a href="/r/foo"'),
        ("[a](https://example.org/Foo.md)", '<a href="https://example.org/Foo.md" rel="noopener noreferrer"'),
        ("[a](mailto:ops@example.org)", '<a href="mailto:ops@example.org"'),
        ("[a](tel:+4755501900)", '<a href="tel:+4755501900"'),
        ("[a](#more-words)", '<a href="#section-more-words"'),
        ("[a](#D3)", '<a href="#D3"'),
        ("[a](files/plan.pdf)", '<a href="/media/plan.pdf"'),
        ("see https://x.example/a_b?c=1.", '<a href="https://x.example/a_b?c=1" '),
        ("[x][ref]", '<a href="https://ref.example/"'),
        ("![Rack one](img/rack.png)", '<img src="/media/rack.png" alt="Rack one" loading="lazy">'),
        ('<img src="./img/rack.png" alt="Rack">', '<img src="/media/rack.png" alt="Rack" loading="lazy">'),
        ("![Graph](https://x.example/g.png)", '<a href="https://x.example/g.png" rel="noopener noref'),
        ("[![CI](https://x.example/b.svg)](/ci)", '<a href="/ci" rel="noopener noreferrer">CI</a>'),
        ("![Gone](img/gone.png)", "Gone (picture img/gone.png is not here)"),
        ("{{< hint info >}} read", "{{&lt; hint info &gt;}} read"),
        ("kubectl get <pod-name>", "kubectl get &lt;pod-name&gt;"),
        ("- [x] done", '<li><input type="checkbox" disabled checked aria-label="done"> done</li>'),
        ("~~old~~", "<s>old</s>"),
        ("press <kbd>q</kbd>", "press <kbd>q</kbd>"),
        ("> # Big", "<h3>Big</h3>"),
        ("<h1>Big</h1>", "<h3>Big</h3>"),
        ("#### Small", "<h4>Small</h4>"),
        ("| a |\n|---|\n| one<br>two |", "<td>one<br>two</td>"),
    ],
)  # fmt: skip
def test_markdown_becomes(written, expected):
    body = f"## Symptoms\n{written}\n\n## More words\n\n[ref]: https://ref.example/\n"
    attachments = {"img/rack.png": "/media/rack.png", "files/plan.pdf": "/media/plan.pdf"}
    assert expected in rendered(body, attachments=attachments).background_html


def test_folded_details_keep_the_command_inside_them():
    page = rendered(
        "## Symptoms\n<details><summary>More</summary>\n\n```sh\nls -l\n```\n\n</details>\nafter\n"
    )
    assert re.search(
        r"<details><summary>More</summary>\s*<figure class=\"command\">.*</figure>\s*</details>",
        page.background_html,
    )


def test_a_long_first_paragraph_is_a_heading_only_up_to_its_first_sentence():
    page = rendered("## Diagnosis\n- Look at `a.b` first. " + "Then think about it. " * 9)
    assert "<span>Look at <code>a.b</code> first.</span></h3>" in page.steps_html
    assert "<p>Then think about it. Then" in page.steps_html


def test_a_step_that_is_only_a_command_has_a_heading_all_the_same():
    page = rendered("## Diagnosis\n```sh\nuptime -p\n```\n")
    assert "<span>Run this.</span></h3>" in page.steps_html
    assert page.index[0]["title"] == "uptime -p"


def test_a_heading_twice_gets_two_anchors():
    page = rendered("## Symptoms\na\n\n## Summary\nb\n\n## Notes\nc\n\n## Notes\nd\n")
    ids = re.findall(r'id="([^"]+)"', page.background_html)
    assert ids == ["symptoms", "symptoms-again-2", "section-notes", "section-notes-again-2"]


def test_shortening_cuts_between_words():
    assert shortened("one two three four", 12) == "one two…"
    assert shortened("short", 12) == "short"
    assert len(shortened("x" * 50, 12)) == 12

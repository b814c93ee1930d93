"""On a phone long lines wrap in the editor, and every number and mark still stands beside its line."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.writing import TEXT, put_at_the_end, replace

ODD = """
## Odd ones
Prose with an address https://grafana.example.org/d/abc/overview?orgId=1&var-cluster=eu-1&from=now-1h in it.
\tTabs\tbetween\tthe words\tof a line that is long enough to be wrapped somewhere about here, I think
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
数据库连接池耗尽时，所有的请求都会超时。数据库连接池耗尽时，所有的请求都会超时。
spaces at the end                                                                             \x20
                                        a deep indent, and words that go on beyond the end of it

last"""

#: Where they differ: a line, the row in which the browser begins the next, the row of that one's number.
#: A text area of the same width that holds the lines up to this one is as high as their rows.
APART = """() => {
    const area = document.getElementById("ed-text");
    const probe = area.cloneNode();
    area.after(probe);
    const width = `${area.offsetWidth}px`;
    Object.assign(probe.style, {position: "absolute", visibility: "hidden", height: "10px", width});
    probe.style.overflow = "scroll";
    const numbers = document.querySelector("#ed-numbers span").textContent.split("\\n");
    const at = {};
    numbers.forEach((number, row) => { if (number) at[number] = row; });
    const lines = area.value.split("\\n");
    const found = [];
    lines.forEach((_, n) => {
        probe.value = lines.slice(0, n + 1).join("\\n");
        const rows = Math.round((probe.scrollHeight - 48) / 22);
        const next = at[n + 2] ?? numbers.length - 1;
        if (rows !== next) found.push([n + 1, rows, next]);
    });
    probe.remove();
    return found;
}"""
ROWS = '() => document.querySelector("#ed-numbers span").textContent.split("\\n").length - 1'


@pytest.fixture
def editor(as_person):
    def opened(size):
        page = as_person(viewport=size).new_page()
        page.goto("/r/api-latency/edit")
        put_at_the_end(page, ODD)
        return page

    return opened


def test_on_a_phone_lines_wrap_and_numbers_stand_beside_them(editor, keep_picture):
    page = editor(PHONE)
    count = page.locator(TEXT).input_value().count("\n") + 1
    assert page.locator(TEXT).evaluate("area => area.scrollWidth - area.clientWidth") == 0
    assert page.evaluate(ROWS) > count
    assert page.evaluate(APART) == []
    # Written into, in the midst of it, and taken out again.
    replace(page, "Prose with", "Prose, and more of it than one row of a phone can hold, with")
    assert page.evaluate(APART) == []
    replace(page, "## Odd ones\n", "")
    assert page.evaluate(APART) == []
    keep_picture(page, "wrapping-390")
    # Turned, it wraps elsewhere; the numbers follow in the next frame.
    page.set_viewport_size({"width": 600, "height": 390})
    page.wait_for_function(f"() => ({APART})().length === 0")
    before = page.evaluate(ROWS)
    page.set_viewport_size(DESKTOP)
    page.wait_for_function(f"() => ({ROWS})() === {count - 1}")
    assert before > count - 1


def test_a_finding_is_marked_beside_all_rows_of_its_line_and_leads_there(editor):
    page = editor(PHONE)
    replace(page, "## Odd ones\n", f"## Odd ones\nTODO: {'say who cannot do what ' * 5}\n")
    listed = page.locator("#ed-findings li[data-line]").filter(has_text="TODO")
    expect(listed).to_have_count(1)
    text = page.locator(TEXT).input_value()
    line = text[: text.index("TODO")].count("\n") + 1
    assert listed.get_attribute("data-line") == str(line)
    numbers = page.locator("#ed-numbers span").first.text_content().split("\n")
    first, after = numbers.index(str(line)), numbers.index(str(line + 1))
    bars = "found => found.map(bar => [bar.offsetTop, bar.offsetHeight])"
    marked = page.locator("#ed-numbers i").evaluate_all(bars)
    assert after - first > 2
    assert [8 + 22 * first, 22 * (after - first)] in marked
    page.locator(".views label").filter(has_text="Findings").click()
    listed.get_by_role("button", name=f"Line {line}").click()
    row = page.locator(TEXT).evaluate("area => area.scrollTop") / 22
    assert first - 6 <= row <= first


def test_where_a_browser_wraps_in_its_own_way_nothing_wraps(editor):
    """Better a line that runs out of sight than a mark beside the wrong one."""
    page = editor(PHONE)
    page.locator(TEXT).evaluate("area => { area.style.paddingRight = '60px'; }")
    put_at_the_end(page, "\nTODO")
    expect(page.locator(TEXT)).to_have_class("unwrapped")
    count = page.locator(TEXT).input_value().count("\n") + 1
    assert page.evaluate(ROWS) == count


def test_on_a_desktop_every_line_is_one_row(editor):
    page = editor(DESKTOP)
    assert page.evaluate(ROWS) == page.locator(TEXT).input_value().count("\n") + 1
    assert page.evaluate(APART) == []

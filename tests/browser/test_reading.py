"""Reading a runbook in a browser: values in commands, copying, keys, light and dark, print."""

from __future__ import annotations

import gzip
import json

import pytest
from playwright.sync_api import expect

from runbooks.variables import quote
from tests.browser.conftest import PHONE

COPY = ["clipboard-read", "clipboard-write"]


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_an_alert_link_opens_the_runbook_with_the_alerts_values(open_context, library):
    page = open_context(permissions=COPY).new_page()
    page.goto("/a/apilatencyhigh?namespace=shop&instance=pg-main-1&severity=page")
    assert "/r/api-latency?" in page.url
    expect(page.locator(".firing")).to_contain_text("namespace=shop")
    command = page.locator(".step", has=page.locator("#R1")).locator("figure.command")
    command.get_by_role("button", name="Copy").click()
    expect(command.get_by_role("button")).to_have_text("Copied")
    assert clipboard(page) == "kubectl -n shop scale deployment api-server --replicas=20"


def test_a_missing_value_is_typed_once_and_copied_quoted(open_context, library):
    page = open_context(permissions=COPY).new_page()
    page.goto("/r/api-latency")
    command = page.locator(".step", has=page.locator("#R1")).locator("figure.command")
    expect(command.get_by_role("button")).to_be_disabled()
    command.get_by_role("textbox", name="namespace").fill("it's mine")
    command.get_by_role("button", name="Copy").click()
    copied = "kubectl -n 'it'\\''s mine' scale deployment api-server --replicas=20"
    assert clipboard(page) == copied
    # Kept in the address, so that a reload and a colleague have it, too.
    page.wait_for_url("**namespace=**")
    page.reload()
    expect(command.locator("var")).to_have_text("'it'\\''s mine'")


HARD = [
    *("plain", "a b", "it's", '"quoted"', "$(reboot)", "`id`", "back\\slash", "a!b", "-rf", "=x"),
    *(
        "a;b",
        "a\nb",
        "\u202eabc",
        "ü",
        "日本",
        "a=b",
        "*",
        "~",
        "{a,b}",
        "\x1b[31m",
        "\u3164",
        "a\tb",
    ),
    *("x" * 999, "100%", "a/b:c@d,e+f", "€", "\u00a0x", "‘’", "🔥"),
]
CONTEXTS = ["bare", "double", "single", "heredoc", "raw", "ticks", "typed"]
NESTED = ["double bare", "single double", "ticks bare", "heredoc bare", "double double bare"]


def test_the_page_quotes_exactly_as_the_server_does(page, library):
    page.goto("/r/api-latency")
    cases = [[value, context] for value in HARD for context in CONTEXTS + NESTED]
    answers = page.evaluate(
        "cases => cases.map(([v, c]) => { const q = quoting.quote(v, c); return [q.text, q.marked]; })",
        cases,
    )
    for (value, context), (text, marked) in zip(cases, answers, strict=True):
        assert (text, marked) == quote(value, context), (value, context)


def test_j_and_k_walk_the_steps_and_c_copies_there(open_context, library):
    page = open_context(permissions=COPY).new_page()
    page.goto("/r/api-latency?instance=pg-1&namespace=shop")
    page.keyboard.press("j")
    expect(page.locator("#D1")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#R1")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("c")
    expect(page.locator("figure.command button").first).to_have_text("Copied")
    assert clipboard(page).startswith("psql -h pg-1 -c")


def test_question_mark_shows_the_keys_and_escape_hides_them(page, library):
    page.goto("/r/api-latency")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Search, from any page")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_theme_chosen_once_comes_with_the_next_page(page, library):
    page.goto("/r/api-latency")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Dark").check()
    dark = page.evaluate(ground)
    assert light != dark
    html = page.goto("/services").text()
    assert 'data-theme="dark"' in html
    assert page.evaluate(ground) == dark


def test_on_a_phone_the_first_command_is_on_the_first_screen(open_context, library):
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto("/r/api-latency?alertname=ApiLatencyHigh&instance=pg-main-1&namespace=shop")
    command = page.locator("figure.command pre").first.bounding_box()
    dock = page.locator(".dock").bounding_box()
    assert command["y"] + 20 < dock["y"]


def test_a_link_to_a_step_lands_on_it(page, library):
    page.goto("/r/api-latency#R1")
    expect(page.locator(".step", has=page.locator("#R1"))).to_be_in_viewport()


@pytest.mark.parametrize("kind", ["screen", "print"])
def test_paper_shows_every_step_and_no_buttons(page, library, kind):
    page.goto("/r/api-latency")
    page.emulate_media(media=kind)
    visible = page.locator("[data-copy]").first.is_visible()
    assert visible == (kind == "screen")
    expect(page.locator("#R1")).to_be_visible()


def test_a_first_view_is_five_requests_and_under_45_kilobytes(page, library, live_server):
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 -- playwright takes no builtin
    page.goto("/r/api-latency", wait_until="networkidle")
    assert {answer.url.split("/")[2] for answer in answers} == {live_server.url.split("/")[2]}
    assert len(answers) <= 5
    weight = {answer.url: len(gzip.compress(answer.body())) for answer in answers}
    assert sum(weight.values()) < 45_000, json.dumps(weight)

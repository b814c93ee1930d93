"""Searching in a browser: as one types, by keys alone, without scripts, and when the line is bad."""

from __future__ import annotations

from playwright.sync_api import expect

RESULTS = "#answer .results > li"


def test_results_come_as_one_types_and_the_address_has_the_query(page, library):
    page.goto("/")
    expect(page.locator("#query")).to_be_focused()
    page.keyboard.type("laten", delay=30)
    expect(page.locator(f"{RESULTS}[aria-current]")).to_contain_text("API latency above 5 s")
    expect(page).to_have_url("/?q=laten")
    expect(page).to_have_title("laten · Drillbook")


def test_arrows_choose_and_enter_opens(page, library):
    page.goto("/")
    page.keyboard.type("above", delay=20)
    expect(page.locator("#answer")).to_have_attribute("data-answers", "above")
    expect(page.locator(RESULTS)).to_have_count(2)
    second = page.locator(RESULTS).nth(1)
    page.keyboard.press("ArrowDown")
    expect(second).to_have_attribute("aria-current", "true")
    expect(page.locator(f"{RESULTS}[aria-current]")).to_have_count(1)
    address = second.locator("a").get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(address)


#: How each request ended, by its address: load, abort, error or timeout.
REMEMBER_ENDS = """
    window.ends = {};
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (method, address, ...rest) {
        for (const how of ["load", "abort", "error", "timeout"]) {
            this.addEventListener(how, () => { window.ends[address] = how; });
        }
        return open.call(this, method, address, ...rest);
    };
"""


def test_a_slow_answer_to_an_older_question_is_dropped(page, library):
    held = []
    page.add_init_script(REMEMBER_ENDS)
    page.route("**/?q=disk", lambda route: held.append(route))  # noqa: PLW0108 -- takes no builtin
    page.goto("/")
    with page.expect_request("**/?q=disk"):
        page.fill("#query", "disk")
    page.fill("#query", "latency")
    expect(page.locator(f"{RESULTS}[aria-current]")).to_contain_text("API latency")
    (older,) = held
    older.continue_()
    page.wait_for_function("window.ends['/?q=disk']")
    assert page.locator("#answer").get_attribute("data-answers") == "latency"
    assert page.url.endswith("/?q=latency")
    assert page.evaluate("window.ends['/?q=disk']") != "timeout", "the newer question waited for it"


def test_enter_never_opens_what_answers_an_older_question(page, library):
    page.goto("/?q=disk")
    page.fill("#query", "latency")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_have_attribute("data-answers", "latency")
    assert "/r/" not in page.url


def test_slash_searches_from_any_page_and_escape_leaves(page, library):
    page.goto("/r/api-latency")
    page.keyboard.press("/")
    page.keyboard.type("disk")
    page.keyboard.press("Enter")
    expect(page.locator(f"{RESULTS}[aria-current]")).to_contain_text("Disk above 90 %")
    page.keyboard.press("Escape")
    expect(page.locator("#query")).to_have_value("")
    expect(page.locator("#answer")).to_contain_text("Recently changed")


def test_a_word_that_nothing_has_ends_in_a_runbook_to_write(page, library):
    page.goto("/")
    page.keyboard.type("zzqqxx")
    expect(page.get_by_role("heading", name="No runbook answers “zzqqxx”")).to_be_visible()
    page.get_by_role("button", name="Write this runbook").click()
    expect(page.locator("#text")).to_contain_text("title: zzqqxx")


def test_searching_and_reading_need_no_script(open_context, library):
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.fill("#query", "latency")
    page.select_option("[name=severity]", "high")
    page.get_by_role("button", name="Search").click()
    page.locator(RESULTS).first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API latency above 5 s")
    expect(page.locator("#D1")).to_be_visible()
    expect(page.get_by_role("button", name="Copy").first).to_be_hidden()
    # The values, too: the form asks the server to put them into the commands.
    page.locator("details.values summary").click()
    page.get_by_role("textbox", name="namespace").first.fill("shop; ls")
    page.get_by_role("button", name="Fill in").click()
    expect(page.locator("var[data-name=namespace]").first).to_have_text("'shop; ls'")


def test_a_search_that_fails_says_so_and_offers_again(page, library):
    page.goto("/?q=disk")
    page.route("**/?q=latency*", lambda route: route.abort())
    page.fill("#query", "latency")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/?q=latency*")
    page.get_by_role("link", name="Try again").click()
    expect(page.locator(f"{RESULTS}[aria-current]")).to_contain_text("API latency")

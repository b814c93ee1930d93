"""The editor in a real browser: keys, what is pasted, two people, a phone, a big text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from portal.accounts.models import Role
from runbooks.models import EarlierText, Gap, Proposal, Revision, Runbook
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.judging import wrong_with
from tests.browser.writing import TEXT, put_at_the_end, replace
from tests.factories import UserFactory, published, runbook_text


def test_a_finding_stands_beside_its_line_and_blocks_the_button(as_person):
    page = as_person().new_page()
    page.goto("/r/api-latency/edit")
    expect(page.get_by_role("button", name="Publish as revision 2")).to_be_enabled()
    replace(page, "kubectl -n {{ namespace }} scale", "kubectl delete namespace prod #")
    expect(page.locator("#ed-marks [data-kind=block]")).to_contain_text(
        "Blocks publishing, line 20."
    )
    expect(page.get_by_role("button", name="Publish as revision 2")).to_be_disabled()
    expect(page.locator("#ed-preview")).to_contain_text("delete namespace")
    page.locator("#ed-findings [data-goto]").first.click()
    expect(page.locator(TEXT)).to_be_focused()


def tab_to(page, target, *, key="Tab"):
    """As somebody without a mouse: from where the focus is, until it is there."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"no {key} leads to {target}")


def test_from_a_gap_to_a_live_runbook_with_the_keyboard_alone(as_person, library):
    Role.objects.create(person=library.owner, name="editor")
    page = as_person().new_page()
    page.goto("/a/LedgerLate?service=api-server")
    tab_to(page, page.get_by_role("link", name="Write the runbook for this alert"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/new?**")
    area = page.locator(TEXT)
    expect(area).to_be_focused()
    begun = area.input_value()
    prevention = "- A link to the work that keeps it from coming back"
    expect(page.get_by_role("button", name="Publish as revision 1")).to_be_disabled()
    page.keyboard.press("Control+Home")
    for _ in range(begun[: begun.index(prevention)].count("\n")):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+End")
    page.keyboard.type("- [PR-7](https://git.example/7) pages earlier. Status: open, with yash.")
    # A step of one's own, by the editor's keys, where the cursor went up to.
    for _ in range(begun[begun.index("## Resolution") : begun.index(prevention)].count("\n") - 1):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    page.keyboard.press("Alt+s")
    page.keyboard.type("Count what waits.")  # over the words that the new step has chosen
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("button", name="Publish as revision 1")).to_be_enabled()
    assert "2. Count what waits. {.observe}" in area.input_value()
    # The tab key leaves the text, both ways.
    tab_to(page, page.get_by_label("Why"))
    page.keyboard.type("Paged at night.")
    tab_to(page, area, key="Shift+Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/r/ledger-late")
    made = Runbook.objects.get(slug="ledger-late")
    assert (made.owner, made.state) == (library.owner, Runbook.State.LIVE)
    assert (made.live_revision.number, made.live_revision.why) == (1, "Paged at night.")
    assert not Gap.objects.filter(closed_by=None).exists()


def test_keys_insert_and_move_and_a_pasted_log_becomes_code(as_person):
    context = as_person(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/r/api-latency/edit")
    area = page.locator(TEXT)
    text = area.input_value()
    at = text.index("1. Count the connections")
    page.evaluate(
        "at => { const a = document.getElementById('ed-text'); a.focus(); a.setSelectionRange(at, at); }",
        at,
    )
    area.press("Alt+s")
    assert area.input_value()[at:].startswith("1. What to look at or do. {.observe}")
    area.press("Alt+ArrowDown")
    moved = area.input_value()[at:]
    assert moved.startswith("1. Count the connections")
    assert "\n2. What to look at or do." in moved
    page.evaluate("navigator.clipboard.writeText('$ uptime\\n 02:11 up 3 days\\n')")
    area.press("Control+End")
    area.press("Control+v")
    assert area.input_value().rstrip().endswith("```text\n$ uptime\n 02:11 up 3 days\n```")


LOGS = {
    "a prompt": "yash@laptop ~ % kubectl get pods\nNo resources found",
    "a shell's answer": "# systemctl status nginx\n   Active: failed",
    "PowerShell": "PS C:\\Users\\yash> Get-Service\nStopped  Spooler",
    "psql": "shop=# select 1;\n ?column?",
    "kubectl": "NAME        READY   STATUS\napi-7d9     0/1     Error",
    "a log": "2026-11-21T02:11:05Z started\n2026-11-21T02:11:06Z stopped",
    "klog": "E1121 02:11:05.123 reflector.go:138] failed\nE1121 02:11:06.123 again",
    "JSON lines": '{"level":"error","msg":"no"}\n{"level":"info","msg":"yes"}',
    "a trace": 'Traceback (most recent call last):\n  File "a.py", line 1',
    "Java": "java.lang.IllegalStateException: no\n\tat com.example.Foo.bar(Foo.java:1)",
    "Slack": "Yash Patel  2:11 AM\nwe see 500s\nRita Okafor  2:12 AM\nsince the deploy",
    "Slack's lines": "Yash Patel\n  2:11 AM\nwe see 500s",
    "Teams": "[11/21 2:11 AM] Yash Patel\nwe see 500s",
    "Discord": "yash — Today at 2:11 AM\nwe see 500s",
    "IRC": "<yash> we see 500s\n<rita> since the deploy",
    "minutes": "[02:11] yash: we see 500s\n[02:13] rita: since the deploy",
}
PROSE = {
    "one line": "$ uptime",
    "prose": "We saw this twice.\nBoth times the deploy was the cause.",
    "a list": "- restart it\n- page the owner\n- at 10:30 look again",
    "a runbook": "---\ntitle: Disk full\n---\n# Disk full\n## Diagnosis\n1. Look.\n   $ df -h",
    "a heading": "# Disk full\nWhat one sees.",
    "steps": "1. Look at the disk. {.observe}\n2. INFO says little.\nERROR says more.",
    "code that is one": "```text\n$ uptime\n```",
}


def test_what_a_terminal_or_a_chat_said_becomes_a_code_block_and_what_one_writes_does_not(
    as_person,
):
    page = as_person().new_page()
    page.goto("/r/api-latency/edit")
    became = page.evaluate(
        """texts => { const a = document.getElementById("ed-text");
            return texts.map(text => {
                a.value = ""; a.setSelectionRange(0, 0);
                const clipboardData = new DataTransfer();
                clipboardData.setData("text/plain", text);
                const paste = {clipboardData, bubbles: true, cancelable: true};
                a.dispatchEvent(new ClipboardEvent("paste", paste));
                return a.value;
            }); }""",
        [*LOGS.values(), *PROSE.values()],
    )
    said = dict(zip([*LOGS, *PROSE], became, strict=True))
    assert said == {
        **{name: f"```text\n{text}\n```\n" for name, text in LOGS.items()},
        **dict.fromkeys(PROSE, ""),  # the browser's own paste goes on, which this one has not
    }


def test_two_people_settle_what_both_changed(as_person, library):
    """The owner was faster; an editor answers for what both wrote, and no word of either is gone."""
    rita = UserFactory(username="rita", name="Rita Okafor")
    Role.objects.create(person=rita, name="editor")
    hers, his = as_person(rita).new_page(), as_person(library.owner).new_page()
    for window in (hers, his):
        window.goto("/r/api-latency/edit")
    replace(his, "below 160. At", "below 150. At")
    replace(hers, "below 160. At", "below 170. At")
    replace(hers, "severity: high", "severity: low")
    his.get_by_role("button", name="Publish as revision 2").click()
    his.wait_for_url("**/r/api-latency")
    hers.get_by_role("button", name="Publish as revision 2").click()
    hers.wait_for_url("**/settle")
    expect(hers.locator(".opening")).to_contain_text("Yash Patel published revision 2")
    expect(hers.locator(".sides")).to_contain_text("below 150")
    expect(hers.locator(".sides")).to_contain_text("below 170")
    assert "below 150" in Runbook.objects.get(pk=library.pk).live_revision.text
    assert "below 170" in Proposal.objects.open().get().text
    hers.get_by_label("Both, the live one first").check()
    hers.get_by_role("button", name="Settle 1 place").click()
    hers.get_by_role("button", name="Publish as revision 3").click()
    hers.wait_for_url("**/r/api-latency")
    second, third = Revision.objects.filter(runbook=library, number__gte=2).order_by("number")
    assert (second.accepted_by, third.accepted_by) == (library.owner, rita)
    assert "below 150" in second.text
    assert "below 170" not in second.text
    assert all(words in third.text for words in ("below 150", "below 170", "severity: low"))
    # What she sent before it was joined is kept beside the proposal.
    assert "below 150" not in EarlierText.objects.get(proposal=third.proposal).text
    assert not Proposal.objects.open().exists()


def test_who_mends_a_reported_step_writes_on_at_the_end_of_its_line(as_person, busy, library):
    page = as_person().new_page()
    page.goto(f"/r/api-latency/edit?report={busy['report']}")
    area = page.locator(TEXT)
    expect(area).to_be_focused()
    before = area.input_value()
    page.keyboard.type("!")
    after = area.input_value()
    assert len(after) == len(before) + 1  # nothing was wiped
    (changed,) = set(after.split("\n")) - set(before.split("\n"))
    assert changed.endswith("!")
    assert changed[:-1] in before.split("\n")


BACKGROUND = "\n## Notes\n" + "A line of background that somebody wrote down.\n" * 4300


def test_200_kilobytes_take_a_key_without_drawing_or_asking_anything(as_person, library):
    """What a key press sets going waits until the typing rests; what the browser draws is a letter."""
    page = as_person().new_page()
    page.goto("/r/api-latency/edit")
    put_at_the_end(page, BACKGROUND)
    expect(page.locator("#ed-saved")).to_contain_text("Kept")
    changed = page.evaluate(
        """() => { const a = document.getElementById("ed-text"); let asked = 0;
            const fetched = window.fetch;
            window.fetch = (...all) => { asked += 1; return fetched(...all); };
            const watch = new MutationObserver(() => {});
            const all = {subtree: true, childList: true, attributes: true, characterData: true};
            watch.observe(document.documentElement, all);
            for (let n = 0; n < 30; n += 1) {
                a.setRangeText("x", 200, 200, "end");
                a.dispatchEvent(new Event("input", {bubbles: true}));
            }
            const seen = watch.takeRecords().length;
            watch.disconnect(); window.fetch = fetched;
            return [seen, asked]; }"""
    )
    assert changed == [0, 0]
    expect(page.locator("#ed-saved")).to_contain_text("Kept")


def test_the_preview_of_a_long_text_is_the_part_round_the_cursor(as_person, library):
    page = as_person().new_page()
    page.goto("/r/api-latency/edit")
    paper = page.locator("#ed-preview .paper")
    expect(paper).to_contain_text("Count the connections.")
    put_at_the_end(page, BACKGROUND)
    expect(paper).to_contain_text("The text is long")
    expect(paper).to_contain_text("somebody wrote down")
    assert len(paper.inner_text()) < len(BACKGROUND) / 5
    replace(page, "Scale the API down.", "Scale the API down by half. ")
    expect(paper).to_contain_text("Scale the API down by half.")
    expect(paper).to_contain_text("The text is long")
    paper.get_by_role("button", name="Draw all of it").click()
    expect(paper).not_to_contain_text("The text is long")
    assert len(paper.inner_text()) > len(BACKGROUND)
    expect(page.locator(TEXT)).to_have_value(re.compile("by half"))


def test_the_preview_follows_the_cursor(as_person, library):
    steps = "".join(
        f"1. Look at number {n}. {{.observe}}\n   ```sh\n   uptime\n   ```\n   Expect: {n}.\n"
        for n in range(2, 40)
    )
    text = runbook_text().replace("\n## Resolution", f"{steps}\n## Resolution")
    published(slug="many", owner=library.owner, text=text)
    page = as_person().new_page()
    page.goto("/r/many/edit")
    paper = page.locator("#ed-preview .paper")
    expect(paper.locator("#step-d30")).not_to_be_in_viewport()
    page.evaluate(
        """() => { const a = document.getElementById("ed-text"); const at = a.value.indexOf("number 30.");
            a.focus(); a.setSelectionRange(at, at); }"""
    )
    expect(paper.locator("#step-d30")).to_be_in_viewport()
    page.locator(TEXT).press("Control+Home")
    expect(paper.locator(".title")).to_be_in_viewport()


def test_without_a_script_it_is_a_form(as_person, library):
    page = as_person(java_script_enabled=False).new_page()
    page.goto("/r/api-latency/edit")
    text = page.locator(TEXT).input_value()
    page.locator(TEXT).fill(text.replace("below 160", "below 140"))
    page.get_by_role("button", name="Preview", exact=True).last.click()
    expect(page.locator("#ed-preview")).to_contain_text("below 140")
    page.get_by_role("button", name="Publish as revision 2").click()
    assert "below 140" in Revision.objects.get(runbook=library, number=2).text


PAGES = {
    "edit": "/r/api-latency/edit",
    "write": "/new?title=Ledger+is+late",
    "proposals": "/proposals",
    "proposal": "/proposals/{conflict}",
    "settle": "/proposals/{conflict}/settle",
    "history": "/r/api-latency/history",
    "compare": "/r/api-latency/compare?from=1&to=2",
    "compare-drawn": "/r/api-latency/compare?from=1&to=2&as=drawn",
    "rename": "/r/api-latency/rename",
    "retire": "/r/api-latency/retire",
    "report": "/r/api-latency/steps/{key}/report",
    "reported": "/r/api-latency",
}


@pytest.fixture
def busy(library):
    """A runbook with two revisions, a conflicting proposal and a reported step."""
    from runbooks import reporting, writing

    base = Runbook.objects.get(pk=library.pk).live_revision
    mine = base.text.replace("below 160. At", "below 170. At").replace(
        "severity: high", "severity: high\npager_team: dba"
    )
    rita = UserFactory(username="rita", name="Rita Okafor")
    conflict = writing.propose(
        text=mine, by=rita, runbook=library, base=base, why="Measured at night."
    )
    text = base.text.replace("below 160. At", "below 150. At")
    writing.publish(text=text, by=library.owner, runbook=library, base=base, why="From drill 14.")
    step = Runbook.objects.get(pk=library.pk).live_revision.steps.get(label="R1")
    report = reporting.report(
        step,
        verdict="wrong",
        words="The autoscaler put it back.",
        command="kubectl scale --replicas=24",
        by=rita,
    )
    return {"conflict": conflict.pk, "key": step.key, "report": report.pk}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_the_pages_fit_and_have_nothing_serious_for_axe(
    as_person, busy, keep_picture, size, scheme
):
    page = as_person(viewport=size, color_scheme=scheme).new_page()
    found = []
    for name, address in PAGES.items():
        page.goto(address.format(**busy))
        keep_picture(page, f"{name}-{size['width']}-{scheme}")
        found += wrong_with(page, name)
    assert found == []


def test_a_field_of_the_front_matter_writes_into_the_text(as_person):
    page = as_person().new_page()
    page.goto("/r/api-latency/edit")
    replace(page, "title: API latency above 5 s", "title: API latency above 7 s")
    page.get_by_text("Front matter as a form").click()
    page.get_by_label("One more service").fill("postgres-main")
    page.get_by_label("Severity").select_option("low")
    expect(page.locator(TEXT)).to_have_value(re.compile("severity: low"))
    expect(page.locator(TEXT)).to_have_value(re.compile(r"services: \[api-server, postgres-main\]"))
    expect(page.locator(TEXT)).to_have_value(re.compile("above 7 s"))
    expect(page.locator("#ed-saved")).to_contain_text("Kept")

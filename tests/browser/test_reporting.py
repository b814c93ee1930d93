"""A step is reported by thumb and mended by its owner; what is reported wrong is not copied unasked."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import caches
from playwright.sync_api import expect

from runbooks import reporting
from runbooks.models import Report, Runbook, TrustLine
from tests.browser.conftest import PHONE
from tests.browser.writing import replace

SUGGESTED = "kubectl -n prod patch hpa api-server --patch maxReplicas=20"


@pytest.fixture
def nothing_reported(library, settings):
    settings.REPORT_WITHOUT_LOGIN = True
    caches["shared"].clear()
    TrustLine.objects.filter(runbook=library).update(reports=[], version=3)
    return library


def step(page, label):
    return page.locator(".step", has=page.locator(f"#{label}"))


def test_a_step_reported_on_a_phone_is_mended_by_its_owner(
    nothing_reported, open_context, signed_in, keep_picture
):
    phone = open_context(viewport=PHONE, has_touch=True).new_page()
    phone.goto("/r/api-latency")
    button = step(phone, "R1").get_by_role("button", name="wrong", exact=True)
    box = button.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    button.tap()
    expect(step(phone, "R1")).to_contain_text("R1 is reported wrong.")
    assert Report.objects.get().verdict == "wrong"
    keep_picture(phone, "report-phone")
    step(phone, "R1").get_by_label("What is wrong").fill("The autoscaler takes it back.")
    step(phone, "R1").get_by_label("A better command").fill(SUGGESTED)
    step(phone, "R1").get_by_role("button", name="Add it").tap()
    expect(step(phone, "R1")).to_contain_text("Yash Patel reads that")
    assert Axe().run(phone).response["violations"] == []

    owner = signed_in(nothing_reported.owner).new_page()
    owner.goto("/proposals")
    owner.get_by_role("link", name="Mend it").click()
    expect(owner.locator("#ed-text")).to_be_focused()
    before, chosen = owner.evaluate(
        "() => { const t = document.getElementById('ed-text');"
        " return [t.value.slice(0, t.selectionStart), t.value.slice(t.selectionStart, t.selectionEnd)] }"
    )
    # At the end of the step's first line, with nothing chosen that the first key would take away.
    assert before.rpartition("\n")[2].startswith("1. Scale the API down.")
    assert chosen == ""
    owner.get_by_role("button", name="Put it into R1").click()
    expect(owner.get_by_role("button", name="It is in the text")).to_be_visible()
    assert SUGGESTED in owner.locator("#ed-text").input_value()
    keep_picture(owner, "report-mending")
    owner.get_by_role("button", name="Publish as revision 2").click()
    owner.wait_for_url("**/r/api-latency")
    expect(step(owner, "R1")).to_contain_text("patch hpa")
    expect(owner.get_by_text("report on this step")).to_have_count(0)
    assert (
        Report.objects.get().answered_by
        == Runbook.objects.get(pk=nothing_reported.pk).live_revision
    )


def test_a_tap_by_mistake_is_undone(nothing_reported, page):
    page.goto("/r/api-latency")
    step(page, "D1").get_by_role("button", name="blocked").click()
    step(page, "D1").get_by_role("button", name="Undo").click()
    expect(step(page, "D1")).to_contain_text("Taken back")
    assert not Report.objects.exists()


def test_what_is_reported_wrong_is_copied_only_when_said_again(
    nothing_reported, open_context, keep_picture
):
    live = nothing_reported.live_revision
    reported = live.steps.select_related("revision__runbook").get(label="R1")
    reporting.report(reported, verdict="wrong", words="It comes back.", command=SUGGESTED)
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/r/api-latency?namespace=prod")
    copied = "navigator.clipboard.readText()"
    page.evaluate("navigator.clipboard.writeText('nothing')")
    page.locator("#R1").focus()
    page.keyboard.press("c")
    asking = page.get_by_role("dialog", name="R1 is reported wrong")
    expect(asking).to_contain_text("It comes back.")
    expect(asking.get_by_role("button", name="Copy nothing")).to_be_focused()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    expect(asking).to_have_count(0)
    assert page.evaluate(copied) == "nothing"
    page.keyboard.press("c")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".suggested [data-copy]")).to_contain_text("Copied")
    assert page.evaluate(copied) == SUGGESTED
    step(page, "R1").locator("figure [data-copy]").last.click()
    page.get_by_role("button", name="Copy it all the same").click()
    expect(step(page, "R1").locator("figure [data-copy]").last).to_contain_text("Copied")
    assert "--replicas=20" in page.evaluate(copied)


def test_a_report_is_ticked_and_named_as_its_step_is_mended(as_person, library, keep_picture):
    live = library.live_revision
    step = live.steps.select_related("revision__runbook").get(label="R1")
    reporting.report(step, verdict="wrong", words="It came back.")
    page = as_person(viewport=PHONE).new_page()
    page.goto("/r/api-latency/edit")
    closes, tick = page.locator("#ed-closes"), page.get_by_role("checkbox", name="R1 wrong")
    expect(tick).not_to_be_checked()
    expect(closes).to_be_hidden()
    replace(page, "--replicas=20", "--replicas=24")
    expect(tick).to_be_checked()
    expect(closes).to_have_text("Publishing closes: R1 wrong")
    keep_picture(page, "answering-390")
    tick.uncheck()
    expect(closes).to_be_hidden()
    # Another look at the text leaves what the writer has decided.
    replace(page, "--replicas=24", "--replicas=28")
    with page.expect_response("**/editor/preview") as looked:
        replace(page, "--replicas=28", "--replicas=26")
    looked.value.finished()
    expect(page.locator("#ed-preview")).to_contain_text("--replicas=26")
    expect(tick).not_to_be_checked()
    page.get_by_role("button", name="Publish as revision 2").click()
    page.wait_for_url("**/r/api-latency")
    assert Report.objects.open().count() == 1

"""A revision closes the reports on the steps that it changes, if its writer lets it, and none unnoticed."""

from __future__ import annotations

import pytest

from runbooks import reporting, writing
from runbooks.models import Report, Runbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]

EDIT = "/r/api-latency/edit"
OLD, NEW = "--replicas=20", "--replicas=24"


@pytest.fixture
def owner(client, yash):
    client.force_login(yash)
    return yash


@pytest.fixture
def report(runbook):
    """On R1, whose command is `OLD`."""
    step = runbook.live_revision.steps.select_related("revision__runbook").get(label="R1")
    return reporting.report(step, verdict="wrong", words="It came back.")


@pytest.fixture
def other(runbook):
    step = runbook.live_revision.steps.select_related("revision__runbook").get(label="D1")
    return reporting.report(step, verdict="unclear")


def form(of, *, changed=True, **more):
    text = Runbook.objects.get(pk=of.pk).live_revision.text
    assert OLD in text
    return {"text": text.replace(OLD, NEW) if changed else text, "base": "1", **more}


def box(report, *, ticked):
    return f'name="answers" value="{report.pk}"{" checked" * ticked}>'


def offered(report, *, yes):
    return f'name="offered" value="{report.pk}"{" disabled" * (not yes)}>'


def test_an_untouched_text_answers_nothing(client, runbook, owner, report):
    page = client.get(EDIT).text
    assert box(report, ticked=False) in page
    assert offered(report, yes=False) in page
    assert 'id="ed-closes" role="status" hidden' in page


def test_a_look_at_a_changed_step_ticks_its_report_and_names_it(
    client, runbook, owner, report, other
):
    page = client.post(EDIT, form(runbook, do="preview")).text
    assert box(report, ticked=True) in page
    assert box(other, ticked=False) in page
    said = page.split('id="ed-closes"')[1].split("</p>")[0]
    assert "hidden" not in said
    assert "R1 wrong</a>" in said
    look = client.post("/editor/preview", form(runbook, runbook="api-latency", reported="1")).text
    assert box(report, ticked=True) in look
    assert offered(report, yes=True) in look
    assert box(other, ticked=False) in look


def test_a_tick_that_was_taken_away_stays_away_and_comes_back_by_hand(
    client, runbook, owner, report, other
):
    untouched = form(runbook, do="preview", offered=report.pk)
    page = client.post(EDIT, untouched).text  # offered, and not ticked any more
    assert box(report, ticked=False) in page
    assert offered(report, yes=True) in page
    by_hand = form(runbook, do="preview", offered=report.pk, answers=[report.pk, other.pk])
    page = client.post(EDIT, by_hand).text
    assert box(report, ticked=True) in page
    assert box(other, ticked=True) in page
    assert offered(other, yes=False) in page


def test_a_change_that_is_taken_back_takes_its_tick_along(client, runbook, owner, report):
    ticked = {"offered": report.pk, "answers": report.pk}
    page = client.post(EDIT, form(runbook, changed=False, do="preview", **ticked)).text
    assert box(report, ticked=False) in page


def test_what_no_page_has_shown_as_ticked_is_not_closed(client, runbook, owner, report):
    client.post(EDIT, form(runbook, do="publish"))
    assert Runbook.objects.get(pk=runbook.pk).live_revision.number == 2
    assert Report.objects.open().get() == report


def test_what_is_ticked_is_closed_by_the_revision(client, runbook, owner, report, other):
    client.post(EDIT, form(runbook, do="publish", offered=report.pk, answers=report.pk))
    report.refresh_from_db()
    assert report.answered_by == Runbook.objects.get(pk=runbook.pk).live_revision
    assert list(Report.objects.open()) == [other]


def test_who_only_proposes_is_not_asked(client, runbook, reader, report):
    assert "Does this answer them?" not in client.get(EDIT).text


def test_a_comment_that_is_missing_costs_no_tick(client, runbook, owner, leila, report, other):
    text = form(runbook)["text"]
    base = runbook.live_revision
    found = writing.propose(text=text, by=leila, runbook=runbook, base=base, why="So.")
    sent = {"do": "decline", "offered": report.pk, "answers": other.pk}
    page = client.post(f"/proposals/{found.pk}", sent)
    assert page.status_code == 422
    assert box(report, ticked=False) in page.text
    assert box(other, ticked=True) in page.text

"""A reported step leads to the editor: with the step in sight, the suggested command offered."""

from __future__ import annotations

import pytest

from runbooks import document, mending, reporting
from runbooks.models import Report, Runbook
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db

OLD = "kubectl -n {{ namespace }} scale deployment api-server --replicas=20"
NEW = "kubectl -n {{ namespace }} patch hpa api-server\nkubectl get hpa"


@pytest.fixture
def runbook(client):
    owner = UserFactory(username="yash", name="Yash Patel")
    client.force_login(owner)
    return published(owner=owner)


@pytest.fixture
def report(runbook):
    live = runbook.live_revision
    step = live.steps.select_related("revision__runbook").get(label="R1")
    return reporting.report(step, verdict="wrong", words="It came back.", command=NEW)


def test_the_suggested_command_takes_the_place_of_the_steps_own(runbook, report):
    text = runbook.live_revision.text
    mended = mending.with_suggested(runbook, text, report)
    assert mended == text.replace(OLD, NEW.replace("\n", "\n   "))
    assert document.parse(mended).steps[1].commands[0].text == NEW


def test_line_ends_of_windows_stay(runbook, report):
    text = runbook.live_revision.text.replace("\n", "\r\n")
    mended = mending.with_suggested(runbook, text, report)
    assert mended == text.replace(OLD, NEW.replace("\n", "\r\n   "))


def test_a_step_that_moved_is_found_by_what_it_says(runbook, report):
    text = runbook.live_revision.text.replace(
        "## Resolution\n", "## Resolution\n1. Tell the others.\n   ```sh\n   say it\n   ```\n"
    )
    mended = mending.with_suggested(runbook, text, report)
    assert "say it" in mended
    assert OLD not in mended


@pytest.mark.parametrize("command", ["```sh\nls\n```", "a ``` b"])
def test_a_command_that_would_break_the_block_is_left_to_the_writer(runbook, report, command):
    Report.objects.filter(pk=report.pk).update(command=command)
    report.refresh_from_db()
    with pytest.raises(mending.NotMended, match="by hand"):
        mending.with_suggested(runbook, runbook.live_revision.text, report)


def test_the_owners_list_leads_to_the_step_in_the_editor(client, runbook, report):
    address = f"/r/api-latency/edit?report={report.pk}"
    assert address in client.get("/proposals").content.decode()
    assert address in client.get("/r/api-latency").content.decode()
    page = client.get(address).content.decode()
    line = runbook.live_revision.text.split("\n").index(
        next(line for line in runbook.live_revision.text.split("\n") if "Scale the API" in line)
    )
    assert f'data-line="{line + 1}"' in page
    assert "It came back." in page
    assert "Put it into R1" in page


def test_without_javascript_the_form_takes_the_suggestion_and_publishing_closes_it(
    client, runbook, report
):
    sent = {"text": runbook.live_revision.text, "report": report.pk, "base": 1, "do": "take"}
    page = client.post("/r/api-latency/edit", sent).content.decode()
    assert "patch hpa api-server" in page
    text = runbook.live_revision.text.replace(OLD, "kubectl get hpa")
    client.post(
        "/r/api-latency/edit",
        {"text": text, "base": 1, "do": "publish", "answers": report.pk, "report": report.pk},
    )
    report.refresh_from_db()
    assert report.answered_by == Runbook.objects.get().live_revision
    closed = client.post("/r/api-latency/edit", sent)
    assert closed.status_code == 422
    assert "closed by now" in closed.content.decode()


def test_only_the_step_that_is_mended_is_ticked(client, runbook, report):
    step = runbook.live_revision.steps.select_related("revision__runbook").get(label="D1")
    other = reporting.report(step, verdict="unclear")
    page = client.get(f"/r/api-latency/edit?report={report.pk}").content.decode()
    assert f'name="answers" value="{report.pk}" checked' in page
    assert f'name="answers" value="{other.pk}">' in page


def test_another_runbooks_report_opens_nothing(client, report):
    other = published(slug="disk", owner=UserFactory(), title="Disk full", alert="Disk")
    page = client.get(f"/r/{other.slug}/edit?report={report.pk}").content.decode()
    assert "It came back." not in page

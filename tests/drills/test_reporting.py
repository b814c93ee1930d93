"""The after-action report: on the page, as Markdown, as a PDF that one can read, as a list for planners."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from drills import report_files, reporting, running, taking_part
from drills.models import Inject, Participant
from drills.report import report_of
from drills.states import MoveRefused
from tests.drills.making import NOW, running_drill, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill():
    drill = running_drill(title="Tuesday's drill =1+1 #set text(red)")
    player, scribe = seat(drill, name="Pat"), seat(drill, Participant.Role.SCRIBE, name="Sam")
    running.send(drill.scenario.injects.first(), now=NOW + timedelta(seconds=5))
    taking_part.found_runbook(player, now=NOW + timedelta(seconds=95))
    running.improvise(drill, text="=HYPERLINK(1)", channel="phone", now=NOW + timedelta(minutes=4))
    taking_part.record(
        scribe, verdict="wrong", step="D2", text="Old address", client_id="a", now=NOW
    )
    taking_part.record(scribe, verdict="worked", step="D1", client_id="b", now=NOW)
    taking_part.record(scribe, verdict="strength", text="Said every label", client_id="c", now=NOW)
    drill = running.end(drill, by=drill.facilitator, now=NOW + timedelta(minutes=31))
    return reporting.close_hot_wash(drill, by=drill.facilitator)


def test_it_tells_what_was_planned_and_what_happened(drill):
    report = report_of(drill)
    assert report.draft
    assert report.time_to_runbook == "00:01:35"
    assert report.took == "00:31:00"
    assert [(step.label, step.verdict) for step in report.steps] == [
        ("D1", "worked"), ("D2", "wrong"), ("M1", ""), ("M2", ""),
    ]  # fmt: skip
    assert report.strengths == ("Said every label (Sam)",)
    assert report.gaps[0].evidence == ("D2 wrong: Old address (Sam)",)
    first = report.timeline[0]
    assert (first.planned, first.real) == ("00:00:00", "00:00:05")
    assert report.timeline[-1].improvised
    assert dict(report.milestones)["right escalation"] == "not reached"


def test_it_costs_as_many_queries_however_much_happened(drill, django_assert_max_num_queries):
    for _ in range(2):
        with django_assert_max_num_queries(13):
            report_of(drill)
        Inject.objects.bulk_create(
            Inject(
                scenario=drill.scenario, position=50 + n, at_minutes=40, channel="chat", text="more"
            )
            for n in range(20)
        )


def test_the_markdown_has_no_empty_section(drill):
    text = report_files.as_markdown(report_of(drill))
    assert text.startswith("# DRAFT: Tuesday's drill")
    assert "## Gaps" in text
    assert "## Action items" not in text
    assert "Said every label (Sam)" in text


def test_the_pdf_can_be_read_and_nothing_in_it_is_markup(drill):
    pdf = PdfReader(io.BytesIO(report_files.as_pdf(report_of(drill))))
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert "DRAFT" in text
    assert "#set text(red)" in text
    assert "Old address (Sam)" in text
    assert "00:01:35" in text


def test_the_list_of_events_is_no_formula(drill):
    rows = list(csv.DictReader(io.StringIO(report_files.msel_csv(drill))))
    assert rows[0]["sent"] == "00:00:05"
    assert rows[-1]["inject"] == "'=HYPERLINK(1)"
    assert rows[-1]["improvised"] == "yes"


def test_the_list_of_events_has_who_sends_what_hints_and_what_was_observed(drill):
    rows = list(csv.DictReader(io.StringIO(report_files.msel_csv(drill))))
    assert {row["controller"] for row in rows} == {str(drill.facilitator)}
    assert rows[0]["trigger"] == "the facilitator, by the clock's advice"
    assert rows[-1]["trigger"] == "improvised"
    assert rows[0]["hints"].startswith("1. ")
    told = [line for row in rows for line in row["observed"].split(" / ") if line]
    assert sorted(told)[:1] == ["D1 worked (Sam)"]
    assert "D2 wrong: Old address (Sam)" in told


def test_no_word_breaks_a_table_of_the_markdown(drill):
    inject = drill.scenario.injects.first()
    inject.text = "kubectl get pods | grep api\n| and | a | row |"
    inject.save()
    text = report_files.as_markdown(report_of(drill))
    assert r"kubectl get pods \| grep api \| and \| a \| row \|" in text


def test_a_person_signs_and_only_once(drill):
    signed = reporting.sign(drill, by=drill.facilitator, now=NOW)
    assert not report_of(signed).draft
    with pytest.raises(MoveRefused):
        reporting.sign(signed, by=drill.facilitator)

"""manage.py write_scenario."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from drills.models import Scenario
from drills.scenario import writing
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db


def test_a_scenario_is_written_to_a_file_in_the_documented_shape(tmp_path):
    runbook = published(slug="checkout-500", owner=UserFactory())
    where = tmp_path / "scenario.json"
    call_command("write_scenario", "checkout-500", writer="offline", json=str(where))
    made = json.loads(where.read_text())
    assert made["runbook"] == "checkout-500"
    assert made["revision"] == runbook.live_revision.number
    assert made["writer"] == "offline"
    labels = [step["label"] for step in made["steps"]]
    assert labels == list(runbook.live_revision.steps.values_list("label", flat=True))
    for inject in made["injects"]:
        assert {
            "at_minutes",
            "channel",
            "text",
            "player",
            "expected",
            "step",
            "hints",
            "twist",
        } <= set(inject)
        assert inject["step"] is None or inject["step"] in labels
    assert [reading["step"] for reading in made["readings"]] == labels
    assert made["flags"] == []
    assert set(made["assumptions"][0]) == {"text", "step"}


def test_all_writes_a_list_and_tells_of_those_left_out(tmp_path):
    owner = UserFactory()
    published(slug="one", owner=owner)
    published(slug="two", owner=owner, title="Another thing fails", alert="AnotherThing")
    where, said = tmp_path / "all.json", StringIO()
    call_command("write_scenario", all=True, json=str(where), stderr=said)
    assert [made["runbook"] for made in json.loads(where.read_text())] == ["one", "two"]
    assert "2 scenarios" in said.getvalue()


def test_an_unknown_runbook_is_a_sentence():
    with pytest.raises(CommandError, match="There is no live runbook at /r/nowhere"):
        call_command("write_scenario", "nowhere")


def test_a_kept_scenario_knows_its_steps_by_key(django_assert_max_num_queries):
    owner = UserFactory()
    revision = published(slug="checkout", owner=owner, text=RUNBOOK).live_revision
    with django_assert_max_num_queries(14):
        made = writing.write(revision, minutes=45)
    scenario = writing.keep(revision, made, by=owner, minutes=45)
    keys = dict(revision.steps.values_list("label", "key"))
    assert scenario.writer == Scenario.Writer.OFFLINE
    for inject in scenario.injects.all():
        assert inject.step_key == keys.get(inject.step_label, "")
    assert [reading["key"] for reading in scenario.readings] == list(keys.values())
    first = scenario.injects.first()
    assert first.objective == scenario.objectives[0]
    told = [inject.objective for inject in scenario.injects.all() if inject.objective]
    assert len(told) > 1
    assert set(told) <= set(scenario.objectives)

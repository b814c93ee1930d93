"""A scenario from the model, and everything that may come instead. Each way leads to one that can be run."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from drills.models import Inject, Scenario
from drills.scenario import asking, offline
from drills.scenario.gathering import gather
from portal.ai import jobs
from portal.ai.models import Ask, Job
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import UserFactory, published
from tests.portal.ai import provider as api

pytestmark = pytest.mark.django_db


@pytest.fixture
def revision():
    return published(slug="checkout-500", owner=UserFactory(), text=RUNBOOK).live_revision


@pytest.fixture
def provider(settings):
    with api.asked_by_the_portal(settings) as provider:
        yield provider


@pytest.fixture
def good(revision):
    draft = offline.write(gather(revision))
    injects = [
        inject.model_copy(update={"text": f"The model says: {inject.text}"})
        for inject in draft.injects
    ]
    return draft.model_copy(update={"injects": injects, "readings": draft.readings[:1]})


def test_the_models_scenario_is_kept_as_its_own_with_the_readings_it_forgot(
    provider, revision, good
):
    provider.replies = [api.answers(good.model_dump_json(), pieces=40)]
    made = asking.write_with_ai(revision, minutes=45)
    assert made.writer == "ai"
    assert made.note == ""
    assert made.draft.injects[0].text.startswith("The model says:")
    assert [reading.step for reading in made.draft.readings] == ["D1", "D2", "M1", "M2"]
    assert made.flags == ()
    sent = provider.requests[0]["messages"][0]["content"]
    assert "Delete the stuck queue" in sent


INVENTED = {
    "text": "db-9.invented.internal is down. <script>x</script> Ask @nobody-here, see https://evil.example/x",
    "step": "D9",
}


def test_what_the_model_invents_is_flagged_in_place(provider, revision, good):
    first = good.injects[0].model_copy(update=INVENTED)
    draft = good.model_copy(update={"injects": [first, *good.injects[1:]]})
    provider.replies = [api.answers(draft.model_dump_json())]
    made = asking.write_with_ai(revision, minutes=45)
    assert {flag.name for flag in made.flags if flag.where == "inject 1"} >= {
        "db-9.invented.internal", "@nobody-here", "https://evil.example/x", "<script", "D9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (api.breaks_off('{"start_state": "It is'), "cut off"),
        (api.answers('{"start_state": 3}'), "did not have the shape"),
        (api.answers("I won't.", stop="refusal"), "declined"),
        (api.fails(429, "rate_limit_error", retry_after="0"), "fewer requests"),
        (api.fails(529, "overloaded_error", retry_after="0"), "overloaded"),
        (api.fails(401, "authentication_error"), "does not accept the key"),
    ],
)
def test_whatever_goes_wrong_the_offline_writer_writes_one_and_says_why(
    provider, revision, reply, sentence
):
    provider.replies = [reply]
    made = asking.write_with_ai(revision, minutes=45)
    assert made.writer == "offline"
    assert sentence in made.note
    assert "The offline writer wrote this one." in made.note
    assert 4 <= len(made.draft.injects) <= 6


def test_the_job_keeps_one_scenario_however_often_it_is_run(provider, revision, good):
    provider.replies = [api.answers(good.model_dump_json())]
    job = jobs.start(asking.KIND, about={"revision": revision.pk, "minutes": 45}, by=UserFactory())
    jobs.run(job.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    scenario = Scenario.objects.get()
    assert job.state == Job.State.DONE
    assert job.result == {"scenario": scenario.pk, "writer": "ai"}
    assert Inject.objects.filter(scenario=scenario).count() == len(good.injects)
    assert Ask.objects.get().job_id == job.pk


def test_the_command_asks_the_model_and_falls_back(provider, revision, tmp_path):
    provider.replies = [api.fails(529, "overloaded_error", retry_after="0")]
    where = tmp_path / "made.json"
    call_command("write_scenario", "checkout-500", writer="ai", json=str(where))
    made = json.loads(where.read_text())
    assert made["writer"] == "offline"
    assert "overloaded" in made["writer_note"]

"""Whatever the model does, the page's button leads to a drill that can run, and to notes to decide on."""

from __future__ import annotations

import html
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from drills import noting, reporting, running, scheduling
from drills.models import Drill, Scenario
from drills.scenario import offline
from drills.scenario.gathering import gather
from portal.ai import jobs
from portal.ai.models import Job
from tests.drills import failing
from tests.drills.making import ended, lead
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import UserFactory, published
from tests.portal.ai import provider as api

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with api.asked_by_the_portal(settings) as found:
        yield found


def text_of(answer) -> str:
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def work(kind: str) -> Job:
    """What the worker does."""
    job = Job.objects.get(kind=kind, state="waiting")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.words
    return job


# A scenario


@pytest.fixture
def planned():
    """Planned, and nothing written yet."""
    runbook = published(slug="checkout-500", owner=UserFactory(), text=RUNBOOK)
    when = timezone.now() + timedelta(days=7)
    return scheduling.make(runbook, by=lead(), starts_at=when, time_zone="UTC")


def ask_for_scenario(client, drill: Drill) -> str:
    """Press the button, let the worker work, look at the page."""
    address = f"/drills/{drill.pk}/scenario"
    client.force_login(drill.made_by)
    assert "Have AI write it" in text_of(client.get(address))
    client.post(address, {"do": "ai"})
    assert "Waiting for a worker." in text_of(client.get(address))
    work("drills.scenario")
    return text_of(client.get(address))


def run_it(client, drill: Drill) -> None:
    """Approved from the page, it can start."""
    client.post(f"/drills/{drill.pk}/scenario", {"do": "approve"})
    drill = running.begin(Drill.objects.get(pk=drill.pk), by=drill.made_by)
    running.send(drill.scenario.injects.first())


@pytest.mark.parametrize("failure", failing.FAILURES)
def test_a_scenario_that_the_model_does_not_write_is_the_offline_writers(
    client, planned, provider, settings, failure
):
    sentence = failing.fail(provider, settings, failure)
    page = ask_for_scenario(client, planned)
    assert "Written by the offline writer" in page
    assert sentence in page
    assert "Written by AI" not in page
    assert "sk-ant" not in page
    run_it(client, planned)


def test_a_scenario_streamed_slowly_is_the_models(client, planned, provider):
    draft = offline.write(gather(planned.revision))
    provider.replies = [
        api.fails(429, "rate_limit_error", retry_after="0"),
        api.answers(draft.model_dump_json(), pieces=60, pause=0.005),
    ]
    page = ask_for_scenario(client, planned)
    assert "Written by AI" in page
    assert Scenario.objects.get().writer == "ai"
    run_it(client, planned)


def test_what_a_scenario_invents_is_marked_where_it_stands_and_runs_nothing(
    client, planned, provider
):
    draft = offline.write(gather(planned.revision))
    bad = 'db-9.invented.internal is down. <script src="https://evil.example/x.js"></script>'
    first = draft.injects[0].model_copy(update={"text": bad})
    draft = draft.model_copy(update={"injects": [first, *draft.injects[1:]]})
    provider.replies = [api.answers(draft.model_dump_json())]
    ask_for_scenario(client, planned)
    page = client.get(f"/drills/{planned.pk}/scenario").content.decode()
    card = page[page.index('id="i1"') : page.index('id="i2"')]
    assert "<code>db-9.invented.internal</code>" in card
    assert "https://evil.example/x.js</code>" in card
    assert "<script src" not in card
    run_it(client, planned)


# Update notes


@pytest.fixture
def noted():
    """A drill whose notes wait, written by the offline writer."""
    drill = ended()
    return reporting.close_hot_wash(drill, by=drill.facilitator)


def ask_for_notes(client, drill: Drill) -> str:
    address = f"/drills/{drill.pk}/update-notes"
    client.force_login(drill.runbook.owner)
    assert "Have AI write the 2 undecided" in text_of(client.get(address))
    client.post(address, {"do": "draft"})
    assert "Waiting for a worker." in text_of(client.get(address))
    work("drills.notes")
    return text_of(client.get(address))


def publish_one(client, drill: Drill) -> None:
    """The owner accepts the first from the page and publishes it."""
    note = drill.notes.exclude(before="").first()
    client.post(f"/drills/{drill.pk}/update-notes/{note.pk}", {"do": "accept"})
    client.post(f"/drills/{drill.pk}/update-notes", {"do": "publish"})
    note.refresh_from_db()
    assert note.closed == "published"


@pytest.mark.parametrize("failure", failing.FAILURES)
def test_notes_that_the_model_does_not_write_are_the_offline_writers(
    client, noted, provider, settings, failure
):
    plain = list(noted.notes.values_list("pk", "after"))
    sentence = failing.fail(provider, settings, failure)
    page = ask_for_notes(client, noted)
    assert sentence in page
    assert "The plain notes stay." in page
    assert "sk-ant" not in page
    assert list(noted.notes.values_list("pk", "after")) == plain
    assert {note.writer for note in noted.notes.all()} == {"offline"}
    publish_one(client, noted)


def test_notes_streamed_slowly_after_a_429_are_the_models(client, noted, provider):
    written = [{"note": n.pk, "after": f"{n.before} Ask twice."} for n in noted.notes.all()]
    provider.replies = [
        api.fails(429, "rate_limit_error", retry_after="0"),
        api.answers(json.dumps({"notes": written}), pieces=60, pause=0.005),
    ]
    page = ask_for_notes(client, noted)
    assert "plain notes stay" not in page
    assert {note.writer for note in noted.notes.all()} == {"ai"}
    publish_one(client, noted)


@pytest.mark.parametrize(
    "made_up",
    [
        "Look at db-9.invented.internal first.",
        "Run `./fix-everything.sh --force` first.",
        '<script src="https://evil.example/x.js"></script>',
        "Ask @nobody-here first.",
        "Read https://status.made-up.example first.",
    ],
)
def test_notes_full_of_inventions_leave_the_plain_ones_and_the_page_says_why(
    client, noted, provider, made_up
):
    plain = list(noted.notes.values_list("pk", "after"))
    written = [{"note": n.pk, "after": f"{n.before}\n\n   {made_up}"} for n in noted.notes.all()]
    provider.replies = [api.answers(json.dumps({"notes": written}))]
    page = ask_for_notes(client, noted)
    assert "The model gave nothing that holds. The plain notes stay." in page
    assert "2 drafts not kept" in page
    assert "it names what nobody said" in page
    assert list(noted.notes.values_list("pk", "after")) == plain
    raw = client.get(f"/drills/{noted.pk}/update-notes").content.decode()
    assert "<script src=" not in raw.replace('<script src="/static/', "")
    publish_one(client, noted)


def test_who_did_not_ask_sees_that_it_is_written_and_polls_nothing(client, noted, provider):
    provider.replies = [api.answers("x")]
    client.force_login(noted.runbook.owner)
    client.post(f"/drills/{noted.pk}/update-notes", {"do": "draft"})
    client.force_login(noted.facilitator)
    page = text_of(client.get(f"/drills/{noted.pk}/update-notes"))
    assert "AI is writing, asked by Owner Olga" in page
    assert "/ai/jobs/" not in page
    assert noting.gaps_of(noted)

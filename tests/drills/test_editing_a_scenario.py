"""A drill's scenario before it starts: written, edited in place, guarded, taken from the library."""

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from drills import preparing
from drills.models import Drill, Scenario
from drills.scheduling import CannotDrill
from portal.ai import jobs
from tests.drills.making import make_drill, planned, seat
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def typed(drill):
    """The scenario's form as its page sends it back."""
    own = drill.scenario
    sent = {
        "title": own.title,
        "start_state": own.start_state,
        "narrative": own.narrative,
        "objectives": "\n".join(own.objectives),
    }
    for n, inject in enumerate(own.injects.all(), 1):
        sent |= {
            f"inject-{n}-pk": inject.pk,
            f"inject-{n}-at": inject.at_minutes,
            f"inject-{n}-channel": inject.channel,
            f"inject-{n}-text": inject.text,
            f"inject-{n}-player": inject.player,
            f"inject-{n}-expected": inject.expected,
            f"inject-{n}-step": inject.step_label,
            f"inject-{n}-hints": "\n".join(inject.hints),
        }
    for n, reading in enumerate(own.readings, 1):
        sent |= {f"reading-{n}-step": reading["step"], f"reading-{n}-output": reading["output"]}
    return sent


def as_a_browser_sends(page, form):
    """Every field of a form with what stands in it."""
    fields = BeautifulSoup(page, "html.parser").find(id=form)
    sent = {}
    for one in fields.select("input[name]"):
        if one.get("type") != "checkbox" or one.has_attr("checked"):
            sent[one["name"]] = one.get("value", "")
    for one in fields.select("textarea[name]"):
        sent[one["name"]] = one.text.removeprefix("\n")
    for one in fields.select("select[name]"):
        sent[one["name"]] = (one.select_one("option[selected]") or one.option)["value"]
    return sent


def test_every_field_of_the_scenario_is_edited_in_place(client):
    drill = planned()
    client.force_login(drill.facilitator)
    count = drill.scenario.injects.count()
    sent = typed(drill) | {
        "do": "save",
        "inject-1-text": "The shop stands still.",
        "inject-1-at": "3",
        "inject-2-remove": "1",
        "objectives": "One thing\nAnother",
        "assumption-999-text": "Somebody has the key.",
    }
    assert client.post(f"/drills/{drill.pk}/scenario", sent).status_code == 302
    own = Scenario.objects.get(pk=drill.scenario_id)
    first = own.injects.first()
    assert (first.text, first.at_minutes, own.injects.count()) == (
        "The shop stands still.",
        3,
        count - 1,
    )
    assert first.hints
    assert [o.text for o in drill.objectives.all()] == ["One thing", "Another"]
    assert own.assumptions[-1]["text"] == "Somebody has the key."
    # Nobody has read what it says now.
    assert own.approved_at is None


def test_a_page_that_is_saved_as_it_stands_changes_nothing(client):
    drill = planned()
    client.force_login(drill.facilitator)

    def stands():
        own = Scenario.objects.get(pk=drill.scenario_id)
        left = (
            "position",
            "at_minutes",
            "channel",
            "text",
            "player",
            "expected",
            "step_key",
            "hints",
        )
        more = ("milestone", "evaluator_note", "twist", "objective", "step_label")
        facts = own.start_state, own.narrative, own.objectives, own.readings, own.flags
        return facts, own.assumptions, list(own.injects.values_list("pk", *left, *more))

    before = stands()
    page = client.get(f"/drills/{drill.pk}/scenario").content.decode()
    client.post(f"/drills/{drill.pk}/scenario", as_a_browser_sends(page, "edit") | {"do": "save"})
    assert stands() == before


def test_injects_are_added_and_change_places(client):
    drill = planned()
    client.force_login(drill.facilitator)
    first, second = drill.scenario.injects.all()[:2]
    client.post(f"/drills/{drill.pk}/scenario", typed(drill) | {"do": "down-1"})
    assert [i.pk for i in drill.scenario.injects.all()[:2]] == [second.pk, first.pk]
    times = [i.at_minutes for i in drill.scenario.injects.all()]
    assert times == sorted(times)
    before = len(times)
    client.post(f"/drills/{drill.pk}/scenario", typed(drill) | {"do": "add"})
    assert drill.scenario.injects.count() == before + 1


def test_a_made_up_host_is_shown_where_it_stands_until_it_is_gone(client):
    drill = planned()
    client.force_login(drill.facilitator)
    right = typed(drill)
    wrong = right | {"inject-1-text": "Look at db7.invented.example now.", "do": "save"}
    client.post(f"/drills/{drill.pk}/scenario", wrong)
    page = client.get(f"/drills/{drill.pk}/scenario").content.decode()
    card = page[page.index('id="i1"') : page.index('id="i2"')]
    assert "<code>db7.invented.example</code>" in card
    client.post(f"/drills/{drill.pk}/scenario", right | {"do": "save"})
    assert b"db7.invented.example" not in client.get(f"/drills/{drill.pk}/scenario").content


def test_what_cannot_be_saved_stays_in_the_form(client):
    drill = planned()
    client.force_login(drill.facilitator)
    sent = typed(drill) | {"inject-1-text": "", "narrative": "A new story", "do": "save"}
    answer = client.post(f"/drills/{drill.pk}/scenario", sent)
    assert answer.status_code == 422
    assert b"Inject 1 has no text" in answer.content
    assert b"A new story" in answer.content
    drill.scenario.refresh_from_db()
    assert drill.scenario.narrative != "A new story"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"objectives": "\n".join("abcdefg")}, "six at most"),
        ({"inject-1-hints": "\n".join("abcdefg")}, "Inject 1: 6 hints at most"),
        ({f"inject-{n}-text": "More" for n in range(1, 42)}, "40 injects at most"),
    ],
    ids=["objectives", "hints", "injects"],
)
def test_what_is_too_much_is_said_and_not_cut_off(client, sent, says):
    drill = planned()
    client.force_login(drill.facilitator)
    before = drill.scenario.injects.count()
    minutes = {name.replace("text", "at"): "5" for name in sent if name.endswith("-text")}
    answer = client.post(f"/drills/{drill.pk}/scenario", typed(drill) | minutes | sent)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    assert says in page.find(role="alert").text
    for name, value in sent.items():
        assert page.find(attrs={"name": name}).text.strip() == value
    assert drill.scenario.injects.count() == before


def test_a_drill_that_runs_keeps_its_scenario():
    drill = planned()
    Drill.objects.filter(pk=drill.pk).update(state="running")
    with pytest.raises(CannotDrill, match="has begun"):
        preparing.write_offline(drill, by=drill.facilitator)


def test_the_library_offers_what_nobody_here_has_played():
    drill = planned()
    player = seat(drill, person=UserFactory(name="Played Pia"))
    clone_of = make_drill(runbook=drill.runbook, facilitator=drill.facilitator)
    seat(clone_of, person=player.person)
    Drill.objects.filter(pk=clone_of.pk).update(began_at=timezone.now())
    fresh = make_drill(runbook=drill.runbook, facilitator=drill.facilitator)
    shelf = {one.scenario.pk: one for one in preparing.library(drill)}
    assert shelf[clone_of.scenario_id].spoiled == ["Played Pia"]
    assert shelf[fresh.scenario_id].spoiled == []
    taken = preparing.take(drill, clone_of.scenario, by=drill.facilitator)
    assert taken.pk != clone_of.scenario_id
    assert (taken.cloned_from, taken.approved_by) == (clone_of.scenario, None)
    drill.refresh_from_db()
    # Its own is a clone of what Pia played: others that stem from it are spoiled as well.
    other = make_drill(runbook=drill.runbook, facilitator=drill.facilitator)
    preparing.take(other, taken, by=drill.facilitator)
    seat(other, person=player.person)
    assert {one.scenario.pk: one.spoiled for one in preparing.library(other)}[taken.pk] == [
        "Played Pia"
    ]


def test_a_job_gives_the_drill_what_it_wrote_and_says_who_did(client, settings):
    settings.ANTHROPIC_API_KEY = ""
    drill = planned(approved=False)
    client.force_login(drill.facilitator)
    before = drill.scenario_id
    job = preparing.ask_ai(drill, by=drill.facilitator, back=f"/drills/{drill.pk}/scenario")
    assert preparing.ask_ai(drill, by=drill.facilitator, back="/") == job
    page = client.get(f"/drills/{drill.pk}/scenario").content.decode()
    assert f'hx-get="/ai/jobs/{job.pk}"' in page
    htmx = {"HTTP_HX_REQUEST": "true"}
    assert b"Waiting for a worker" in client.get(f"/ai/jobs/{job.pk}", **htmx).content
    jobs.run(job.pk)
    done = client.get(f"/ai/jobs/{job.pk}", **htmx)
    assert done["HX-Redirect"] == f"/drills/{drill.pk}/scenario"
    drill.refresh_from_db()
    assert drill.scenario_id != before
    assert b"No model is set up" in client.get(f"/drills/{drill.pk}/scenario").content


def test_a_job_is_cancelled_by_who_asked_and_nobody_else(client):
    drill = planned()
    job = preparing.ask_ai(drill, by=drill.facilitator, back="https://evil.example/")
    client.force_login(UserFactory())
    assert client.post(f"/ai/jobs/{job.pk}/cancel").status_code == 404
    client.force_login(drill.facilitator)
    assert client.post(f"/ai/jobs/{job.pk}/cancel")["Location"].startswith("/")
    job.refresh_from_db()
    assert job.state == "cancelled"

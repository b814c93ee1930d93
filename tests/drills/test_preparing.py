"""A drill before it starts: at once, planned, edited, briefed, begun; nothing tells players what to find."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from drills import arranging, preparing
from drills.models import Drill, Participant, Scenario
from drills.scheduling import CannotDrill
from portal.accounts.access import Rank
from portal.accounts.models import Role, Team
from portal.ai import jobs
from portal.notify.models import Message
from tests.drills.making import make_drill, seat
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db


def lead(**words):
    person = UserFactory(**words)
    Role.objects.create(person=person, name=Rank.LEAD.name.lower())
    return person


def planned(**facts):
    return make_drill(starts_at=timezone.now() + timedelta(days=7), **facts)


def form(drill, **changed):
    """The drill's form as its page sends it back."""
    facts = {
        "runbook": drill.runbook.slug,
        "title": drill.title,
        "date": (timezone.now() + timedelta(days=7)).date().isoformat(),
        "time": "10:00",
        "time_zone": "Europe/Lisbon",
        "minutes": "45",
        "facilitator": drill.facilitator.username,
        "ground_rules": "Nobody is blamed.",
        "stop_word": "real page",
        "confidentiality": "team",
    }
    return facts | changed


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


def test_a_runbook_page_leads_to_its_drill(client):
    published()
    client.force_login(UserFactory())
    assert b'href="/r/api-latency/drill"' in client.get("/r/api-latency").content
    asked = client.get("/r/api-latency/drill")
    assert b"Make the scenario" in asked.content
    assert not Drill.objects.exists()


def test_drill_this_now_is_two_presses_from_running(client):
    published()
    client.force_login(UserFactory())
    made = client.post("/r/api-latency/drill")
    drill = Drill.objects.get()
    assert made["Location"] == f"/drills/{drill.pk}"
    page = client.get(made["Location"]).content.decode()
    assert "I have read it: start" in page
    assert f"/drills/join/{drill.join_token}" in page
    begun = client.post(f"/drills/{drill.pk}/do/start")
    assert begun["Location"] == f"/drills/{drill.pk}/facilitate"
    drill.refresh_from_db()
    assert (drill.state, drill.quick) == ("running", True)
    assert not Message.objects.exists()
    # A second press of an impatient thumb is the same press.
    assert client.post(f"/drills/{drill.pk}/do/start").status_code == 302


def test_a_private_runbook_is_drilled_by_its_team_alone(client):
    service = ServiceFactory(slug="api-server", private=True, team=TeamFactory())
    published()
    client.force_login(UserFactory())
    assert client.post("/r/api-latency/drill").status_code == 404
    service.team.people.add(member := UserFactory())
    client.force_login(member)
    assert client.post("/r/api-latency/drill").status_code == 302


def test_a_drill_is_planned_with_its_people_and_their_seats(client):
    boss, rita = lead(), UserFactory(username="rita")
    runbook = published()
    client.force_login(boss)
    drill = make_drill(runbook=runbook, facilitator=boss)
    sent = form(drill, title="Spring drill", person=["rita", ""], role=["hands_on", "observer"])
    answer = client.post("/drills/new", sent | {"objectives": "Find it\nFix it", "invite": "1"})
    made = Drill.objects.get(title="Spring drill")
    assert answer["Location"] == f"/drills/{made.pk}"
    assert made.time_zone == "Europe/Lisbon"
    assert {(p.person.username, p.role) for p in made.participants.all()} == {
        (boss.username, "facilitator"),
        ("rita", "hands_on"),
    }
    assert [one.text for one in made.objectives.all()] == ["Find it", "Fix it"]
    assert {m.person for m in Message.objects.all()} == {boss, rita}


def test_an_owner_plans_a_drill_that_somebody_else_leads(client):
    owner = UserFactory()
    drill = make_drill(runbook=published(owner=owner), facilitator=UserFactory())
    client.force_login(owner)
    client.post("/drills/new", form(drill, title="Led by another"))
    made = Drill.objects.get(title="Led by another")
    assert made.facilitator == drill.facilitator
    assert client.get(f"/drills/{made.pk}/scenario").status_code == 200
    assert b"Led by another" in client.get("/drills").content


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("date", "2020-01-01", "That time is over"),
        ("date", "soon", "Say the day"),
        ("time_zone", "Mars/Olympus", "Europe/Lisbon"),
        ("minutes", "5", "15 minutes"),
        ("facilitator", "nobody-here", "Nobody here is called"),
        ("person", "ghost", "Nobody here is called"),
        ("runbook", "no-such", "There is no live runbook"),
        ("title", "API latency above 5 s again", "find the runbook by themselves"),
    ],
)
def test_a_plan_that_cannot_be_is_said_and_kept(client, field, value, says):
    boss = lead()
    runbook = published()
    client.force_login(boss)
    drill = make_drill(runbook=runbook, facilitator=boss)
    sent = form(drill, scope="Only the API", role="hands_on") | {field: value}
    answer = client.post("/drills/new", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert "Only the API" in page
    assert Drill.objects.count() == 1


def test_who_leads_nothing_and_owns_nothing_plans_nothing(client):
    runbook = published()
    drill = make_drill(runbook=runbook)
    client.force_login(UserFactory())
    refused = client.post("/drills/new", form(drill, scope="Only the API"))
    assert refused.status_code == 422
    assert "takes a lead or the owner" in refused.content.decode()
    assert b"Only the API" in refused.content
    for path in ("edit", "scenario"):
        assert client.get(f"/drills/{drill.pk}/{path}").status_code == 403
    assert client.post(f"/drills/{drill.pk}/do/cancel", {"why": "x"}).status_code == 403
    assert client.get(f"/drills/{drill.pk}").status_code == 403


def test_no_page_before_the_start_tells_a_player_the_runbook(client):
    drill = planned()
    player = seat(drill, person=UserFactory())
    client.force_login(player.person)
    told = drill.runbook.title, drill.runbook.slug, drill.scenario.narrative
    for path in (f"/drills/{drill.pk}", "/drills", "/drills?view=month", "/drills?state="):
        page = client.get(path).content.decode()
        assert not [one for one in told if one in page], path
    assert client.get(f"/drills/{drill.pk}/scenario").status_code == 403


def test_who_plays_says_whether_they_come(client):
    drill = planned()
    player = seat(drill, person=UserFactory())
    client.force_login(player.person)
    client.post(f"/drills/{drill.pk}/do/answer", {"answer": "no"})
    player.refresh_from_db()
    assert player.answer == "no"
    client.post(f"/drills/{drill.pk}/do/answer", {"answer": "perhaps"})
    player.refresh_from_db()
    assert player.answer == "no"


def test_a_drill_is_briefed_and_can_start_only_approved(client):
    drill = planned(approved=False)
    client.force_login(drill.facilitator)
    client.post(f"/drills/{drill.pk}/do/brief")
    drill.refresh_from_db()
    assert drill.state == "briefed"
    client.post(f"/drills/{drill.pk}/scenario", {"do": "approve"})
    drill.scenario.refresh_from_db()
    assert drill.scenario.approved_by == drill.facilitator


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


def test_a_player_who_leads_the_team_plays_fair(client):
    team = TeamFactory(lead=UserFactory())
    drill = planned(team=team)
    seat(drill, person=team.lead)
    client.force_login(team.lead)
    for path in ("/drills", f"/drills/{drill.pk}"):
        assert drill.runbook.title not in client.get(path).content.decode()


def test_the_list_costs_the_same_for_many(client, django_assert_max_num_queries):
    boss = lead()
    runbook = published()
    client.force_login(boss)
    for number in range(6):
        drill = planned(runbook=runbook, facilitator=boss, title=f"Drill {number}")
        seat(drill, person=UserFactory())
    with django_assert_max_num_queries(12):
        assert client.get("/drills").content.count(b'class="row"') == 6
    with django_assert_max_num_queries(12):
        client.get("/drills?view=month")


def test_cadence_says_how_many_of_the_planned_were_held(client):
    boss = lead()
    ServiceFactory(team=(team := Team.objects.create(slug="pay", name="Payments")))
    runbook = published()
    now = timezone.now()
    for begun in (now, None):
        drill = make_drill(runbook=runbook, facilitator=boss, team=team, starts_at=now)
        Drill.objects.filter(pk=drill.pk).update(began_at=begun)
    client.force_login(boss)
    assert "1 of 2 this quarter" in client.get("/drills").content.decode()


def test_a_change_names_what_a_player_may_not_read():
    drill = planned()
    with pytest.raises(CannotDrill, match="find the runbook"):
        arranging.change(
            drill, by=drill.facilitator, facts={"scope": f"It is {drill.runbook.title}"}
        )
    drill.refresh_from_db()
    assert drill.scope == ""
    assert Participant.objects.filter(drill=drill).count() == 1

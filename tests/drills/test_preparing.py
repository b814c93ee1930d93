"""A drill before it starts: at once, planned, edited, briefed, begun; nothing tells players what to find."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from drills import arranging, drill_form
from drills.models import Drill, Participant
from drills.scheduling import CannotDrill
from portal.notify.models import Message
from tests.drills.making import lead, make_drill, planned, seat
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db


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


def test_players_read_the_objectives_with_the_runbook_and_not_before(client):
    drill = planned()
    drill.objectives.create(text=f"They find “{drill.runbook.title}” within ten minutes")
    player = seat(drill, person=UserFactory())
    page = f"/drills/{drill.pk}"
    client.force_login(player.person)
    assert "within ten minutes" not in client.get(page).content.decode()
    arranging.change(drill, by=drill.facilitator, facts={"runbook_told": True})
    assert "within ten minutes" in client.get(page).content.decode()


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


def test_a_change_names_what_a_player_may_not_read():
    drill = planned()
    with pytest.raises(CannotDrill, match="find the runbook"):
        arranging.change(
            drill, by=drill.facilitator, facts={"scope": f"It is {drill.runbook.title}"}
        )
    drill.refresh_from_db()
    assert drill.scope == ""
    assert Participant.objects.filter(drill=drill).count() == 1


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 11, 20), "2026-11-27"),  # a Friday
        (date(2026, 11, 21), "2026-11-30"),
        (date(2026, 11, 22), "2026-11-30"),
    ],
)
def test_a_drill_is_proposed_for_a_working_day(today, day):
    blank = drill_form.blank(person=UserFactory(), zone="Europe/Lisbon", runbook="", today=today)
    assert blank.typed["date"] == day


def test_the_first_empty_seat_is_hands_on_and_no_seat_that_is_taken_changes():
    blank = drill_form.blank(person=UserFactory(), zone="UTC", runbook="", today=date(2026, 11, 20))
    assert [role for _, role in blank.rows] == ["hands_on", "participant", "participant"]
    blank.people = [("rita", "observer")]
    assert [role for _, role in blank.rows] == ["observer", *["participant"] * 3]

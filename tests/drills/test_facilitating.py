"""The facilitator's page: what it shows, what each of its buttons does, and who may press them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from drills import reporting, running, scheduling
from drills.models import Drill, Entry, Inject, Participant
from drills.report import report_of
from drills.stage import stage, why_wait
from tests.drills.making import NOW, make_drill, planned, running_drill, seat
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill():
    drill = make_drill()
    return running.begin(drill, by=drill.facilitator)


@pytest.fixture
def fay(client, drill):
    client.force_login(drill.facilitator)
    return client


def do(client, drill, what, **fields):
    return client.post(f"/drills/{drill.pk}/facilitate/{what}", fields)


def page(client, drill):
    return client.get(f"/drills/{drill.pk}/facilitate").content.decode()


def injects(drill):
    return list(drill.scenario.injects.all())


def test_the_page_before_the_start_offers_to_begin(client):
    drill = make_drill()
    client.force_login(drill.facilitator)
    assert "Begin the drill" in page(client, drill)
    assert do(client, drill, "begin")["Location"] == f"/drills/{drill.pk}/facilitate"
    drill.refresh_from_db()
    assert drill.state == "running"


def arrive(person):
    Participant.objects.filter(pk=person.pk).update(seen_at=timezone.now())


@pytest.mark.parametrize(
    ("hours", "come", "asked"),
    [(144, 2, True), (2, 2, True), (0, 1, True), (0, 0, True), (0, 2, False)],
)
def test_begin_asks_first_when_it_is_early_or_somebody_hands_on_is_not_here(
    client, hours, come, asked
):
    drill = make_drill(starts_at=timezone.now() + timedelta(hours=hours))
    for person in [seat(drill, name="Amara"), seat(drill, name="Bo")][:come]:
        arrive(person)
    client.force_login(drill.facilitator)
    answer = client.post(f"/drills/{drill.pk}/facilitate/begin", follow=True)
    shown = answer.content.decode()
    are = "is" if come == 1 else "are"
    assert (f"{come} of 2 {are} here." in shown) is asked
    assert shown.count("Begin now?") == asked
    drill.refresh_from_db()
    assert drill.state == ("planned" if asked else "running")
    if asked:
        do(client, drill, "begin", sure="1")
        drill.refresh_from_db()
        assert drill.state == "running"


def test_the_key_to_begin_asks_as_well_and_the_question_goes_with_its_reason(client):
    drill = planned()
    client.force_login(drill.facilitator)
    address = f"/drills/{drill.pk}/facilitate/begin"
    asked = client.post(address, headers={"HX-Request": "true"})
    assert asked["HX-Redirect"] == f"/drills/{drill.pk}/facilitate?begin=ask"
    page = client.get(asked["HX-Redirect"]).content.decode()
    assert "nobody has joined yet." in page
    assert page.count("Begin now?") == 1
    do(client, drill, "begin", sure="1")
    assert "Begin now?" not in client.get(asked["HX-Redirect"]).content.decode()


def test_who_said_that_they_do_not_come_is_not_waited_for_and_a_quick_drill_never(client):
    drill = make_drill(starts_at=timezone.now())
    absent = seat(drill, name="Amara")
    Participant.objects.filter(pk=absent.pk).update(answer=Participant.Answer.NO)
    assert why_wait(drill, timezone.now()) == ""
    early = timezone.now() + timedelta(days=6)
    Participant.objects.filter(pk=absent.pk).update(answer=Participant.Answer.OPEN)
    Drill.objects.filter(pk=drill.pk).update(starts_at=early, quick=True)
    assert why_wait(Drill.objects.get(pk=drill.pk), timezone.now()) == ""


@pytest.mark.parametrize("close", [False, True])
def test_after_the_end_nothing_is_sent_or_counted_down_and_the_way_on_comes_first(
    fay, drill, close
):
    do(fay, drill, "send", inject=injects(drill)[0].pk)
    assert "Give hint 1" in page(fay, drill)
    do(fay, drill, "end")
    if close:
        reporting.close_hot_wash(Drill.objects.get(pk=drill.pk), by=drill.facilitator)
    shown = page(fay, drill)
    body = shown[shown.index("<main") : shown.index("</main>")]
    way_on = "To the report" if close else "To the hot wash"
    assert body.index(way_on) < body.index("The drill is over") < body.index('id="heard"')
    assert "It took" in body
    for gone in ("data-due", "data-left", "Give hint", "Improvise", "Hint ladder"):
        assert gone not in body, gone
    for verb in ("send", "hint", "improvise", "begin", "end", "reading"):
        assert f"facilitate/{verb}" not in body, verb
    live = fay.get(f"/drills/{drill.pk}/facilitate/live").content.decode()
    assert "data-ended" in live
    assert "data-due" not in live


def test_a_quick_drill_offers_no_milestone_for_finding_what_it_names(fay, drill):
    assert "Runbook found" in page(fay, drill)
    Drill.objects.filter(pk=drill.pk).update(quick=True, runbook_told=True)
    shown = page(fay, drill)
    assert "Runbook found" not in shown
    assert "First safe action" in shown
    quick = Drill.objects.get(pk=drill.pk)
    assert "runbook found" not in dict(report_of(quick).milestones)


def test_without_an_approved_scenario_it_says_what_is_missing(client):
    drill = make_drill(approved=False)
    client.force_login(drill.facilitator)
    assert "The scenario is not approved yet" in page(client, drill)
    answer = client.post(f"/drills/{drill.pk}/facilitate/begin", follow=True)
    assert "Approve the scenario first" in answer.content.decode()
    drill.refresh_from_db()
    assert drill.state == "planned"


def test_it_shows_the_next_inject_what_is_expected_and_the_step_beside_it(fay, drill):
    first = injects(drill)[0]
    assert "Send inject 1 now" in page(fay, drill)
    do(fay, drill, "send", inject=first.pk)
    shown = page(fay, drill)
    assert "Send inject 2 now" in shown
    assert "Give hint 1" in shown
    assert 'aria-current="step"' in shown
    assert "Count the errors." in shown


def test_each_button_does_what_it_says(fay, drill):
    one, two, three, *_ = injects(drill)
    do(fay, drill, "send", inject=one.pk)
    do(fay, drill, "aside", inject=two.pk)
    do(fay, drill, "skip", inject=three.pk)
    assert [one.state for one in injects(drill)[:3]] == ["sent", "aside", "skipped"]
    do(fay, drill, "back", inject=two.pk)
    do(fay, drill, "down", inject=two.pk)
    assert [one.pk for one in injects(drill)[:3]] == [one.pk, three.pk, two.pk]
    do(fay, drill, "up", inject=two.pk)
    assert [one.pk for one in injects(drill)[:3]] == [one.pk, two.pk, three.pk]
    do(fay, drill, "improvise", text="The site is slow, too.", channel="phone", step="D1")
    made = Inject.objects.get(improvised=True)
    assert (made.state, made.step_label, made.channel) == ("sent", "D1", "phone")
    do(fay, drill, "reading", step="D1")
    do(fay, drill, "milestone", name="first_safe_action")
    do(fay, drill, "note", text="They are quick.")
    kinds = list(Entry.objects.filter(drill=drill).values_list("kind", flat=True))
    assert kinds == ["clock", "inject", "inject", "reading", "milestone", "note"]
    do(fay, drill, "automatic", on="1")
    drill.refresh_from_db()
    assert drill.automatic


def test_a_hint_pressed_twice_is_given_once(fay, drill):
    first = injects(drill)[0]
    do(fay, drill, "send", inject=first.pk)
    do(fay, drill, "hint", inject=first.pk, rung=1)
    do(fay, drill, "hint", inject=first.pk, rung=1)
    assert Entry.objects.filter(drill=drill, kind="hint").count() == 1
    do(fay, drill, "hint", inject=first.pk, rung=2)
    assert Entry.objects.filter(drill=drill, kind="hint").count() == 2


def test_the_clock_pauses_goes_on_and_ends(fay, drill):
    for what, state in [
        ("pause", "paused"),
        ("resume", "running"),
        ("halt", "paused"),
        ("resume", "running"),
        ("end", "hot_wash"),
    ]:
        do(fay, drill, what)
        drill.refresh_from_db()
        assert drill.state == state, what


def test_with_htmx_a_refusal_is_one_line_and_what_is_done_tells_the_page(fay, drill):
    address = f"/drills/{drill.pk}/facilitate/improvise"
    answer = fay.post(address, {"text": " ", "channel": "chat"}, headers={"HX-Request": "true"})
    assert answer["HX-Trigger"] == "drill-refused"
    assert "Say what happens" in answer.content.decode()
    answer = fay.post(address, {"text": "Now.", "channel": "chat"}, headers={"HX-Request": "true"})
    assert answer["HX-Trigger"] == "drill-changed"
    assert "problem" not in answer.content.decode()


def test_a_poll_with_nothing_new_is_a_304_and_three_queries(
    fay, drill, django_assert_max_num_queries
):
    address = f"/drills/{drill.pk}/facilitate/live"
    for number in range(5):
        seat(drill, name=f"Guest {number}")
    page(fay, drill)
    tag = fay.get(address)["ETag"]
    with django_assert_max_num_queries(3):
        answer = fay.get(address, headers={"If-None-Match": f"W/{tag}"})
    assert (answer.status_code, answer.content) == (304, b"")
    running.send(injects(drill)[0])
    assert fay.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_what_changed_costs_the_same_however_much_there_is(
    fay, drill, django_assert_max_num_queries
):
    for number in range(8):
        guest = seat(drill, name=f"Guest {number}")
        running.improvise(drill, text=f"Something {number}")
        Participant.objects.filter(pk=guest.pk).update(seen_at=None)
    page(fay, drill)
    with django_assert_max_num_queries(9):
        assert fay.get(f"/drills/{drill.pk}/facilitate/live").status_code == 200


def test_with_the_switch_on_whoever_polls_first_lets_the_clock_send(fay, drill, client):
    first = injects(drill)[0]
    Inject.objects.filter(pk=first.pk).update(at_minutes=0)
    fay.get(f"/drills/{drill.pk}/facilitate/live")
    assert injects(drill)[0].state == "planned"
    running.let_the_clock_send(drill, on=True)
    player = UserFactory()
    scheduling.seat(drill, player)
    client.force_login(player)
    answer = client.get(f"/drills/{drill.pk}/play/live")
    assert first.text.split("\n")[0][:40] in answer.content.decode().replace("&quot;", '"').replace(
        "&#x27;", "'"
    )
    assert injects(drill)[0].state == "sent"


def test_a_lead_steps_in_and_is_seated_but_not_one_who_plays(client):
    team = TeamFactory(lead=UserFactory())
    drill = make_drill(team=team)
    client.force_login(team.lead)
    assert "Begin the drill" in page(client, drill)
    assert drill.participants.get(person=team.lead).role == "facilitator"
    scheduling.seat(drill, team.lead, role=Participant.Role.HANDS_ON)
    for path in ("facilitate", "facilitate/live", "join.svg"):
        assert client.get(f"/drills/{drill.pk}/{path}").status_code == 403
    assert do(client, drill, "begin").status_code == 403


def test_an_evaluator_sees_everything_and_sends_nothing(client, drill):
    eva = UserFactory()
    scheduling.seat(drill, eva, role=Participant.Role.EVALUATOR)
    client.force_login(eva)
    shown = page(client, drill)
    assert injects(drill)[0].expected.split()[0] in shown
    assert "Send inject" not in shown
    assert do(client, drill, "send", inject=injects(drill)[0].pk).status_code == 403
    assert do(client, drill, "note", text="Calm.").status_code == 302


def test_who_has_no_part_in_it_sees_nothing(client, drill):
    client.force_login(UserFactory())
    for path in ("facilitate", "facilitate/live", "play", "play/live", "notes", "runbook"):
        assert client.get(f"/drills/{drill.pk}/{path}").status_code == 403
    assert client.get("/drills/9999/play").status_code == 404


def test_the_qr_code_is_an_image_of_its_own(fay, drill):
    answer = fay.get(f"/drills/{drill.pk}/join.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<?xml")
    assert b"<script" not in answer.content


def test_once_the_clock_has_stood_the_time_on_the_wall_stands_beside_it():
    drill = running_drill()

    def shown(minute):
        return stage(Drill.objects.get(pk=drill.pk), [], NOW + timedelta(minutes=minute))["began"]

    assert shown(5) == 0
    running.pause(drill, now=NOW + timedelta(minutes=5))
    began = int(NOW.timestamp() * 1000)
    assert shown(5) == began
    running.resume(drill, now=NOW + timedelta(minutes=9))
    assert shown(10) == began
    running.end(drill, by=drill.facilitator, now=NOW + timedelta(minutes=11))
    assert shown(12) == 0

"""A drill runs: the clock, what goes out, what is noted. Twice is once, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drills import running, seen_by, taking_part
from drills.log import NotNow, seconds
from drills.models import Entry, Inject, Participant
from tests.drills.making import NOW, running_drill, seat

pytestmark = pytest.mark.django_db


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def first(drill):
    return drill.scenario.injects.first()


def test_the_clock_stands_while_the_drill_does():
    drill = running_drill()
    assert seconds(drill, after(5)) == 300
    drill = running.pause(drill, now=after(5))
    assert seconds(drill, after(9)) == 300
    drill = running.resume(drill, now=after(10))
    assert seconds(drill, after(12)) == 420
    drill = running.end(drill, by=drill.facilitator, now=after(20))
    assert seconds(drill, after(99)) == 900


def test_a_real_page_stops_everything_tells_everybody_and_can_be_resumed():
    drill = running_drill()
    player = seat(drill)
    running.halt(drill, by=player, now=after(3))
    drill = running.halt(drill, by=player, now=after(4))
    assert (drill.state, drill.halted_at) == ("paused", after(3))
    said = [line.text for line in seen_by.lines(player)]
    assert sum("a real page (Guest Gus)" in text for text in said) == 1
    drill = running.resume(drill, now=after(9))
    assert (drill.state, drill.halted_at, seconds(drill, after(10))) == ("running", None, 240)
    assert "goes on after a real page" in seen_by.lines(player)[-1].text


def test_an_inject_sent_twice_is_seen_once():
    drill = running_drill()
    player = seat(drill)
    before = drill.version
    running.send(first(drill), now=after(1))
    running.send(first(drill), now=after(2))
    drill.refresh_from_db()
    assert drill.version == before + 1
    seen = [line for line in seen_by.lines(player) if line.kind == "inject"]
    assert [(line.channel, line.second) for line in seen] == [("alert", 60)]
    with pytest.raises(NotNow, match="the players know it"):
        running.set_aside(first(drill))


def test_what_is_set_aside_comes_again_and_what_is_skipped_does_not_go_out():
    drill = running_drill()
    running.set_aside(first(drill))
    assert first(drill).state == "aside"
    running.bring_back(first(drill))
    running.skip(first(drill))
    assert first(drill).state == "skipped"
    assert not Entry.objects.filter(kind="inject").exists()


def test_injects_can_be_put_in_another_order():
    drill = running_drill()
    one, two, three, *_ = drill.scenario.injects.all()
    running.move(three, by=-2)
    assert list(drill.scenario.injects.all()[:3]) == [three, one, two]
    running.move(three, by=99)
    assert drill.scenario.injects.last() == three


def test_an_improvised_inject_goes_out_at_once_and_is_marked():
    drill = running_drill()
    made = running.improvise(
        drill, text="The lift is stuck.", channel="phone", step="D2", now=after(7)
    )
    assert (made.improvised, made.state, made.step_label, made.at_minutes) == (
        True,
        "sent",
        "D2",
        7,
    )
    with pytest.raises(NotNow):
        running.improvise(drill, text=" ", channel="phone")


def test_hints_come_one_at_a_time():
    drill = running_drill()
    with pytest.raises(NotNow, match="Send the inject first"):
        running.hint(first(drill))
    running.send(first(drill))
    given = [running.hint(first(drill)) for _ in first(drill).hints]
    assert given == first(drill).hints
    with pytest.raises(NotNow, match="no more hints"):
        running.hint(first(drill))


def test_a_reading_is_shown_as_often_as_it_is_asked_for():
    drill = running_drill()
    player = seat(drill)
    for _ in range(2):
        assert "kubectl" in running.give_reading(drill, label="D1")
    assert sum(line.kind == "reading" for line in seen_by.lines(player)) == 2
    with pytest.raises(NotNow, match="no reading of D9"):
        running.give_reading(drill, label="D9")


def test_an_observation_written_offline_keeps_its_time_and_comes_once():
    drill = running_drill()
    scribe = seat(drill, Participant.Role.SCRIBE)
    for _ in range(3):
        entry = taking_part.record(
            scribe,
            verdict="wrong",
            step="D2",
            text="another flag",
            client_id="phone-1",
            at=after(4),
            now=after(11),
        )
    assert Entry.objects.filter(kind="observation").count() == 1
    assert (entry.at, entry.step_label, entry.verdict) == (after(4), "D2", "wrong")
    assert "provider" in entry.step_text
    future = taking_part.record(
        scribe, verdict="worked", client_id="phone-2", at=after(60), now=after(12)
    )
    assert future.at == after(12)
    with pytest.raises(NotNow, match="Say how it went"):
        taking_part.record(scribe, verdict="fine", client_id="phone-3")


def test_time_to_runbook_counts_the_first_who_found_it():
    drill = running_drill()
    one, two = seat(drill, name="One"), seat(drill, name="Two")
    taking_part.found_runbook(one, now=after(3))
    taking_part.found_runbook(two, now=after(8))
    reached = Entry.objects.get(milestone="runbook_found")
    assert (reached.by, reached.second) == (one, 180)
    assert seen_by.knows_runbook(two)


def test_the_clock_sends_only_where_it_was_switched_on():
    drill = running_drill()
    assert running.send_what_is_due(drill, now=after(44)) == 0
    drill.automatic = True
    drill.save()
    assert running.send_what_is_due(drill, now=after(20)) >= 2
    assert running.send_what_is_due(drill, now=after(20)) == 0


def test_nothing_of_the_facilitators_is_in_what_players_get():
    drill = running_drill()
    player = seat(drill)
    other = seat(drill, name="Other Olga")
    facilitator = drill.participants.get(role="facilitator")
    running.send(first(drill))
    taking_part.note(facilitator, text="secret note", client_id="n1")
    taking_part.say(other, text="secret whisper", client_id="w1", private=True)
    taking_part.record(other, verdict="wrong", text="secret observation", client_id="o1")
    taking_part.say(other, text="I look at the log", client_id="s1")
    told = repr(seen_by.lines(player))
    assert "I look at the log" in told
    assert "secret" not in told
    for inject in drill.scenario.injects.all():
        for hidden in (inject.expected, inject.evaluator_note, *inject.hints):
            assert not hidden or hidden not in told
        if inject.state != Inject.State.SENT:
            assert inject.text not in told
    assert "secret whisper" in repr(seen_by.lines(other))


def test_a_page_of_players_costs_two_queries(django_assert_num_queries):
    drill = running_drill()
    player = seat(drill)
    for inject in drill.scenario.injects.all():
        running.send(inject)
    with django_assert_num_queries(2):
        seen_by.lines(player)

"""A quarter's plan: by risk, never drilled first, spread; again gives the same; a person decides."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from drills import listing, planning
from drills.models import Drill, Proposed
from drills.scheduling import CannotDrill
from portal.notify.models import Message
from runbooks.models import Runbook, TrustLine
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
QUARTER = date(2026, 4, 1)


def library(team, *, runbooks=6, services=2, people=3):
    """A team with people, services and live runbooks; the first runbook is of critical severity."""
    team.people.add(*[UserFactory() for _ in range(people)])
    own = [ServiceFactory(slug=f"{team.slug}-{n}", team=team) for n in range(services)]
    made = []
    for number in range(runbooks):
        text = runbook_text(title=f"Trouble {number}", alert=f"Alert{team.pk}x{number}")
        text = text.replace("[api-server]", f"[{own[number % services].slug}]")
        if number == 0:
            text = text.replace("severity: high", "severity: critical")
        made.append(published(slug=f"{team.slug}-trouble-{number}", text=text))
    return made


def test_a_team_gets_a_drill_every_three_weeks_the_riskiest_first():
    team = TeamFactory()
    made = library(team)
    lines = planning.propose([team], quarter=QUARTER, now=NOW)
    assert len(lines) == planning.A_QUARTER
    assert lines[0].runbook == made[0]
    assert "never drilled" in lines[0].reasons
    weeks = [line.week for line in lines]
    assert all(week.weekday() == 0 for week in weeks)
    gaps = [(b - a).days for a, b in pairwise(weeks)]
    assert min(gaps) >= 14


def test_never_drilled_comes_before_what_is_riskier():
    team = TeamFactory()
    made = library(team, runbooks=5, services=1)
    TrustLine.objects.filter(runbook=made[0]).update(drilled_on=date(2025, 1, 1))
    lines = planning.propose([team], quarter=QUARTER, now=NOW)
    assert made[0] not in [line.runbook for line in lines]


def test_services_and_people_take_turns():
    team = TeamFactory()
    library(team, runbooks=8, services=4, people=3)
    lines = planning.propose([team], quarter=QUARTER, now=NOW)
    services = [line.runbook.services.get().slug for line in lines]
    assert len(set(services)) == 4
    people = [line.hands_on for line in lines]
    assert all(a != b for a, b in pairwise(people))
    assert all(line.hands_on != line.facilitator for line in lines)
    assert len(set(people)) == 3


def test_again_proposes_nothing_new_and_what_is_rejected_stays_away():
    team = TeamFactory()
    library(team)
    first = planning.propose([team], quarter=QUARTER, now=NOW)
    assert planning.propose([team], quarter=QUARTER, now=NOW) == []
    boss = UserFactory()
    planning.reject(first[1], by=boss)
    (instead,) = planning.propose([team], quarter=QUARTER, now=NOW)
    assert instead.runbook != first[1].runbook
    with pytest.raises(CannotDrill, match="already"):
        planning.accept(first[1], by=boss, now=NOW)


def test_the_same_library_gives_the_same_plan():
    team = TeamFactory()
    library(team)

    def plan():
        return [
            (one.runbook_id, one.week, one.hands_on_id, one.facilitator_id)
            for one in planning.propose([team], quarter=QUARTER, now=NOW)
        ]

    first = plan()
    Proposed.objects.all().delete()
    assert plan() == first


def test_an_accepted_line_is_a_drill_of_which_nobody_was_told_yet():
    team = TeamFactory(lead=UserFactory(time_zone="Europe/Lisbon"))
    library(team)
    line = planning.propose([team], quarter=QUARTER, now=NOW)[0]
    drill = planning.accept(line, by=team.lead, now=NOW)
    assert drill.runbook == line.runbook
    assert drill.starts_at.date() - timedelta(days=1) == line.week
    seats = list(drill.participants.values_list("role", flat=True))
    assert sorted(seats) == ["facilitator", "hands_on", "scribe"]
    assert not Message.objects.exists()
    # It counts as one of the quarter's.
    assert planning.propose([team], quarter=QUARTER, now=NOW) == []


def test_a_line_that_is_accepted_with_invitations_tells_everybody_with_a_seat():
    team = TeamFactory(lead=UserFactory())
    library(team)
    line = planning.propose([team], quarter=QUARTER, now=NOW)[0]
    drill = planning.accept(line, by=team.lead, invite=True, now=NOW)
    told = set(Message.objects.values_list("person", flat=True))
    assert told == set(drill.participants.values_list("person", flat=True))
    assert len(told) == 3


def test_the_owner_takes_the_notes_and_who_sat_least_plays_along():
    team = TeamFactory(lead=UserFactory())
    library(team, people=6)
    lines = planning.propose([team], quarter=QUARTER, now=NOW)
    people = set(team.people.all())
    owner = (people - {lines[0].facilitator, lines[0].hands_on}).pop()
    Runbook.objects.filter(pk=lines[0].runbook_id).update(owner=owner)
    first = planning.accept(lines[0], by=team.lead, now=NOW)
    assert first.participants.get(role="scribe").person == owner
    sat = Counter(first.participants.values_list("person", flat=True))
    for line in lines[1:]:
        drill = planning.accept(line, by=team.lead, now=NOW)
        seats = dict(drill.participants.values_list("role", "person"))
        assert len(seats) == 4
        assert (seats["facilitator"], seats["hands_on"]) == (line.facilitator_id, line.hands_on_id)
        free = [p.pk for p in people if p not in (line.facilitator, line.hands_on)]
        assert sat[seats["scribe"]] == min(sat[pk] for pk in free)
        sat.update(seats.values())
    # Everybody of the six had a seat in the quarter.
    assert set(sat) == {person.pk for person in people}


def test_who_is_gone_since_the_plan_was_made_is_said_and_leads_nothing():
    team = TeamFactory(lead=UserFactory())
    library(team)
    line = planning.propose([team], quarter=QUARTER, now=NOW)[0]
    type(line.facilitator).objects.filter(pk=line.facilitator_id).update(is_active=False)
    with pytest.raises(CannotDrill, match="is gone meanwhile"):
        planning.accept(line, by=team.lead, now=NOW)


def test_a_line_moves_to_a_week_that_is_still_to_come():
    team = TeamFactory()
    library(team)
    line = planning.propose([team], quarter=QUARTER, now=NOW)[0]
    week = planning.weeks_of(QUARTER)[-1]
    planning.move(line, by=UserFactory(), week=week, now=NOW)
    line.refresh_from_db()
    assert line.week == week
    for wrong in (date(2026, 3, 2), date(2026, 8, 3), week + timedelta(days=1)):
        with pytest.raises(CannotDrill):
            planning.move(line, by=UserFactory(), week=wrong, now=NOW)


@pytest.mark.parametrize("people", [2, 3, 5])
def test_whatever_is_moved_nobody_is_hands_on_twice_in_a_row(people):
    team = TeamFactory()
    library(team, people=people)
    planning.propose([team], quarter=QUARTER, now=NOW)
    taken = set(Proposed.objects.values_list("week", flat=True))
    free = [week for week in planning.weeks_of(QUARTER) if week not in taken]
    by = UserFactory()
    for number, week in enumerate(free):
        line = Proposed.objects.order_by("pk")[number % planning.A_QUARTER]
        planning.move(line, by=by, week=week, now=NOW)
        hands = list(Proposed.objects.order_by("week").values_list("hands_on", flat=True))
        if people > 2:
            assert all(a != b for a, b in pairwise(hands)), (number, hands)
        assert not Proposed.objects.filter(hands_on=F("facilitator")).exists()


def test_a_team_of_one_still_drills():
    team = TeamFactory()
    library(team, people=1)
    lines = planning.propose([team], quarter=QUARTER, now=NOW)
    assert {line.hands_on for line in lines} == {None}


def test_two_teams_cost_as_much_as_one(django_assert_num_queries):
    teams = [TeamFactory() for _ in range(3)]
    for team in teams:
        library(team, runbooks=3)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        planning.propose(teams[:1], quarter=QUARTER, now=NOW)
    with django_assert_num_queries(len(asked)):
        planning.propose(teams[1:], quarter=QUARTER, now=NOW)


def test_a_lead_plans_their_own_teams_in_the_browser(client):
    boss = UserFactory()
    mine, other = TeamFactory(lead=boss), TeamFactory()
    library(mine)
    library(other, runbooks=2)
    client.force_login(boss)
    quarter = {"quarter": (timezone.localdate() + timedelta(days=100)).isoformat()}
    client.post("/drills/plan", quarter | {"do": "propose"})
    assert {line.team for line in Proposed.objects.all()} == {mine}
    line = Proposed.objects.first()
    page = client.get("/drills/plan", quarter).content.decode()
    assert line.runbook.title in page
    week = planning.weeks_of(line.quarter)[1]
    client.post("/drills/plan", quarter | {"line": line.pk, "do": "move", "week": str(week)})
    line.refresh_from_db()
    assert line.week == week
    said = client.post(
        "/drills/plan", quarter | {"line": line.pk, "do": "accept"}, follow=True
    ).content.decode()
    assert f"{line.facilitator} (facilitator), {line.hands_on} (hands-on)" in said
    assert "Nobody is told yet" in said
    assert Drill.objects.get().planned_as == line
    assert not Message.objects.exists()
    second = Proposed.objects.filter(state="open").first()
    said = client.post(
        "/drills/plan", quarter | {"line": second.pk, "do": "invite"}, follow=True
    ).content.decode()
    assert "They are invited." in said
    assert Message.objects.exists()
    client.force_login(UserFactory())
    assert client.post("/drills/plan", quarter | {"do": "propose"}).status_code == 403
    assert client.post("/drills/plan", {"line": line.pk, "do": "reject"}).status_code == 404


def test_a_lead_who_is_hands_on_in_an_accepted_one_no_longer_reads_which_it_is(client):
    boss = UserFactory()
    team = TeamFactory(lead=boss)
    library(team, people=2)
    quarter = listing.next_quarter(listing.quarter_of(timezone.localdate()))
    line, *_ = planning.propose([team], quarter=quarter)
    Proposed.objects.filter(pk=line.pk).update(hands_on=boss)
    client.force_login(boss)
    address = f"/drills/plan?quarter={quarter}"
    assert line.runbook.title in client.get(address).content.decode()
    drill = planning.accept(line, by=line.facilitator)
    page = client.get(address).content.decode()
    assert line.runbook.title not in page
    assert f'href="/drills/{drill.pk}">{drill.title}</a>' in page
    assert client.get("/audit").status_code == 403

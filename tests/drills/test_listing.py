"""The list of drills: who sees which, what it costs, how often a team drills."""

import pytest
from django.utils import timezone

from drills.models import Drill
from portal.accounts.models import Team
from tests.drills.making import lead, make_drill, planned, seat
from tests.factories import ServiceFactory, TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db


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

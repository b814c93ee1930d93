"""Who reads what came of a drill: a reason and the runbook, both, whenever they ask."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from drills import improving, reporting
from drills.improving import CannotImprove
from drills.models import Drill, Participant
from portal.accounts.access import Rank
from portal.accounts.models import Role
from runbooks.models import Service
from tests.drills.making import ended, seat
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
FOUND = "Old address"


@pytest.fixture
def drill():
    """Over, its report is a draft; its service belongs to a team."""
    drill = ended()
    team = TeamFactory(name="Checkout", lead=UserFactory(name="Lead Lea"))
    Service.objects.update(team=team)
    Drill.objects.filter(pk=drill.pk).update(team=team)
    drill.refresh_from_db()
    return reporting.close_hot_wash(drill, by=drill.facilitator)


def make_private():
    Service.objects.update(private=True)


def read(client, drill, name="report") -> int:
    answer = client.get(reverse(f"drills:{name}", args=[drill.pk]))
    if answer.status_code == 200:
        assert drill.runbook.title in answer.content.decode()
    else:
        assert drill.runbook.title not in answer.content.decode()
    return answer.status_code


def everything(client, drill) -> set[int]:
    """Every way to what came of it, the list's row and the runbook from the seat."""
    listed = client.get("/drills?state=").content.decode()
    assert (drill.runbook.title in listed) == (read(client, drill) == 200)
    assert (FOUND in client.get("/drills/gaps").content.decode()) == (read(client, drill) == 200)
    return {read(client, drill), read(client, drill, "update_notes")}


def test_who_was_there_reads_on_while_the_runbook_is_nobodys_secret(client, drill):
    scribe = drill.participants.get(role="scribe").person
    client.force_login(scribe)
    assert everything(client, drill) == {200}
    client.force_login(UserFactory())
    assert everything(client, drill) == {403}


def test_of_a_private_service_only_while_one_may_see_it(client, drill):
    make_private()
    scribe = drill.participants.get(role="scribe").person
    client.force_login(scribe)
    assert everything(client, drill) == {403}
    assert read(client, drill, "runbook") == 403
    scribe.teams.add(drill.team)
    assert everything(client, drill) == {200}
    assert read(client, drill, "runbook") == 200
    scribe.teams.remove(drill.team)
    assert everything(client, drill) == {403}


def test_a_guest_reads_no_private_one(client, drill):
    guest = drill.participants.get(name="Quiet Quinn")
    client.cookies[f"drill-seat-{drill.pk}"] = guest.token
    assert read(client, drill) == 200
    make_private()
    assert read(client, drill) == 403
    assert read(client, drill, "runbook") == 403


def test_the_facilitator_writes_the_report_to_its_end_and_then_is_as_others(client, drill):
    make_private()
    client.force_login(drill.facilitator)
    assert read(client, drill) == 200
    reporting.sign(drill, by=drill.facilitator)
    assert read(client, drill) == 403


def test_the_owner_the_teams_lead_and_an_admin_read_a_private_one(client, drill):
    make_private()
    admin = UserFactory(is_superuser=True)
    for person in (drill.runbook.owner, drill.team.lead, admin):
        client.force_login(person)
        assert everything(client, drill) == {200}, person


def test_leading_another_team_or_the_companys_word_opens_nothing_private(client, drill):
    make_private()
    Drill.objects.update(confidentiality="company")
    other = UserFactory()
    Role.objects.create(person=other, name=Rank.LEAD.name.lower(), team=TeamFactory())
    client.force_login(other)
    assert everything(client, drill) == {403}


def test_who_has_something_to_do_from_it_opens_it_and_says_when_it_is_done(client, drill):
    doer = UserFactory(name="Doer Dan")
    client.force_login(doer)
    assert read(client, drill) == 403
    given = {"text": "Order a key", "due_on": date(2026, 4, 1), "by": drill.facilitator}
    item = improving.give(drill, owner=doer, **given)
    assert everything(client, drill) == {200}
    client.post(reverse("drills:action", args=[drill.pk, item.pk]), {"do": "done"})
    item.refresh_from_db()
    assert item.done_at is not None
    make_private()
    with pytest.raises(CannotImprove, match="may not see this runbook's service"):
        improving.give(drill, owner=doer, **given)


def test_a_cancelled_drill_of_what_became_private_names_nothing(client, drill):
    player = seat(drill, Participant.Role.HANDS_ON, person=UserFactory())
    Participant.objects.filter(pk=player.pk).update(found_runbook_at=drill.began_at)
    Drill.objects.filter(pk=drill.pk).update(state="signed_off", signed_by=drill.facilitator)
    make_private()
    client.force_login(player.person)
    assert drill.runbook.title not in client.get("/drills?view=month").content.decode()
    assert everything(client, drill) == {403}

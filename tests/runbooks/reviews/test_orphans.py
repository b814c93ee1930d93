"""Runbooks whose owner is gone or was guessed: they stand with the lead until somebody answers for them."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.accounts import reaching
from portal.accounts.access import viewer_of
from portal.accounts.models import AuditEntry, Role, User
from runbooks import changing
from runbooks.models import Runbook, Service
from runbooks.reviews import claiming, deciding, load, owners
from tests.factories import (
    ServiceFactory,
    TeamFactory,
    UserFactory,
    edited,
    published,
    runbook_text,
)

pytestmark = pytest.mark.django_db


def test_orphans_stand_on_the_leads_page_and_one_button_moves_all(client, admin, yash, leila):
    one = edited(published(slug="one", owner=yash), by=leila)
    two = published(slug="two", owner=yash, title="Disk is full")
    Service.objects.update(deputy=leila)
    assert owners.orphans(viewer_of(admin)) == []
    reaching.mark_unreachable(yash, by=admin, why="left")
    client.force_login(admin)
    page = client.get("/orphans").content.decode()
    assert "2 live runbooks whose owner cannot be reached" in page
    assert page.count('value="leila"') == 2 + page.count('<option value="leila">')
    answer = client.post("/orphans", {f"heir-{one.pk}": "leila", f"heir-{two.pk}": "leila"})
    assert answer.status_code == 302
    assert Runbook.objects.filter(owner=leila).count() == 2
    assert "Every live runbook has an owner who is there" in client.get("/orphans").content.decode()


def test_one_orphan_alone_can_be_moved(client, admin, yash, leila):
    one, two = published(slug="one", owner=yash), published(slug="two", owner=yash)
    reaching.mark_unreachable(yash, by=admin, why="left")
    client.force_login(admin)
    client.post(
        "/orphans", {f"heir-{one.pk}": "leila", f"heir-{two.pk}": "leila", "only": str(two.pk)}
    )
    assert [Runbook.objects.get(pk=r.pk).owner for r in (one, two)] == [yash, leila]


def test_a_teams_lead_moves_only_what_is_of_their_team(client, admin, yash, leila):
    team = TeamFactory()
    ours, theirs = published(slug="ours", owner=yash), published(slug="theirs", owner=yash)
    theirs.services.set([ServiceFactory(team=TeamFactory())])
    Service.objects.filter(slug="api-server").update(team=team)
    lead = UserFactory()
    Role.objects.create(person=lead, name="lead", team=team)
    reaching.mark_unreachable(yash, by=None, why="left")
    client.force_login(lead)
    assert client.post("/orphans", {f"heir-{theirs.pk}": "leila"}).status_code == 403
    assert client.post("/orphans", {f"heir-{ours.pk}": "leila"}).status_code == 302
    assert Runbook.objects.get(pk=ours.pk).owner == leila


def test_the_orphans_page_costs_the_same_for_three_as_for_thirteen(
    client, admin, yash, leila, django_assert_max_num_queries
):
    for n in range(3):
        published(slug=f"r{n}", owner=yash, title=f"Number {n} fails")
    reaching.mark_unreachable(yash, by=None, why="left")
    client.force_login(admin)
    client.get("/orphans")
    with django_assert_max_num_queries(20):
        client.get("/orphans")
    User.objects.filter(pk=yash.pk).update(unreachable_since=None)
    for n in range(3, 13):
        published(slug=f"r{n}", owner=yash, title=f"Number {n} fails")
    reaching.mark_unreachable(yash, by=None, why="left")
    with django_assert_max_num_queries(20):
        client.get("/orphans")


def test_who_signs_in_is_there_again(client, yash):
    reaching.mark_unreachable(yash, by=None, why="left")
    client.force_login(yash)
    yash.refresh_from_db()
    assert yash.unreachable_since is None
    assert AuditEntry.objects.filter(action="person.reachable").exists()


def test_a_bounced_mail_counts_for_who_was_not_here_lately(yash):
    User.objects.filter(pk=yash.pk).update(date_joined=timezone.now() - timedelta(days=400))
    User.objects.filter(pk=yash.pk).update(last_login=timezone.now() - timedelta(days=3))
    assert not reaching.mail_bounced(yash, words="550 no such user")
    User.objects.filter(pk=yash.pk).update(last_login=timezone.now() - timedelta(days=30))
    assert reaching.mail_bounced(yash, words="550 no such user")
    assert not reaching.mail_bounced(yash, words="550 no such user")


def people_gone(*args):
    out = StringIO()
    call_command("people_gone", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_people_gone_reads_a_file_of_names_and_addresses(tmp_path, yash, leila):
    gone = tmp_path / "gone.csv"
    gone.write_text(f"email,name\n{yash.email},Yash\nnobody@shop.example,\n")
    assert "1 would be marked" in people_gone(str(gone), "--dry-run")
    assert not User.objects.exclude(unreachable_since=None).exists()
    assert people_gone(str(gone)) == "yash\tYash Patel\n1 marked as unreachable.\n"
    assert "0 marked" in people_gone(str(gone))
    assert User.objects.get(unreachable_since__isnull=False) == yash


def test_people_gone_marks_all_but_those_who_are_still_there(tmp_path, yash, leila):
    there = tmp_path / "there.txt"
    there.write_text("leila\n")
    people_gone(str(there), "--all-but")
    assert User.objects.get(unreachable_since__isnull=False) == yash
    there.write_text("stranger\n")
    with pytest.raises(CommandError, match="Nobody was marked"):
        people_gone(str(there), "--all-but")


def test_people_gone_marks_who_was_not_here_for_long(yash, leila):
    User.objects.update(date_joined=timezone.now() - timedelta(days=400))
    User.objects.filter(pk=leila.pk).update(last_login=timezone.now() - timedelta(days=10))
    people_gone("--missing-since", "90")
    assert User.objects.get(unreachable_since__isnull=False) == yash


def test_a_lead_says_that_somebody_is_gone_and_that_they_are_back(client, admin, yash):
    published(owner=yash)
    client.force_login(admin)
    assert "/people/yash/gone" in client.get("/load").text
    client.get("/people/yash/gone")
    yash.refresh_from_db()
    assert yash.unreachable_since is None  # it is only asked
    assert client.post("/people/yash/gone").status_code == 302
    yash.refresh_from_db()
    assert yash.unreachable_since is not None
    client.post("/people/yash/gone", {"back": "1"})
    yash.refresh_from_db()
    assert yash.unreachable_since is None


def test_before_somebody_is_marked_as_gone_it_is_said_how_many_go_to_whom(
    client, admin, yash, leila, django_assert_max_num_queries
):
    for number in range(3):
        published(slug=f"db-{number}", owner=yash)
    Service.objects.update(deputy=leila)
    alone = runbook_text(owner="yash").replace("api-server", "another")
    published(slug="alone", owner=yash, text=alone)
    changing.retire(published(slug="old", owner=yash), by=yash, reason="Gone.")
    client.force_login(admin)
    with django_assert_max_num_queries(20):
        page = client.get("/people/yash/gone").text
    assert "They own 4 live runbooks" in page
    assert "they go <b>3</b> to Leila Haddad, <b>1</b> to whom you choose." in page


def test_a_lead_of_another_team_says_nothing_of_the_kind(client, yash):
    lead = UserFactory()
    Role.objects.create(person=lead, name="lead", team=TeamFactory())
    client.force_login(lead)
    assert client.get("/people/yash/gone").status_code == 403
    assert client.post("/people/yash/gone").status_code == 403
    yash.refresh_from_db()
    assert yash.unreachable_since is None


def test_the_load_counts_runbooks_reviews_reports_and_prevention(
    client, admin, yash, leila, django_assert_max_num_queries
):
    first = published(slug="one", owner=yash)
    published(slug="two", owner=yash)
    published(slug="three", owner=leila)
    first.trust.due_on = timezone.localdate()
    first.trust.save()
    (busy, idle) = load.load(viewer_of(admin), now=timezone.now())
    assert (busy.person, busy.runbooks, busy.critical, busy.due) == (yash, 2, 2, 1)
    assert (idle.person, idle.runbooks, idle.due) == (leila, 1, 0)
    client.force_login(admin)
    client.get("/load")
    with django_assert_max_num_queries(14):
        client.get("/load")
    for n in range(8):
        published(slug=f"r{n}", owner=UserFactory())
    with django_assert_max_num_queries(14):
        assert b"10 people own" in client.get("/load").content


def test_a_guessed_owner_confirms_and_another_claims(client, yash, leila):
    runbook = published(owner=yash)
    Runbook.objects.update(owner_confirmed=False)
    client.force_login(leila)
    assert b"It is mine" in client.get("/r/api-latency/claim").content
    assert client.post("/r/api-latency/claim").status_code == 302
    runbook.refresh_from_db()
    assert (runbook.owner, runbook.owner_confirmed) == (leila, True)
    assert AuditEntry.objects.get(action="owner.claimed").after == {"owner": "leila"}
    client.force_login(yash)
    assert client.post("/r/api-latency/claim").status_code == 409
    Runbook.objects.update(owner_confirmed=False)
    claiming.claim(runbook, by=leila)
    runbook.refresh_from_db()
    assert runbook.owner_confirmed
    assert runbook.live_revision.number == 2


def test_what_is_somebodys_is_not_claimed(yash, leila):
    runbook = published(owner=yash)
    with pytest.raises(deciding.Refused, match="ask them to hand it over"):
        claiming.claim(runbook, by=leila)

"""Always one who answers: who is likeliest to follow an owner, and closing an account moves everything."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from drills.models import Drill
from portal.accounts import closing, reaching
from portal.accounts.access import viewer_of
from portal.accounts.managing import Refused
from portal.accounts.models import AuditEntry
from runbooks import publishing
from runbooks.models import Proposal, Runbook, Service
from runbooks.reviews import handing, heirs
from runbooks.reviews.models import Handover
from tests.factories import (
    ServiceFactory,
    TeamFactory,
    UserFactory,
    edited,
    published,
    runbook_text,
)

pytestmark = pytest.mark.django_db


def test_who_edits_a_runbook_is_likelier_than_who_stands_behind_its_service(yash, leila):
    runbook = published(owner=yash)
    deputy = UserFactory()
    Service.objects.update(name="Payments", deputy=deputy)
    assert heirs.propose([runbook])[runbook.pk] == heirs.Heir(deputy, "deputy of Payments")
    edited(runbook, by=leila)
    heir = heirs.propose([runbook])[runbook.pk]
    assert heir.person == leila
    assert heir.why.startswith("edited it on ")


def test_who_drilled_it_hands_on_is_likelier_still(yash, leila):
    runbook = edited(published(owner=yash), by=UserFactory())
    now = timezone.now()
    drill = Drill.objects.create(
        runbook=runbook,
        revision=runbook.live_revision,
        title="A drill",
        facilitator=UserFactory(),
        made_by=yash,
        made_at=now,
        starts_at=now,
        began_at=now,
        time_zone="UTC",
    )
    drill.participants.create(person=leila, name="Leila", role="hands_on")
    heir = heirs.propose([runbook])[runbook.pk]
    assert heir.person == leila
    assert heir.why.startswith("drilled it hands-on on ")


def test_nobody_who_is_gone_is_proposed(yash, leila):
    runbook = edited(published(owner=yash), by=leila)
    reaching.mark_unreachable(leila, by=None, why="gone")
    assert heirs.propose([runbook]) == {}


def test_heirs_cost_the_same_for_one_runbook_as_for_ten(yash, django_assert_num_queries):
    runbooks = [published(slug=f"r{n}", owner=yash, title=f"Number {n} fails") for n in range(10)]
    Service.objects.update(deputy=UserFactory())
    with django_assert_num_queries(11):
        heirs.propose(runbooks[:1])
    with django_assert_num_queries(11):
        heirs.propose(runbooks)


def test_closing_moves_everything_in_one_transaction(client, admin, yash, leila):
    one = published(slug="one", owner=yash)
    two = published(slug="two", owner=yash, title="Disk is full")
    team = TeamFactory(lead=yash)
    other = UserFactory()
    Service.objects.update(owner=yash, team=team)
    mine = ServiceFactory(name="Search", owner=other, deputy=yash)
    offered = handing.offer_handover(one, to=other, by=yash)
    received = handing.offer_handover(
        published(slug="three", owner=other, title="Queue grows"), to=yash, by=other
    )
    client.force_login(admin)
    page = client.get("/people/yash/close").content.decode()
    assert "Disk is full" in page
    answer = client.post("/people/yash/close", {"everything": "leila"})
    assert answer.status_code == 302
    for runbook in (one, two):
        runbook.refresh_from_db()
        assert (runbook.owner, runbook.live_revision.number) == (leila, 2)
        assert "owner: leila" in runbook.live_revision.text
        assert runbook.live_revision.accepted_by == admin
        assert runbook.concerns.get(kind="owner").settled_at is None
    service = Service.objects.get(slug="api-server")
    mine.refresh_from_db()
    team.refresh_from_db()
    yash.refresh_from_db()
    assert (service.owner, mine.deputy, team.lead, yash.is_active) == (leila, leila, leila, False)
    for offer in (offered, received):
        offer.refresh_from_db()
        assert offer.state == Handover.State.WITHDRAWN
    assert AuditEntry.objects.filter(action="owner.moved", by=admin).count() == 2


def test_each_runbook_may_go_to_somebody_else(admin, yash, leila):
    one, two = published(slug="one", owner=yash), published(slug="two", owner=yash)
    other = UserFactory()
    closing.close(yash, by=admin, heirs={f"runbook-{one.pk}": leila, f"runbook-{two.pk}": other})
    assert [Runbook.objects.get(pk=r.pk).owner for r in (one, two)] == [leila, other]


def test_without_an_heir_for_each_runbook_nothing_is_done(client, admin, yash, leila):
    one, two = published(slug="one", owner=yash), published(slug="two", owner=yash)
    client.force_login(admin)
    answer = client.post("/people/yash/close", {f"heir-runbook-{one.pk}": "leila"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "still owns a live runbook" in html
    assert 'value="leila"' in html
    one.refresh_from_db()
    assert (one.owner, two.owner) == (yash, yash)


@pytest.mark.parametrize("name", ["nobody", "yash", "closed", "gone"])
def test_an_heir_is_somebody_who_is_there(client, admin, yash, name):
    UserFactory(username="closed", is_active=False)
    UserFactory(username="gone", unreachable_since=timezone.now())
    published(owner=yash)
    client.force_login(admin)
    answer = client.post("/people/yash/close", {"everything": name})
    assert answer.status_code == 409
    yash.refresh_from_db()
    assert yash.is_active


def test_whoever_owns_something_is_not_deleted_either(yash):
    published(owner=yash)
    with pytest.raises(ProtectedError):
        yash.delete()


def test_a_private_runbook_reaches_its_heir(admin, yash, leila):
    runbook = published(owner=yash)
    Service.objects.update(private=True, team=TeamFactory())
    closing.close(yash, by=admin, heirs={}, everything_to=leila)
    assert Runbook.objects.seen_by(viewer_of(leila)).filter(pk=runbook.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_runbook_that_is_published_while_its_owners_account_is_closed(admin, yash, leila):
    """On PostgreSQL the closing waits for the publishing, then sees what it made, and moves that as well."""
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite")
    published(slug="old", owner=yash)
    proposal = publishing.propose(
        text=runbook_text(owner="yash", title="Disk is full"),
        kind=Proposal.Kind.EDIT,
        slug="new",
        by=yash,
        owner=yash,
    )
    live, closed, problems = threading.Event(), threading.Event(), []

    def close():
        try:
            live.wait(10)
            closing.close(yash, by=admin, heirs={}, everything_to=leila)
        except Exception as error:  # noqa: BLE001 -- told in the test's own thread
            problems.append(error)
        finally:
            closed.set()
            connections.close_all()

    thread = threading.Thread(target=close)
    thread.start()
    with transaction.atomic():
        publishing.accept(proposal, by=yash)
        live.set()
        # It must not come through while this is open: it waits for the account's row.
        assert not closed.wait(1)
    thread.join(20)
    assert problems == []
    yash.refresh_from_db()
    assert not yash.is_active
    assert set(Runbook.objects.values_list("slug", "owner__username")) == {
        ("old", "leila"),
        ("new", "leila"),
    }
    assert connection.vendor == "postgresql"


def test_what_becomes_theirs_in_between_is_refused_by_name(admin, yash, leila, monkeypatch):
    """Without one heir for all, the person who closes is asked about what is new."""
    one = published(slug="one", owner=yash)
    shown = {f"runbook-{one.pk}": leila}
    published(slug="two", owner=yash, title="Disk is full")
    with pytest.raises(Refused) as refused:
        closing.close(yash, by=admin, heirs=shown)
    assert [thing.name for thing in refused.value.owned] == ["Disk is full"]
    one.refresh_from_db()
    assert one.owner == yash

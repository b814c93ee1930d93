"""People, for admins: roles and teams are given, an account is closed only when nothing live hangs on it."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from portal.accounts import managing
from portal.accounts.access import Rank
from portal.accounts.models import ApiToken, AuditEntry, Role, User
from runbooks import changing, publishing
from runbooks.models import Runbook
from tests.factories import TeamFactory, UserFactory, published, runbook_text
from tests.portal.accounts.test_access import person_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return person_of(Rank.ADMIN)


@pytest.fixture
def yash():
    return UserFactory(username="yash", name="Yash Patel")


@pytest.fixture
def browser(client, admin):
    client.force_login(admin)
    return client


def test_who_owns_live_runbooks_stays_and_the_page_lists_them(browser, yash):
    published(owner=yash)
    answer = browser.post("/people/yash/close")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Yash Patel still owns a live runbook" in html
    assert "/r/api-latency" in html
    assert User.objects.get(pk=yash.pk).is_active


def test_who_owns_nothing_live_is_closed_with_sessions_and_tokens(browser, yash):
    runbook = published(owner=yash)
    changing.retire(runbook, by=yash, reason="The API is gone.")
    token, _ = ApiToken.create_for(yash, name="ci")
    browser.post("/people/yash/close")
    yash.refresh_from_db()
    token.refresh_from_db()
    assert not yash.is_active
    assert token.revoked_at is not None
    assert AuditEntry.objects.filter(action="person.deactivated").exists()
    browser.post("/people/yash/close", {"open": "1"})
    assert User.objects.get(pk=yash.pk).is_active


def test_the_database_too_refuses_to_leave_a_live_runbook_without_an_owner(yash):
    published(owner=yash)
    with pytest.raises(IntegrityError, match="without an active owner"), transaction.atomic():
        User.objects.filter(pk=yash.pk).update(is_active=False)


def test_the_database_too_refuses_an_owner_who_is_not_active(yash):
    runbook = published(owner=yash)
    gone = UserFactory(is_active=False)
    for change in ({"owner": gone}, {"owner": gone, "state": "live"}):
        with pytest.raises(IntegrityError, match="needs an active owner"), transaction.atomic():
            Runbook.objects.filter(pk=runbook.pk).update(**change)


def test_a_retired_runbook_does_not_come_back_to_somebody_who_left(yash):
    runbook = published(owner=yash)
    changing.retire(runbook, by=yash, reason="Gone.")
    User.objects.filter(pk=yash.pk).update(is_active=False)
    with pytest.raises(IntegrityError, match="needs an active owner"), transaction.atomic():
        Runbook.objects.filter(pk=runbook.pk).update(state="live")


def test_a_proposal_to_an_inactive_owner_is_refused_in_words(yash):
    gone = UserFactory(username="gone", is_active=False)
    proposal = publishing.propose(
        text=runbook_text(owner="gone"), kind="import", slug="x", by=yash, owner=gone
    )
    with pytest.raises(publishing.PublishingRefused):
        publishing.accept(proposal, by=yash)


def test_a_role_is_given_and_taken_and_both_are_recorded(browser, yash):
    team = TeamFactory(slug="platform")
    browser.post("/people/yash/role", {"give": "editor", "team": "platform"})
    role = Role.objects.get(person=yash)
    assert (role.name, role.team) == ("editor", team)
    browser.post("/people/yash/role", {"take": str(role.pk)})
    assert not yash.roles.exists()
    given = AuditEntry.objects.get(action="role.given")
    assert given.after == {"role": "editor", "team": "platform"}
    assert AuditEntry.objects.get(action="role.taken").before == given.after


def test_giving_a_role_twice_is_giving_it_once(admin, yash):
    for _ in range(2):
        managing.give_role(yash, name="lead", team=None, by=admin)
    assert yash.roles.count() == 1
    assert AuditEntry.objects.filter(action="role.given").count() == 1


def test_there_is_always_an_admin(browser, admin):
    role = admin.roles.get()
    answer = browser.post(f"/people/{admin.username}/role", {"take": str(role.pk)})
    assert answer.status_code == 409
    assert "no admin left" in answer.content.decode()
    with pytest.raises(managing.Refused, match="no admin left"):
        managing.deactivate(admin, by=admin)


def test_there_is_no_admin_of_a_team(browser, yash):
    TeamFactory(slug="platform")
    answer = browser.post("/people/yash/role", {"give": "admin", "team": "platform"})
    assert answer.status_code == 409
    assert not yash.roles.exists()


def test_people_are_put_into_teams_and_taken_out(browser, yash):
    TeamFactory(slug="platform")
    browser.post("/people/yash/team", {"team": "platform"})
    assert yash.teams.count() == 1
    browser.post("/people/yash/team", {"team": "platform", "leave": "1"})
    assert yash.teams.count() == 0


def test_a_new_person_gets_a_mail_to_set_a_password(browser):
    new = {"username": "leila", "name": "Leila Haddad", "email": "leila@shop.example"}
    browser.post("/people/invite", new)
    assert User.objects.get(username="leila").has_usable_password() is False
    assert mail.outbox[0].to == ["leila@shop.example"]
    assert "/accounts/reset/" in mail.outbox[0].body


def test_a_name_that_is_taken_is_said_and_what_was_typed_is_kept(browser, yash):
    new = {"username": "YASH", "name": "Another", "email": "other@shop.example"}
    answer = browser.post("/people/invite", new)
    assert answer.status_code == 422
    assert 'value="other@shop.example"' in answer.content.decode()


def test_the_list_costs_the_same_for_three_as_for_thirty(browser, django_assert_max_num_queries):
    team = TeamFactory()
    for _ in range(30):
        person = person_of(Rank.EDITOR, team)
        person.teams.add(team)
    # One of them asks whose messages cannot arrive.
    with django_assert_max_num_queries(9):
        assert browser.get("/people").status_code == 200


def test_the_trail_page_costs_the_same_for_any_number(browser, yash, django_assert_max_num_queries):
    for n in range(30):
        managing.make_token(yash, name=f"t{n}", scope="read", expires_at=None, by=yash)
    with django_assert_max_num_queries(3):
        html = browser.get("/audit?action=token&who=yash").content.decode()
    assert html.count("made a token: ") == 30


def test_the_trail_is_exported_as_filtered(browser, yash):
    managing.make_token(yash, name="ci", scope="read", expires_at=None, by=yash)
    answer = browser.get("/audit.jsonl?action=token.made")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 1
    assert '"action": "token.made"' in lines[0]


@pytest.mark.parametrize("query", ["since=2026-13-45", "before=x", "q=%00", "page=zz", "until=no"])
def test_an_address_that_makes_no_sense_narrows_nothing(browser, query):
    assert browser.get(f"/audit?{query}").status_code == 200

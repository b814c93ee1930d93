"""Every address has decided who may: walked as nobody and as each role."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from portal.accounts import access
from portal.accounts.access import NOBODY, Rank, Right, viewer_of
from portal.accounts.models import Role, User
from tests.factories import TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db

#: Routes of Django's own patterns, that name no converter.
REGEXES = {r"^(?:/)+a/(?P<alert>.*)$": "///a/ApiLatencyHigh"}
SAMPLES = {"int": "1", "uuid": "5f0c1f0e-9b3f-4a53-8b43-2a7b8e1f6a11"}


def routes(patterns=None, prefix="", namespace=""):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            name = ":".join(filter(None, [namespace, pattern.name]))
            yield name, prefix + str(pattern.pattern), pattern.callback


def address(route):
    """An address for a route: each converter filled with something that fits it."""
    if route in REGEXES:
        return REGEXES[route]
    return "/" + re.sub(
        r"<(?:(\w+):)?\w+>", lambda match: SAMPLES.get(match.group(1), "api-latency"), route
    )


def decided():
    """(name, address, right) of every route that somebody must have a right for."""
    for name, route, view in routes():
        decision = getattr(view, "decision", None)
        if isinstance(decision, Right):
            yield name, address(route), decision


def test_the_url_map_is_walked():
    names = [name for name, *_ in routes()]
    assert {"runbooks:runbook", "search:search", "alerts:alert_link"} <= set(names)


def test_every_route_has_decided_who_may_ask():
    undecided = [(name, route) for name, route, view in routes() if not hasattr(view, "decision")]
    assert undecided == []


def test_what_is_open_to_all_says_why():
    for name, _, view in routes():
        if not isinstance(view.decision, Right):
            assert isinstance(view.decision, str), name
            assert view.decision.endswith("."), name


def test_nobody_gets_anything_without_signing_in(client):
    published()
    for name, path, _ in decided():
        for method in ("get", "post"):
            answer = getattr(client, method)(path)
            signing_in = answer.status_code == 302 and answer["Location"].startswith(
                "/accounts/sign-in"
            )
            assert signing_in or answer.status_code in (401, 405), (name, method, answer)


def person_of(rank, team=None):
    person = UserFactory()
    if rank > Rank.READER:
        Role.objects.create(person=person, name=rank.name.lower(), team=team)
    return person


@pytest.mark.parametrize("rank", [Rank.READER, Rank.EDITOR, Rank.LEAD, Rank.ADMIN])
def test_each_role_gets_what_the_table_says_and_no_more(client, rank):
    """Where a right hangs on the runbook, the door is open and the view decides."""
    published()
    client.force_login(person_of(rank))
    for name, path, right in decided():
        rule = right.rule
        answer = client.get(path)
        if rank >= rule.least:
            assert answer.status_code not in (401, 403), (name, answer.status_code)
        elif not rule.owner:
            assert answer.status_code in (403, 405), (name, answer.status_code)


def test_a_role_in_one_team_holds_there_only():
    here, elsewhere = TeamFactory(), TeamFactory()
    lead = viewer_of(person_of(Rank.LEAD, here))
    assert lead.may(Right.WAIVE, teams=[here.pk])
    assert not lead.may(Right.WAIVE, teams=[elsewhere.pk])
    assert not lead.may(Right.SEE_AUDIT)
    assert lead.may_somewhere(Right.WAIVE)
    assert not lead.may_somewhere(Right.SEE_AUDIT)


def test_the_owner_publishes_whatever_their_role():
    person = UserFactory()
    assert viewer_of(person).may(Right.PUBLISH, owners=[person.pk])
    assert not viewer_of(person).may(Right.PUBLISH, owners=[person.pk + 1])
    assert not viewer_of(person).may(Right.WAIVE, owners=[person.pk])


def test_who_leads_a_team_is_its_lead_without_another_row():
    person = UserFactory()
    team = TeamFactory(lead=person)
    assert viewer_of(person).may(Right.RETIRE, teams=[team.pk])
    assert team.pk in viewer_of(person).teams


def test_who_is_inactive_or_unknown_may_nothing():
    assert viewer_of(UserFactory(is_active=False)) == NOBODY
    assert viewer_of(None) == NOBODY
    assert not any(NOBODY.may(right, owners=[1]) for right in Right)


def test_a_superuser_is_an_admin():
    assert viewer_of(UserFactory(is_superuser=True)).rank is Rank.ADMIN


def test_roles_cost_no_query_of_their_own(client, django_assert_num_queries):
    person = person_of(Rank.EDITOR, TeamFactory())
    person.teams.add(TeamFactory())
    loaded = User.objects.for_request().get(pk=person.pk)
    with django_assert_num_queries(0):
        viewer = viewer_of(loaded)
    assert viewer == viewer_of(User.objects.get(pk=person.pk))
    assert len(viewer.teams) == 2
    assert max(rank for _, rank in viewer.ranks) is Rank.EDITOR


def test_a_new_role_counts_from_the_next_request(client):
    team = TeamFactory()
    person = UserFactory()
    assert not viewer_of(User.objects.get(pk=person.pk)).may(Right.PUBLISH, teams=[team.pk])
    Role.objects.create(person=person, name="editor", team=team)
    assert viewer_of(User.objects.get(pk=person.pk)).may(Right.PUBLISH, teams=[team.pk])


def test_a_refusal_says_what_it_takes():
    assert access.refusal(Right.SEE_AUDIT).endswith(
        "takes a lead for all teams. Nothing was changed."
    )
    assert "an editor or the owner" in access.refusal(Right.PUBLISH)


def test_everyone_reads_on_a_trusted_network(client, settings):
    settings.READ_WITHOUT_LOGIN = True
    published()
    assert client.get("/r/api-latency").status_code == 200


def test_who_signs_in_comes_back_to_the_page_that_was_asked_for(client):
    published()
    person = UserFactory(username="leila")
    person.set_password("correct horse")
    person.save()
    asked = client.get("/r/api-latency?namespace=prod")
    assert asked["Location"] == "/accounts/sign-in?next=/r/api-latency%3Fnamespace%3Dprod"
    answer = client.post(asked["Location"], {"username": "LEILA", "password": "correct horse"})
    assert answer["Location"] == "/r/api-latency?namespace=prod"
    assert client.get("/r/api-latency").status_code == 200


def test_a_wrong_password_keeps_the_name_that_was_typed(client):
    answer = client.post("/accounts/sign-in", {"username": "leila", "password": "wrong"})
    assert answer.status_code == 200
    assert 'value="leila"' in answer.content.decode()


def test_the_table_in_the_docs_is_the_one_that_decides(settings):
    page = (settings.BASE_DIR / "docs" / "people-and-rights.md").read_text(encoding="utf-8")
    assert access.table() in page

"""A player's whole session: no page of the portal says more of the drilled runbook because it is drilled.

Every address of the portal that a browser can open without knowing more than the library is asked before the
drill is made and again while it runs. A page may name the runbook, as it did before: not more often, and with
nothing of the scenario.
"""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from drills import inviting, preparing, running, scheduling, taking_part
from drills.models import Inject, Participant
from portal.accounts.models import Role
from runbooks.models import Service
from tests.drills.making import seat
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import TeamFactory, UserFactory, published

pytestmark = pytest.mark.django_db
#: What ends the session, or is no page of it.
LEFT_OUT = re.compile(r"sign-?out|logout|^admin|^static|^media|stop|oidc|^drills/<")


def addresses() -> list[str]:
    """Every address without arguments, and all that is of either runbook, its service and its team."""
    found = {*_plain(get_resolver().url_patterns, "")}
    known = {
        "slug": ("checkout-500", "other"),
        "service": ("checkout",),
        "name": ("CheckoutErrors",),
    }
    for route in _with_one_word(get_resolver().url_patterns, ""):
        word = re.search(r"<(?:\w+:)?(\w+)>", route)[1]
        found |= {re.sub(r"<[^>]+>", value, route) for value in known.get(word, ())}
    found |= {f"/?q={q}" for q in ("checkout", "drill", "CheckoutErrors")}
    return sorted(one if one.startswith("/") else f"/{one}" for one in found)


def _routes(patterns, start):
    for one in patterns:
        route = start + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern) and not LEFT_OUT.search(route) and "(" not in route:
            yield route


def _plain(patterns, start):
    return [route for route in _routes(patterns, start) if "<" not in route]


def _with_one_word(patterns, start):
    return [route for route in _routes(patterns, start) if route.count("<") == 1]


def session(client: Client) -> dict[str, str]:
    """What a browser receives for each address: status, headers and body."""
    heard = {}
    for address in addresses():
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        head = "\n".join(f"{name}: {value}" for name, value in answer.items())
        heard[address] = html.unescape(
            f"{answer.status_code}\n{head}\n{body.decode(errors='replace')}"
        )
    return heard


def told_of(drill) -> list[str]:
    """Lines that stand in the scenario alone."""
    scenario = drill.scenario
    texts = [scenario.narrative, scenario.start_state, *scenario.objectives]
    for inject in Inject.objects.filter(scenario=scenario):
        texts += [inject.text, inject.expected, inject.evaluator_note, *inject.hints]
    found = {" ".join(line.split()) for text in texts for line in text.splitlines()}
    whole = " ".join(RUNBOOK.split())
    return [line for line in found if len(line) > 20 and line not in whole]


@pytest.fixture
def library():
    caches["shared"].clear()
    owner = UserFactory(name="Owner Olga")
    runbook = published(slug="checkout-500", owner=owner, text=RUNBOOK)
    published(slug="other", owner=owner, alert="Other", title="Other is slow")
    team = TeamFactory(name="Checkout", lead=UserFactory(name="Lead Lea"))
    Service.objects.update(team=team)
    return runbook


def reader(library):
    return UserFactory(name="Reader Ria")


def lead(library):
    """Of the team and of all, and hands-on in this one."""
    person = library.services.get().team.lead
    Role.objects.create(person=person, name="lead")
    return person


@pytest.mark.parametrize("player", [reader, lead])
def test_no_page_says_more_of_the_runbook_because_it_is_drilled(library, player):
    person = player(library)
    client = Client()
    client.force_login(person)
    before = session(client)
    assert sum(library.title in page for page in before.values()) > 3

    team = library.services.get().team
    when = timezone.now() + timedelta(days=1)
    planner = UserFactory(name="Planner Pia")
    drill = scheduling.make(library, by=planner, starts_at=when, time_zone="UTC", team=team)
    preparing.write_offline(drill, by=planner)
    scheduling.seat(drill, person, role=Participant.Role.HANDS_ON)
    inviting.invite(drill)
    scheduling.approve(drill, by=planner)
    eva = seat(drill, Participant.Role.SCRIBE, name="Eva")
    drill = running.begin(drill, by=drill.facilitator)
    first = drill.scenario.injects.first()
    running.hint(running.send(first))
    taking_part.record(eva, verdict="wrong", step="D1", text="Wrong pod first.", client_id="o1")
    after = session(client)
    assert after.keys() == before.keys()
    kept = [*told_of(drill), "Wrong pod first."]
    for address, page in after.items():
        plain = " ".join(page.split())
        for name in (library.title, library.slug):
            assert page.count(name) <= before[address].count(name), (address, name)
        assert [line for line in kept if line in plain] == [], address
        assert page[:3] == before[address][:3], address

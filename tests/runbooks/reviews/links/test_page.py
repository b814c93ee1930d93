"""`/links`: what leads see of the addresses that live runbooks name, and asking again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import AuditEntry, Role
from runbooks.models import Service
from runbooks.reviews.models import LinkCheck
from tests.factories import TeamFactory, UserFactory, published, runbook_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client):
    lead = UserFactory()
    Role.objects.create(person=lead, name="lead", team=None)
    client.force_login(lead)
    return lead


def runbook_with(url, slug="api-latency"):
    owner = UserFactory()
    text = runbook_text(owner=owner.username).replace("https://git.example/pr/1923", url)
    return published(slug=slug, owner=owner, text=text)


def html_of(client, address="/links"):
    return client.get(address).content.decode()


def test_each_filter_shows_its_own(client, lead):
    runbook_with("https://dead.shop/1", "one")
    runbook_with("https://wall.shop/1", "two")
    LinkCheck.objects.filter(host="dead.shop").update(state="dead", words="404 Not Found.")
    LinkCheck.objects.filter(host="wall.shop").update(state="sign_in")
    assert "dead.shop" in html_of(client)
    assert "wall.shop" not in html_of(client)
    assert "wall.shop" in html_of(client, "/links?show=sign-in")
    assert "None of them holds" in html_of(client, "/links?show=dead&q=elsewhere")
    assert html_of(client, "/links?show=%00x&page=99&q=%00")


def test_a_link_is_asked_again_at_once(client, lead):
    runbook_with("https://dead.shop/1")
    later = timezone.now() + timedelta(days=1)
    LinkCheck.objects.update(state="dead", next_check_at=later)
    link = LinkCheck.objects.get()
    answer = client.post(f"/links/{link.pk}/check", {"show": "dead"})
    assert answer["Location"] == "/links?show=dead"
    link.refresh_from_db()
    assert link.next_check_at <= timezone.now()
    assert AuditEntry.objects.filter(action="link.asked.again", by=lead).exists()


def test_a_private_services_links_are_its_teams_alone(client):
    team = TeamFactory()
    other = UserFactory()
    Role.objects.create(person=other, name="lead", team=TeamFactory())
    runbook_with("https://vault.shop/secret")
    LinkCheck.objects.update(state="dead")
    Service.objects.update(private=True, team=team)
    client.force_login(other)
    assert "vault.shop" not in html_of(client)
    assert client.post(f"/links/{LinkCheck.objects.get().pk}/check").status_code == 404


def test_the_page_costs_the_same_for_two_links_as_for_thirty(
    client, lead, django_assert_max_num_queries
):
    for n in range(2):
        runbook_with(f"https://dead.shop/{n}", f"r{n}")
    LinkCheck.objects.update(state="dead")
    html_of(client)
    with django_assert_max_num_queries(10):
        html_of(client)
    for n in range(2, 12):
        runbook_with(f"https://dead.shop/{n}", f"r{n}")
    LinkCheck.objects.update(state="dead")
    with django_assert_max_num_queries(10):
        html_of(client)

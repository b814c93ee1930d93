"""Everybody's tokens, for admins: found, and revoked at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import ApiToken, AuditEntry, Role
from tests.factories import UserFactory, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    person = UserFactory(username="ada", name="Ada Admin")
    Role.objects.create(person=person, name="admin")
    client.force_login(person)
    return person


def token(name, *, days=30, **more):
    ends = timezone.now() + timedelta(days=days) if days else None
    return ApiToken.create_for(
        more.pop("user", None) or UserFactory(), name=name, expires_at=ends, **more
    )


def names(client, query=""):
    page = client.get(f"/tokens{query}").content.decode()
    return [name for name in ("CI one", "CI two", "CI three", "CI four") if f">{name}<" in page]


def test_the_list_holds_what_opens_something_until_asked_for_more(client, admin):
    token("CI one", user=UserFactory(username="leila", name="Leila Haddad"))
    token("CI two", days=0, scope="propose")
    token("CI three", days=-1)
    gone, _ = token("CI four")
    ApiToken.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
    assert names(client) == ["CI one", "CI two"]
    assert names(client, "?q=LEILA") == ["CI one"]
    assert names(client, "?q=propose") == ["CI two"]
    assert names(client, "?state=endless") == ["CI two"]
    assert names(client, "?state=ended") == ["CI three", "CI four"]
    assert names(client, "?state=all&q=ci") == ["CI one", "CI two", "CI three", "CI four"]
    assert "No token fits" in client.get("/tokens?q=nobody%00").content.decode()


def test_a_revoked_token_opens_nothing_from_then_on(client, admin):
    published()
    made, secret = token("CI one")
    asking = {"Authorization": f"Bearer {secret}"}
    fresh = type(client)()
    assert fresh.get("/api/v1/runbooks/api-latency", headers=asking).status_code == 200
    answer = client.post(f"/account/tokens/{made.pk}/revoke", {"from": "all"})
    assert answer["Location"] == "/tokens"
    assert fresh.get("/api/v1/runbooks/api-latency", headers=asking).status_code == 401
    assert AuditEntry.objects.filter(action="token.revoked", by=admin).exists()


def test_nobody_else_sees_or_revokes_them(client):
    made, _ = token("CI one")
    person = UserFactory()
    Role.objects.create(person=person, name="lead")
    client.force_login(person)
    assert client.get("/tokens").status_code == 403
    assert client.post(f"/account/tokens/{made.pk}/revoke", {"from": "all"}).status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_the_list_costs_the_same_whatever_its_length(client, admin, django_assert_max_num_queries):
    for _ in range(12):
        token("CI one")
    with django_assert_max_num_queries(6):
        client.get("/tokens")

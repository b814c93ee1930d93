"""API tokens: only a digest is kept, and only usable ones open the door."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.accounts.models import ApiToken
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/search?q=x"


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def yash():
    return UserFactory(username="yash")


def test_the_secret_is_kept_nowhere(yash):
    token, secret = ApiToken.create_for(yash, name="ci")
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert ApiToken.objects.of_secret(secret) == token


def test_a_program_with_a_token_reads(yash, client):
    _, secret = ApiToken.create_for(yash, name="ci")
    assert client.get(SEARCH).status_code == 401
    assert client.get(SEARCH, headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize("state", ["expired", "revoked", "its person is inactive", "unknown"])
def test_a_token_that_is_not_usable_is_refused_with_a_sentence(yash, client, state):
    token, secret = ApiToken.create_for(yash, name="ci")
    hour_ago = timezone.now() - timedelta(hours=1)
    if state == "expired":
        ApiToken.objects.filter(pk=token.pk).update(expires_at=hour_ago)
    elif state == "revoked":
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=hour_ago)
    elif state == "unknown":
        secret = "drb_nonsense"
    else:
        yash.is_active = False
        yash.save()
    answer = client.get(SEARCH, headers=bearer(secret))
    assert answer.status_code == 401
    assert "unknown, expired or revoked" in answer.json()["error"]


def test_a_bad_token_is_refused_even_where_reading_needs_no_sign_in(client, settings):
    settings.READ_WITHOUT_LOGIN = True
    assert client.get(SEARCH, headers=bearer("drb_nonsense")).status_code == 401


def test_the_command_prints_a_token_that_works(yash, client, capsys):
    call_command("create_token", "YASH", "--days", "30")
    secret = capsys.readouterr().out.strip()
    assert client.get(SEARCH, headers=bearer(secret)).status_code == 200


def test_the_command_refuses_an_unknown_person():
    with pytest.raises(CommandError, match="no active person 'ghost'"):
        call_command("create_token", "ghost")

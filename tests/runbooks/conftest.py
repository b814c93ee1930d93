"""The cast of the library's tests: Yash owns, Leila is a colleague, Rita reads."""

from __future__ import annotations

import pytest
from django.core.cache import caches

from tests.factories import UserFactory, published
from tests.kept_pages import forget_pages


@pytest.fixture
def yash():
    return UserFactory(username="yash", name="Yash Patel")


@pytest.fixture
def leila():
    return UserFactory(username="leila", name="Leila Haddad")


@pytest.fixture
def runbook(yash):
    return published(owner=yash)


@pytest.fixture
def reader(client):
    """Signed in as somebody without a role."""
    person = UserFactory(username="rita", name="Rita Reader")
    client.force_login(person)
    return person


@pytest.fixture
def nothing_kept(db):
    forget_pages()
    caches["shared"].clear()

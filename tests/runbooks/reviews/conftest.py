"""Who may move runbooks from one person to another."""

from __future__ import annotations

import pytest

from portal.accounts.models import Role
from tests.factories import UserFactory


@pytest.fixture
def admin():
    person = UserFactory(name="Ada Admin")
    Role.objects.create(person=person, name="admin", team=None)
    return person

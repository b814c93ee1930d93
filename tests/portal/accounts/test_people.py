"""People: one per user name and e-mail address whatever the case."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_person_is_found_by_user_name_or_address_without_case():
    yash = UserFactory(username="yash", email="Yash.Patel@shop.example")
    for name in ("yash", "@Yash", " YASH ", "yash.patel@shop.example"):
        assert User.objects.named(name) == yash
    assert User.objects.named("nobody") is None
    assert User.objects.named("") is None


def test_two_people_cannot_differ_only_in_case():
    UserFactory(username="yash")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(username="YASH")


def test_two_people_cannot_share_an_address_but_may_have_none():
    UserFactory(email="a@shop.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="A@shop.example")
    UserFactory(email="")
    UserFactory(email="")


def test_a_time_zone_is_one_that_exists():
    with pytest.raises(ValidationError, match="Europe/Lisbon"):
        UserFactory.build(time_zone="Mars/Olympus", password="x").full_clean()


def test_an_active_person_comes_before_a_gone_one_of_the_same_address():
    gone = UserFactory(username="anna", email="", is_active=False)
    assert User.objects.named("anna") == gone

"""Gaps keep words, never who asked."""

import pytest

from runbooks.gaps import record_gap, without_personal_data
from runbooks.models import Gap
from tests.factories import ServiceFactory


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("checkout down for anna@shop.example", "checkout down for …"),
        ("login fails from 10.2.3.4:5432", "login fails from …"),
        ("no route to fe80:0:0:1::1", "no route to …"),
        ("order 4711000123 stuck", "order … stuck"),
        ("token sk-abcdefgh12345 refused", "token … refused"),
        ("pods   keep\nrestarting", "pods keep restarting"),
        ("KubePodCrashLooping", "KubePodCrashLooping"),
        ("kafka-consumer-group-lag-high", "kafka-consumer-group-lag-high"),
    ],
)
def test_personal_data_is_left_out(words, kept):
    assert without_personal_data(words) == kept


@pytest.mark.django_db
def test_the_same_words_count_up_whatever_their_case():
    service = ServiceFactory()
    record_gap(kind="search", words="Nobody can log in", service=service)
    gap = record_gap(kind="search", words="nobody can LOG in")
    assert (gap.count, gap.words, gap.service) == (2, "Nobody can log in", service)
    assert gap.first_seen < gap.last_seen


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", "   ", "anna@shop.example", "\x00\x07"])
def test_nothing_is_recorded_when_no_word_is_left(words):
    assert record_gap(kind="search", words=words) is None
    assert not Gap.objects.exists()

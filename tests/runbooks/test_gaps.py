"""Gaps keep words, never who asked."""

import pytest

from portal.accounts.models import Role
from runbooks.gaps import record_gap, without_personal_data
from runbooks.models import Gap, Proposal
from runbooks.publishing import accept
from tests.factories import ServiceFactory, UserFactory, published, runbook_text


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


@pytest.mark.django_db
@pytest.mark.parametrize("do", ["publish", "propose"])
def test_a_runbook_written_at_a_gap_closes_it_under_whatever_title(client, do):
    person = UserFactory(username="yash")
    Role.objects.create(person=person, name="editor")
    client.force_login(person)
    gap = record_gap(kind="search", words="Scanners of anna@shop.example are offline")
    page = client.get("/new?title=Scanners&gap=Scanners+of+anna@shop.example+are+offline")
    assert 'name="gap" value="Scanners of anna@shop.example are offline"' in page.content.decode()
    sent = {
        "text": runbook_text(title="Depot network is down", owner="yash"),
        "gap": "Scanners of anna@shop.example are offline",
        "slug": "depot-network",
        "do": do,
    }
    client.post("/new", sent)
    if do == "propose":
        gap.refresh_from_db()
        assert gap.closed_by is None
        accept(Proposal.objects.get(), by=person)
    gap.refresh_from_db()
    assert gap.closed_by.slug == "depot-network"
    history = client.get("/r/depot-network/history").content.decode()
    assert "anna@" not in history


@pytest.mark.django_db
def test_where_nothing_is_found_the_words_go_along_to_the_editor(client, settings):
    settings.READ_WITHOUT_LOGIN = True
    published()
    page = client.get("/", {"q": "scanners offline"}).content.decode()
    assert '<input type="hidden" name="gap" value="scanners offline">' in page
